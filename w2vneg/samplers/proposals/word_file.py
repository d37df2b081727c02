"""Lines of a file in which the user lists words."""

from __future__ import annotations

from collections.abc import Iterator

from w2vneg.errors import DataError, reason

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def lines_of(path: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line that is not blank, without its end.

    Raises
    ------
    DataError
        If the file cannot be read, or a line is not UTF-8.
    """
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1:
                    line = line.removeprefix(_BYTE_ORDER_MARK)
                try:
                    text = line.decode().rstrip("\r\n")
                except UnicodeDecodeError:
                    raise DataError(
                        f"{path}, line {number}: not UTF-8; convert the file to UTF-8"
                    ) from None
                if text.strip():
                    yield number, text
    except OSError as error:
        raise DataError(f"{path}: {reason(error)}; name another file") from None
