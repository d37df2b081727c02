"""``w2vneg compare``: compares samplers, with confidence intervals and plots."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.input_options import input_options, session_defaults, take_input, walk_options
from w2vneg.cli.options import Number, Place, note_outputs_in_corpus, scoring_options
from w2vneg.comparison.compare import SAMPLERS, compare

if TYPE_CHECKING:
    from w2vneg.comparison import Report
    from w2vneg.comparison.report.report import ArmResult, Score


def _numbers_of_ranks(
    context: click.Context, option: click.Parameter, text: str | None
) -> list[int]:
    if text is None:
        return []
    from w2vneg.comparison.ranks import MOST

    kind = Number(int, 1, MOST)
    return [int(kind.convert(part.strip(), option, context)) for part in text.split(",")]


@click.command("compare", cls=Command)
@click.argument("corpus", nargs=-1, type=click.Path())
@click.option(
    "--samplers",
    default=",".join(SAMPLERS),
    show_default=True,
    help="What to compare, the baseline first: named samplers, or parts joined by + such as "
    "gneg+hardest or self-adversarial.",
)
@click.option("--against", default="", help="Reference arms to add: gensim, or more samplers.")
@click.option(
    "--seeds",
    type=Number(int, 1, 10_000),
    default=3,
    show_default=True,
    help="Trainings per arm, each with its own seed.",
)
@click.option(
    "--first-seed",
    type=Number(int, 0, 2**62),
    default=1,
    show_default=True,
    help="The first seed; the others are the numbers that follow.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="OPTION=VALUE,...",
    help="Training options for all arms that have them, or for one: dynamic:lr=0.05.",
)
@click.option(
    "--grid",
    "grids",
    multiple=True,
    metavar="OPTION=V1,V2,...",
    help="Replace each arm that has the option by one per value; repeat for all combinations.",
)
@click.option(
    "--ranks",
    metavar="N,N,...",
    callback=_numbers_of_ranks,
    help="Replace each arm by one per number of ranks, which are simulated: 1,2,4,8 shows what several "
    "machines would do to the vectors. --set and --grid then also take sync-every, sync-rows, "
    "sync-rule, sync-bits and local-lr.",
)
@click.option(
    "--equal-time",
    is_flag=True,
    help="Train every other arm for the time that the baseline took, instead of for equal epochs.",
)
@click.option(
    "--tune",
    is_flag=True,
    help="With --equal-time: search for the learning rate, negatives and subsampling that are best "
    "for each arm in that time. It takes about seven trainings an arm.",
)
@click.option(
    "--eval-every",
    type=float,
    help="Also score at intervals of this share of the training, such as 0.2, for learning curves.",
)
@scoring_options
@click.option(
    "--common", is_flag=True, help="Score only the questions and pairs that all arms can answer."
)
@click.option(
    "-o",
    "--output",
    default="report",
    show_default=True,
    type=Place(),
    help="Folder of the report; finished runs in it are reused.",
)
@click.option(
    "--keep-vectors",
    is_flag=True,
    help="Save the vectors of every run, not only those of each arm's first seed.",
)
@input_options
@walk_options
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
def command(
    corpus: tuple[str, ...],
    samplers: str,
    against: str,
    seeds: int,
    first_seed: int,
    settings: tuple[str, ...],
    grids: tuple[str, ...],
    ranks: list[int],
    equal_time: bool,
    tune: bool,
    eval_every: float | None,
    analogies: tuple[str, ...],
    similarity: tuple[str, ...],
    restrict_vocab: int,
    case_sensitive: bool,
    common: bool,
    output: str,
    keep_vectors: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Train on CORPUS in several ways and test whether the differences are significant.

    Each sampler is trained with each seed, one run after the other, and scored. The report has
    means, spreads, bootstrap intervals and corrected tests against the baseline. Without
    --analogies and --similarity, the test sets are those that come with gensim. Repeat the same
    command to resume an interrupted comparison.
    """
    from pathlib import Path

    from w2vneg.cli.output import print_json, print_line
    from w2vneg.cli.running import running
    from w2vneg.corpus.paths_or_sentences import Paths

    reading = take_input(options, corpus)
    with running() as (bar, stop):
        note_outputs_in_corpus([output], corpus, bar.note)
        session_defaults(reading, ("sample", "min_count", "window"), bar.note)
        report = compare(
            Paths(corpus) if corpus else None,
            samplers=_names(samplers),
            against=_names(against),
            seeds=range(first_seed, first_seed + seeds),
            settings=[part for text in settings for part in _split_settings(text)],
            grids=grids,
            ranks=ranks,
            equal_time=equal_time,
            tune=tune,
            eval_every=eval_every,
            analogies=analogies,
            similarity=similarity,
            restrict_vocab=restrict_vocab,
            case_sensitive=case_sensitive,
            common=common,
            input=reading,
            output=output,
            keep_vectors=keep_vectors,
            command=shlex.join(["w2vneg", *sys.argv[1:]]),
            progress=bar,
            stop=stop,
        )
    if as_json:
        print_json(report.to_json())
        return
    _print(report)
    print_line(f"report: {Path(output) / 'index.html'}")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _split_settings(text: str) -> list[str]:
    """Split ``arm:a=1,b=2`` into ``arm:a=1`` and ``arm:b=2``."""
    head, _, rest = text.partition("=")
    scope, colon, _ = head.partition(":")
    prefix = scope + colon if colon else ""
    pieces = text.removeprefix(prefix).split(",") if rest else [text]
    return [prefix + piece for piece in pieces if piece] or [text]


def _print(report: Report) -> None:
    from w2vneg.cli.output import print_line, print_table

    rows = [_row(name, arm, report.tests) for name, arm in report.arms.items()]
    rows += [[name, *used, "", ""] for name, used in report.used()]
    print_table(["", *report.tests, "seconds", "M words/s"], rows)
    _print_ranks(report)
    print_line(
        f"+ better, - worse than {report.baseline}, = no significant difference "
        "(Holm-corrected, p < 0.05)"
    )
    for line in [*report.summary(), *report.notes]:
        print_line(line)


def _print_ranks(report: Report) -> None:
    from w2vneg.cli.output import print_table

    rows = [
        [name, own["rule"], f"{own['local_lr']:.3g}", f"{own['sync_every']:,}", f"{own['syncs']:,}",
         f"{arm.words_each / 1e6:.1f}"]
        for name, arm in report.arms.items()
        if (own := arm.ranks) is not None
    ]  # fmt: skip
    if rows:
        print_table(["", "rule", "local lr", "sync every", "exchanges", "M words a rank"], rows)


def _row(name: str, arm: ArmResult, tests: list[str]) -> list[str]:
    scores = [_score(arm.scores[test]) for test in tests]
    seconds, speed = arm.cost.seconds, arm.cost.words_per_second
    if seconds is None or speed is None:
        return [name, *scores, "simulated", ""]
    return [name, *scores, f"{seconds:.1f}", f"{speed / 1e6:.2f}"]


def _score(score: Score) -> str:
    if score.mean != score.mean:  # no item is scored
        return "-"
    spread = "" if score.spread is None else f"±{score.spread:.3f}"
    gap = score.difference
    mark = ""
    if gap is not None:
        mark = ("+" if gap.value > 0 else "-") if gap.supported else "="
    return f"{score.mean:.3f}{spread}{mark}"
