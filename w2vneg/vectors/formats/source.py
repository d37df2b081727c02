"""Files of word vectors as streams of bytes: opened, told apart, and their header believed last.

A header is a claim. It is compared with the size of the file before any memory is set aside.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import stat
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from w2vneg.errors import DataError, ResourceError, UsageError

#: Rows end within so many bytes beyond what their numbers need, or the file is something else.
MAX_WORD_BYTES = 1 << 16

_HEADER = re.compile(rb"([0-9]+) ([0-9]+)\r?\n")
_HEADER_BYTES = 64
_PEEK_BYTES = 1 << 12
#: A gzip file unpacks to at most so many times its size.
_MAX_INFLATION = 1032
_GZIP_MAGIC = b"\x1f\x8b"
_LOOKED_AT = 10
_TEXT_NUMBER = re.compile(
    rb"[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|nan|inf(inity)?)", re.IGNORECASE
)
_MAGICS = (
    (b"\x1f\x8b", "a gzip file packed twice: unpack it once"),
    (b"\x93NUMPY", "a NumPy array (.npy): it has no words"),
    (b"PK\x03\x04", "a zip or .npz archive: unpack it first"),
    (b"BZh", "a bzip2 file: unpack it first"),
    (b"\xfd7zXZ\x00", "an xz file: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: unpack it first"),
    (b"\xef\xbb\xbf", "text with a byte order mark: remove its first 3 bytes"),
    (b"\xff\xfe", "UTF-16 text: convert it to UTF-8"),
    (b"\xfe\xff", "UTF-16 text: convert it to UTF-8"),
)


class Header(NamedTuple):
    """The first line of a file of vectors."""

    rows: int
    dim: int
    size: int  # bytes, newline included


class Source:
    """An open file of vectors that knows where it is.

    Attributes
    ----------
    format : str
        ``"text"`` or ``"binary"``.
    header : Header
        Checked against the file size.
    """

    def __init__(self, path: str, file: Any, size: int, compressed: bool) -> None:
        self.path = path
        self.position = 0
        self._file = file
        self._ahead = self._raw_read(_PEEK_BYTES)
        _refuse_other_formats(path, self._ahead)
        if not self._ahead:
            raise DataError(f"{path}: the file is empty; it should start with 'WORDS DIMENSIONS'")
        self.header = self._parse_header()
        self.format = self._tell_format()
        self._check_size(size * _MAX_INFLATION if compressed else size, compressed)
        self.read(self.header.size)

    def read(self, count: int) -> bytes:
        """Return up to `count` more bytes; fewer only at the end of the file."""
        data = self._ahead[:count]
        self._ahead = self._ahead[count:]
        if len(data) < count:
            data += self._raw_read(count - len(data))
        self.position += len(data)
        return data

    def unread(self, data: bytes) -> None:
        """Put bytes that were read last back."""
        self._ahead = data + self._ahead
        self.position -= len(data)

    def _raw_read(self, count: int) -> bytes:
        parts = []
        try:
            while count > 0 and (part := self._file.read(count)):
                parts.append(part)
                count -= len(part)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{self.path}: damaged gzip file ({error}); get it again") from None
        except OSError as error:
            raise _unreadable(self.path, error) from None
        return b"".join(parts)

    def _parse_header(self) -> Header:
        match = _HEADER.match(self._ahead[:_HEADER_BYTES])
        if match is None:
            start = self._ahead[:_HEADER_BYTES].split(b"\n")[0][:30].decode("ascii", "replace")
            raise DataError(
                f"{self.path}: not a word2vec header: {start!r}; the first line must be"
                " 'WORDS DIMENSIONS', two whole numbers"
            )
        rows, dim = int(match[1]), int(match[2])
        if rows == 0 or dim == 0:
            raise DataError(f"{self.path}: the header says {rows} words of {dim} dimensions: empty")
        return Header(rows, dim, match.end())

    def _tell_format(self) -> str:
        body = self._ahead[self.header.size :]
        # The numbers of a binary file may look like one line of text, but not like most.
        rows = body.split(b"\n", _LOOKED_AT)[: min(_LOOKED_AT, self.header.rows)]
        texts = sum(_is_text_row(row, self.header.dim) for row in rows)
        if 2 * texts > len(rows):
            return "text"
        # Malformed text must not be read as numbers: what follows the first word of a binary
        # file is hardly ever all printable.
        numbers = body.partition(b" ")[2]
        printable = not any(byte < 32 and byte not in b"\t\n\r" for byte in numbers)
        suffix = os.path.splitext(self.path.lower().removesuffix(".gz"))[1]
        return "text" if printable and suffix != ".bin" else "binary"

    def _check_size(self, size: int, compressed: bool) -> None:
        rows, dim, start = self.header
        least = 2 * dim + 2 if self.format == "text" else 4 * dim + 2
        if rows * least > size - start:
            about = "can unpack to at most" if compressed else "has"
            raise DataError(
                f"{self.path}: the header says {rows} words of {dim} dimensions, at least"
                f" {rows * least + start} bytes, but the file {about} {size};"
                " it is cut off or the header is wrong"
            )


def _is_text_row(row: bytes, dim: int) -> bool:
    """Return whether a row, perhaps cut off, is a word and numbers."""
    fields = row.removesuffix(b"\r").removesuffix(b" ").split(b" ")
    numbers = [_TEXT_NUMBER.fullmatch(field) is not None for field in fields]
    if len(fields) <= dim:  # cut off; a word of several parts may stand before them
        return 2 * sum(numbers) > len(numbers)
    word = b" ".join(fields[:-dim])
    return all(numbers[-dim:]) and (b" " not in word or _is_plain(word))


def _is_plain(text: bytes) -> bool:
    try:
        return text.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False


@contextlib.contextmanager
def open_source(path: str | os.PathLike[str]) -> Iterator[Source]:
    """Open a file of vectors for reading, plain or gzip, as its first bytes say.

    Raises
    ------
    UsageError
        If there is no such file.
    DataError
        If it is not of a format that can be read.
    """
    name = os.fspath(path)
    mode = input_mode(name)
    # Before opening: a pipe without a writer would block for ever.
    if stat.S_ISDIR(mode):
        raise UsageError(f"{name} is a folder; name a file of vectors")
    if not stat.S_ISREG(mode):
        raise DataError(f"cannot read {name}: not a regular file; copy it to one first")
    with contextlib.ExitStack() as stack:
        try:
            plain = stack.enter_context(open(name, "rb"))
            size = os.fstat(plain.fileno()).st_size
            compressed = plain.read(2) == _GZIP_MAGIC
            plain.seek(0)
        except OSError as error:
            raise _unreadable(name, error) from None
        file: Any = stack.enter_context(gzip.GzipFile(fileobj=plain)) if compressed else plain
        yield Source(name, file, size, compressed)


def input_mode(path: str | os.PathLike[str]) -> int:
    """Return the mode of a file that is to be read.

    Raises
    ------
    UsageError, DataError
        If there is no such file; if it cannot be looked at.
    """
    try:
        return os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"no such file: {os.fspath(path)}; check the path") from None
    except (OSError, ValueError) as error:
        raise _unreadable(os.fspath(path), error) from None


def check_words(path: str, words: list[str]) -> dict[str, int]:
    """Return word to row; empty words never reach this, duplicates are refused.

    Raises
    ------
    DataError
        Names both rows of the first duplicate.
    """
    index = {word: row for row, word in enumerate(words)}
    if len(index) < len(words):
        first: dict[str, int] = {}
        for row, word in enumerate(words):
            if word in first:
                raise DataError(
                    f"{path}: row {row + 1}: word {word!r} stands in row {first[word] + 1}"
                    " already; remove one"
                )
            first[word] = row
    return index


def decode_word(path: str, row: int, word: bytes, errors: str) -> str:
    """Return a word as text; `row` counts from 0.

    Raises
    ------
    DataError
        If it is not UTF-8 and `errors` is ``"strict"``.
    """
    try:
        text = word.decode("utf-8", errors)
    except UnicodeDecodeError:
        raise DataError(
            f"{path}: row {row + 1}: the word {word[:40]!r} is not UTF-8;"
            " w2vneg convert --encoding-errors replace reads it all the same"
        ) from None
    if not text:
        raise DataError(f"{path}: row {row + 1}: the word is empty")
    return text


def no_memory(path: str, rows: int, dim: int) -> ResourceError:
    """Return the error for a matrix that does not fit."""
    return ResourceError(
        f"{path}: {rows} words of {dim} dimensions need {rows * dim * 4 / 1e9:.1f} GB of memory;"
        " w2vneg convert --limit takes only the first words"
    )


def _refuse_other_formats(path: str, head: bytes) -> None:
    for magic, what in _MAGICS:
        if head.startswith(magic):
            raise DataError(f"{path}: looks like {what}")
    # Protocols 2 and up start so; the word "pickle" in gensim's own files follows far behind.
    if len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5:
        raise DataError(
            f"{path}: looks like a Python pickle, which is never opened because it can run code;"
            " write it anew with gensim's save_word2vec_format"
        )


def _unreadable(path: str, error: Exception) -> DataError:
    reason = getattr(error, "strerror", None) or error
    return DataError(f"cannot read {path}: {reason}; check the path")
