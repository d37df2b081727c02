"""The file formats of word vectors, one module each, and the table of them.

Every module of this folder that declares ``FORMAT = Format(...)`` is a format; there is no other
list. Importing the table is cheap, so help texts can be generated from it.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import pkgutil
from typing import TYPE_CHECKING

from w2vneg.errors import DataError, UsageError, suggest
from w2vneg.system.atomic_files import is_stream
from w2vneg.system.option_names import named
from w2vneg.vectors.format import GZIP_SUFFIX, Format, suffix_of, without_gzip

if TYPE_CHECKING:
    from w2vneg.vectors.vector_file import VectorFile

__all__ = [
    "DEFAULT_SUFFIX",
    "format_of",
    "formats",
    "formats_by_key",
    "output_files",
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


def formats_by_key() -> dict[str, Format]:
    """Return the formats that can be written, by the names that ``--to`` takes."""
    return {item.key: item for item in formats() if item.is_written}


def output_suffixes() -> dict[str, Format]:
    """Return the suffixes that an output may have, each with its format."""
    table: dict[str, Format] = {}
    for item in formats():
        for suffix in item.suffixes:
            if suffix in table:
                raise ValueError(f"{table[suffix].name} and {item.name} both claim {suffix}")
            table[suffix] = item
    return table


def format_of(path: str | os.PathLike[str], to: str | None = None) -> tuple[Format, bool]:
    """Return the format of an output, and whether it is compressed.

    Parameters
    ----------
    path : str or path
        Its suffix selects the format; the longest that fits (``.glove.txt``, not ``.txt``).
    to : str, optional
        The format, one of `formats_by_key`, whatever the suffix is.

    Raises
    ------
    UsageError
        If no format has the suffix, which a pipe or device does not need; there is no format `to`;
        it has several files and the output is a pipe or device; or its library is not installed.
    """
    _, compressed = suffix_of(path)
    name = os.path.basename(without_gzip(os.fspath(path))).lower()
    table = output_suffixes()
    fitting = [suffix for suffix in table if name.endswith(suffix) and name != suffix]
    if to is not None:
        known = formats_by_key()
        if to not in known:
            raise UsageError(f"{named('to', to)}: {suggest(to, list(known))}")
        chosen = known[to]
        compressed = compressed and chosen.main_file is None
    elif fitting:
        chosen = table[max(fitting, key=len)]
    elif is_stream(path):
        chosen, compressed = table[DEFAULT_SUFFIX], False
    else:
        chosen = None
    if chosen is not None:
        if is_stream(path) and chosen.companions is not None:
            raise UsageError(
                f"{chosen.name} has several files; give the name of a file, not {path}"
            )
        _check_library(chosen)
        return chosen, compressed
    raise UsageError(
        f"unknown file format: {path}; end the file name in {', '.join(table)}"
        f" ({GZIP_SUFFIX} may follow)"
    )


def _check_library(chosen: Format) -> None:
    """Refuse a format whose library is missing, before the work of which the output would be lost."""
    if not chosen.library:
        return
    module, extra = chosen.library
    try:
        found = importlib.util.find_spec(module) is not None
    except ValueError:  # a module without a specification, as tests put it there
        found = False
    if not found:
        raise UsageError(
            f"writing {chosen.name} takes {module}; install it: pip install 'w2vneg[{extra}]'"
        )


def output_files(path: str | os.PathLike[str], to: str | None = None) -> list[str]:
    """Return the paths of all files that are written for an output, that of the numbers first."""
    chosen, _ = format_of(path, to)
    main = os.fspath(path) if chosen.main_file is None else chosen.main_file(os.fspath(path))
    others = chosen.companions(main, None) if chosen.companions else []
    return [main, *(name for name, _ in others)]


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
    by_name = output_suffixes().get(file.suffix)
    if by_name is not None and by_name.read is not None:
        return by_name
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
