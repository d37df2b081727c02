r"""What counts as text and as a word: separators, longest token, byte order mark, binary data.

Words are separated by the bytes 0x00 to 0x20 and by nothing else, so that no character of another
alphabet, no-break space included, ever splits a word, and any encoding that keeps ASCII could be
scanned. Every module that asks what separates words imports the answer from here.
"""

from __future__ import annotations

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

#: UTF-8 byte order mark. It is skipped at the start of a file, and part of a word elsewhere.
BOM = b"\xef\xbb\xbf"

#: How many of a file's first bytes are enough to tell what it is.
HEAD_BYTES = 4096

#: Suffixes of text files. Any other one, as in ``news.en``, is part of the file's name.
TEXT_SUFFIXES = (".txt", ".text")

#: Separators that ordinary text does not contain.
_CONTROLS = bytes(byte for byte in range(SEPARATOR_MAX) if byte not in WHITE_SPACE)


def is_separator(byte: int) -> bool:
    """Return whether a byte separates words; for arrays compare with `SEPARATOR_MAX`."""
    return byte <= SEPARATOR_MAX


def check_text(head: bytes, path: str) -> None:
    """Raise `DataError` if the first bytes of a file show that it is not text.

    A few control bytes are tolerated: they separate words and are counted.
    """
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    nuls = head[:1024].count(0)
    if not utf16 and nuls >= 4 and 8 * nuls >= len(head[:1024]):
        even = head[:1024:2].count(0)
        utf16 = 10 * max(even, nuls - even) >= 9 * nuls
    if utf16:
        raise DataError(f"{path} looks like UTF-16; convert it with: iconv -f UTF-16 -t UTF-8 FILE")
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls >= 8 and 20 * controls > len(head):
        raise DataError(f"{path} is a binary file, not text; give UTF-8 text, one sentence a line")
