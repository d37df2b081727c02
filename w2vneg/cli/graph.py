"""``w2vneg graph``: build, save and inspect the co-occurrence graph of a corpus."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.input_options import input_options, session_defaults, take_input, walk_options
from w2vneg.cli.options import Number, Place, check_outputs, note_outputs_in_corpus, refuse_idle
from w2vneg.cli.running import running
from w2vneg.config import TrainConfig
from w2vneg.samplers.proposals.gneg import gneg
from w2vneg.system.option_names import named_as_flags

#: Options that every training has.
_COMMON = ("min_count", "max_vocab", "threads")
#: Options of what is shown of a word, and of how the corpus is counted.
_SHOWN = ("count", "family", "power", "steps", "self_loops")
_COUNTED = ("window", "vocab", "min_weight", "min_count", "max_vocab")
#: Options of gneg as this command calls them.
_FLAGS = {
    "gneg_window": "--window",
    "gneg_vocab": "--graph-vocab",
    "gneg_min_weight": "--min-weight",
    "gneg_family": "--family",
    "gneg_power": "--power",
    "gneg_steps": "--steps",
}


@click.command("graph", cls=Command)
@click.argument("corpus", nargs=-1, required=True, type=click.Path())
@click.option("-o", "--output", type=Place(), help="Save the graph to this .npz file, for "
              "train --sampler gneg --gneg-graph FILE.")  # fmt: skip
@click.option("--node", "nodes", multiple=True, metavar="WORD", help="Show the strongest "
              "neighbors of WORD and how likely each is drawn as its negative; may be repeated.")  # fmt: skip
@click.option(
    "-n",
    "count",
    type=Number(int, 1),
    default=10,
    show_default=True,
    help="Number of neighbors to show.",
)
@click.option(
    "--window",
    type=Number(int, gneg.WINDOW.low - 1, gneg.WINDOW.high - 1),
    default=gneg.WINDOW.default - 1,
    show_default=True,
    help="Maximum distance between two words that are linked (1: adjacent words).",
)
@click.option(
    "--graph-vocab",
    "vocab",
    type=Number.for_option(gneg.VOCAB),
    default=gneg.VOCAB.default,
    show_default=True,
    help="Words in the graph: the N most frequent.",
)
@click.option("--min-weight", type=Number.for_option(gneg.MIN_WEIGHT), default=1, show_default=True, help="Leave out edges with fewer "
              "co-occurrences.")  # fmt: skip
@click.option("--family", default="smoothed", show_default=True, help="Distribution to show: "
              "adjacency, smoothed, difference or walk.")  # fmt: skip
@click.option(
    "--power",
    type=Number.for_option(gneg.POWER),
    default=0.25,
    show_default=True,
    help="Exponent of the distribution.",
)
@click.option(
    "--steps",
    type=Number.for_option(gneg.STEPS),
    default=2,
    show_default=True,
    help="Number of steps of a walk.",
)
@click.option("--self-loops", is_flag=True, help="Let a walk stay at a word.")
@click.option("--min-count", type=Number.of("min_count"), default=5, show_default=True, help="Words that occur less often are "
              "left out of the corpus.")  # fmt: skip
@click.option(
    "--max-vocab",
    type=Number.of("max_vocab"),
    help="Keep only the N most frequent words of the corpus.",
)
@click.option("--threads", type=Number.of("threads"), help="Default: all processors.")
@input_options
@walk_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    corpus: tuple[str, ...],
    output: str | None,
    nodes: tuple[str, ...],
    count: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Build the co-occurrence graph of a text, CORPUS; for walks on a graph: w2vneg walks.

    Or inspect a saved co-occurrence graph (an .npz file).
    """
    from w2vneg.cli.output import print_json, print_line, reserve_stdout
    from w2vneg.errors import UsageError, suggest

    reading = take_input(options, corpus)
    with named_as_flags(_FLAGS), running() as (bar, stop):
        config = _configuration(options)
        if not nodes:
            refuse_idle(_SHOWN, "has no effect without --node WORD")
        if _is_saved(corpus):
            refuse_idle(
                _COUNTED, f"has no effect on a saved graph; give the corpus, not {corpus[0]}"
            )
        check_outputs({"-o": output}, corpus)
        reserve_stdout(output)
        note_outputs_in_corpus([output], corpus, bar.note)
        defaults = session_defaults(reading, ("min_count",), bar.note)
        graph = _graph(corpus, replace(config, **defaults), reading, bar, stop)
        words = graph.word_list()
        ids = {word: number for number, word in enumerate(words)}
        for node in nodes:
            if node not in ids:
                raise UsageError(f"{node!r} is not in the graph; {suggest(node, words)}")
        details = _neighbors(graph, [ids[node] for node in nodes], count, config, bar, stop)
        bar.finish()
        if output:
            stop.check("saving")
            graph.save(output)
    if as_json:
        print_json(
            {
                "words": len(graph),
                "edges": len(graph.ids),
                "window": graph.window - 1,
                "min_weight": graph.min_weight,
                "output": output,
                "nodes": dict(zip(nodes, details, strict=True)),
            }
        )
        return
    for node, near in zip(nodes, details, strict=True):
        _print_node(node, near, config)
    where = f" in {output}" if output else ""
    print_line(
        f"{len(graph):,} words, {len(graph.ids):,} edges (each counted from both ends), window "
        f"{graph.window - 1}{where}"
    )


