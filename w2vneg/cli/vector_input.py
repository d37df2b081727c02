"""What commands on vector files share: how they read them, with notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from w2vneg.vectors import Vectors


#: Decorator that adds ``--skip-bad-rows`` to a command that reads vectors.
skip_bad_rows_option = click.option(
    "--skip-bad-rows",
    is_flag=True,
    help="Skip rows that cannot be used (duplicate words, wrong number of fields, numbers that are "
    "not finite, words that are not UTF-8), and the missing rows of a truncated file. A note names "
    "them.",
)


def load_vectors(path: str, **options: Any) -> Vectors:
    """Read a file of vectors, and print notes on it to stderr.

    Parameters
    ----------
    path : str
        The file.
    **options
        See `w2vneg.vectors.load.load_vectors`.
    """
    from w2vneg.system.progress_bar import Bar
    from w2vneg.vectors import load_vectors as read

    vectors = read(path, **options)
    for note in vectors.notes:
        Bar().note(note)
    return vectors
