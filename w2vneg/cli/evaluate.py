"""``w2vneg eval``: scores of vectors on analogies and word similarity."""

from __future__ import annotations

import os
from typing import Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.input_options import input_options, take_input
from w2vneg.cli.options import Number, Place, analogy_method, refuse_idle, scoring_options
from w2vneg.cli.vector_input import load_vectors, skip_bad_rows_option
from w2vneg.errors import UsageError

_MAX_RESAMPLES = 1_000_000


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
    help="Seed of the resampling.",
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
    """Score VECTORS on analogies and word similarity, or vectors of items on held-out sessions.

    The default test sets are those that come with gensim: questions-words, WordSim-353 and
    SimLex-999. Brackets show 95 % bootstrap intervals over questions or pairs. "used" says for each
    file of vectors how many of the questions or pairs it knows; only these are scored.
    """
    from w2vneg.cli.output import print_json
    from w2vneg.corpus.read_sentences import read_sentences
    from w2vneg.evaluation import Evaluation, common_items, evaluate, score_next_items
    from w2vneg.evaluation.coverage import notes_on_scores, notes_on_sets
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
    if (similarity or items) and not analogies:
        refuse_idle(["method", "sections"], "has no effect without --analogies")
    reading = take_input(options)
    is_only_items = bool(items) and not (analogies or similarity)
    is_default = not (analogies or similarity or items)
    questions = find_analogies(default_analogies() if is_default else analogies)
    pairs = find_similarity(default_similarity() if is_default else similarity)
    sizes, scores, predicted = {}, {}, {}
    for path in vectors:
        loaded = load_vectors(path, skip_bad_rows=skip_bad_rows)
        sizes[path] = {"words": len(loaded), "dim": loaded.dim}
        predicted[path] = {
            name: score_next_items(loaded, read_sentences([name], reading), name).to_dict(
                bootstrap, seed
            )
            for name in items
        }
        if is_only_items:
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
    if common and not is_only_items:
        scores = dict(zip(scores, common_items(list(scores.values())), strict=True))
    results = {
        path: {**sizes[path], **score.to_dict(), "items": predicted[path]}
        for path, score in scores.items()
    }
    skipped = passed_over(questions, pairs)
    if as_json:
        print_json(
            {
                "method": method,
                "restrict_vocab": restrict_vocab,
                "case_sensitive": case_sensitive,
                "common": common,
                "skipped_files": {str(path): why for path, why in skipped.items()},
                "vectors": results,
            }
        )
        return
    _print_table(results, sections)
    on_sets = notes_on_sets([*questions.sets, *pairs.sets], skipped)
    for note in [*on_sets, *notes_on_scores(scores)]:
        Bar().note(note)


def _print_table(results: dict[str, Any], sections: bool) -> None:
    from w2vneg.cli.output import print_table

    first = next(iter(results.values()))
    rows = []
    for name, score in first["analogies"].items():
        for kind in ("total", "semantic", "syntactic"):
            shares = [r["analogies"][name][kind] for r in results.values()]
            if kind == "total" or shares[0]["total"] + shares[0]["skipped"]:
                cells = [cell for share in shares for cell in (_count(share), _share(share))]
                rows.append([f"{name} {kind}", *cells])
        if sections:
            for section in score["sections"]:
                counts = [r["analogies"][name]["sections"][section] for r in results.values()]
                cells = [cell for count in counts for cell in (_count(count), _plain(count))]
                rows.append([f"  {section}", *cells])
    for name in first["similarity"]:
        cells = []
        for result in results.values():
            score = result["similarity"][name]
            every = sum(score[key] for key in ("pairs", "missing", "beyond", "zero", "not_common"))
            cells += [f"{score['pairs']} of {every}", _rho(score)]
        rows.append([f"{name} (Spearman)", *cells])
    for name in first["items"]:
        for key in ("hr@10", "mrr@10"):
            cells = []
            for result in results.values():
                score = result["items"][name]
                low, high = score[f"{key}_interval"]
                cells += [
                    f"{score['used']} of {score['sessions']}",
                    f"{score[key]:.3f} [{low:.3f}, {high:.3f}]",
                ]
            rows.append([f"{os.path.basename(name)} {key.upper()}", *cells])
    names = [os.path.basename(path) for path in results]
    short = names if len(set(names)) == len(names) else list(results)
    print_table(["test set", *(head for name in short for head in ("used", name))], rows)


def _count(score: dict[str, Any]) -> str:
    return f"{score['total']} of {score['total'] + score['skipped']}"


def _share(score: dict[str, Any]) -> str:
    if score["accuracy"] is None:
        return "-"
    return f"{score['accuracy']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"


def _plain(score: dict[str, Any]) -> str:
    return f"{score['correct'] / score['total']:.3f}" if score["total"] else "-"


def _rho(score: dict[str, Any]) -> str:
    if not score["pairs"]:
        return "-"
    if score["spearman"] is None:
        return "undefined"
    if score["low"] != score["low"]:  # undefined in every resample
        return f"{score['spearman']:.3f}"
    return f"{score['spearman']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"
