"""The identity of a corpus: a hash of its content that threads compute piece by piece."""

from __future__ import annotations

import hashlib
import struct

import numpy as np

#: Bases of the two polynomials; odd, with their bits well mixed.
POLYNOMIALS = (0xD6E8FEB86659FD93, 0xA0761D6478BD642F)


class TokenHash:
    """Two polynomials of a token sequence modulo 2**64, joined piece by piece.

    Against accidents, not against an adversary.
    """

    def __init__(self) -> None:
        self.count = 0
        self._hashes = [0, 0]

    def add(self, hashes: np.ndarray, count: int) -> None:
        """Append `count` tokens whose polynomials, from zero, are `hashes` ((2,) uint64)."""
        self.count += count
        for i, base in enumerate(POLYNOMIALS):
            moved = self._hashes[i] * pow(base, count, 1 << 64)
            self._hashes[i] = (moved + int(hashes[i])) % (1 << 64)

    def digest(self) -> bytes:
        """Return the count and both hashes."""
        return struct.pack("<QQQ", self.count, *self._hashes)


def corpus_fingerprint(tokens: TokenHash, starts_sha256: bytes, vocabulary: str) -> str:
    """Return the SHA-256 that identifies a corpus by its content, hexadecimal.

    Parameters
    ----------
    tokens : TokenHash
        Of all tokens.
    starts_sha256 : bytes
        SHA-256 of the sentence starts as little-endian int64.
    vocabulary : str
        The vocabulary's fingerprint.
    """
    return hashlib.sha256(tokens.digest() + starts_sha256 + vocabulary.encode()).hexdigest()
