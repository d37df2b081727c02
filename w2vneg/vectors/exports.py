"""Vectors as objects of other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from w2vneg.errors import UsageError

if TYPE_CHECKING:
    from w2vneg.vectors.vectors import Vectors


#: Remedy of messages: gensim is a dependency where it has wheels.
INSTALL_GENSIM = "install it: pip install gensim (its wheels end with Python 3.13)"


def to_gensim(vectors: Vectors) -> Any:
    """Return a ``gensim.models.KeyedVectors`` with a copy of the numbers, and the counts if known.

    Raises
    ------
    UsageError
        If gensim is not installed.
    """
    try:
        from gensim.models import KeyedVectors
    except ImportError:
        raise UsageError(
            f"to_gensim() needs gensim, which is not installed; {INSTALL_GENSIM}"
        ) from None
    keyed = KeyedVectors(vectors.dim)
    keyed.add_vectors(vectors.words, np.ascontiguousarray(vectors.matrix))
    if vectors.counts is not None:
        for word, count in zip(vectors.words, vectors.counts.tolist(), strict=True):
            keyed.set_vecattr(word, "count", count)
    return keyed


def to_frame(vectors: Vectors) -> Any:
    """Return a ``pandas.DataFrame``: a row for each word, a column for each dimension.

    The words are the index, named ``word``; the numbers are not copied where that can be avoided.

    Raises
    ------
    UsageError
        If pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise UsageError(
            "to_frame() needs pandas, which is not installed; install it: pip install 'w2vneg[frames]'"
        ) from None
    index = pandas.Index(vectors.words, name="word")
    return pandas.DataFrame(vectors.matrix, index=index, copy=False)
