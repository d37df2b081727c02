"""``w2vneg phrases``: words that belong together, and the text with them joined."""

from __future__ import annotations

from typing import Any

import click

from w2vneg.cli.commands import PhrasesCommand
from w2vneg.cli.input_options import input_options, take_input
from w2vneg.cli.options import Number, Place, check_outputs, note_outputs_in_corpus
from w2vneg.cli.running import running
from w2vneg.corpus.options import ENCODING_ERRORS

#: As in `w2vneg.corpus.phrases`, which help texts must not wait for.
_SCORES = ("word2vec", "npmi")
_LINES = 100_000


@click.command("phrases", cls=PhrasesCommand)
@click.argument("corpus", nargs=-1, required=True, type=click.Path())
@click.option(
    "-o",
    "--output",
    type=Place(),
    help="Write the text with phrases joined to this file, as new_york.",
)
@click.option(
    "--min-pairs",
    type=Number(int, 1),
    default=5,
    show_default=True,
    help="Pairs of words that occur less often are no phrases.",
)
@click.option(
    "--threshold",
    type=Number(float, -1e9),
    default=10.0,
    show_default=True,
    help="Least score of a phrase; about 0.5 with --score npmi.",
)
@click.option(
    "--score",
    type=click.Choice(_SCORES),
    default="word2vec",
    show_default=True,
    help="How much more often than by chance: as word2phrase, or normalized pointwise mutual "
    "information.",
)
@click.option(
    "--passes",
    type=Number(int, 1, 10),
    default=1,
    show_default=True,
    help="With 2, phrases may become parts of longer ones, and so on.",
)
@click.option(
    "-n", "top", type=Number(int, 1), default=20, show_default=True, help="Number of phrases."
)
@click.option("--threads", type=Number.of("threads"), help="Default: all processors.")
@click.option("--max-tokens", type=Number(int, 1, 2**62), help="Read only the first N tokens.")
@click.option(
    "--encoding-errors",
    type=click.Choice(ENCODING_ERRORS),
    default="drop",
    show_default=True,
    help="Tokens that are not UTF-8: skip and count them (drop), or fail (strict).",
)
@input_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    corpus: tuple[str, ...],
    output: str | None,
    min_pairs: int,
    threshold: float,
    score: str,
    passes: int,
    top: int,
    threads: int | None,
    max_tokens: int | None,
    encoding_errors: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Find pairs of words in CORPUS that follow each other more often than by chance.

    The phrases and their scores are those of gensim's Phrases. Train on the output to get vectors
    of phrases: w2vneg phrases text.txt -o joined.txt, then w2vneg train joined.txt.
    """
    from w2vneg.cli.output import print_json, print_line, print_table, reserve_stdout
    from w2vneg.corpus.encode import encode
    from w2vneg.corpus.paths_or_sentences import Paths
    from w2vneg.corpus.phrases import find_phrases
    from w2vneg.system.option_names import named_as_flags

    reading = take_input(options)
    check_outputs({"-o": output}, corpus)
    reserve_stdout(output)
    with running() as (bar, stop), named_as_flags({"min_count": "--min-pairs"}):
        note_outputs_in_corpus([output], corpus, bar.note)
        with encode(
            Paths(corpus),
            min_count=1,
            threads=threads,
            cache=False,
            encoding_errors=encoding_errors,
            max_tokens=max_tokens,
            input=reading,
            progress=bar,
            stop=stop,
        ) as encoded:
            for warning in encoded.report.warnings():
                bar.note(warning)
            found = find_phrases(
                encoded,
                min_count=min_pairs,
                threshold=threshold,
                score=score,
                passes=passes,
                progress=bar,
                stop=stop,
            )
            if output is not None:
                _write(output, found, stop)
    shown = [(phrase.text, phrase.count, phrase.score) for phrase in found.phrases[:top]]
    if as_json:
        print_json({"phrases": len(found.phrases), "tokens": len(found.tokens), "top": shown})
        return
    print_table(
        ["phrase", "count", "score"], [[text, f"{n:,}", f"{s:.4g}"] for text, n, s in shown]
    )
    where = f"; text in {output}" if output is not None else ""
    print_line(f"{len(found.phrases):,} phrases{where}")


def _write(path: str, found: Any, stop: Any) -> None:
    """Write sentences as lines."""
    import numpy as np

    from w2vneg.system.atomic_files import atomic_write

    words = np.array(found.words, object)
    with atomic_write(path) as file:
        for low in range(0, len(found.starts) - 1, _LINES):
            stop.check(f"writing {path}")
            bounds = found.starts[low : low + _LINES + 1]
            texts = words[found.tokens[bounds[0] : bounds[-1]]].tolist()
            cuts = (bounds - bounds[0]).tolist()
            lines = [" ".join(texts[a:b]) for a, b in zip(cuts, cuts[1:], strict=False)]
            file.write(("\n".join(lines) + "\n").encode("utf-8"))
