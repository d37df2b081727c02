r"""What counts as text and as a word: separators, longest token, byte order mark, binary data.

Words are separated by the bytes 0x00 to 0x20 and by nothing else, so that no character of another
alphabet, no-break space included, ever splits a word, and any encoding that keeps ASCII could be
scanned. Every module that asks what separates words imports the answer from here.
"""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.errors import DataError

#: Bytes up to and including this one (the blank) separate words.
SEPARATOR_MAX = 0x20

#: The separators, as the inside of a character class of a regular expression.
SEPARATOR_CLASS = rf"\x00-\x{SEPARATOR_MAX:02x}"

#: ASCII white space: what C's ``isspace`` and ``scanf("%s")`` stop at, with which other programs
#: read files of vectors. Unlike the separators of a corpus it leaves out the control characters,
#: which such files may hold inside words.
WHITE_SPACE = b"\t\n\v\f\r "

#: Longer tokens are not words: they are dropped and counted.
MAX_TOKEN_BYTES = 1000

#: UTF-8 byte order mark. It is removed at the start of a file, and at the starts of lines, where
#: joined files leave it; elsewhere it is part of a word.
BOM = b"\xef\xbb\xbf"

#: How many of a file's first bytes are enough to tell what it is.
HEAD_BYTES = 4096

#: How to convert text of another encoding.
TO_UTF8 = "iconv -f ENCODING -t UTF-8 FILE > NEW"

#: How to remove control bytes.
_STRIP = r"tr -d '\000-\010\016-\037' < FILE"

#: Suffixes of text files. Any other one, as in ``news.en``, is part of the file's name.
TEXT_SUFFIXES = (".txt", ".text")

#: Eight control bytes within this many bytes are the start of binary data.
_NEAR = 160

#: Separators that ordinary text does not contain.
_CONTROLS = bytes(byte for byte in range(SEPARATOR_MAX) if byte not in WHITE_SPACE)


def is_separator(byte: int) -> bool:
    """Return whether a byte separates words; for arrays compare with `SEPARATOR_MAX`."""
    return byte <= SEPARATOR_MAX


class BinaryPart(NamedTuple):
    """Where text turns into something else.

    Attributes
    ----------
    start : int
        Offset of the first byte that is not text.
    encoding : str or None
        ``"UTF-16LE"``, ``"UTF-16BE"``, ``"UTF-32LE"`` or ``"UTF-32BE"``; None: binary data.
    """

    start: int
    encoding: str | None

    def remedy(self, offset: int = 0) -> str:
        """Return what to do with the file; `offset` is that of the data in it."""
        if self.encoding is None:
            return f"remove their control bytes with: {_STRIP}"
        size = offset + self.start
        return (
            f"keep only what is before with: head -c {size} FILE, or convert the rest with: "
            f"tail -c +{size + 1} FILE | iconv -f {self.encoding} -t UTF-8"
        )


def check_text(head: bytes, path: str) -> None:
    """Raise `DataError` if the first bytes of a file show that it is not text.

    A few control bytes are tolerated: they separate words and are counted.
    """
    part = wide_part(head)
    if part is not None:
        raise DataError(
            f"{path}, byte {part.start}: from here on it looks like {part.encoding}; {part.remedy()}"
        )
    encoding = other_encoding(head)
    if encoding:
        convert = f"iconv -f {encoding} -t UTF-8 FILE > NEW"
        raise DataError(f"{path} looks like {encoding}; convert it with: {convert}")
    if _has_many_controls(head):
        raise DataError(f"{path} is a binary file, not text; give UTF-8 text, one sentence a line")


def marked_encoding(head: bytes) -> str | None:
    """Return the encoding, other than UTF-8, whose byte order mark a file begins with."""
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    return "UTF-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else None


def other_encoding(head: bytes) -> str | None:
    """Return the encoding of a file that is UTF-16 or UTF-32, with a byte order mark or without."""
    return marked_encoding(head) or _utf16(head[:1024])


