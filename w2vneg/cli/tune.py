"""``w2vneg tune``: searches for the best options of a training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.input_options import input_options, session_defaults, take_input, walk_options
from w2vneg.cli.options import Number, Place, note_outputs_in_corpus, scoring_options
from w2vneg.version import __version__

if TYPE_CHECKING:
    from w2vneg.comparison.tuning.tune import Final, Round, Tuning


@click.command("tune", cls=Command)
@click.argument("corpus", nargs=-1, type=click.Path())
@click.option(
    "--time",
    help="Time of a training on the whole corpus to tune for: 60s, 10m, 2h. The search takes about "
    "15 times as long.  [default: what the default options take]",
)
@click.option(
    "--trials",
    type=Number(int, 1, 100_000),
    default=27,
    show_default=True,
    help="Combinations of options to try; they are drawn at random.",
)
@click.option(
    "--seeds",
    type=Number(int, 1, 10_000),
    default=3,
    show_default=True,
    help="Trainings of the best candidate and of the default options at the end.",
)
@click.option(
    "--search-seed",
    type=Number(int, 0, 2**62),
    default=1,
    show_default=True,
    help="Seed of the choice of candidates.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="OPTION=VALUE",
    help="A training option for all candidates and the default; it is not searched.",
)
@click.option(
    "--grid",
    "grids",
    multiple=True,
    metavar="OPTION=V1,V2,...",
    help="Search this option, with these values, and only what is given with --grid.  [default: lr, "
    "negatives, sample, window, ns-exponent]",
)
@scoring_options
@click.option(
    "-o",
    "--output",
    default="tuning",
    show_default=True,
    type=Place(),
    help="Folder of the results; finished trainings in it are reused.",
)
@input_options
@walk_options
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
def command(
    corpus: tuple[str, ...],
    time: str | None,
    trials: int,
    seeds: int,
    search_seed: int,
    settings: tuple[str, ...],
    grids: tuple[str, ...],
    analogies: tuple[str, ...],
    similarity: tuple[str, ...],
    restrict_vocab: int,
    case_sensitive: bool,
    output: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Search for the training options that give the best vectors of CORPUS in a given time.

    Many combinations are trained on a small part of the corpus, the better ones on larger parts,
    all for the same time, and chosen by one half of the test items. The best one and the default
    are scored on the other half. Without --analogies and --similarity, the test sets are those
    that come with gensim. Repeat the same command to resume an interrupted search.
    """
    from w2vneg.cli.output import print_json
    from w2vneg.cli.running import running
    from w2vneg.comparison.tuning.tune import tune
    from w2vneg.corpus.paths_or_sentences import Paths
    from w2vneg.system.atomic_files import write_bytes
    from w2vneg.system.durations import parse_duration

    seconds = None if time is None else parse_duration(time, "time")
    reading = take_input(options, corpus)
    with running() as (bar, stop):
        note_outputs_in_corpus([output], corpus, bar.note)
        session_defaults(reading, ("sample", "min_count", "window"), bar.note)
        result = tune(
            Paths(corpus) if corpus else None,
            output=output,
            seconds=seconds,
            trials=trials,
            settings=settings,
            grids=grids,
            seeds=seeds,
            search_seed=search_seed,
            analogies=analogies,
            similarity=similarity,
            restrict_vocab=restrict_vocab,
            case_sensitive=case_sensitive,
            input=reading,
            progress=bar,
            stop=stop,
        )
    found = {"tool": f"w2vneg {__version__}", **result.to_json()}
    write_bytes(Path(output) / "tuning.json", json.dumps(found, indent=1).encode())
    if as_json:
        print_json(found)
        return
    _print(result)


def _print(result: Tuning) -> None:
    from w2vneg.cli.output import print_line, print_table
    from w2vneg.system.option_names import flag

    rows = [_round_row(number, one) for number, one in enumerate(result.rounds, 1)]
    headings = ["round", "corpus", "seconds", "candidates", "best", "default", "best candidate"]
    print_table(headings, rows, left=1)
    rows = [
        [flag(option), "  ".join(f"{value}: {gain:+.3f}" for value, gain in values.items())]
        for option, values in result.worth.items()
    ]
    print_table(["option", "value: score less the mean, first round"], rows, left=2)
    rows = [_final_row("default", result.default), _final_row("best", result.best)]
    print_table(["held-back half", *result.default.scores, "epochs", "seconds"], rows)
    if not result.is_better:
        print_line("On the held-back half no candidate is better than the default options.")
    print_line(result.command)


def _round_row(number: int, one: Round) -> list[str]:
    from w2vneg.samplers.presets import DEFAULT

    name, best = next(iter(one.scores.items()))
    default = next(score for arm, score in one.scores.items() if arm == DEFAULT)
    return [
        str(number),
        f"{one.share:.0%}",
        f"{one.seconds:.3g}",
        str(len(one.scores)),
        f"{best:.3f}",
        f"{default:.3f}",
        name,
    ]


def _final_row(name: str, final: Final) -> list[str]:
    from w2vneg.comparison.tuning.tune import spread

    scores = [spread(values) for values in final.scores.values()]
    return [name, *scores, str(final.epochs), f"{final.seconds:.1f}"]
