"""Addresses of files that are not on this machine: ``s3://bucket/file.txt``."""

from __future__ import annotations

import os
import posixpath
import re
from urllib.parse import unquote, urlsplit

#: A protocol or several, as in ``zip://a.txt::s3://bucket/b.zip``. One letter is a drive of Windows.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(::[A-Za-z][A-Za-z0-9+.-]+)*://[^\x00-\x20]+")
_WITH_QUERY = ("http", "https")


def is_address(path: object) -> bool:
    """Return whether a string is the address of a file, with a protocol and without blanks."""
    return isinstance(path, str) and "://" in path and _ADDRESS.fullmatch(path) is not None


def file_name(path: str) -> str:
    """Return the name of a file that its suffix is taken from: of an address, its last part."""
    if not is_address(path):
        return path
    if urlsplit(path).scheme in _WITH_QUERY:
        path = unquote(urlsplit(path).path)
    elif "::" in path:  # what is inside the other is named first
        path = path.split("::")[0]
    return posixpath.basename(path.rstrip("/"))


def is_damaged_address(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is an address that ``pathlib`` has taken a slash from."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/[^/]", os.fspath(path)) is not None