def wide_part(data: bytes) -> BinaryPart | None:
    """Return where UTF-8 text turns into UTF-16 or UTF-32; None: nowhere, or at its start."""
    if marked_encoding(data):
        return None
    part = find_binary(data)
    if part is None or part.encoding is None:
        return None
    try:
        text = data[: part.start].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text or not text.strip() else part


def find_binary(data: bytes) -> BinaryPart | None:
    """Return where text turns into binary data or UTF-16, by the rules for the head of a file.

    Parameters
    ----------
    data : bytes
        Some of the text. Its pieces of `HEAD_BYTES` are checked; the last one overlaps the one
        before it.
    """
    lows = [*range(0, len(data) - HEAD_BYTES, HEAD_BYTES), max(0, len(data) - HEAD_BYTES)]
    for low in lows:
        if not _has_many_controls(data[low : low + HEAD_BYTES]):
            continue
        # The end of the piece before may belong to it, and a stray control byte may not.
        since = max(0, low - HEAD_BYTES)
        piece = data[since : low + HEAD_BYTES]
        places = [since + i for i, byte in enumerate(piece) if byte in _CONTROLS]
        first = next((p for p, q in zip(places, places[7:], strict=False) if q - p < _NEAR), low)
        quadruple = _start_of_utf32(data, first)
        if quadruple is not None:
            return quadruple
        wide = next((p for p in places if p >= first and _alternates(data[p : p + 64])), None)
        if wide is not None and wide - first < _NEAR:
            return _start_of_utf16(data, wide)
        return BinaryPart(first, None)
    return None


def _start_of_utf32(data: bytes, nul: int) -> BinaryPart | None:
    """Return where UTF-32 with a first NUL at `nul` begins, its byte order mark included."""
    for mark, before, encoding in (
        (b"\xff\xfe\0\0", 2, "UTF-32LE"), (b"\0\0\xfe\xff", 0, "UTF-32BE"),
    ):  # fmt: skip
        start = nul - before
        if start >= 0 and data.startswith(mark, start):
            return BinaryPart(start, encoding)
    piece = data[nul : nul + 64]
    share = [piece[i::4].count(0) * 4 / max(1, len(piece)) for i in range(4)]
    if min(share[:3]) < 0.9 or share[3] > 0.1:
        return None
    if nul == 0 or data[nul - 1] in b"\n\r":
        return BinaryPart(nul, "UTF-32BE")
    return BinaryPart(nul - 1, "UTF-32LE")


def _alternates(data: bytes) -> bool:
    """Return whether every other byte, from the first on, is NUL, as in UTF-16."""
    even = data[::2].count(0)
    return 10 * even > 9 * len(data[::2]) and data.count(0) == even


def _start_of_utf16(data: bytes, nul: int) -> BinaryPart:
    """Return where UTF-16 with a first NUL at `nul` begins, its byte order mark included.

    In UTF-16LE the NUL follows its letter, in UTF-16BE it precedes it. Without a mark only a line
    end before the NUL shows the latter.
    """
    if data[max(0, nul - 3) : max(0, nul - 1)] == b"\xff\xfe":
        return BinaryPart(nul - 3, "UTF-16LE")
    if data[max(0, nul - 2) : nul] == b"\xfe\xff":
        return BinaryPart(nul - 2, "UTF-16BE")
    if nul == 0 or data[nul - 1] in b"\n\r":
        return BinaryPart(nul, "UTF-16BE")
    return BinaryPart(nul - 1, "UTF-16LE")


def _utf16(head: bytes) -> str | None:
    """Return the encoding of text without a mark in which every other byte is mostly NUL."""
    nuls = head.count(0)
    if nuls < 4 or 8 * nuls < len(head):
        return None
    even = head[::2].count(0)
    if 10 * max(even, nuls - even) < 9 * nuls:
        return None
    return "UTF-16BE" if 2 * even > nuls else "UTF-16LE"


def _has_many_controls(data: bytes) -> bool:
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return controls >= 8 and 20 * controls > len(data)
