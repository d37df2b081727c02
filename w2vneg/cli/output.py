"""Results on stdout: tables for people, one JSON object for programs.

Words may contain any character, and stdout may be a terminal, a file, a pipe that its reader
closes, or missing.
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
from w2vneg.version import __version__

#: Wide enough for any table: nothing is truncated in files and pipes.
_WIDE = 1 << 24


def print_json(result: dict[str, Any]) -> None:
    """Print one JSON object and nothing else; NaN and infinity become null.

    It begins with the name of the tool, by which it is recognized where it is met in a corpus.
    """
    if sys.stdout is None:
        return
    result = {"tool": f"w2vneg {__version__}", **result}
    # JSON's own escapes where the encoding lacks characters: others would not be valid JSON.
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(finite(result), ensure_ascii=not unicode, allow_nan=False)
    with stdout_errors_named():
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def print_line(text: str) -> None:
    """Print a line of text."""
    if sys.stdout is None:
        return
    with stdout_errors_named():
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def reserve_stdout(output: str | os.PathLike[str] | None) -> None:
    """Keep stdout for the output if that is where it goes (``/dev/stdout``).

    Anything else that is printed then goes to stderr, so that it does not mix with the data.
    """
    try:
        if output is None or os.path.samefile(output, os.devnull):
            return
        target, stdout = os.stat(output), os.fstat(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return
    if os.path.samestat(target, stdout):
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
        Cells; those that are not strings are converted with ``str``.
    title : str, optional
        A line above the table.
    left : int
        Number of columns, from the first, that are left-aligned; the rest are numbers.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if sys.stdout is None:
        return
    # Text, because rich interprets brackets in a plain string as markup.
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


def console(width: int = _WIDE) -> Any:
    """Return a rich console on stdout that lets a broken pipe raise, for `w2vneg.cli.main`.

    Parameters
    ----------
    width : int
        Width of lines that do not go to a terminal.
    """
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise  # rich would exit

    return Plain(file=sys.stdout, width=None if sys.stdout.isatty() else width, highlight=False)


@contextlib.contextmanager
def stdout_errors_named() -> Iterator[None]:
    """Turn an OSError on stdout into one line (except a broken pipe)."""
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
    """Redirect stdout to the null device: flushing it at exit would fail once more."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, sys.stdout.fileno())
        finally:
            os.close(null)
