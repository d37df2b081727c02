"""The file formats of word vectors, one module each, and the table of them.

Every module of this folder that declares ``FORMAT = Format(...)`` is a format; there is no other
list. Importing the table is cheap, so help texts can be generated from it.
"""

from __future__ import annotations

import functools
import importlib
import os
import pkgutil
from typing import TYPE_CHECKING

from w2vneg.errors import DataError, UsageError
from w2vneg.system.atomic_files import is_stream
from w2vneg.vectors.format import GZIP_SUFFIX, Format, suffix_of

if TYPE_CHECKING:
    from w2vneg.vectors.vector_file import VectorFile

__all__ = [
    "DEFAULT_SUFFIX",
    "format_of",
    "formats",
    "output_help",
    "output_suffixes",
    "recognize",
    "table_help",
]

#: Selects the format of an output without a suffix of its own: a pipe or a device.
DEFAULT_SUFFIX = ".vec"

_QUOTED_BYTES = 30


@functools.cache
def formats() -> tuple[Format, ...]:
    """Return all formats: the default one first, the others by name."""
    modules = [
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)
    ]
    declared = [getattr(module, "FORMAT", None) for module in modules]
    known = [item for item in declared if isinstance(item, Format)]
    return tuple(
        sorted(known, key=lambda item: (DEFAULT_SUFFIX not in item.suffixes, item.name.lower()))
    )


def output_suffixes() -> dict[str, Format]:
    """Return the suffixes that an output may have, each with its format."""
    table: dict[str, Format] = {}
    for item in formats():
        for suffix in item.suffixes:
            if suffix in table:
                raise ValueError(f"{table[suffix].name} and {item.name} both claim {suffix}")
            table[suffix] = item
    return table


def format_of(path: str | os.PathLike[str]) -> tuple[Format, bool]:
    """Return the format that the name of an output selects, and whether it is compressed.

    Raises
    ------
    UsageError
        If no format has the suffix. A pipe or device needs none.
    """
    suffix, compressed = suffix_of(path)
    table = output_suffixes()
    if suffix in table:
        return table[suffix], compressed
    if is_stream(path):
        return table[DEFAULT_SUFFIX], False
    raise UsageError(
        f"unknown file format: {path}; end the file name in {', '.join(table)}"
        f" ({GZIP_SUFFIX} may follow)"
    )


def recognize(file: VectorFile) -> Format:
    """Return the format of an open file.

    The content decides. If no format recognizes it, the one selected by the suffix is returned,
    whose reader can report what is wrong.

    Raises
    ------
    DataError
        If neither content nor suffix is known.
    """
    readable = [item for item in formats() if item.read is not None]
    for item in sorted(readable, key=lambda item: -item.priority):
        if item.recognize(file.head, file.suffix):
            return item
    from w2vneg.vectors.foreign_files import refuse_foreign

    refuse_foreign(file)
    named = output_suffixes().get(file.suffix)
    if named is not None and named.read is not None:
        return named
    start = file.head.split(b"\n")[0][:_QUOTED_BYTES].decode("ascii", "replace")
    names = ", ".join(item.name for item in readable)
    raise DataError(f"{file.path}: unknown file format: it starts with {start!r}; known: {names}")


def output_help() -> str:
    """Return a phrase that says which suffix selects which format, for help texts."""
    parts = [f"{' or '.join(i.suffixes)} is {i.name}" for i in formats() if i.suffixes]
    return f"{', '.join(parts)}; append {GZIP_SUFFIX} to compress"


def table_help() -> str:
    """Return a table of all formats as lines of text: suffixes, name, summary."""
    rows = [(" ".join(i.suffixes) or "-", i.name, i.summary) for i in formats()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(
        f"  {suffixes:<{widths[0]}}  {name:<{widths[1]}}  {summary}"
        for suffixes, name, summary in rows
    )
