r"""Recognize by content files of vectors and other files that the readers cannot read.

Only names and remedies: such a file is never parsed, and a pickle never opened.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from w2vneg.corpus.text_bytes import BOM
from w2vneg.errors import DataError

if TYPE_CHECKING:
    from w2vneg.vectors.vector_file import VectorFile

_EXPORT = "export it as word2vec text with the program that wrote it"
_UNPACK = "unpack it and give the file of vectors in it"
_NO_WORDS = "it has no words; give a file that has them, such as word2vec text"
_UTF8 = "convert it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW"
_PICKLE = (
    "a Python pickle, which is never opened because it can run code: export it with gensim's"
    " save_word2vec_format"
)
_FASTTEXT = (
    "a fastText or floret model, not word2vec binary: give the .vec file that belongs to it, or"
    " export its words in Python with gensim.models.fasttext.load_facebook_vectors(FILE)"
    ".save_word2vec_format(NEW)"
)

#: What a file begins with, what it is, and what to do.
_MAGIC = (
    (b"\x1f\x8b", "a gzip file compressed twice: decompress it once with gunzip"),
    (b"\x93NUMPY", f"a NumPy array (.npy): {_NO_WORDS}"),
    (b"PK\x03\x04", f"a zip or .npz archive: {_UNPACK}"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 file: decompress it with bunzip2"),
    (b"\xfd7zXZ\x00", "an xz file: decompress it with unxz"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: decompress it with unzstd"),
    (b"\x04\x22\x4d\x18", "an LZ4 file: decompress it with unlz4"),
    (b"7z\xbc\xaf\x27\x1c", f"a 7-Zip archive: {_UNPACK}"),
    (b"Rar!\x1a\x07", f"a RAR archive: {_UNPACK}"),
    (BOM, "text with a byte order mark: remove its first 3 bytes: tail -c +4 FILE > NEW"),
    (b"\xff\xfe", f"UTF-16 text: {_UTF8}"),
    (b"\xfe\xff", f"UTF-16 text: {_UTF8}"),
    (b"\xba\x16\x4f\x2f", _FASTTEXT),
    (b"FiFu", f"a finalfusion file: {_EXPORT}"),
    (b"GGUF", f"a GGUF model: {_NO_WORDS}"),
    (b"\x89HDF\r\n\x1a\n", f"an HDF5 file: {_EXPORT}"),
    (b"SQLite format 3\0", f"an SQLite database (such as .magnitude): {_EXPORT}"),
    (b"PAR1", f"a Parquet table: {_EXPORT}"),
    (b"ARROW1", f"an Arrow table: {_EXPORT}"),
    (
        b"version https://git-lfs",
        "a Git LFS pointer instead of the file: fetch the file with git lfs pull",
    ),
)
_PATTERNS = (
    (
        re.compile(rb"\s*<(!doctype|html|\?xml|head|body)\b", re.IGNORECASE),
        "a web page, perhaps the answer to a failed download: download the file again",
    ),
    (
        re.compile(rb"([0-9]+ ){6}\S+ \S+\r?\n"),
        "a floret table, which has hashes instead of words: use it with spaCy",
    ),
    (re.compile(rb'\s*(\{\s*["}]|\[\s*["\[{\]])'), f"JSON: {_EXPORT}"),
    # Protocols 2 and up of pickle have a magic number, older ones do not.
    (re.compile(rb"\x80[\x02-\x05]"), _PICKLE),
    (re.compile(rb"c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\([ld]p[0-9]+\n|[\]})]q\0"), _PICKLE),
)
_NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SAMPLE_LINES = 10
_TAR_MAGIC = slice(257, 262)


def refuse_foreign(file: VectorFile) -> None:
    """Raise a `DataError` if a file is of a kind that is known but not read.

    Parameters
    ----------
    file : VectorFile
        At its start, of no readable format.
    """
    head = file.head
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise DataError(f"{file.path}: looks like {what}")
    if head[_TAR_MAGIC] == b"ustar":
        raise DataError(f"{file.path}: looks like a tar archive: {_UNPACK} (tar -xf FILE)")
    if _is_safetensors(head):
        raise DataError(f"{file.path}: looks like a safetensors file: {_NO_WORDS}")
    if _is_glove(head):
        rows, dim = _shape(file)
        first = "decompress it and insert" if file.compressed else "insert"
        raise DataError(
            f"{file.path}: looks like GloVe text, which has no header: {first} the line"
            f" '{rows} {dim}' before the first one: sed '1i {rows} {dim}' FILE > NEW"
        )
    for pattern, what in _PATTERNS:
        if pattern.match(head):
            raise DataError(f"{file.path}: looks like {what}")


def _is_safetensors(head: bytes) -> bool:
    """Return whether the file starts with the size of a JSON object, and with that object."""
    if len(head) < 10 or head[8:9] != b"{":
        return False
    (size,) = struct.unpack_from("<Q", head)
    return 2 <= size <= 100_000_000


def _is_glove(head: bytes) -> bool:
    """Return whether the first lines are a word and numbers, at least two of them."""
    *lines, last = head.split(b"\n")[: _SAMPLE_LINES + 1]
    if not lines:  # a long first line; its last field may be cut off
        fields = _fields(last)[:-1]
        return len(fields) > 2 and _dimensions(fields) == len(fields) - 1
    sample = [_fields(line) for line in lines if line.strip()]
    dims = [_dimensions(fields) for fields in sample]
    is_header = bool(sample) and all(field.isdigit() for field in sample[0])
    return min(dims, default=0) >= 2 and not is_header and b"\0" not in head


def _shape(file: VectorFile) -> tuple[int, int]:
    """Return the number of rows of text without a header, and of numbers in each."""
    rows, dim = 0, 0
    for line in file.lines():
        if not line.strip():
            continue
        if rows < _SAMPLE_LINES:
            here = _dimensions(_fields(line))
            dim = min(dim, here) if rows else here
        rows += 1
    return rows, dim


def _fields(line: bytes) -> list[bytes]:
    return line.rstrip(b" \t\r").replace(b"\t", b" ").split(b" ")


def _dimensions(fields: list[bytes]) -> int:
    """Return how many fields after the first are numbers, counted from the right."""
    count = 0
    while count < len(fields) - 1 and _NUMBER.fullmatch(fields[-1 - count]):
        count += 1
    return count
