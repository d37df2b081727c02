"""Which words are in which row: a bit for each pair, one access to memory instead of a search."""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.jit import device, kernel
from w2vneg.kernel.tiles import prefetch
from w2vneg.samplers.proposals.gneg.rows import Rows, is_in_row

#: Larger sets of bits are not made, and rows are searched: those of more than 40,000 words.
_MOST_BYTES = 200_000_000


def with_members(rows: Rows) -> Rows:
    """Return the rows with the bits of their words, where draws are rejected by them."""
    words = len(rows.share)
    pitch = (words + 7) // 8
    if not rows.reject or words * pitch > _MOST_BYTES:
        return rows
    members = np.zeros(words * pitch, np.uint8)
    set_members(rows.first, rows.cells, members, pitch)
    return rows._replace(members=members)


@kernel
def set_members(first, cells, members, pitch):
    """Set the bit of each word of each row.

    Parameters
    ----------
    first : (n + 1,) int64 array
    cells : (cells, 3) uint32 array
        See `Rows`.
    members : (n * pitch,) uint8 array
        Modified in place.
    pitch : int
        Bytes of a row.
    """
    for row in range(first.size - 1):
        for cell in range(first[row], first[row + 1]):
            word = np.int64(cells[cell, 1])
            members[row * pitch + (word >> 3)] |= np.uint8(1 << (word & 7))


@device
def prefetch_member(rows, row, word):
    """Ask for what `is_member` will look at."""
    if rows.members.size > 0:
        prefetch(rows.members, row * ((rows.share.size + 7) >> 3) + (word >> 3))


@device
def is_member(rows, row, word):
    """Return whether a word is in the table of a row."""
    if rows.members.size == 0:
        return is_in_row(rows.cells[:, 1], rows.first[row], rows.first[row + 1], word)
    pitch = (rows.share.size + 7) >> 3
    return (np.int64(rows.members[row * pitch + (word >> 3)]) >> (word & 7)) & 1 == 1
