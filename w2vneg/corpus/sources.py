"""Find the files and streams that a corpus consists of.

A corpus is any number of files, folders and streams. A folder stands for all regular files in it
and in its subfolders, linked ones included, ordered by path; hidden names, dangling links and what
w2vneg itself wrote are left out. What a file is, its first bytes tell.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from w2vneg.corpus.addresses import is_address, is_damaged_address
from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES, detect_format
from w2vneg.corpus.file_identity import Identity, changed, check_unchanged, identity
from w2vneg.corpus.file_kinds import NotText, check_head
from w2vneg.corpus.folders import list_folder, names
from w2vneg.corpus.streams import ByteStream, CorpusStream
from w2vneg.corpus.text_bytes import HEAD_BYTES
from w2vneg.errors import DataError, UsageError, W2vnegError, reason
from w2vneg.system.interrupt import StopFlag

#: Ends the name of the words of a NumPy array (see docs/formats.md).
_WORDS_OF_ARRAY = ".words.txt"


@dataclass(frozen=True)
class CorpusFile:
    """One file or stream of a corpus.

    Attributes
    ----------
    path : str
        What to open; ``"-"`` is stdin. It may be an address (`w2vneg.corpus.addresses`).
    format : str
        ``"plain"``, ``"gzip"``, ``"bzip2"``, ``"xz"`` or ``"zstd"``; ``"stream"`` for what can be
        read only once, so that its format is unknown until then; ``"remote"`` for a file at an
        address, of which the same is true; ``"sentences"`` for sentences from Python.
    size : int
        Bytes on disk; 0 for a stream.
    identity : tuple of int
        See `w2vneg.corpus.file_identity.identity`; empty for a stream, and for a file at an address
        of which nothing tells whether it has changed.
    begin, end : int
        The bytes of a plain file that are read: by default, all.
    """

    path: str
    format: str
    size: int = 0
    identity: Identity = ()
    begin: int = 0
    end: int | None = None

    @property
    def stop(self) -> int:
        """Where reading stops: `end`, or the end of the file."""
        return self.size if self.end is None else self.end

    @property
    def length(self) -> int:
        """Bytes that are read."""
        return self.stop - self.begin

    @property
    def display_name(self) -> str:
        """The name for messages."""
        return "stdin" if self.path == "-" else self.path

    @property
    def is_plain(self) -> bool:
        """Whether any part of the file can be read on its own."""
        return self.format == "plain"

    @property
    def is_text(self) -> bool:
        """Whether it is text that programs wrote, and not words from Python."""
        return True

    @property
    def is_raw(self) -> bool:
        """Whether the text is what the file holds, so that its bytes tell whether it is text."""
        return not self.is_of_caller

    @property
    def text_name(self) -> str:
        """The text that offsets are counted in, for messages: empty for that of the file."""
        known = self.format not in ("plain", "stream", "remote")
        return " of the unpacked text" if known else ""

    @property
    def notes(self) -> list[str]:
        """What the user should know, once it has been read."""
        return []

    @property
    def is_of_caller(self) -> bool:
        """Whether reading it runs code of the caller, which belongs in the caller's thread."""
        return False

    @property
    def is_stream(self) -> bool:
        """Whether it is a pipe, which can be read only once."""
        return self.format == "stream"

    @property
    def has_size(self) -> bool:
        """Whether the amount of work is known beforehand."""
        return bool(self.identity) or self.size > 0

    @property
    def location(self) -> str:
        """The one name of the file, whatever link or folder it was reached from."""
        return self.path if self.format == "remote" else os.path.realpath(self.path)

    def open(self, stop: StopFlag) -> ByteStream:
        """Open it as a stream of decompressed bytes; `stop` ends the wait for a pipe."""
        return CorpusStream(self.path, self.format, self.identity, stop)

    def check_unchanged(self, stop: StopFlag) -> None:
        """Raise `DataError` if the file differs from what it was when the corpus was listed."""
        if self.format != "remote":
            check_unchanged(self.path, self.identity)
        elif self.identity:
            from w2vneg.corpus.remote import inspect

            if inspect(self.path, stop)[1] != self.identity:
                raise changed(self.path)


@dataclass(frozen=True)
class ConvertedFile(CorpusFile):
    """A file whose text is made from what it holds, in order: of a table, or by a tokenizer."""

    @property
    def is_plain(self) -> bool:
        """Whether any part of the file can be read on its own."""
        return False

    @property
    def is_text(self) -> bool:
        """Whether it is text that programs wrote: byte order marks are removed before."""
        return False

    @property
    def is_raw(self) -> bool:
        """Whether the text is what the file holds, so that its bytes tell whether it is text."""
        return False


def find_sources(paths: Sequence[str | os.PathLike[str]]) -> list[CorpusFile]:
    """Return what a corpus consists of, in reading order (see `list_sources`)."""
    return list_sources(paths)[0]


