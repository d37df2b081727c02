"""Files of vectors opened for reading: plain or gzip byte streams, and helpers for readers."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import stat
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from w2vneg.errors import DataError, ResourceError, UsageError, reason
from w2vneg.system.option_names import choice, either
from w2vneg.vectors.format import NotUtf8, RowError, suffix_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Words are shorter; otherwise the file is not what it seems.
MAX_WORD_BYTES = 1 << 16

_SURROGATE = re.compile("[\udc80-\udcff]")
#: Ways to treat words that are not UTF-8 that keep them.
_KEPT = ("replace", "ignore")
_HEAD_BYTES = 1 << 12
_PIECE_BYTES = 1 << 20
_GZIP_READ_BYTES = 1 << 18
_MAX_LINE_BYTES = 1 << 26
#: A gzip file decompresses to at most this many times its size.
_MAX_INFLATION = 1032
_GZIP_MAGIC = b"\x1f\x8b"


class VectorFile:
    """An open file of vectors.

    Attributes
    ----------
    path : str
        As given, for messages.
    suffix : str
        Suffix of the name in lower case, a final ``.gz`` left out.
    head : bytes
        The first bytes, up to 4 KiB, decompressed. Never empty.
    position : int
        Offset of the next byte, decompressed.
    compressed : bool
        Whether the file is a gzip file.
    max_bytes : int
        Size of the file; if it is compressed, an upper bound of its decompressed size. A header
        that implies more is wrong.
    """

    def __init__(
        self, path: str, file: BinaryIO | gzip.GzipFile, size: int, compressed: bool
    ) -> None:
        self.path = path
        self.suffix = suffix_of(path)[0]
        self.compressed = compressed
        self.max_bytes = size * _MAX_INFLATION if compressed else size
        self.position = 0
        self._file = file
        self._damage: DataError | None = None  # raised once all bytes before it are read
        self.head = self._raw_read(_HEAD_BYTES)
        self._ahead = self.head
        if not self.head:
            raise DataError(f"{path}: the file is empty; it holds no vectors")

    def read(self, count: int) -> bytes:
        """Return up to `count` more bytes; fewer only at the end of the file."""
        data = self._ahead[:count]
        self._ahead = self._ahead[count:]
        if len(data) < count:
            data += self._raw_read(count - len(data))
        self.position += len(data)
        return data

    def unread(self, data: bytes) -> None:
        """Push back `data`, the bytes that were read last."""
        self._ahead = data + self._ahead
        self.position -= len(data)

    def rewind(self) -> None:
        """Return to the start of the file."""
        try:
            self._file.seek(0)
        except (OSError, EOFError, zlib.error) as error:
            raise _unreadable(self.path, error) from None
        self._damage, self._ahead, self.position = None, b"", 0

    def seekable(self) -> BinaryIO:
        """Return the file for readers that need to seek: itself, or what it decompresses to.

        Raises
        ------
        DataError
            If it is a damaged gzip file.
        """
        self.rewind()
        if not isinstance(self._file, gzip.GzipFile):
            return self._file
        pieces = []
        while piece := self.read(_PIECE_BYTES):
            pieces.append(piece)
        return io.BytesIO(b"".join(pieces))

    def lines(self) -> Iterator[bytes]:
        """Yield the remaining lines without their line ends, LF or CR LF.

        Raises
        ------
        DataError
            If a line has more than 64 MiB.
        """
        rest = b""
        while piece := self.read(max(_PIECE_BYTES, len(rest))):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r")
            if len(rest) > _MAX_LINE_BYTES:
                raise DataError(f"{self.path}: a line has more than {_MAX_LINE_BYTES} bytes")
        if rest:
            yield rest.removesuffix(b"\r")

    def empty_matrix(
        self, rows: int, dim: int, dtype: npt.DTypeLike = "float32"
    ) -> npt.NDArray[np.float32]:
        """Return an uninitialized (rows, dim) matrix.

        Raises
        ------
        ResourceError
            If it does not fit into memory.
        """
        import numpy as np

        try:
            return np.empty((rows, dim), dtype)
        except (MemoryError, ValueError):
            raise ResourceError(
                f"{self.path}: {rows} words of {dim} dimensions need {rows * dim * 4 / 1e9:.1f} GB"
                f" of memory; {fewer_rows()}"
            ) from None

    def _raw_read(self, count: int) -> bytes:
        if self._damage is not None:
            raise self._damage
        parts: list[bytes] = []
        # One read of the decompressor at a time, so that nothing it yields is lost at a damage.
        read, most = self._file.read, count
        if isinstance(self._file, gzip.GzipFile):
            # It allocates what it is asked for, even if the file holds less.
            read, most = self._file.read1, _GZIP_READ_BYTES
        try:
            while count > 0 and (part := read(min(count, most))):
                parts.append(part)
                count -= len(part)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self._damage = DataError(f"{self.path}: damaged gzip file ({error}); replace it")
            if not parts:
                raise self._damage from None
        except OSError as error:
            raise _unreadable(self.path, error) from None
        return b"".join(parts)


@contextlib.contextmanager
def open_vector_file(path: str | os.PathLike[str]) -> Iterator[VectorFile]:
    """Open a file of vectors for reading; gzip is recognized by the first bytes.

    Raises
    ------
    UsageError
        If there is no such file.
    DataError
        If it cannot be read, is empty, or is not a regular file.
    """
    name = os.fspath(path)
    mode = input_mode(name)
    # Checked first, because opening a pipe without a writer would block forever.
    if stat.S_ISDIR(mode):
        name = _model_in(name)
        mode = input_mode(name)
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
        unpacked = stack.enter_context(gzip.GzipFile(fileobj=plain)) if compressed else plain
        yield VectorFile(name, unpacked, size, compressed)


def _model_in(folder: str) -> str:
    """Return the file of vectors in a folder of a StaticEmbedding.

    Raises
    ------
    UsageError
        If the folder is none.
    """
    for place in (folder, os.path.join(folder, "0_StaticEmbedding")):
        model = os.path.join(place, "model.safetensors")
        if os.path.isfile(model) and os.path.isfile(os.path.join(place, "tokenizer.json")):
            return model
    raise UsageError(f"{folder} is a folder; give a file of vectors")


def input_mode(path: str | os.PathLike[str]) -> int:
    """Return the mode bits of a file that is to be read.

    Raises
    ------
    UsageError
        If there is no such file.
    DataError
        If access to it fails.
    """
    try:
        return os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"no such file: {os.fspath(path)}; check the path") from None
    except (OSError, ValueError) as error:
        raise _unreadable(os.fspath(path), error) from None


def fewer_rows() -> str:
    """Return how to read a file that is too large for the memory."""
    return either("w2vneg convert --limit N", "limit=N") + " reads only the first N words"


def decode_word(path: str, row: int, word: bytes, errors: str) -> str:
    """Return a word as text.

    With ``"replace"`` and ``"ignore"``, bytes that are not UTF-8 are returned as surrogates (see
    PEP 383). `legible_words` replaces or removes them once all words are known.

    Parameters
    ----------
    path : str
        For messages.
    row : int
        Row of the word, counted from 0.
    word : bytes
    errors : {"strict", "drop", "replace", "ignore"}
        What to do if it is not UTF-8.

    Raises
    ------
    RowError
        If it is empty, or not UTF-8 and `errors` is ``"strict"`` or ``"drop"``.
    """
    if not word:
        raise RowError(path, row, "the word is empty")
    try:
        return word.decode("utf-8", "surrogateescape" if errors in _KEPT else "strict")
    except UnicodeDecodeError:
        problem = f"the word {word[:40]!r} is not UTF-8"
        if any(byte < ord(" ") for byte in word):  # numbers rather than a word
            remedy = "the file is damaged or its header is wrong"
            raise RowError(path, row, f"{problem}; {remedy}") from None
        remedy = f"{either('w2vneg convert ', '')}{choice('encoding_errors', 'replace')} keeps it"
        raise NotUtf8(path, row, f"{problem}; {remedy}") from None


def legible_words(words: list[str], errors: str) -> list[str]:
    r"""Return words without the surrogates that `decode_word` puts in place of invalid bytes.

    Parameters
    ----------
    words : list of str
    errors : {"strict", "drop", "replace", "ignore"}
        Whether invalid bytes become U+FFFD or vanish. If the word would then be empty or equal to
        another one, they are spelled as in ``caf\xe9`` instead, so that no word is lost.
    """
    damaged = [i for i, w in enumerate(words) if _SURROGATE.search(w)] if errors in _KEPT else []
    if not damaged:
        return words
    legible = list(words)
    taken = set(words)
    spellings: dict[str, str] = {}
    for i in damaged:
        word = words[i]
        if word not in spellings:  # duplicates in the file remain duplicates
            raw = word.encode("utf-8", "surrogateescape")
            text = raw.decode("utf-8", errors)
            if not text or text in taken:
                text = raw.decode("utf-8", "backslashreplace")
            taken.add(text)
            spellings[word] = text
        legible[i] = spellings[word]
    return legible


def _unreadable(path: str, error: Exception) -> DataError:
    return DataError(f"cannot read {path}: {reason(error)}; check the path")
