"""Shared by the tests that read vectors: small files of every layout, and how to read them."""

import gzip
from pathlib import Path

import numpy as np

from helpers.commands import call, refused
from w2vneg.vectors import read_vectors

WORDS = ["the", "wörd", "x"]
MATRIX = np.array([[0.25, -1.5], [3.1415927, 1e-3], [-0.0625, 12345.67]], np.float32)
TEXT = b"3 2\nthe 0.25 -1.5\nw\xc3\xb6rd 3.1415927 0.001\nx -0.0625 12345.67\n"


def layouts() -> dict[str, bytes]:
    rows = [
        w.encode() + b" " + r.astype("<f4").tobytes() for w, r in zip(WORDS, MATRIX, strict=True)
    ]
    return {
        "v.vec": TEXT,
        "crlf.vec": TEXT.replace(b"\n", b"\r\n"),
        "gensim.bin": b"3 2\n" + b"".join(rows),
        "c.bin": b"3 2\n" + b"".join(row + b"\n" for row in rows),
        "v.vec.gz": gzip.compress(TEXT, mtime=0),
        "v.bin.gz": gzip.compress(b"3 2\n" + b"".join(rows), mtime=0),
    }


def read(path: Path, data: bytes, **options: object) -> tuple[list[str], list[bytes]]:
    path.write_bytes(data)
    vectors = read_vectors(path, **options)  # type: ignore[arg-type]
    return vectors.words, [row.tobytes() for row in vectors.matrix]


WHOLE = (WORDS, [row.tobytes() for row in MATRIX])


def all_refuse(path: Path, output: Path, *parts: object) -> None:
    """Assert that every command that reads vectors refuses a file, with the same message."""
    messages = set()
    for arguments in (
        ["neighbors", path, "the"],
        ["analogy", path, "the", "x", "the"],
        ["eval", path],
        ["convert", path, output],
    ):
        outcome = call(*arguments)
        refused(outcome, 1, path, *parts)
        messages.add(outcome.err)
    assert len(messages) == 1, messages
