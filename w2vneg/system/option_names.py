"""How messages name options: as flags on the command line, as arguments in Python.

A remedy is of use only in the words of whoever reads it: ``lower --min-count`` on the command line,
``lower min_count=`` in Python. The functions of the package do not know who calls them, so the
command line says so, for the process, while it runs.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Mapping

#: Flags that are not made from the name in Python.
_FLAGS = {
    "output": "-o",
    "vocabulary": "--vocab",
    "settings": "--set",
    "grids": "--grid",
    "update": "--continue",
}

_as_flags = False
_renamed: dict[str, str] = {}


def flag(name: str) -> str:
    """Return the command-line flag of an option, given its Python name."""
    return _FLAGS.get(name, "--" + name.replace("_", "-"))


@contextlib.contextmanager
def named_as_flags(renamed: Mapping[str, str] | None = None) -> Iterator[None]:
    """Let the messages of this process name options as on the command line.

    Parameters
    ----------
    renamed : mapping, optional
        Python name to flag, for options that the command calls otherwise than `flag` does.
    """
    global _as_flags, _renamed
    before = _as_flags, _renamed
    _as_flags, _renamed = True, {**_renamed, **(renamed or {})}
    try:
        yield
    finally:
        _as_flags, _renamed = before


def named(option: str, value: object = None) -> str:
    """Return an option, and its value if there is one, in the words of whoever reads it.

    Parameters
    ----------
    option : str
        The Python name.
    value : object
        None: the option alone, ``--dim`` or ``dim=``.
    """
    text = "" if value is None else repr(value) if isinstance(value, str) else str(value)
    if not _as_flags:
        return f"{option}={text}"
    name = _renamed.get(option, flag(option))
    return name if not text or value is True else f"{name} {text}"


def either(command: str, python: str) -> str:
    """Return the first phrase on the command line, the second in Python."""
    return command if _as_flags else python


def choice(option: str, value: str) -> str:
    """Return an option with one of its names, ready to be copied: ``--loss bpr`` or ``loss='bpr'``."""
    return f"{named(option)} {shlex.quote(value)}" if _as_flags else named(option, value)
