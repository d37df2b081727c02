"""Words and their vectors, in memory (`Vectors`) and in files.

Each file format is one module in `w2vneg.vectors.formats`. The names below are imported when first
used, because `w2vneg.vectors.formats` serves help texts that must not wait for NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2vneg.vectors.formats import format_of, output_help
    from w2vneg.vectors.vectors import Vectors, read_vectors
    from w2vneg.vectors.write import file_bytes, write_manifest, write_vectors

__all__ = [
    "Vectors",
    "file_bytes",
    "format_of",
    "output_help",
    "read_vectors",
    "write_manifest",
    "write_vectors",
]

_HOMES = {
    "Vectors": "w2vneg.vectors.vectors",
    "file_bytes": "w2vneg.vectors.write",
    "format_of": "w2vneg.vectors.formats",
    "output_help": "w2vneg.vectors.formats",
    "read_vectors": "w2vneg.vectors.vectors",
    "write_manifest": "w2vneg.vectors.write",
    "write_vectors": "w2vneg.vectors.write",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
