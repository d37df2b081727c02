r"""Recognize by content files of vectors and other files that the readers cannot read.

Only names and remedies: such a file is never parsed, and a pickle never opened.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from w2vneg.corpus.file_kinds import METADATA, VECTORS, recognize_kind
from w2vneg.corpus.magic import PICKLE, recognize_magic, recognize_markup
from w2vneg.corpus.text_bytes import BOM, marked_encoding
from w2vneg.errors import DataError
from w2vneg.system.option_names import either

if TYPE_CHECKING:
    from w2vneg.vectors.vector_file import VectorFile

_EXPORT = "export it as word2vec text with the program that wrote it"
_UNPACK = "unpack it and give the file of vectors in it"
_NO_WORDS = "it has no words; give a file that has them, such as word2vec text"

#: What a file begins with that is read as a corpus, but not as vectors; what it is, what to do.
_STARTS = (
    (b"\x1f\x8b", "a gzip file compressed twice: decompress it once with gunzip"),
    (b"PK\x03\x04", f"a zip or .npz archive: {_UNPACK}"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 file: decompress it with bunzip2"),
    (b"\xfd7zXZ\x00", "an xz file: decompress it with unxz"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: decompress it with unzstd"),
    (BOM, "text with a byte order mark: remove its first 3 bytes: tail -c +4 FILE > NEW"),
)
_PATTERNS = (
    (
        re.compile(rb"([0-9]+ ){6}\S+ \S+\r?\n"),
        "a floret table, which has hashes instead of words: use it with spaCy",
    ),
    # Pickles of protocols before 2, which have no magic number.
    (
        re.compile(rb"c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\([ld]p[0-9]+\n|[\]})]q\0"),
        f"{PICKLE.name}: {PICKLE.as_vectors}",
    ),
    (re.compile(rb'\s*(\{\s*["}]|\[\s*["\[{\]])'), f"JSON: {_EXPORT}"),
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
    own = recognize_kind(head)
    if own is not None and own.is_output and own is not VECTORS:
        remedy = either(own.remedy, own.python or own.remedy)
        if own is METADATA:
            remedy = "give the file of vectors that it describes"
        path = "FILE" if file.compressed else file.path
        raise DataError(f"{file.path}: looks like {own.name}: {remedy.format(path=path)}")
    for start, what in _STARTS:
        if head.startswith(start):
            raise DataError(f"{file.path}: looks like {what}")
    encoding = marked_encoding(head)
    if encoding:
        convert = f"iconv -f {encoding} -t UTF-8 FILE > NEW"
        raise DataError(f"{file.path}: looks like {encoding} text: convert it to UTF-8: {convert}")
    magic = recognize_magic(head)
    if magic is not None:
        raise DataError(f"{file.path}: looks like {magic.name}: {magic.as_vectors}")
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
    markup = recognize_markup(head)
    if markup is not None:
        raise DataError(f"{file.path}: looks like {markup.name}: {markup.as_vectors}")
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
