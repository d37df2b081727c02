r"""Kinds of files that begin with a magic number: what they are, and what to do with them.

One table for corpora and for files of vectors: either may be met where the other is expected.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TEXT = "give UTF-8 text, one sentence a line"
_EXPORT_TEXT = "export its text to a text file, one sentence a line"
_DOCUMENT = "export it as plain text"
_UNPACK_TEXT = "unpack it first, and give what is in it"
_MODEL = "give the text that it was trained on"
_NO_WORDS = "it has no words; give a file that has them, such as word2vec text"
_EXPORT = "export it as word2vec text with the program that wrote it"
_UNPACK = "unpack it and give the file of vectors in it"
_OTHER = "give a file of word vectors"
#: Read as vectors.
_READ = ""
_LFS = "fetch the file with git lfs pull"


class Magic(NamedTuple):
    """A kind of file.

    Attributes
    ----------
    start : bytes
        What it begins with.
    name : str
        As messages spell it, with its article.
    as_text, as_vectors : str
        What to do where text, and where vectors are expected; empty where they are read.
    is_written : bool
        Whether w2vneg writes such files, and does not read them as a corpus.
    """

    start: bytes
    name: str
    as_text: str
    as_vectors: str
    is_written: bool = False


PICKLE = Magic(
    b"",
    "a Python pickle, which is never opened because it can run code",
    _TEXT,
    "export it with gensim's save_word2vec_format",
)
MAGIC = (
    Magic(b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK_TEXT, _UNPACK),
    Magic(b"Rar!\x1a\x07", "a RAR archive", _UNPACK_TEXT, _UNPACK),
    Magic(b"!<arch>\n", "an ar archive", _UNPACK_TEXT, _UNPACK),
    Magic(b"07070", "a cpio archive", _UNPACK_TEXT, _UNPACK),
    Magic(b"\x1f\x9d", "a file of compress (.Z)", _UNPACK_TEXT, _UNPACK),
    Magic(b"LZIP\x01", "an lzip file", _UNPACK_TEXT, _UNPACK),
    Magic(b"\x04\x22\x4d\x18", "an LZ4 file", _UNPACK_TEXT, "decompress it: unlz4 < FILE > NEW"),
    Magic(b"\x93NUMPY", "a NumPy array (.npy)", _TEXT, _READ, True),
    Magic(b"\xba\x16\x4f\x2f", "a fastText or floret model", _MODEL, _READ, True),
    Magic(b"FiFu", "a finalfusion file", _MODEL, _READ, True),
    Magic(b"GGUF", "a GGUF model", _TEXT, _NO_WORDS),
    Magic(b"\x89HDF\r\n\x1a\n", "an HDF5 file", _EXPORT_TEXT, _EXPORT),
    Magic(b"SQLite format 3\0", "an SQLite database", _EXPORT_TEXT, _EXPORT),
    Magic(b"PAR1", "a Parquet table", _EXPORT_TEXT, _READ),
    Magic(b"ARROW1", "an Arrow table", _EXPORT_TEXT, _EXPORT),
    Magic(b"%PDF-", "a PDF document", f"{_DOCUMENT}, for example with pdftotext", _OTHER),
    Magic(b"{\\rtf", "an RTF document", _DOCUMENT, _OTHER),
    Magic(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document", _DOCUMENT, _OTHER),
    Magic(b"version https://git-lfs", "a Git LFS pointer instead of the file", _LFS, _LFS),
)
#: Magic numbers of letters that text may begin with; binary bytes follow them.
_LETTERS = (b"07070", b"FiFu", b"GGUF", b"PAR1", b"ARROW1")

_PATTERNS = (
    (
        re.compile(rb"\s*(<\?xml[^>]*>\s*)?<mediawiki\b"),
        Magic(
            b"",
            "a MediaWiki dump",
            "turn it into text with: w2vneg corpus clean {path} -o NEW.txt",
            _OTHER,
        ),
    ),
    (
        re.compile(rb"\s*<(!doctype html|html|head|body)\b", re.IGNORECASE),
        Magic(
            b"",
            "a web page, perhaps the answer to a failed download",
            "download the file again, or export its text",
            "download the file again",
        ),
    ),
    (
        re.compile(rb"\s*<(\?xml|!doctype)\b", re.IGNORECASE),
        Magic(b"", "an XML document", _EXPORT_TEXT, _OTHER),
    ),
    (re.compile(rb"\x80[\x02-\x05]"), PICKLE),
)


def recognize_magic(head: bytes) -> Magic | None:
    """Return the kind of a file by its magic number; None if it has none of the table."""
    for kind in MAGIC:
        if head.startswith(kind.start) and (kind.start not in _LETTERS or min(head) < 9):
            return kind
    return None


def recognize_markup(head: bytes) -> Magic | None:
    """Return the kind of a file by how it begins, where that is less certain than a number."""
    return next((kind for pattern, kind in _PATTERNS if pattern.match(head)), None)
