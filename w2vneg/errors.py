"""Exceptions for users, each with its exit code, and helpers for their messages.

Every exception that is meant for a user derives from `W2vnegError`; its message is one line that
names the file or option, the problem, and the remedy. The command line prints it without a
traceback and exits with ``exit_code``. Any other exception that reaches the command line is a bug
in w2vneg, with exit code 70.
"""

from __future__ import annotations

#: Characters that would move the cursor, ring the bell, or end a line.
_CONTROLS = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    **{code: f"\\u{code:04x}" for code in (0x2028, 0x2029)},
}


class W2vnegError(Exception):
    """Base class of all expected failures.

    Attributes
    ----------
    exit_code : int
    rank : int or None
        Where several ranks work together and all raise this error: the one that it began at.
    lost : bool
        Whether some ranks cannot be told of it.
    """

    exit_code = 1
    rank: int | None = None
    lost = False


class DataError(W2vnegError):
    """An input cannot be used; the message names the file and, if known, the position in it."""


class OutputError(W2vnegError):
    """An output cannot be written; its previous content is unchanged."""


class UsageError(W2vnegError):
    """An option has a value outside its range, or does not apply here."""

    exit_code = 2


class DivergedError(W2vnegError):
    """Training produced values that are not finite; nothing was saved."""


class ResourceError(W2vnegError):
    """There is not enough memory, disk space or threads for the request."""


class Interrupted(W2vnegError):
    """A signal stopped the work. The exit code is 128 plus the signal's number."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number


def visible(text: str) -> str:
    """Return `text` as one line, with control characters and line ends escaped.

    Words and file names may contain them, and a terminal must not interpret them.
    """
    return text.translate(_CONTROLS)


def reason(error: BaseException) -> str:
    """Return why something failed, in one line: the operating system's message if there is one."""
    return (
        getattr(error, "strerror", None) or (str(error).splitlines() or [type(error).__name__])[0]
    )


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number and what is counted, in the singular for one: ``1 word``, ``2 words``.

    Parameters
    ----------
    number : int
    noun : str
        In the singular.
    plural : str, optional
        Default: the noun and an ``s``.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def suggest(name: str, known: list[str]) -> str:
    """Return ``did you mean 'x'?`` with similar names, or a list of all names if none is similar.

    Parameters
    ----------
    name : str
        What the user typed.
    known : list of str
        The valid names.
    """
    import difflib

    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(repr(n) for n in near) + "?"
    return "choose from " + ", ".join(known)
