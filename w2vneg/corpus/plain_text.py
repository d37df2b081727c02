"""What a small file is that cannot be read as plain UTF-8 text: a vocabulary, a test set."""

from __future__ import annotations

from w2vneg.corpus.decompress import detect_format
from w2vneg.corpus.text_bytes import HEAD_BYTES, other_encoding

_DECOMPRESS = {"gzip": "gunzip -k", "bzip2": "bunzip2 -k", "xz": "unxz -k", "zstd": "unzstd"}


def why_no_plain_text(data: bytes) -> str | None:
    """Return what a file is and what to do with it; None if it may be plain text.

    Parameters
    ----------
    data : bytes
        The file, or its first bytes.
    """
    head = data[:HEAD_BYTES]
    compression = detect_format(head)
    if compression != "plain":
        return f"is a {compression} file; decompress it: {_DECOMPRESS[compression]} FILE"
    encoding = other_encoding(head)
    if encoding:
        return f"looks like {encoding}; convert it: iconv -f {encoding} -t UTF-8 FILE > NEW"
    return None
