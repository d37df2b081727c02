"""Fast skip-gram word vectors with a choice of negative samplers.

The names below are imported when they are first used, so that importing the package is instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names
from w2vneg.version import __version__

if TYPE_CHECKING:
    from w2vneg.corpus.vocabulary import Vocabulary
    from w2vneg.graphs.walks import walks
    from w2vneg.model import SkipGram
    from w2vneg.vectors.vectors import Vectors, read_vectors

__all__ = ["SkipGram", "Vectors", "Vocabulary", "__version__", "read_vectors", "walks"]

__getattr__ = lazy_names(
    __name__,
    {
        "SkipGram": "model",
        "Vectors": "vectors.vectors",
        "Vocabulary": "corpus.vocabulary",
        "read_vectors": "vectors.vectors",
        "walks": "graphs.walks",
    },
)
