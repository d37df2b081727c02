"""Texts and files for the tests of the ingest."""

import bz2
import gzip
import lzma
from pathlib import Path

import zstandard

# Lengths around the key sizes of the table, cut characters, all kinds of separators.
PIECES = [
    b"a", b"the", b"x" * 7, b"y" * 8, b"z" * 9, b"w" * 15, b"v" * 16, b"v" * 15 + b"u", b"u" * 17,
    b"v" * 16 + b"1", b"v" * 16 + b"2", b"t" * 24, b"s" * 25, b"r" * 40, b"\xc3\xa9", b"\xe2\x82",
    b"\xf0\x9f\x98\x80", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xc2\xa0",
    b"\xe2\x80\xa8", b"\xc2\x85", b"\x7f", b" ", b" ", b" ", b"  ", b"\t", b"\v", b"\f", b"\n",
    b"\r\n", b"\r", b"\n\n", b"\0", b"\x01", b"\x1f", b"</s>", b"\xef\xbb\xbf",
    b"L" * 1001, b"M" * 1000, b"N" * 1016,
]  # fmt: skip

TEXT = (
    "the quick brown fox jumps over the lazy dog\n"
    "naïve café — Übergrößenträger 日本語 the fox\r\n"
    "the end, of a rather-long-hyphenated-compound-word and the dog\r"
    "</s> 1 2 - the\n\n   \nlast line without an end: the dog"
) * 3

COMPRESSIONS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def write(folder: Path, data: bytes, name: str = "corpus.txt") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(data)
    return path
