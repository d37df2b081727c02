"""What a small file is that cannot be read as plain UTF-8 text: a vocabulary, a test set."""

from __future__ import annotations

from w2vneg.corpus.decompress import detect_format
from w2vneg.corpus.text_bytes import HEAD_BYTES, other_encoding, wide_part

_PROGRAMS = {"gzip": "gunzip", "bzip2": "bunzip2", "xz": "unxz", "zstd": "unzstd"}


def decompress_command(compression: str) -> str:
    """Return the command that decompresses a file, whatever its name.

    Parameters
    ----------
    compression : str
        As `w2vneg.corpus.decompress.detect_format` returns it.
    """
    return f"{_PROGRAMS[compression]} < FILE > NEW"


def why_no_plain_text(data: bytes) -> str | None:
    """Return what a file is and what to do with it; None if it may be plain text.

    Parameters
    ----------
    data : bytes
        The whole file.
    """
    head = data[:HEAD_BYTES]
    compression = detect_format(head)
    if compression != "plain":
        return f"is a {compression} file; decompress it: {decompress_command(compression)}"
    part = wide_part(data)
    if part is not None:
        return (
            f"is UTF-8 up to byte {part.start}, where it begins to look like {part.encoding}; "
            f"{part.remedy()}"
        )
    encoding = other_encoding(head)
    if encoding:
        return f"looks like {encoding}; convert it: iconv -f {encoding} -t UTF-8 FILE > NEW"
    return None
