"""Find the files and streams that a corpus consists of.

A corpus is any number of files, folders and streams. A folder stands for all regular files in it
and in its subfolders, ordered by path; names that start with a dot are skipped. Compressed files
are recognized by their first bytes.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES, detect_format
from w2vneg.corpus.file_identity import Identity, identity
from w2vneg.corpus.streams import ByteStream, CorpusStream
from w2vneg.corpus.text_bytes import HEAD_BYTES, check_text
from w2vneg.errors import DataError, UsageError, reason
from w2vneg.system.interrupt import StopFlag


@dataclass(frozen=True)
class CorpusFile:
    """One file or stream of a corpus.

    Attributes
    ----------
    path : str
        What to open; ``"-"`` is stdin.
    format : str
        ``"plain"``, ``"gzip"``, ``"bzip2"``, ``"xz"`` or ``"zstd"``; ``"stream"`` for what can be
        read only once, so that its format is unknown until then; ``"sentences"`` for sentences
        from Python.
    size : int
        Bytes on disk; 0 for a stream.
    identity : tuple of int
        See `w2vneg.corpus.file_identity.identity`; empty for a stream.
    """

    path: str
    format: str
    size: int = 0
    identity: Identity = ()

    @property
    def display_name(self) -> str:
        """The name for messages."""
        return "stdin" if self.path == "-" else self.path

    @property
    def is_plain(self) -> bool:
        """Whether any part of the file can be read on its own."""
        return self.format == "plain"

    @property
    def is_stream(self) -> bool:
        """Whether it is a pipe, which can be read only once."""
        return self.format == "stream"

    @property
    def has_size(self) -> bool:
        """Whether the amount of work is known beforehand."""
        return bool(self.identity)

    def open(self, stop: StopFlag) -> ByteStream:
        """Open it as a stream of decompressed bytes; `stop` ends the wait for a pipe."""
        return CorpusStream(self.path, self.format, self.identity, stop)


def find_sources(paths: Sequence[str | os.PathLike[str]]) -> list[CorpusFile]:
    """Return what a corpus consists of, in reading order.

    Parameters
    ----------
    paths : sequence of str or path
        Files, folders, named pipes, or ``"-"`` for stdin.

    Raises
    ------
    UsageError
        A path does not exist or cannot be read, or no path is given.
    DataError
        A folder without files, a binary file, UTF-16, a damaged compressed file.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    if not paths:
        raise UsageError("no corpus given; name a text file, a folder, or - for stdin")
    sources: list[CorpusFile] = []
    for path in paths:
        name = os.fspath(path)
        if name == "-":
            if any(source.path == "-" for source in sources):
                raise UsageError("stdin (-) is given twice but can be read only once")
            sources.append(CorpusFile("-", "stream"))
        elif os.path.isdir(name):
            sources.extend(_folder_sources(name))
        else:
            sources.append(_file_source(name))
    return sources


def corpus_name(sources: Sequence[CorpusFile]) -> str:
    """Return the name of a corpus for messages."""
    name = sources[0].display_name
    return name if len(sources) == 1 else f"{name} and {len(sources) - 1} more"


def holds_file(paths: Sequence[str | os.PathLike[str]], file: str | os.PathLike[str]) -> bool:
    """Return whether a file, under whatever name, is one of those that a corpus consists of."""
    try:
        wanted = os.stat(file)
        if not stat.S_ISREG(wanted.st_mode):
            return False  # a device or pipe may be both input and output
    except (OSError, ValueError):
        return False
    for path in paths:
        for name in _folder_files(os.fspath(path)) if os.path.isdir(path) else [path]:
            with contextlib.suppress(OSError, ValueError):
                if os.path.samestat(os.stat(name), wanted):
                    return True
    return False


def _folder_sources(folder: str) -> list[CorpusFile]:
    files = _folder_files(folder)
    if not files:
        raise DataError(f"no text files in folder {folder}")
    return [_file_source(path) for path in sorted(files, key=os.fsencode)]


def _folder_files(folder: str) -> list[str]:
    paths: list[str] = []

    def refuse(error: OSError) -> None:
        raise UsageError(f"cannot read {error.filename}: {reason(error)}")

    for parent, subfolders, files in os.walk(folder, onerror=refuse):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for name in files:
            path = os.path.join(parent, name)
            if not name.startswith(".") and os.path.isfile(path):
                paths.append(path)
    return paths


def _file_source(path: str) -> CorpusFile:
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            return CorpusFile(path, "stream")
        with open(path, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise UsageError(f"no such file: {path}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {reason(error)}") from None
    kind = detect_format(head)
    expected = COMPRESSED_SUFFIXES.get(os.path.splitext(path)[1].lower())
    if expected and kind == "plain":
        raise DataError(f"{path} is named like a {expected} file but does not begin like one")
    if kind == "plain":
        check_text(head, path)
    return CorpusFile(path, kind, status.st_size, identity(status))
