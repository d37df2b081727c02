"""``w2vneg neighbors``: the nearest neighbors of words."""

from __future__ import annotations

import click

from w2vneg.cli.commands import WordCommand
from w2vneg.cli.options import Number
from w2vneg.cli.vector_input import load_vectors, skip_bad_rows_option


@click.command("neighbors", cls=WordCommand)
@click.argument("vectors", type=click.Path())
@click.argument("words", nargs=-1, required=True)
@click.option(
    "-n",
    "count",
    type=Number(int, 1),
    default=10,
    show_default=True,
    help="Number of neighbors.",
)
@click.option(
    "--restrict-vocab",
    type=Number(int, 1),
    help="Consider only the N most frequent words (the first N of the file).",
)
@skip_bad_rows_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    vectors: str,
    words: tuple[str, ...],
    count: int,
    restrict_vocab: int | None,
    skip_bad_rows: bool,
    as_json: bool,
) -> None:
    """Show the words with the highest cosine similarity to each WORD."""
    from w2vneg.cli.output import print_json, print_table

    loaded = load_vectors(vectors, skip_bad_rows=skip_bad_rows)
    neighbors = {word: loaded.neighbors(word, count, restrict_vocab) for word in words}
    if as_json:
        print_json({"vectors": vectors, "neighbors": neighbors})
        return
    columns = [heading for word in neighbors for heading in (word, "cosine")]
    rows = []
    for i in range(max(len(near) for near in neighbors.values())):
        row: list[str] = []
        for near in neighbors.values():
            row += [near[i][0], f"{near[i][1]:.3f}"] if i < len(near) else ["", ""]
        rows.append(row)
    print_table(columns, rows, left=2 * len(neighbors))
