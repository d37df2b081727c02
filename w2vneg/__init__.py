"""Fast skip-gram word vectors with a choice of negative samplers.

The names below are imported when they are first used, so that importing the package is instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2vneg.system.lazy import lazy_names
from w2vneg.version import __version__

if TYPE_CHECKING:
    from w2vneg.comparison.compare import compare
    from w2vneg.corpus.vocabulary import Vocabulary
    from w2vneg.errors import W2vnegError
    from w2vneg.evaluation.score import evaluate
    from w2vneg.graphs.encode import encode
    from w2vneg.graphs.walks import walks
    from w2vneg.model import SkipGram
    from w2vneg.vectors.load import load_vectors
    from w2vneg.vectors.vectors import Vectors

__all__ = [
    "SkipGram",
    "Vectors",
    "Vocabulary",
    "W2vnegError",
    "__version__",
    "compare",
    "encode",
    "evaluate",
    "load_vectors",
    "walks",
]

_lazy = lazy_names(
    __name__,
    {
        "SkipGram": "model",
        "Vectors": "vectors.vectors",
        "Vocabulary": "corpus.vocabulary",
        "W2vnegError": "errors",
        "compare": "comparison.compare",
        "encode": "graphs.encode",
        "evaluate": "evaluation.score",
        "load_vectors": "vectors.load",
        "walks": "graphs.walks",
    },
)


def __getattr__(name: str) -> Any:
    if name == "read_vectors":
        import warnings

        warnings.warn(
            "w2vneg.read_vectors is now load_vectors; the old name goes with the next release",
            DeprecationWarning,
            stacklevel=2,
        )
        name = "load_vectors"
    return _lazy(name)
