"""``w2vneg walks``: random walks on a graph, as text."""

from __future__ import annotations

import time
from typing import Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.input_options import take_walks, walk_options
from w2vneg.cli.options import Number, Place, check_outputs
from w2vneg.cli.running import running
from w2vneg.corpus.input_options import BAD_ROWS, EDGES, InputOptions


@click.command("walks", cls=Command)
@click.argument("edges", nargs=-1, required=True, type=click.Path())
@click.option("-o", "--output", type=Place(), required=True, help="Write the walks to this file.")
@walk_options
@click.option(
    "--bad-rows",
    default=BAD_ROWS[0],
    help="Lines that are no edges: fail at the first (fail), or leave them out and count them "
    "(drop).  [default: fail]",
)
@click.option("--no-header", is_flag=True, help="The first line is an edge like any other.")
@click.option("--seed", type=Number.of("seed"), default=1, show_default=True, help="Random seed.")
@click.option("--threads", type=Number.of("threads"), help="Default: all processors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    edges: tuple[str, ...],
    output: str,
    bad_rows: str,
    no_header: bool,
    seed: int,
    threads: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Write random walks on the graph of EDGES, one a line.

    EDGES is any number of text files (plain, gzip, bzip2, xz or zstandard), or - for standard
    input; each line is an edge: two nodes and possibly a weight, separated by blanks, tabs or
    commas. To train on walks without writing them: w2vneg train EDGES --format edges.
    """
    from w2vneg.cli.output import print_json, print_line, reserve_stdout

    reading = InputOptions(
        format=EDGES, walks=take_walks(options), bad_rows=bad_rows, header=not no_header
    )
    check_outputs({"-o": output}, edges)
    reserve_stdout(output)
    began = time.perf_counter()
    with running() as (bar, stop):
        from w2vneg.graphs.walk_files import walk_source
        from w2vneg.graphs.walks import Walks

        source = walk_source(edges, reading, seed, bar, stop)
        for note in source.notes():
            bar.note(note)
        walks = Walks(source)
        nodes = walks.save(output, threads=threads, progress=bar, stop=stop)
    seconds = time.perf_counter() - began
    if as_json:
        print_json(
            {
                "nodes": len(source.graph),
                "edges": source.graph.edges,
                "walks": len(walks),
                "visits": nodes,
                "options": {**source.options.to_dict(), "seed": seed},
                "output": output,
                "seconds": seconds,
            }
        )
        return
    print_line(f"{len(walks):,} walks, {nodes:,} nodes in them, in {output} ({seconds:.1f} s)")
