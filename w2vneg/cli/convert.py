"""``w2vneg convert``: vectors from one format to another."""

from __future__ import annotations

import click

from w2vneg.cli.options import Number, check_outputs


@click.command("convert")
@click.argument("source", metavar="IN", type=click.Path())
@click.argument("target", metavar="OUT", type=click.Path())
@click.option("--limit", type=Number(int, 1), help="Only the first so many words.")
@click.option(
    "--encoding-errors",
    type=click.Choice(["strict", "replace", "ignore"]),
    default="strict",
    show_default=True,
    help="What to do with words that are not UTF-8: strict, replace or ignore.",
)
def command(source: str, target: str, limit: int | None, encoding_errors: str) -> None:
    """Convert the vectors IN to OUT; the suffix of OUT says the format.

    .vec and .txt are word2vec text, .bin is word2vec binary; .gz on top compresses. Numbers are
    carried over bit for bit.
    """
    from w2vneg.cli.output import print_line, reserve_stdout
    from w2vneg.system.progress_bar import Bar
    from w2vneg.vectors.formats.writing import format_of
    from w2vneg.vectors.vectors import read_vectors

    format_of(target)
    check_outputs({"OUT": target}, [source])
    reserve_stdout(target)
    vectors = read_vectors(source, limit=limit, encoding_errors=encoding_errors)
    long_words = vectors.save(target)
    Bar().note_long_words(long_words)
    print_line(f"{len(vectors):,} words x {vectors.dim} in {target}")