def _is_saved(corpus: tuple[str, ...]) -> bool:
    return len(corpus) == 1 and corpus[0].endswith(".npz")


def _configuration(options: dict[str, Any]) -> TrainConfig:
    """Return the configuration of a training with a graph of these options."""
    from w2vneg.samplers import configure

    own = {name: value for name, value in options.items() if name not in _COMMON}
    # gneg links words that are less than its window apart.
    own["window"] += 1
    return configure(
        sampler="gneg",
        **{name: options[name] for name in _COMMON},
        **{f"gneg_{name}": value for name, value in own.items()},
    )


def _graph(corpus: tuple[str, ...], config: Any, reading: Any, bar: Any, stop: Any) -> Any:
    from w2vneg.corpus.cooccurrence.graph import Graph, build_graph
    from w2vneg.corpus.paths_or_sentences import Paths
    from w2vneg.graphs.any_input import encode_input

    if _is_saved(corpus):
        return Graph.load(corpus[0])
    with encode_input(
        Paths(corpus), min_count=config.min_count, max_vocab=config.max_vocab,
        threads=config.threads, input=reading, progress=bar, stop=stop,
    ) as encoded:  # fmt: skip
        for warning in encoded.report.warnings():
            bar.note(warning)
        return build_graph(
            encoded, window=config[gneg.WINDOW], vocab=config[gneg.VOCAB],
            min_weight=config[gneg.MIN_WEIGHT], threads=config.threads, progress=bar, stop=stop,
        )  # fmt: skip


def _neighbors(
    graph: Any, nodes: list[int], count: int, config: Any, bar: Any, stop: Any
) -> list[dict[str, Any]]:
    """Return, for each node, its strongest neighbors and its most likely negatives."""
    import numpy as np

    from w2vneg.samplers.proposals.gneg.gneg import noise_rows, row_probabilities

    if not nodes:
        return []
    rows, steps = noise_rows(graph, config, bar, stop)
    words = graph.word_list()
    details = []
    for node in nodes:
        near, weights = graph.row(node)
        chances = row_probabilities(rows, steps, node)
        strongest = np.argsort(-weights.astype(np.int64), kind="stable")[:count]
        likely = np.argsort(-chances, kind="stable")[:count]
        details.append(
            {
                "count": int(graph.counts[node]),
                "degree": len(near),
                "neighbors": [
                    (words[near[i]], int(weights[i]), float(chances[near[i]])) for i in strongest
                ],
                "negatives": [(words[i], float(chances[i])) for i in likely if chances[i] > 0],
            }
        )
    return details


def _print_node(node: str, near: dict[str, Any], config: Any) -> None:
    from w2vneg.cli.output import print_table

    rows = []
    for i in range(max(len(near["neighbors"]), len(near["negatives"]))):
        row = ["", "", "", "", ""]
        if i < len(near["neighbors"]):
            word, weight, chance = near["neighbors"][i]
            row[:3] = [word, f"{weight:,}", f"{chance:.4%}"]
        if i < len(near["negatives"]):
            word, chance = near["negatives"][i]
            row[3:] = [word, f"{chance:.4%}"]
        rows.append(row)
    print_table(
        ["neighbor", "together", "drawn", "most likely negative", "drawn"],
        rows,
        title=f"{node}: {near['count']:,} times, {near['degree']:,} neighbors; "
        f"{config[gneg.FAMILY]}, power {config[gneg.POWER]:g}",
    )
