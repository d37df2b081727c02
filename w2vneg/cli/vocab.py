"""``w2vneg vocab``: the words of a corpus and their counts."""

from __future__ import annotations

from typing import Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.input_options import input_options, session_defaults, take_input, walk_options
from w2vneg.cli.options import Number, Place, check_outputs, note_outputs_in_corpus, refuse_idle
from w2vneg.cli.running import running
from w2vneg.corpus.options import ENCODING_ERRORS


@click.command("vocab", cls=Command)
@click.argument("corpus", nargs=-1, required=True, type=click.Path())
@click.option("-o", "--output", type=Place(), help="Write all words and their counts to this file.")
@click.option(
    "--min-count",
    type=Number.of("min_count"),
    default=5,
    show_default=True,
    help="Words that occur less often are left out.",
)
@click.option(
    "--max-vocab",
    type=Number.of("max_vocab"),
    help="Keep only the N most frequent words.",
)
@click.option(
    "--top", type=Number(int, 0), default=20, show_default=True, help="Number of words to show."
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
@walk_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    corpus: tuple[str, ...],
    output: str | None,
    min_count: int,
    max_vocab: int | None,
    top: int,
    threads: int | None,
    max_tokens: int | None,
    encoding_errors: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Count the words of CORPUS and show the most frequent ones."""
    from w2vneg.cli.output import print_json, print_line, print_table, reserve_stdout
    from w2vneg.corpus.paths_or_sentences import Paths
    from w2vneg.graphs.any_input import count_input

    reading = take_input(options, corpus)
    if reading.walks is not None:
        refuse_idle(["max_tokens", "encoding_errors"], "has no effect on the edges of a graph")
    check_outputs({"-o": output}, corpus)
    reserve_stdout(output)
    with running() as (bar, stop):
        note_outputs_in_corpus([output], corpus, bar.note)
        defaults = session_defaults(reading, ("min_count",), bar.note)
        vocabulary, report = count_input(
            Paths(corpus),
            min_count=int(defaults.get("min_count", min_count)),
            max_vocab=max_vocab,
            threads=threads,
            max_tokens=max_tokens,
            encoding_errors=encoding_errors,
            input=reading,
            progress=bar,
            stop=stop,
        )
    for warning in report.warnings():
        bar.note(warning)
    if output is not None:
        vocabulary.save(output)
    top_words = list(zip(vocabulary.first(top), vocabulary.counts[:top].tolist(), strict=True))
    if as_json:
        print_json({"words": len(vocabulary), **report.to_dict(), "top": top_words})
        return
    total = report.tokens_read
    rows = [[word, f"{times:,}", f"{times / total:.3%}"] for word, times in top_words]
    print_table(["word", "count", "share"], rows)
    print_line(
        f"{len(vocabulary):,} words kept of {report.distinct_words:,}; "
        f"{report.tokens_kept:,} tokens kept of {total:,}"
    )
