"""What the first lines of an edge list tell: headers to skip, and how many columns there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from w2vneg.errors import DataError
from w2vneg.graphs.edge_lines import ANY, NAMES, WEIGHTED
from w2vneg.system.option_names import named

_SEPARATOR = re.compile(rb"[ \t]*,[ \t]*|[ \t]+")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
_NUMBER = re.compile(rb"[+-]?[0-9]+")
_MATRIX = re.compile(rb"%%matrixmarket", re.IGNORECASE)
#: Lines that are looked at.
_SAMPLE = 50
#: Names of columns in the first line of common files, in lower case.
_COLUMNS = frozenset(
    b"source target src dst from to u v i j id1 id2 id_1 id_2 node1 node2 node_1 node_2 "
    b"fromnodeid tonodeid from_node to_node head tail x y a b start end sender receiver "
    b"follower followee".split()
)


@dataclass(frozen=True)
class Head:
    """What the first lines of an edge list tell.

    Attributes
    ----------
    skipped : list of (int, int)
        Bytes that are no edges: header lines.
    columns : int
        `NAMES`, `WEIGHTED` or `ANY`.
    notes : list of str
        What the user should know, one line each.
    """

    skipped: list[tuple[int, int]]
    columns: int
    notes: list[str]


def read_head(data: bytes, name: str, header: bool, unweighted: bool) -> Head:
    """Look at the first lines of an edge list.

    Parameters
    ----------
    data : bytes
        Its beginning, without a byte order mark.
    name : str
        The name of the file for messages.
    header : bool
        Whether the first line may be a header.
    unweighted : bool
        Whether only the first two columns are read.

    Raises
    ------
    DataError
        It is a matrix in another format than coordinates, or what columns mean is unknown.
    """
    skipped: list[tuple[int, int]] = []
    notes: list[str] = []
    lines = _lines(data)
    first_line = lines[0][2] if lines else b""
    is_matrix = _MATRIX.match(first_line) is not None
    if is_matrix and b"coordinate" not in first_line.lower():
        raise DataError(
            f"{name} is a dense matrix (Matrix Market, array); write it with coordinates: "
            "scipy.io.mmwrite(FILE, scipy.sparse.coo_array(matrix))"
        )
    rows = [(a, b, line) for a, b, line in lines if line.strip() and line.strip()[:1] not in b"#%"]
    fields = [_SEPARATOR.split(line.strip()) for _, _, line in rows]
    if is_matrix and rows:
        skipped.append(rows[0][:2])  # the sizes
        rows, fields = rows[1:], fields[1:]
    elif header and fields and _is_header(fields):
        skipped.append(rows[0][:2])
        listed = b" ".join(fields[0]).decode("utf-8", "replace")
        notes.append(f"the first line of {name} is read as a header: {listed}")
        rows, fields = rows[1:], fields[1:]
    if unweighted or not fields:
        return Head(skipped, ANY if unweighted else NAMES, notes)
    width = len(fields[0])
    if width > WEIGHTED:
        raise DataError(
            f"{name}: its lines have {width} columns, an edge has two nodes and possibly a weight; "
            f"{named('unweighted', True)} reads the first two"
        )
    return Head(skipped, WEIGHTED if width == WEIGHTED else NAMES, notes)


def _lines(data: bytes) -> list[tuple[int, int, bytes]]:
    """Return begin, end and content of the first lines, without those that are only comments."""
    found: list[tuple[int, int, bytes]] = []
    for match in _LINE.finditer(data):
        line = match[0]
        content = line.rstrip(b"\r\n")
        if len(found) == _SAMPLE or not line:
            break
        if found and content.lstrip()[:1] in (b"#", b"%"):
            continue  # of these only the first matters
        found.append((match.start(), match.start() + len(content), content))
    return found


def _is_header(rows: list[list[bytes]]) -> bool:
    """Return whether the first line holds names of columns and no edge."""
    first = rows[0][:2]
    if len(first) < 2:
        return False
    if first[0] != first[1] and all(field.strip(b'"').lower() in _COLUMNS for field in first):
        return True
    others = [field for row in rows[1:] for field in row[:2]]
    return (
        len(rows) > 2
        and all(_NUMBER.fullmatch(field) for field in others)
        and not any(_NUMBER.fullmatch(field) for field in first)
    )
