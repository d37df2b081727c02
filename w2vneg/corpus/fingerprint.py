"""The fingerprint of a corpus: a hash of its content that threads compute in pieces."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
from numpy.typing import NDArray

#: Bases of the two polynomials: odd numbers with well mixed bits.
POLYNOMIALS = (0xD6E8FEB86659FD93, 0xA0761D6478BD642F)


class TokenHash:
    """Two polynomials of a token sequence modulo 2**64, combined from pieces.

    They detect accidental differences; they are no protection against forgery.
    """

    def __init__(self) -> None:
        self.count = 0
        self._hashes = [0, 0]

    def add(self, hashes: NDArray[np.uint64], count: int) -> None:
        """Append `count` tokens, whose own polynomials are `hashes` ((2,) uint64)."""
        self.count += count
        for i, base in enumerate(POLYNOMIALS):
            shifted = self._hashes[i] * pow(base, count, 1 << 64)
            self._hashes[i] = (shifted + int(hashes[i])) % (1 << 64)

    def values(self) -> list[int]:
        """Return the two hashes."""
        return list(self._hashes)

    def digest(self) -> bytes:
        """Return the count and both hashes."""
        return struct.pack("<QQQ", self.count, *self._hashes)


def corpus_fingerprint(tokens: TokenHash, starts_sha256: bytes, vocabulary: str) -> str:
    """Return the SHA-256 that identifies a corpus by its content, hexadecimal.

    Parameters
    ----------
    tokens : TokenHash
        Hash of all tokens.
    starts_sha256 : bytes
        SHA-256 of the sentence starts as little-endian int64.
    vocabulary : str
        Fingerprint of the vocabulary.
    """
    return hashlib.sha256(tokens.digest() + starts_sha256 + vocabulary.encode()).hexdigest()
