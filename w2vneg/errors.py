"""What a user can meet, each with its exit code.

Every exception that is meant for a user derives from `W2vnegError`; its message is one line that
names the file or option, the place, and the remedy. The command line prints it without a
traceback and leaves with ``exit_code``. Anything else that reaches the command line is a bug in
w2vneg and exits with 70.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

#: What would move the cursor, ring, or end a line.
_CONTROLS = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    **{code: f"\\u{code:04x}" for code in (0x2028, 0x2029)},
}


class W2vnegError(Exception):
    """Base of all expected failures."""

    exit_code = 1


class DataError(W2vnegError):
    """An input file holds something that cannot be used: names the file and the place in it."""


class OutputError(W2vnegError):
    """An output cannot be written; whatever stood there before is intact."""


class UsageError(W2vnegError):
    """An option has a value outside its range, or does not belong here."""

    exit_code = 2


class DivergedError(W2vnegError):
    """Training produced values that are not finite; nothing was saved."""


class ResourceError(W2vnegError):
    """Memory, disk space or threads do not suffice for what was asked."""


class Interrupted(W2vnegError):
    """A signal ended the work. The exit code is 128 plus the signal's number."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number


def visible(text: str) -> str:
    """Return `text` as one line: control characters and line ends as escapes.

    Words and names of files may hold any, and a terminal must not obey them.
    """
    return text.translate(_CONTROLS)


def reason(error: BaseException) -> str:
    """Return why something failed, in one line: the system's own text where it has one."""
    return (
        getattr(error, "strerror", None) or (str(error).splitlines() or [type(error).__name__])[0]
    )


def suggest(name: str, known: list[str]) -> str:
    """Return `` (did you mean 'x'?)`` for a near miss of a known name, else the list of all.

    Parameters
    ----------
    name : str
        What the user wrote.
    known : list of str
        The valid values.
    """
    import difflib

    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(repr(n) for n in near) + "?"
    return "choose from " + ", ".join(known)


@contextlib.contextmanager
def thread_limit_explained(threads: int) -> Iterator[None]:
    """Turn the refusal of the system to start a thread into a `ResourceError` with a remedy."""
    try:
        yield
    except RuntimeError as error:
        if "thread" not in str(error):
            raise
        raise ResourceError(f"cannot start {threads} threads: {error}; lower --threads") from None
