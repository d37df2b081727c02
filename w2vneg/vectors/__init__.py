"""Words and their vectors, in memory (`Vectors`) and in files.

Each file format is one module in `w2vneg.vectors.formats`. The names below are imported when first
used, because `w2vneg.vectors.formats` serves help texts that must not wait for NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.vectors.formats import format_of, output_help
    from w2vneg.vectors.load import load_vectors, read_vectors
    from w2vneg.vectors.vectors import Vectors
    from w2vneg.vectors.write import file_bytes, write_manifest, write_vectors

__all__ = [
    "Vectors",
    "file_bytes",
    "format_of",
    "load_vectors",
    "output_help",
    "read_vectors",
    "write_manifest",
    "write_vectors",
]

__getattr__ = lazy_names(
    __name__,
    {
        "Vectors": "vectors",
        "file_bytes": "write",
        "format_of": "formats",
        "load_vectors": "load",
        "output_help": "formats",
        "read_vectors": "load",
        "write_manifest": "write",
        "write_vectors": "write",
    },
)
