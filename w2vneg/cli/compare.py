"""``w2vneg compare``: samplers side by side, with intervals and pictures."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from w2vneg.cli.options import Number, Place


@click.command("compare")
@click.argument("corpus", nargs=-1, type=click.Path())
@click.option("--samplers", default="unigram,uniform,gneg,ace,dynamic", show_default=True,
              help="What to compare, the baseline first: presets, or parts joined by + such as "
              "gneg+hardest or self-adversarial.")  # fmt: skip
@click.option("--against", default="", help="References to add: gensim, or more samplers.")
@click.option(
    "--seeds",
    type=Number(int, 1, 10_000),
    default=3,
    show_default=True,
    help="How many trainings of each.",
)
@click.option(
    "--first-seed",
    type=Number(int, 0, 2**62),
    default=1,
    show_default=True,
    help="Seeds count from here.",
)
@click.option("--set", "settings", multiple=True, metavar="OPTION=VALUE,...", help="Options of "
              "train for all arms that have them, or for one: dynamic:lr=0.05.")  # fmt: skip
@click.option("--grid", "grids", multiple=True, metavar="OPTION=V1,V2,...", help="One arm for each "
              "value; may be repeated for all combinations.")  # fmt: skip
@click.option("--equal-time", is_flag=True, help="Give each sampler the time that the baseline "
              "took, instead of equal epochs.")  # fmt: skip
@click.option("--eval-every", type=float, help="Score at every such share of the training as well, "
              "for learning curves: 0.2.")  # fmt: skip
@click.option("--analogies", multiple=True, type=Place(), help="File or folder of analogy "
              "questions; default: gensim's.")  # fmt: skip
@click.option("--similarity", multiple=True, type=Place(), help="File or folder of word pairs "
              "with ratings; default: gensim's.")  # fmt: skip
@click.option("--restrict-vocab", type=Number(int, 1), default=30_000, show_default=True, help="Analogies ask only for "
              "the first so many words.")  # fmt: skip
@click.option("-o", "--output", default="report", show_default=True, type=Place(),
              help="Folder of the report; finished runs in it are not done again.")  # fmt: skip
@click.option("--keep-vectors", is_flag=True, help="Save the vectors of every run, not only of the "
              "first seeds.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
def command(
    corpus: tuple[str, ...],
    samplers: str,
    against: str,
    seeds: int,
    first_seed: int,
    settings: tuple[str, ...],
    grids: tuple[str, ...],
    equal_time: bool,
    eval_every: float | None,
    analogies: tuple[str, ...],
    similarity: tuple[str, ...],
    restrict_vocab: int,
    output: str,
    keep_vectors: bool,
    as_json: bool,
) -> None:
    """Train on CORPUS in several ways and report what the difference is worth.

    Each sampler is trained with each seed, one run after the other, and scored. The report has
    means, spreads, bootstrap intervals and corrected tests against the baseline. A comparison that
    was stopped goes on where it was when the same command is given again.
    """
    from w2vneg.cli.output import print_json, print_line
    from w2vneg.comparison.arms import make_arms
    from w2vneg.comparison.compare import compare, write_tables
    from w2vneg.corpus.sources import find_sources
    from w2vneg.errors import UsageError
    from w2vneg.system.interrupt import StopFlag, stop_on_signals
    from w2vneg.system.progress_bar import Bar

    if eval_every is not None and not 0.01 <= eval_every < 1:
        raise UsageError(f"--eval-every {eval_every} is out of range: at least 0.01, less than 1")
    settings_flat = [part for text in settings for part in _split_settings(text)]
    arms = make_arms(_names(samplers), settings_flat, list(grids), _names(against))
    if "-" in corpus:
        raise UsageError("a comparison reads the corpus several times: give a file, not -")
    if corpus:
        find_sources(corpus)  # what is missing is named before a folder is made
    folder = _folder(output)
    bar, stop = Bar(), StopFlag()
    with stop_on_signals(stop):
        try:
            plan = _plan(corpus, arms, folder, bar, stop, eval_every, keep_vectors,
                         _sets(analogies, similarity, restrict_vocab))  # fmt: skip
        finally:
            bar.finish()
        shown = shlex.join(["w2vneg", *sys.argv[1:]])
        found = compare(
            plan, arms, list(range(first_seed, first_seed + seeds)), equal_time=equal_time,
            command=shown, stop=stop, note=bar.note,
        )  # fmt: skip
        write_tables(found, folder)
        pictured = _write_page(found, plan)
    if not pictured:
        bar.note("the report has no pictures: they need matplotlib (pip install 'w2vneg[report]')")
    if as_json:
        print_json(found)
        return
    _print(found)
    print_line(f"report: {folder / 'index.html'}")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _split_settings(text: str) -> list[str]:
    """Split ``arm:a=1,b=2`` into ``arm:a=1`` and ``arm:b=2``."""
    head, _, rest = text.partition("=")
    scope, colon, _ = head.partition(":")
    prefix = scope + colon if colon else ""
    pieces = text.removeprefix(prefix).split(",") if rest else [text]
    return [prefix + piece for piece in pieces if piece] or [text]


def _folder(output: str) -> Path:
    from w2vneg.errors import DataError

    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{output}: {error.strerror or error}; choose another folder with -o"
        ) from None
    return folder


def _sets(
    analogies: tuple[str, ...], similarity: tuple[str, ...], restrict_vocab: int
) -> dict[str, Any]:
    from w2vneg.evaluation import testsets

    if analogies or similarity:
        chosen = testsets.expand(list(analogies)), testsets.expand(list(similarity))
    else:
        chosen = testsets.default_analogies(), testsets.default_similarity()
    found = [[os.path.abspath(path) for path in paths] for paths in chosen]
    # Read once now: a bad file is found before hours of training.
    for path in found[0]:
        testsets.read_analogies(path)
    for path in found[1]:
        testsets.read_similarity(path)
    return {"analogies": found[0], "similarity": found[1], "restrict_vocab": restrict_vocab}


def _plan(
    corpus: tuple[str, ...], arms: Any, folder: Path, bar: Any, stop: Any,
    eval_every: float | None, keep_vectors: bool, evaluation: dict[str, Any],
) -> Any:  # fmt: skip
    from w2vneg.comparison.runs import Plan
    from w2vneg.corpus.encode import encode
    from w2vneg.errors import UsageError

    if not corpus:
        from w2vneg.datasets.sample import sample_corpus

        corpus = (str(sample_corpus(note=bar.note)),)
    config = arms[0].config(1)
    for arm in arms[1:]:
        other = arm.config(1)
        if (other.min_count, other.max_vocab) != (config.min_count, config.max_vocab):
            raise UsageError("--min-count and --max-vocab must be the same for all arms")
    options = {"min_count": config.min_count, "max_vocab": config.max_vocab,
               "threads": config.threads}  # fmt: skip
    paths = [os.path.abspath(path) for path in corpus]
    with encode(paths, progress=bar, stop=stop, **options) as encoded:
        for warning in encoded.report.warnings():
            bar.note(warning)
        fingerprint = encoded.fingerprint
        _check_usable(encoded.vocabulary.words, evaluation)
    looks = []
    if eval_every is not None:
        steps = int(1 / eval_every + 1e-9)
        looks = [round(eval_every * i, 6) for i in range(1, steps + 1) if eval_every * i < 0.999]
    return Plan(paths, fingerprint, options, evaluation, looks, folder, keep_vectors)


def _check_usable(words: list[str], evaluation: dict[str, Any]) -> None:
    """Refuse a corpus that knows the words of no test, before it is trained on."""
    import numpy as np

    from w2vneg.evaluation.score import evaluate
    from w2vneg.vectors.vectors import Vectors

    numbers = np.random.default_rng(0).normal(size=(len(words), 2)).astype(np.float32)
    evaluate(Vectors(words, numbers), **evaluation, bootstrap=1)


def _write_page(found: dict[str, Any], plan: Any) -> bool:
    """Write ``index.html``; return whether it has pictures."""
    from w2vneg.comparison.report import page, plots, words
    from w2vneg.comparison.runs import slug
    from w2vneg.system.atomic_files import write_bytes

    first = found["seeds"][0]
    stems = {arm: f"{slug(arm)}-{first}" for arm in found["arms"]}
    vectors = words.load(plan.folder / "vectors", stems)
    near: dict[str, Any] = {}
    pictures: dict[str, str | None] = {}
    mapped: list[str] = []
    if vectors:
        mapped, listed = words.choose(vectors, plan.evaluation["analogies"])
        near = words.neighbours(vectors, listed)
    if plots.available():
        pictures = {
            "curves": plots.curves(found),
            "sections": plots.sections(found),
            "costs": plots.costs(found),
        }
        if len(mapped) > 2:
            pictures["map"] = plots.word_map(
                {a: (mapped, v.unit[[v.row(w) for w in mapped]]) for a, v in vectors.items()}
            )
    write_bytes(plan.folder / "index.html", page.render(found, pictures, near).encode())
    return bool(pictures)


def _print(found: dict[str, Any]) -> None:
    from w2vneg.cli.output import print_line, print_table
    from w2vneg.comparison.report.page import summary

    base = found["arms"][found["baseline"]]
    tests = list(base["scores"])
    rows = []
    for arm, told in found["arms"].items():
        row = [arm]
        for test in tests:
            entry = told["scores"][test]
            spread = "" if entry["spread"] is None else f"±{entry['spread']:.3f}"
            mark = ""
            if "difference" in entry:
                mark = ("+" if entry["difference"] > 0 else "-") if entry["supported"] else "="
            row.append(f"{entry['mean']:.3f}{spread}{mark}")
        own = told["cost"]
        row += [f"{own['seconds']:.1f}", f"{own['words_per_second'] / 1e6:.2f}"]
        rows.append(row)
    print_table(["", *tests, "seconds", "M words/s"], rows)
    print_line(
        f"+ better, - worse than {found['baseline']}, = no difference that the data support "
        "(Holm-corrected, p < 0.05)"
    )
    for line in summary(found):
        print_line(line)
