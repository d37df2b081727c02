"""Words in a file of their own, beside the file of the numbers."""

from __future__ import annotations

import os
from collections.abc import Sequence

from w2vneg.errors import DataError
from w2vneg.vectors.format import without_gzip
from w2vneg.vectors.vector_file import open_vector_file


def beside(path: str, suffix: str, ending: str) -> str:
    """Return the path of a companion: ``.gz`` and `suffix` replaced by `ending`."""
    name = without_gzip(path)
    if name.lower().endswith(suffix):
        name = name[: -len(suffix)]
    return name + ending


def read_lines(path: str, candidates: Sequence[str], what: str) -> tuple[str, list[bytes]]:
    """Return the path of the first companion that exists, and its lines.

    Parameters
    ----------
    path : str
        The file of the numbers.
    candidates : sequence of str
        Paths of companions, the first of which is the one to be made.
    what : str
        What the file of the numbers is, with its article, for the message.

    Raises
    ------
    DataError
        If there is none.
    """
    for name in candidates:
        if os.path.exists(name):
            with open_vector_file(name) as file:
                return name, list(file.lines())
    raise DataError(
        f"{path}: looks like {what}, whose words are missing; put them into {candidates[0]}, one a"
        " line"
    )


def check_count(path: str, companion: str, words: int, rows: int) -> None:
    """Raise a `DataError` unless there are as many words as rows."""
    if words != rows:
        raise DataError(
            f"{path}: {rows} rows, but {companion} has {words} words; the two files do not belong"
            " together"
        )
