"""``w2vneg view``: a map of the words, as a page for the browser or a table."""

from __future__ import annotations

import os
import time
from typing import Any

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.options import Number, OneOf, Place, check_outputs
from w2vneg.cli.vector_input import load_vectors, skip_bad_rows_option
from w2vneg.errors import UsageError, counted

#: Suffixes of the output, and what is written.
_PAGE = (".html", ".htm")
_TABLE = ".parquet"


@click.command("view", cls=Command)
@click.argument("vectors", type=click.Path())
@click.argument("other", required=False, type=click.Path())
@click.option(
    "-o",
    "--output",
    type=Place(),
    default="map.html",
    show_default=True,
    help="File to write. map.html: a page for the browser. map.parquet: a table for embedding-atlas.",
)
@click.option(
    "--words",
    type=Number(int, 1),
    default=20_000,
    show_default=True,
    help="Show the N most frequent words (the first N of the file).",
)
@click.option(
    "--map",
    "layout",
    type=OneOf(lambda: ("pca", "umap")),
    help="How words are placed. pca: principal components, in an instant. umap: similar words close together, "
    "in a minute or two.  [default: umap where umap-learn is installed]",
)
@click.option(
    "--seed",
    type=Number.of("seed"),
    default=1,
    show_default=True,
    help="Seed of UMAP and of the groups that are colored.",
)
@skip_bad_rows_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    vectors: str,
    other: str | None,
    output: str,
    words: int,
    layout: str | None,
    seed: int,
    skip_bad_rows: bool,
    as_json: bool,
) -> None:
    """Draw a map of the words in VECTORS, in one HTML file that opens without a network.

    Type a word, and the map flies to it and lights its nearest neighbors. Words can also be placed
    between opposites. OTHER is a second model, shown beside the first, with the words that moved
    most between them.
    """
    from w2vneg.cli.output import print_json, print_line, reserve_stdout

    kind = _kind(output, other)
    check_outputs({"-o": output}, [vectors, other])
    reserve_stdout(output)
    from w2vneg.cli.running import running
    from w2vneg.system.option_names import named_as_flags
    from w2vneg.view import make_map, write_atlas, write_page

    began = time.monotonic()
    with running() as (bar, stop), named_as_flags({"layout": "--map"}):
        read = [
            load_vectors(path, limit=words, skip_bad_rows=skip_bad_rows)
            for path in (vectors, other)
            if path is not None
        ]
        stop.check("reading")
        names = (os.path.basename(vectors), os.path.basename(other or ""))
        word_map = make_map(
            *read, names=names, words=words, layout=layout, seed=seed, progress=bar, stop=stop
        )  # fmt: skip
        summary: dict[str, Any] = {
            "vectors": [path for path in (vectors, other) if path is not None],
            "output": output,
            "words": [len(panel.vectors) for panel in word_map.panels],
            "dim": word_map.panels[0].vectors.dim,
            "map": word_map.layout,
        }
        if kind == _TABLE:
            write_atlas(output, word_map, progress=bar, stop=stop)
        else:
            report = write_page(output, word_map, seed=seed, stop=stop)
            summary |= {"bits": report.bits, "agreement": report.agreement, "bytes": report.size}
            summary["moved"] = [
                {"word": word, "cosine": cosine} for word, cosine in word_map.moved[:20]
            ]
    summary["seconds"] = time.monotonic() - began
    if as_json:
        print_json(summary)
        return
    amounts = " and ".join(counted(number, "word") for number in summary["words"])
    size = f", {summary['bytes'] / 1e6:.1f} MB" if "bytes" in summary else ""
    print_line(f"{amounts} in {output}   ({word_map.layout}{size}, {summary['seconds']:.1f} s)")
    if kind == _TABLE:
        print_line(
            f"look at it: embedding-atlas {output} --text text --x x --y y --neighbors neighbors"
        )


def _kind(output: str, other: str | None) -> str:
    """Return the suffix that says what is written; refuse others before any work is done."""
    suffix = os.path.splitext(output)[1].lower()
    if suffix in _PAGE:
        return suffix
    if suffix != _TABLE:
        raise UsageError(f"cannot tell what {output} should be; end its name in .html or .parquet")
    if other is not None:
        raise UsageError(
            "a Parquet table holds the map of one model; leave out OTHER, or write .html"
        )
    from w2vneg.view.atlas import require_pyarrow

    require_pyarrow()
    return suffix
