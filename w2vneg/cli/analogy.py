"""``w2vneg analogy``: A is to B as C is to ...?"""

from __future__ import annotations

import click

from w2vneg.cli.commands import WordCommand
from w2vneg.cli.options import Number, analogy_method
from w2vneg.cli.vector_input import load_vectors, skip_bad_rows_option


@click.command("analogy", cls=WordCommand)
@click.argument("vectors", type=click.Path())
@click.argument("a")
@click.argument("b")
@click.argument("c")
@click.option(
    "-n",
    "count",
    type=Number(int, 1),
    default=5,
    show_default=True,
    help="Number of answers.",
)
@analogy_method
@skip_bad_rows_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    vectors: str,
    a: str,
    b: str,
    c: str,
    count: int,
    method: str,
    skip_bad_rows: bool,
    as_json: bool,
) -> None:
    """Answer the question: A is to B as C is to ...?"""
    from w2vneg.cli.output import print_json, print_table

    loaded = load_vectors(vectors, skip_bad_rows=skip_bad_rows)
    answers = loaded.analogy(a, b, c, count, method)
    if as_json:
        print_json(
            {"vectors": vectors, "question": [a, b, c], "method": method, "answers": answers}
        )
        return
    print_table(
        [f"{a} : {b} = {c} :", "score"], [[word, f"{score:.3f}"] for word, score in answers]
    )
