"""``w2vneg eval``: scores of vectors on test sets, labels, links and sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.input_options import INPUT_NAMES, PREPARING_NAMES, input_options, take_input
from w2vneg.cli.options import Number, Place, analogy_method, refuse_idle, scoring_options
from w2vneg.cli.vector_input import load_vectors, skip_bad_rows_option
from w2vneg.errors import UsageError

if TYPE_CHECKING:
    from w2vneg.corpus.input_options import InputOptions
    from w2vneg.evaluation.items import LabelSet
    from w2vneg.vectors import Vectors

_MAX_RESAMPLES = 1_000_000
_MAX_SEEDS = 10_000


@click.command("eval", cls=Command)
@click.argument("vectors", nargs=-1, required=True, type=click.Path())
@scoring_options
@click.option(
    "--items",
    multiple=True,
    type=Place(),
    help="Held-out sessions, one a line, or a table of them: how often the last item is among the "
    "10 nearest of the one before it (HR@10), and the mean of its reciprocal rank (MRR@10). May be "
    "repeated.",
)
@click.option(
    "--labels",
    multiple=True,
    type=Place(),
    help="A node and its labels on each line: the share of the same label among the 10 nearest, and "
    "micro and macro F1 of logistic regression. May be repeated.",
)
@click.option(
    "--train-share",
    type=Number(float, 0.001, 0.999),
    default=0.5,
    show_default=True,
    help="Share of the labeled nodes that logistic regression is trained on.",
)
@click.option(
    "--seeds",
    type=Number(int, 1, _MAX_SEEDS),
    default=5,
    show_default=True,
    help="Random splits of the labeled nodes.",
)
@click.option(
    "--links",
    multiple=True,
    type=Place(),
    help="Held-out links, two nodes on each line: AUC and average precision against as many pairs "
    "without a link, by cosine and by dot product. May be repeated.",
)
@click.option(
    "--known-links",
    multiple=True,
    type=Place(),
    help="The other links of the graph, those that the vectors were trained on: no pair is drawn "
    "from them. May be repeated.",
)
@analogy_method
@click.option(
    "--common",
    is_flag=True,
    help="Score only the questions and pairs that all files of vectors know.",
)
@click.option(
    "--bootstrap",
    type=Number(int, 1, _MAX_RESAMPLES),
    default=1000,
    show_default=True,
    help="Resamples for the 95 % intervals.",
)
@click.option(
    "--seed",
    type=Number.of("seed"),
    default=1,
    show_default=True,
    help="Seed of the resampling, of the splits of --labels and of the pairs of --links.",
)
@skip_bad_rows_option
@input_options
@click.option("--sections", is_flag=True, help="Show each section of the analogies.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    vectors: tuple[str, ...],
    analogies: tuple[str, ...],
    similarity: tuple[str, ...],
    items: tuple[str, ...],
    labels: tuple[str, ...],
    train_share: float,
    seeds: int,
    links: tuple[str, ...],
    known_links: tuple[str, ...],
    restrict_vocab: int,
    method: str,
    case_sensitive: bool,
    common: bool,
    bootstrap: int,
    seed: int,
    skip_bad_rows: bool,
    sections: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Score VECTORS on analogies and word similarity, on labels and links, or on sessions.

    The default test sets are those that come with gensim: questions-words, WordSim-353 and
    SimLex-999; where it is not installed, they are downloaded. Brackets show 95 % intervals. "used" says for each file of vectors how many of the
    questions, pairs or nodes it knows; only these are scored.
    """
    from w2vneg.cli.output import print_json
    from w2vneg.cli.running import running
    from w2vneg.cli.score_table import print_scores
    from w2vneg.evaluation import Evaluation, common_items, evaluate, read_labels
    from w2vneg.evaluation.coverage import notes_on_nodes, notes_on_scores, notes_on_sets
    from w2vneg.evaluation.testsets import (
        default_analogies,
        default_similarity,
        find_analogies,
        find_similarity,
        passed_over,
    )
    from w2vneg.system.progress_bar import Bar

    if common and len(set(vectors)) < 2:
        raise UsageError("--common compares several files of vectors; give two or more")
    is_default = not (analogies or similarity or items or labels or links)
    _refuse_idle(
        bool(analogies) or is_default, bool(similarity), bool(items), bool(labels), bool(links)
    )
    reading = take_input(options)
    has_words = bool(analogies or similarity or is_default)
    if is_default:
        with running() as (bar, stop):
            analogies = tuple(map(str, default_analogies(bar, stop)))
            similarity = tuple(map(str, default_similarity(bar, stop)))
    questions, pairs = find_analogies(analogies), find_similarity(similarity)
    label_sets = {name: read_labels(name) for name in labels}
    sizes, scores, others = {}, {}, {}
    for path in vectors:
        loaded = load_vectors(path, skip_bad_rows=skip_bad_rows)
        sizes[path] = {"words": len(loaded), "dim": loaded.dim}
        others[path] = {
            "items": _score_items(loaded, items, reading, bootstrap, seed),
            "labels": _score_labels(loaded, label_sets, train_share, seeds, bootstrap, seed),
            "links": _score_links(loaded, links, known_links, bootstrap, seed),
        }
        if not has_words:
            scores[path] = Evaluation([], [], bootstrap, seed)
            continue
        scores[path] = evaluate(
            loaded,
            questions.sets,
            pairs.sets,
            restrict_vocab=restrict_vocab,
            method=method,
            case_sensitive=case_sensitive,
            bootstrap=bootstrap,
            seed=seed,
            name=path,
        )
    if common:
        scores = dict(zip(scores, common_items(list(scores.values())), strict=True))
    results = {
        path: {**sizes[path], **score.to_dict(), **others[path]} for path, score in scores.items()
    }
    skipped = passed_over(questions, pairs)
    if as_json:
        print_json(
            {
                "method": method,
                "restrict_vocab": restrict_vocab,
                "case_sensitive": case_sensitive,
                "common": common,
                "train_share": train_share,
                "seeds": seeds,
                "seed": seed,
                "skipped_files": {str(path): why for path, why in skipped.items()},
                "vectors": results,
            }
        )
        return
    print_scores(results, sections)
    on_sets = notes_on_sets([*questions.sets, *pairs.sets], skipped)
    for note in [*on_sets, *notes_on_scores(scores), *notes_on_nodes(results)]:
        Bar().note(note)


