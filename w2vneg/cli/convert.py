"""``w2vneg convert``: converts vectors from one file format to another."""

from __future__ import annotations

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.options import Number, check_outputs
from w2vneg.cli.vector_input import load_vectors, skip_bad_rows_option
from w2vneg.cli.vector_output import named_outputs
from w2vneg.vectors.format import DTYPES, ENCODING_ERRORS
from w2vneg.vectors.formats import formats_by_key, output_help, table_help

_HELP = f"""Convert the vectors in IN to OUT.

The format of IN is recognized by its content, that of OUT is selected by its suffix, or by --to:
{output_help()}. Numbers are preserved bit for bit, except by finalfusion, float16 and int8.

\b
Formats:
{table_help()}
"""


@click.command("convert", cls=Command, help=_HELP)
@click.argument("source", metavar="IN", type=click.Path())
@click.argument("target", metavar="OUT", type=click.Path())
@click.option(
    "--to",
    metavar="FORMAT",
    help=f"Format of OUT, whatever its suffix is: {', '.join(formats_by_key())}.",
)
@click.option(
    "--dtype",
    type=click.Choice(DTYPES),
    default=DTYPES[0],
    show_default=True,
    help="How the numbers are stored. float16: safetensors, NumPy, Parquet, StaticEmbedding. int8, with "
    "a scale for each word: safetensors.",
)
@click.option(
    "--limit",
    type=Number(int, 1),
    help="Convert only the first N rows; the file may be truncated after them.",
)
@click.option(
    "--encoding-errors",
    type=click.Choice(ENCODING_ERRORS),
    default="strict",
    show_default=True,
    help="Words that are not UTF-8: fail (strict), skip and count their rows (drop), replace the "
    "invalid bytes with U+FFFD, or remove (ignore) these bytes. A word that would become empty or a duplicate is spelled like caf\\xe9.",
)
@click.option(
    "--join-spaces",
    metavar="TEXT",
    help="Replace spaces in words with this text, such as _. Words with spaces are refused otherwise: "
    "not every program could read the file.",
)
@skip_bad_rows_option
def command(
    source: str,
    target: str,
    to: str | None,
    dtype: str,
    limit: int | None,
    encoding_errors: str,
    join_spaces: str | None,
    skip_bad_rows: bool,
) -> None:
    """Run the command."""
    from w2vneg.cli.output import print_line, reserve_stdout
    from w2vneg.system.progress_bar import Bar
    from w2vneg.vectors import format_of

    format_of(target, to)
    check_outputs(named_outputs("OUT", target, to), [source])
    reserve_stdout(target)
    vectors = load_vectors(
        source, limit=limit, encoding_errors=encoding_errors, skip_bad_rows=skip_bad_rows
    )
    if join_spaces is not None:
        vectors = vectors.join_spaces(join_spaces)
    long_words = vectors.save(target, to=to, dtype=dtype)
    Bar().note_long_words(long_words)
    print_line(f"{len(vectors):,} words x {vectors.dim} in {target}")
