"""Compiled composition of fastText vectors: the mean of a word's own row and those of its n-grams.

Source: Bojanowski et al., TACL 2017, section 3.2; hash and boundaries as in fastText's Dictionary.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from w2vneg.kernel.jit import device, kernel

#: FNV-1a of 32 bits, computed in 64.
_OFFSET, _PRIME = np.uint64(2166136261), np.uint64(16777619)
_MASK, _SIGN = np.uint64(0xFFFFFFFF), np.uint64(0xFFFFFF00)


@device
def _hashed(h: Any, byte: Any) -> Any:
    """Return the hash after one more byte, taken as a signed number, as in the original."""
    wide = np.uint64(byte)
    if byte >= 128:
        wide |= _SIGN
    return ((h ^ wide) * _PRIME) & _MASK


@kernel
def compose(
    blob: Any, ends: Any, matrix: Any, known: Any, bucket: Any, minn: Any, maxn: Any, out: Any
) -> Any:
    """Write the vectors of words to `out`.

    Parameters
    ----------
    blob : (B,) uint8 array
        The words as UTF-8, each between ``<`` and ``>``, one after the other.
    ends : (n + 1,) int64 array
        Where each word begins, and the end of the last.
    matrix : (known + bucket, d) float32 array
        Rows of the words of the model, then those of the buckets of n-grams.
    known : int
        Words of the model.
    bucket : int
        Number of buckets, at least 1.
    minn, maxn : int
        Fewest and most characters of an n-gram.
    out : (n, d) float32 array
        Modified in place; row i belongs to word i.
    """
    dim = out.shape[1]
    for word in range(len(ends) - 1):
        begin, end = ends[word], ends[word + 1]
        for k in range(dim):
            out[word, k] = matrix[word, k]
        count = 1
        for first in range(begin, end):
            if blob[first] & 0xC0 == 0x80:
                continue
            h = _OFFSET
            size = 0
            last = first
            while last < end and size < maxn:
                h = _hashed(h, blob[last])
                last += 1
                while last < end and blob[last] & 0xC0 == 0x80:
                    h = _hashed(h, blob[last])
                    last += 1
                size += 1
                if size >= minn and not (size == 1 and (first == begin or last == end)):
                    row = known + np.int64(h) % np.int64(bucket)
                    for k in range(dim):
                        out[word, k] += matrix[row, k]
                    count += 1
        for k in range(dim):
            out[word, k] /= np.float32(count)
