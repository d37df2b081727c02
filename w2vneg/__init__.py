"""Fast skip-gram word vectors with a choice of negative samplers.

The names below are imported when they are first used, so that importing the package is instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2vneg.version import __version__

if TYPE_CHECKING:
    from w2vneg.corpus.vocabulary import Vocabulary
    from w2vneg.model import SkipGram
    from w2vneg.vectors.vectors import Vectors, read_vectors

__all__ = ["SkipGram", "Vectors", "Vocabulary", "__version__", "read_vectors"]

_HOMES = {
    "SkipGram": "w2vneg.model",
    "Vectors": "w2vneg.vectors.vectors",
    "Vocabulary": "w2vneg.corpus.vocabulary",
    "read_vectors": "w2vneg.vectors.vectors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'w2vneg' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
