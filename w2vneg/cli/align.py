"""``w2vneg align``: which words moved most between two sets of vectors."""

from __future__ import annotations

from typing import Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.options import Number, Place, check_outputs
from w2vneg.cli.vector_input import load_vectors, skip_bad_rows_option
from w2vneg.cli.vector_output import named_outputs
from w2vneg.vectors.formats import output_help

#: As in `w2vneg.vectors.align`, which help texts must not wait for.
_RESTRICT = 10_000


@click.command("align", cls=Command)
@click.argument("source", metavar="A", type=click.Path())
@click.argument("target", metavar="B", type=click.Path())
@click.option(
    "-n", "count", type=Number(int, 1), default=20, show_default=True, help="Number of words."
)
@click.option(
    "--neighbors",
    type=Number(int, 0),
    default=4,
    show_default=True,
    help="Nearest words to show of each word, in A and in B.",
)
@click.option(
    "--restrict-vocab",
    type=Number(int, 1),
    default=_RESTRICT,
    show_default=True,
    help="Compare only words among the N most frequent of both: vectors of rare words differ by chance.",
)
@click.option(
    "-o",
    "--output",
    type=Place(),
    help=f"Write all vectors of A, rotated, to this file: {output_help()}.",
)
@skip_bad_rows_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    source: str,
    target: str,
    count: int,
    neighbors: int,
    restrict_vocab: int,
    output: str | None,
    skip_bad_rows: bool,
    as_json: bool,
) -> None:
    """Rotate the vectors in A onto those in B, and show the words that moved most.

    The rotation brings the words that both have closest together. What differs then is how a word
    is used: in two decades, regions or genres.
    """
    from w2vneg.cli.output import print_json, print_line, print_table, reserve_stdout
    from w2vneg.vectors.align import align

    if output is not None:
        check_outputs(named_outputs("-o", output), [source, target])
        reserve_stdout(output)
    a, b = (load_vectors(path, skip_bad_rows=skip_bad_rows) for path in (source, target))
    found = align(a, b, restrict_vocab)
    if output is not None:
        found.rotated.save(output)
    moved: list[dict[str, Any]] = [
        {
            "word": word,
            "cosine": cosine,
            "neighbors": [
                [
                    near
                    for near, _ in v.most_similar(
                        word, topn=neighbors, restrict_vocab=restrict_vocab
                    )
                ]
                if neighbors
                else []
                for v in (a, b)
            ],
        }
        for word, cosine in found.moved[:count]
    ]
    mean = float(found.cosines.mean())
    if as_json:
        print_json(
            {
                "vectors": [source, target], "compared": len(found.words), "mean_cosine": mean,
                "moved": moved,
            }
        )  # fmt: skip
        return
    rows = [
        [item["word"], *(", ".join(near) for near in item["neighbors"]), f"{item['cosine']:.3f}"]
        for item in moved
    ]
    if not neighbors:
        rows = [[row[0], row[-1]] for row in rows]
    near = [f"near it in {source}", f"near it in {target}"] if neighbors else []
    print_table(["moved most", *near, "cosine"], rows, left=1 + len(near))
    print_line(f"{len(found.words):,} words compared, mean cosine {mean:.3f}")
