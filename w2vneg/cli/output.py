"""Results on stdout: readable tables for people, one JSON object for machines.

Words may hold any character, and stdout may be a terminal, a file, a pipe whose reader leaves, or
nothing at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from w2vneg.errors import OutputError, reason, visible
from w2vneg.system.json_values import finite

#: Wide enough for any table that goes to a file or a pipe, where nothing is to be cut off.
_NO_LIMIT = 1 << 24


def print_json(result: dict[str, Any]) -> None:
    """Print one JSON object and nothing else; NaN and infinity become null."""
    if sys.stdout is None:
        return
    # Where not every character can be shown, JSON's own escapes keep it JSON.
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(finite(result), ensure_ascii=not unicode, allow_nan=False)
    with stdout_errors_named():
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def print_line(text: str) -> None:
    """Print a line that says what was done."""
    if sys.stdout is None:
        return
    with stdout_errors_named():
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def reserve_stdout(output: str | os.PathLike[str] | None) -> None:
    """Leave stdout to the output if that is where it goes (``/dev/stdout``).

    What is printed besides goes to stderr then, lest it end up in the middle of the data.
    """
    try:
        if output is None or os.path.samefile(output, os.devnull):
            return
        found, stdout = os.stat(output), os.fstat(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return
    if os.path.samestat(found, stdout):
        sys.stdout = sys.stderr


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    title: str | None = None,
    left: int = 1,
) -> None:
    """Print a table on stdout.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : sequence of sequences
        Cells; anything that is not a string is shown with ``str``.
    title : str, optional
        A line above the table.
    left : int
        How many columns, from the first, are aligned left; the others are numbers.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if sys.stdout is None:
        return
    # Text, because rich takes brackets in a plain string for its markup.
    table = Table(
        box=box.SIMPLE_HEAD,
        title=None if title is None else Text(visible(title)),
        title_justify="left",
        pad_edge=False,
    )
    for number, name in enumerate(columns):
        table.add_column(
            Text(visible(name)), justify="left" if number < left else "right", no_wrap=True
        )
    for row in rows:
        table.add_row(*(Text(visible(str(cell))) for cell in row))
    with stdout_errors_named():
        console().print(table)
        sys.stdout.flush()


def console(width: int = _NO_LIMIT) -> Any:
    """Return a rich console on stdout that leaves a broken pipe to `w2vneg.cli.main`.

    Parameters
    ----------
    width : int
        Of lines that do not go to a terminal.
    """
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise  # rich would end the process

    shown = None if sys.stdout.isatty() else width
    return Plain(file=sys.stdout, width=shown, highlight=False)


@contextlib.contextmanager
def stdout_errors_named() -> Iterator[None]:
    """Turn an OSError of stdout into one line (a broken pipe stays one)."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        silence_stdout()
        raise OutputError(
            f"cannot write the result to standard output: {reason(error)}; send it elsewhere"
        ) from None


def silence_stdout() -> None:
    """Let stdout lead nowhere: Python would fail once more while it flushes at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, sys.stdout.fileno())
        finally:
            os.close(nowhere)
