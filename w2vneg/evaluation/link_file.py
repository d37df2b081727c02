"""Files of links: two nodes on a line."""

from __future__ import annotations

import os
from collections.abc import Iterator

from w2vneg.errors import DataError
from w2vneg.evaluation.node_rows import read_rows


def read_links(path: str | os.PathLike[str]) -> Iterator[tuple[str, str]]:
    """Yield the two nodes of each line; further fields, such as a weight, are ignored.

    Fields are separated by tabs, commas or white space (see `w2vneg.evaluation.node_rows`).

    Raises
    ------
    UsageError
        There is no such file.
    DataError
        It cannot be read, holds no links, or a line has one node.
    """
    number = 0
    for number, fields in read_rows(path, "a list of links"):
        if len(fields) < 2 or not (fields[0] and fields[1]):
            raise DataError(
                f"{path}, line {number}: expected two nodes, separated by a tab, a comma or a "
                "blank; add the other node or remove the line"
            )
        yield fields[0], fields[1]
    if not number:
        raise DataError(f"{path} has no links; write two nodes on each line")
