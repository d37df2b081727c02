"""Fast skip-gram word vectors with a choice of negative samplers.

The names below are imported when they are first used, so that importing the package is instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2vneg.version import __version__

if TYPE_CHECKING:
    from w2vneg.skipgram import SkipGram
    from w2vneg.vectors import Vectors, read_vectors
    from w2vneg.vocabulary import Vocabulary

__all__ = ["SkipGram", "Vectors", "Vocabulary", "__version__", "read_vectors"]

_HOMES = {
    "SkipGram": "w2vneg.skipgram",
    "Vectors": "w2vneg.vectors",
    "Vocabulary": "w2vneg.vocabulary",
    "read_vectors": "w2vneg.vectors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'w2vneg' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
