"""``w2vneg eval``: scores of vectors on analogies and word similarity."""

from __future__ import annotations

import os
from typing import Any

import click

from w2vneg.cli.options import Number, Place, analogy_method

_MAX_RESAMPLES = 1_000_000


@click.command("eval")
@click.argument("vectors", nargs=-1, required=True, type=click.Path())
@click.option(
    "--analogies",
    multiple=True,
    type=Place(),
    help="File of analogy questions (questions-words or MSR format), or a folder of such files; "
    "may be repeated.",
)
@click.option(
    "--similarity",
    multiple=True,
    type=Place(),
    help="File of word pairs with human ratings, or a folder of such files; may be repeated.",
)
@click.option(
    "--restrict-vocab",
    type=Number(int, 1),
    default=30_000,
    show_default=True,
    help="Limit analogies to the N most frequent words.",
)
@analogy_method
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
@click.option("--sections", is_flag=True, help="Show each section of the analogies.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    vectors: tuple[str, ...],
    analogies: tuple[str, ...],
    similarity: tuple[str, ...],
    restrict_vocab: int,
    method: str,
    bootstrap: int,
    seed: int,
    sections: bool,
    as_json: bool,
) -> None:
    """Score VECTORS on analogies and word similarity.

    The default test sets are those that come with gensim: questions-words, WordSim-353 and
    SimLex-999. Brackets show 95 % bootstrap intervals over questions or pairs.
    """
    from w2vneg.cli.output import print_json
    from w2vneg.evaluation import evaluate
    from w2vneg.evaluation.testsets import expand
    from w2vneg.vectors import read_vectors

    chosen: dict[str, Any] = {}
    if analogies or similarity:
        chosen = {"analogies": expand(list(analogies)), "similarity": expand(list(similarity))}
    results = {}
    for path in vectors:
        loaded = read_vectors(path)
        scores = evaluate(
            loaded,
            **chosen,
            restrict_vocab=restrict_vocab,
            method=method,
            bootstrap=bootstrap,
            seed=seed,
            name=path,
        )
        results[path] = {"words": len(loaded), "dim": loaded.dim, **scores.to_dict()}
    if as_json:
        print_json({"method": method, "restrict_vocab": restrict_vocab, "vectors": results})
        return
    _print(results, sections)


def _print(results: dict[str, Any], sections: bool) -> None:
    from w2vneg.cli.output import print_table
    from w2vneg.system.progress_bar import Bar

    first = next(iter(results.values()))
    rows = []
    for name, score in first["analogies"].items():
        for kind in ("total", "semantic", "syntactic"):
            cells = [_share(r["analogies"][name][kind]) for r in results.values()]
            rows.append([f"{name} {kind}", _count(score[kind]), *cells])
        if sections:
            for section, counts in score["sections"].items():
                cells = [
                    _plain(r["analogies"][name]["sections"][section]) for r in results.values()
                ]
                rows.append([f"  {section}", _count(counts), *cells])
    for name, score in first["similarity"].items():
        cells = [_rho(r["similarity"][name]) for r in results.values()]
        used, missing = score["pairs"], score["missing"] + score["zero"]
        rows.append([f"{name} (Spearman)", f"{used} of {used + missing}", *cells])
    names = [os.path.basename(path) for path in results]
    short = names if len(set(names)) == len(names) else list(results)
    print_table(["test set", "used", *short], rows)
    for kind, expected in (("analogies", "four words"), ("similarity", "word, word, rating")):
        for name, score in first[kind].items():
            if score["skipped_lines"]:
                Bar().note(f"{name}: {score['skipped_lines']} lines skipped: not {expected}")


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
