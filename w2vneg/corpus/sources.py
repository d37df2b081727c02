"""Corpus paths to files: what is read, in which order, and whether it is text at all.

A corpus is any number of files, folders and streams. Of a folder all regular files are read,
sub-folders included, in the order of their paths; names that start with a dot are left out.
Compressed files are recognised by their first bytes.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from w2vneg.errors import DataError, UsageError

#: Bytes of a file that are looked at to tell what it is.
HEAD_BYTES = 4096

BOM = b"\xef\xbb\xbf"

_SUFFIXES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
_BLANKS = b"\t\n\v\f\r"
_CONTROLS = bytes(c for c in range(32) if c not in _BLANKS)


@dataclass(frozen=True)
class Source:
    """One file or stream of a corpus.

    Attributes
    ----------
    path : str
        What to open; ``"-"`` is stdin.
    format : str
        ``"plain"``, ``"gzip"``, ``"bzip2"``, ``"xz"``, ``"zstd"``, or ``"stream"`` for what can be
        read only once and tells its format only then.
    size : int
        Bytes on disk; 0 for a stream.
    identity : tuple of int
        Size, modification and change time in ns, inode and device: changes with the content.
    """

    path: str
    format: str
    size: int = 0
    identity: tuple[int, ...] = ()

    @property
    def shown(self) -> str:
        """The name for messages."""
        return "stdin" if self.path == "-" else self.path

    @property
    def is_plain(self) -> bool:
        """Whether any part of the file can be read on its own."""
        return self.format == "plain"

    @property
    def is_stream(self) -> bool:
        """Whether it can be read only once."""
        return self.format == "stream"


def find_sources(paths: Sequence[str | os.PathLike[str]]) -> list[Source]:
    """Return what a corpus consists of, in reading order.

    Parameters
    ----------
    paths : sequence of str or path
        Files, folders, named pipes, or ``"-"`` for stdin.

    Raises
    ------
    UsageError
        A path does not exist or cannot be read, or there is none.
    DataError
        A folder without files, a binary file, UTF-16, a damaged compressed file.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    if not paths:
        raise UsageError("no corpus given; name a text file, a folder, or - for stdin")
    sources: list[Source] = []
    for path in paths:
        name = os.fspath(path)
        if name == "-":
            if any(source.path == "-" for source in sources):
                raise UsageError("stdin (-) is given twice but can be read only once")
            sources.append(Source("-", "stream"))
        elif os.path.isdir(name):
            sources.extend(_folder_sources(name))
        else:
            sources.append(_file_source(name))
    return sources


def identity(status: os.stat_result) -> tuple[int, ...]:
    """Return what changes whenever a file's content does."""
    return (
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns if os.name == "posix" else 0,
        status.st_ino,
        status.st_dev,
    )


def check_unchanged(source: Source) -> None:
    """Raise `DataError` if a file is no longer what it was when it was found."""
    if not source.identity:
        return
    try:
        same = identity(os.stat(source.path)) == source.identity
    except OSError:
        same = False
    if not same:
        raise changed(source.path)


def changed(path: str) -> DataError:
    """Return the error for a file that was written to while it was read."""
    return DataError(f"{path} changed while reading; try again when it is complete")


def detect_format(head: bytes) -> str:
    """Return the compression that the first bytes of a file show, or ``"plain"``."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    # "BZh9" could begin a text; the mark of the first block could not.
    if head.startswith(b"BZh") and head[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "zstd"
    if len(head) >= 8 and 0x50 <= head[0] <= 0x5F and head[1:4] == b"\x2a\x4d\x18":
        return "zstd"  # skippable frame
    return "plain"


def check_text(head: bytes, path: str) -> None:
    """Raise `DataError` if the first bytes of a text show that it is none.

    A few control bytes are no reason: they separate tokens and are counted.
    """
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    nuls = head[:1024].count(0)
    if not utf16 and nuls >= 4 and 8 * nuls >= len(head[:1024]):
        even = head[:1024:2].count(0)
        utf16 = 10 * max(even, nuls - even) >= 9 * nuls
    if utf16:
        raise DataError(f"{path} looks like UTF-16; convert it with: iconv -f UTF-16 -t UTF-8 FILE")
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls >= 8 and 20 * controls > len(head):
        raise DataError(f"{path} is a binary file, not text; give UTF-8 text, one sentence a line")


def holds_file(paths: Sequence[str | os.PathLike[str]], file: str | os.PathLike[str]) -> bool:
    """Return whether a file, under whatever name, is one of those that a corpus consists of."""
    try:
        wanted = os.stat(file)
        if not stat.S_ISREG(wanted.st_mode):
            return False  # a device or pipe may be both ends
    except (OSError, ValueError):
        return False
    for path in paths:
        for name in _folder_files(os.fspath(path)) if os.path.isdir(path) else [path]:
            with contextlib.suppress(OSError, ValueError):
                if os.path.samestat(os.stat(name), wanted):
                    return True
    return False


def _folder_sources(folder: str) -> list[Source]:
    found = _folder_files(folder)
    if not found:
        raise DataError(f"no text files in folder {folder}")
    return [_file_source(path) for path in sorted(found, key=os.fsencode)]


def _folder_files(folder: str) -> list[str]:
    found: list[str] = []

    def refuse(error: OSError) -> None:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}")

    for place, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = os.path.join(place, name)
            if not name.startswith(".") and os.path.isfile(path):
                found.append(path)
    return found


def _file_source(path: str) -> Source:
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            return Source(path, "stream")
        with open(path, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise UsageError(f"no such file: {path}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', error)}") from None
    kind = detect_format(head)
    expected = _SUFFIXES.get(os.path.splitext(path)[1].lower())
    if expected and kind == "plain":
        raise DataError(f"{path} is named like a {expected} file but does not begin like one")
    if kind == "plain":
        check_text(head, path)
    return Source(path, kind, status.st_size, identity(status))