def list_sources(
    paths: Sequence[str | os.PathLike[str]], stop: StopFlag | None = None
) -> tuple[list[CorpusFile], list[str]]:
    """Return what a corpus consists of, in reading order, and notes on what is left out.

    Parameters
    ----------
    paths : sequence of str or path
        Files, folders, named pipes, addresses of files, or ``"-"`` for stdin.
    stop : StopFlag, optional
        Ends the wait for a network.

    Returns
    -------
    sources : list of CorpusFile
    notes : list of str
        One line for each folder and each kind of entry that is not read.

    Raises
    ------
    UsageError
        A path does not exist or cannot be read, or no path is given.
    DataError
        A folder without text files; a file that is not text.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    if not paths:
        raise UsageError("no corpus given; name a text file, a folder, or - for stdin")
    sources: list[CorpusFile] = []
    notes: list[str] = []
    for path in paths:
        name = os.fspath(path)
        if name == "-":
            if any(source.path == "-" for source in sources):
                raise UsageError("stdin (-) is given twice but can be read only once")
            sources.append(CorpusFile("-", "stream"))
        elif is_address(name):
            sources.append(remote_source(name, stop or StopFlag()))
        elif os.path.isdir(name):
            found, left_out = _folder_sources(name)
            sources += found
            notes += left_out
        else:
            sources.append(_file_source(name))
    return sources, notes


def remote_source(address: str, stop: StopFlag) -> CorpusFile:
    """Return a file at an address.

    Raises
    ------
    UsageError, DataError
        As `w2vneg.corpus.remote.inspect`.
    """
    from w2vneg.corpus.remote import inspect

    size, known = inspect(address, stop)
    return CorpusFile(address, "remote", size, known)


def corpus_name(sources: Sequence[CorpusFile]) -> str:
    """Return the name of a corpus for messages."""
    name = sources[0].display_name
    return name if len(sources) == 1 else f"{name} and {len(sources) - 1} more"


def holds_file(paths: Sequence[str | os.PathLike[str]], file: str | os.PathLike[str]) -> bool:
    """Return whether a file, under whatever name, is one of those that a corpus consists of.

    A file in a folder that is left out, such as vectors of an earlier run, is not.
    """
    try:
        wanted = os.stat(file)
        if not stat.S_ISREG(wanted.st_mode):
            return False  # a device or pipe may be both input and output
    except (OSError, ValueError):
        return False
    for path in paths:
        if not os.path.isdir(path):
            if _is_same(path, wanted):
                return True
            continue
        for name in list_folder(os.fspath(path)).files:
            if _is_same(name, wanted) and not _is_output(name):
                return True
    return False


def _is_same(path: str | os.PathLike[str], wanted: os.stat_result) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return os.path.samestat(os.stat(path), wanted)
    return False


def _is_output(path: str) -> bool:
    """Return whether a file is one that w2vneg writes."""
    try:
        _file_source(path)
    except NotText as error:
        return error.kind.is_output
    except W2vnegError:
        pass
    return False


#: What is left out of a folder.
_OUTPUT = "{} of word vectors or other output of w2vneg"


def _folder_sources(folder: str) -> tuple[list[CorpusFile], list[str]]:
    content = list_folder(folder)
    sources = []
    outputs = []
    files = set(content.files)
    for path in content.files:
        stem = path.removesuffix(_WORDS_OF_ARRAY)
        if stem != path and {f"{stem}.npy", f"{stem}.npy.gz"} & files:
            outputs.append(path)
            continue
        try:
            sources.append(_file_source(path))
        except NotText as error:
            if not error.kind.is_output:
                raise
            outputs.append(path)
    notes = content.notes()
    if outputs:
        found = names(outputs, _OUTPUT.format("file"), _OUTPUT.format("files"))
        notes.insert(0, f"left out of {folder}: {found}")
    if not sources:
        raise DataError(
            "; ".join([f"no text files in folder {folder}, give one with text", *notes])
        )
    return sources, notes


def _file_source(path: str) -> CorpusFile:
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            return CorpusFile(path, "stream")
        with open(path, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        remedy = "check the path"
        if is_damaged_address(path):
            remedy = "give an address as a string, with both slashes after the colon"
        raise UsageError(f"no such file: {path}; {remedy}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {reason(error)}; check its permissions") from None
    kind = detect_format(head)
    expected = COMPRESSED_SUFFIXES.get(os.path.splitext(path)[1].lower())
    if expected and kind == "plain":
        raise misnamed(path, expected, "text")
    source = CorpusFile(path, kind, status.st_size, identity(status))
    check_head(head if kind == "plain" else _unpacked_head(source), path, kind)
    return source


def misnamed(path: str, compression: str, content: str) -> DataError:
    """Return the error for a file whose suffix is that of a compression that it does not have.

    Parameters
    ----------
    path : str
    compression : str
        As the suffix says.
    content : str
        What the file may be instead, such as ``"text"``.
    """
    return DataError(
        f"{path} is named like a {compression} file but does not begin like one; if it is {content}, "
        "rename it, otherwise get it again"
    )


def _unpacked_head(source: CorpusFile) -> bytes:
    """Return the first bytes of the text of a compressed file; none if it is damaged.

    Damage is reported when the file is read.
    """
    with contextlib.suppress(W2vnegError, MemoryError):
        stream = source.open(StopFlag())
        try:
            return stream.read(HEAD_BYTES)
        finally:
            stream.close()
    return b""
