"""A file of the corpus whose text is tokenized, or changed to lower case, before it is read."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from w2vneg.corpus.file_kinds import check_head
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.sources import ConvertedFile, CorpusFile
from w2vneg.corpus.streams import ByteStream
from w2vneg.corpus.text_bytes import BOM, HEAD_BYTES, SEPARATOR_MAX
from w2vneg.corpus.tokenizers import Preparation, preparation
from w2vneg.system.interrupt import StopFlag

#: Bytes that are prepared at a time.
_PIECE_BYTES = 1 << 18
#: A text without white space is cut after so many bytes.
_LONGEST = 1 << 24


@dataclass(frozen=True)
class PreparedFile(ConvertedFile):
    """A file with a function that its text goes through.

    Attributes
    ----------
    inner : CorpusFile
    prepare : callable
    """

    inner: CorpusFile = field(default_factory=lambda: CorpusFile("-", "stream"))
    prepare: Preparation = str

    @property
    def text_name(self) -> str:
        """The text that offsets are counted in, for messages."""
        return " of the tokenized text"

    @property
    def notes(self) -> list[str]:
        """What the user should know, once it has been read."""
        return self.inner.notes

    def open(self, stop: StopFlag) -> ByteStream:
        """Open it as a stream of prepared text."""
        return _PreparedStream(self.inner.open(stop), self.inner.is_raw, self.prepare, stop)


def prepared(file: CorpusFile, options: InputOptions) -> CorpusFile:
    """Return a file whose text is tokenized as some options say.

    Raises
    ------
    UsageError
        The library of the tokenizer is not installed.
    """
    common = {f.name: getattr(file, f.name) for f in fields(CorpusFile)}
    return PreparedFile(**common, inner=file, prepare=preparation(options))


class _PreparedStream:
    """Text that goes through a function, some lines at a time."""

    def __init__(
        self, stream: ByteStream, is_raw: bool, prepare: Preparation, stop: StopFlag
    ) -> None:
        self.path = stream.path
        self._stream = stream
        self._is_raw = is_raw
        self._prepare = prepare
        self._stop = stop
        self._rest = b""
        self._ready = b"\n"
        self._is_first = True
        self._ended = False

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""
        parts = [self._ready]
        missing = size - len(self._ready)
        while missing > 0 and not self._ended:
            self._stop.check("reading the corpus")
            part = self._next()
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
        self._ready = data[size:]
        return data[:size]

    def position(self) -> int:
        """Return how many bytes of the file have been consumed."""
        return self._stream.position()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _next(self) -> bytes:
        """Return the next piece of prepared text, which ends between two words."""
        data = self._stream.read(_PIECE_BYTES)
        self._ended = len(data) < _PIECE_BYTES
        if self._is_first and self._is_raw:
            check_head(data[:HEAD_BYTES], self.path)
        self._is_first = False
        data = self._rest + data
        end = len(data) if self._ended else _last_gap(data)
        self._rest = data[end:]
        if self._is_raw:
            # At the starts of lines: joined files leave them there.
            piece = data[:end].removeprefix(BOM).replace(b"\n" + BOM, b"\n")
        else:
            piece = data[:end]
        text = piece.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
        return self._prepare(text).encode("utf-8", "surrogateescape")


def _last_gap(data: bytes) -> int:
    """Return the last place where text can be cut: after a line end, or else after a blank."""
    end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    if end:
        return end
    for end in range(len(data), max(0, len(data) - _PIECE_BYTES), -1):
        if data[end - 1] <= SEPARATOR_MAX:
            return end
    if len(data) < _LONGEST:
        return 0
    end = len(data)
    while end > len(data) - 4 and data[end - 1] & 0xC0 == 0x80:
        end -= 1  # not inside a character
    return end - 1
