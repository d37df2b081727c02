r"""Recognize by content files of vectors and other files that the readers cannot read.

Only names and remedies: such a file is never parsed, and a pickle never opened.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from w2vneg.corpus.file_kinds import METADATA, VECTORS, recognize_kind
from w2vneg.corpus.magic import PICKLE, recognize_magic, recognize_markup
from w2vneg.corpus.text_bytes import BOM, marked_encoding
from w2vneg.errors import DataError

if TYPE_CHECKING:
    from w2vneg.vectors.vector_file import VectorFile

_EXPORT = "export it as word2vec text with the program that wrote it"
_UNPACK = "unpack it and give the file of vectors in it"

#: What a file begins with that is read as a corpus, but not as vectors; what it is, what to do.
_STARTS = (
    (b"\x1f\x8b", "a gzip file compressed twice: decompress it once: gunzip < FILE > NEW"),
    (b"PK\x03\x04", f"a zip or .npz archive: {_UNPACK}"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 file: decompress it: bunzip2 < FILE > NEW"),
    (b"\xfd7zXZ\x00", "an xz file: decompress it: unxz < FILE > NEW"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: decompress it: unzstd < FILE > NEW"),
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
        remedy = own.advice(None if file.compressed else file.path)
        if own is METADATA:
            remedy = "give the file of vectors that it describes"
        raise DataError(f"{file.path}: looks like {own.name}: {remedy}")
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
    markup = recognize_markup(head)
    if markup is not None:
        raise DataError(f"{file.path}: looks like {markup.name}: {markup.as_vectors}")
    for pattern, what in _PATTERNS:
        if pattern.match(head):
            raise DataError(f"{file.path}: looks like {what}")
