"""Which row a word of a test set means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from w2vneg.vectors.vectors import Vectors

_Rows = npt.NDArray[np.int64]

#: Row of a word that the vectors do not have.
UNKNOWN = -1


class Lookup:
    """Words to rows; unless case counts, a word means its first (most frequent) row in any case.

    Parameters
    ----------
    vectors : Vectors
    case_sensitive : bool

    Attributes
    ----------
    meant : (V,) int64 array
        For each row, the row that its word means: another one if only case differs.
    """

    def __init__(self, vectors: Vectors, case_sensitive: bool = False) -> None:
        self.vectors, self.case_sensitive = vectors, case_sensitive
        if case_sensitive:
            self._rows = vectors.index
            self.meant: _Rows = np.arange(len(vectors))
        else:
            self._rows = {}
            meant = [
                self._rows.setdefault(word.upper(), row) for row, word in enumerate(vectors.words)
            ]
            self.meant = np.array(meant, dtype=np.int64)

    def row(self, word: str) -> int:
        """Return the row that a word means, or `UNKNOWN`."""
        return self._rows.get(word if self.case_sensitive else word.upper(), UNKNOWN)

    def rows(self, words: Sequence[str]) -> list[int]:
        """Return the row that each word means, or `UNKNOWN`."""
        return [self.row(word) for word in words]