def _refuse_idle(analogies: bool, similarity: bool, items: bool, labels: bool, links: bool) -> None:
    """Refuse options of test sets that are not scored."""
    if not analogies:
        refuse_idle(["method", "sections"], "has no effect without --analogies")
    if not (analogies or similarity):
        refuse_idle(
            ["restrict_vocab", "case_sensitive", "common"],
            "has no effect without --analogies or --similarity",
        )
    if not items:
        refuse_idle([*INPUT_NAMES, *PREPARING_NAMES], "has no effect without --items")
    if not labels:
        refuse_idle(["train_share", "seeds"], "has no effect without --labels")
    if not links:
        refuse_idle(["known_links"], "has no effect without --links")


def _score_items(
    vectors: Vectors, names: tuple[str, ...], reading: InputOptions, bootstrap: int, seed: int
) -> dict[str, Any]:
    from w2vneg.corpus.read_sentences import read_sentences
    from w2vneg.evaluation import score_next_items

    return {
        name: score_next_items(vectors, read_sentences([name], reading), name).to_dict(
            bootstrap, seed
        )
        for name in names
    }


def _score_labels(
    vectors: Vectors,
    sets: dict[str, LabelSet],
    train_share: float,
    seeds: int,
    bootstrap: int,
    seed: int,
) -> dict[str, Any]:
    from w2vneg.evaluation import score_labels

    return {
        name: score_labels(
            vectors, one, train_share=train_share, seeds=seeds, seed=seed, name=name
        ).to_dict(bootstrap, seed)
        for name, one in sets.items()
    }


def _score_links(
    vectors: Vectors,
    names: tuple[str, ...],
    known_names: tuple[str, ...],
    bootstrap: int,
    seed: int,
) -> dict[str, Any]:
    from w2vneg.evaluation import read_links, score_links

    return {
        name: score_links(
            vectors,
            read_links(name),
            known=(link for known in known_names for link in read_links(known)),
            seed=seed,
            name=name,
        ).to_dict(bootstrap, seed)
        for name in names
    }
