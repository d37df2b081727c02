"""Words and their vectors, in memory (`Vectors`) and in files.

Each file format is one module in `w2vneg.vectors.formats`. The names below are imported when first
used, because `w2vneg.vectors.formats` serves help texts that must not wait for NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

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

__getattr__ = lazy_names(
    __name__,
    {
        "Vectors": "vectors",
        "file_bytes": "write",
        "format_of": "formats",
        "output_help": "formats",
        "read_vectors": "vectors",
        "write_manifest": "write",
        "write_vectors": "write",
    },
)
