"""Strict readers of the word2vec text and binary formats.

What the header promises is compared with the file before anything is allocated, every row is
checked, and what is left over is an error: a damaged file gives one line, never wrong vectors.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from typing import Any, NoReturn

import numpy as np

from w2vneg.errors import DataError, UsageError

_HEADER = re.compile(rb"([0-9]{1,18}) ([0-9]{1,9})\r?\n")
_NUMBER = re.compile(rb"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?(?i:nan|inf|infinity)")
_BLOCK_ROWS = 1024
_LONGEST_WORD = 1 << 16
_LOOKS = (
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


def read_vectors_file(
    path: str | os.PathLike[str],
    limit: int | None,
    allow_nonfinite: bool,
    encoding_errors: str,
) -> tuple[list[str], np.ndarray]:
    """Read a word2vec file; see `w2vneg.vectors.read_vectors`."""
    try:
        with open(path, "rb") as file:
            head = file.read(256)
            size: int | None = os.fstat(file.fileno()).st_size
            packed = head.startswith(b"\x1f\x8b")
            file.seek(0)
            source: Any = file
            if packed:
                source = io.BufferedReader(gzip.GzipFile(fileobj=file), 1 << 20)
                head = source.peek(256)[:256]
                size = None
            reader = _Reader(path, source, size, limit, allow_nonfinite, encoding_errors)
            return reader.read(head)
    except FileNotFoundError:
        raise UsageError(f"no such file: {path}; check the path") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder; name a file of vectors") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip file: {error}") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None


class _Reader:
    def __init__(
        self,
        path: Any,
        file: Any,
        size: int | None,
        limit: int | None,
        allow_nonfinite: bool,
        encoding_errors: str,
    ) -> None:
        self.path, self.file, self.size, self.limit = path, file, size, limit
        self.allow_nonfinite, self.encoding_errors = allow_nonfinite, encoding_errors
        self.words: list[str] = []
        self.seen: set[str] = set()

    def fail(self, message: str, row: int | None = None) -> NoReturn:
        place = "" if row is None else f", row {row + 1}"
        raise DataError(f"{self.path}{place}: {message}")

    def read(self, head: bytes) -> tuple[list[str], np.ndarray]:
        for mark, kind in _LOOKS:
            if head.startswith(mark):
                self.fail(f"looks like {kind}, not word2vec vectors; export them as word2vec text")
        header = _HEADER.match(head)
        if not header:
            self.fail("not a word2vec header: the first line must be 'ROWS COLUMNS'")
        rows, dim = int(header[1]), int(header[2])
        if rows == 0 or dim == 0:
            self.fail(f"the header promises {rows} rows of {dim} numbers: nothing to read")
        self.file.seek(0)
        self.file.read(header.end())
        binary = self._is_binary(head[header.end() :], dim)
        # The smallest possible row: a letter, a blank, and the numbers.
        least = 2 + 4 * dim if binary else 1 + 2 * dim
        wanted = rows if self.limit is None else min(rows, self.limit)
        if self.size is not None and rows * least - 1 > self.size - header.end():
            self.fail(
                f"the header promises {rows} rows of {dim} numbers, the file is too short for them; "
                "it is truncated or damaged"
            )
        # A compressed file's size is not known: room is made as rows arrive.
        first = wanted if self.size is not None else min(wanted, 1 << 14)
        matrix = np.empty((first, dim), np.float32)
        read = self._read_binary if binary else self._read_text
        matrix = read(matrix, wanted, dim)
        if wanted == rows and self.file.read(256).strip():
            self.fail(f"more data after the {rows} rows that the header promises")
        if not self.allow_nonfinite:
            for low in range(0, wanted, _BLOCK_ROWS):
                finite = np.isfinite(matrix[low : low + _BLOCK_ROWS]).all(axis=1)
                if not finite.all():
                    self.fail("a number is not finite", low + int(np.argmin(finite)))
        return self.words, matrix

    def _is_binary(self, sample: bytes, dim: int) -> bool:
        line, newline, _ = sample.partition(b"\n")
        _, _, numbers = line.partition(b" ")
        fields = numbers.split()
        whole = fields if newline else fields[:-1]
        if whole and all(_NUMBER.fullmatch(field) for field in whole):
            return False
        # A text row whose first number is cut off or wrong is still text if it is printable.
        return not numbers or any(byte < 9 or 13 < byte < 32 or byte > 126 for byte in numbers)

    def _add_word(self, raw: bytes, row: int) -> None:
        try:
            word = raw.decode("utf-8", self.encoding_errors)
        except UnicodeDecodeError:
            self.fail("the word is not UTF-8", row)
        if not word:
            self.fail("the word is empty", row)
        if word in self.seen:
            self.fail(f"word {word!r} stands there twice", row)
        self.seen.add(word)
        self.words.append(word)

    def _grown(self, matrix: np.ndarray, needed: int, wanted: int) -> np.ndarray:
        if needed <= len(matrix):
            return matrix
        larger = np.empty((min(wanted, max(needed, 2 * len(matrix))), matrix.shape[1]), np.float32)
        larger[: len(matrix)] = matrix
        return larger

    def _read_binary(self, matrix: np.ndarray, wanted: int, dim: int) -> np.ndarray:
        width = 4 * dim
        buffer, at = b"", 0
        for row in range(wanted):
            blank = buffer.find(b" ", at)
            if blank < 0 or blank + 1 + width > len(buffer):
                buffer = buffer[at:] + self.file.read(max(1 << 20, 2 * width))
                at = 0
                blank = buffer.find(b" ")
                if blank < 0 or blank > _LONGEST_WORD or blank + 1 + width > len(buffer):
                    self.fail("the file ends inside the row, or is damaged", row)
            word = buffer[at:blank].removeprefix(b"\n")
            if b"\n" in word or b"\t" in word:
                self.fail("white space in the word: damaged, or the header's columns are wrong", row)
            self._add_word(word, row)
            matrix = self._grown(matrix, row + 1, wanted)
            matrix[row] = np.frombuffer(buffer, "<f4", dim, blank + 1)
            at = blank + 1 + width
        rest = buffer[at:]
        if len(self.words) == wanted and (self.limit is None or wanted < self.limit) and rest.strip(b"\n"):
            self.fail("more data after the rows that the header promises")
        return matrix

    def _read_text(self, matrix: np.ndarray, wanted: int, dim: int) -> np.ndarray:
        row = 0
        longest = 64 * dim + _LONGEST_WORD
        while row < wanted:
            fields: list[bytes] = []
            for number in range(row, min(row + _BLOCK_ROWS, wanted)):
                line = self.file.readline(longest)
                if not line:
                    self.fail(f"the file ends here, the header promises {wanted} rows or more", number)
                parts = line.rstrip(b"\r\n").rstrip(b" ").rsplit(b" ", dim)
                if len(parts) != dim + 1:
                    self.fail(f"expected a word and {dim} numbers", number)
                if not all(map(_NUMBER.fullmatch, parts[1:])):
                    self.fail(f"expected {dim} decimal numbers after the word", number)
                self._add_word(parts[0], number)
                fields += parts[1:]
            block = np.array([float(field) for field in fields]).reshape(-1, dim)
            matrix = self._grown(matrix, row + len(block), wanted)
            with np.errstate(over="ignore"):
                matrix[row : row + len(block)] = block
            row += len(block)
        return matrix
