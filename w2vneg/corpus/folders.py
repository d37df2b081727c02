"""List the files of a folder and everything that is left out of it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

from w2vneg.errors import UsageError, counted, reason

#: A note names this many files; the others are counted.
_NAMED = 3


@dataclass
class FolderContent:
    """What a folder and its subfolders contain, as paths.

    Attributes
    ----------
    folder : str
    files : list of str
        Regular files, links to them included, ordered by path.
    hidden, dangling, repeated, special, partial, exports : list of str
        What is left out: names that begin with a dot; links to nothing; links to folders that are
        read anyway; pipes, sockets and devices; ``NAME.part`` of an unfinished download with
        ``NAME.part.json``; ``NAME.tsv`` with ``NAME.metadata.tsv``.
    """

    folder: str
    files: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    dangling: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    special: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """Return one line for each kind of entry that is left out."""
        kinds = (
            (
                self.dangling,
                "link to a file that does not exist",
                "links to files that do not exist",
            ),
            (
                self.repeated,
                "link to a folder that is read already",
                "links to folders that are read already",
            ),
            (self.special, "pipe, socket or device", "pipes, sockets or devices"),
            (self.partial, "file of an unfinished download", "files of unfinished downloads"),
            (self.exports, "file of vectors for TensorBoard", "files of vectors for TensorBoard"),
            (self.hidden, "hidden name", "hidden names"),
        )
        return [
            f"left out of {self.folder}: {names(paths, one, many)}"
            for paths, one, many in kinds
            if paths
        ]


def names(paths: list[str], one: str, many: str) -> str:
    """Return a phrase that counts files and names the first ones.

    Parameters
    ----------
    paths : list of str
    one, many : str
        What they are, for one file and for several.
    """
    named = ", ".join(paths[:_NAMED])
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{counted(len(paths), one, many)} ({named}{more})"


def list_folder(folder: str) -> FolderContent:
    """List a folder, its subfolders, and the folders that links in it lead to.

    Every folder is read once, under its own name before that of a link, so that links in a circle
    end and no text counts twice.

    Parameters
    ----------
    folder : str
        An existing folder.

    Raises
    ------
    UsageError
        A folder cannot be read.
    """
    content = FolderContent(folder)
    seen: set[tuple[int, int]] = set()
    links = [folder]
    while links:
        link = links.pop(0)
        if _key(link) in seen:
            content.repeated.append(link)
            continue
        new: list[str] = []
        waiting = [link]
        while waiting:
            place = waiting.pop()
            key = _key(place)
            if key in seen:
                continue
            seen.add(key)
            for entry in _entries(place):
                _sort(entry, content, waiting, new)
        links += sorted(new, key=os.fsencode)
    known = set(content.files)
    marks = {f"{path}.json" for path in known if path.endswith(".part")} & known
    named = {p for p in known if p.removesuffix(".tsv") + ".metadata.tsv" in known}
    named |= {p.removesuffix(".tsv") + ".metadata.tsv" for p in named}
    content.exports = sorted(named, key=os.fsencode)
    content.files = [p for p in content.files if p not in named]
    content.partial = [p for p in content.files if p in marks or f"{p}.json" in marks]
    content.files = [p for p in content.files if p not in marks and f"{p}.json" not in marks]
    for paths in (
        content.files,
        content.hidden,
        content.dangling,
        content.special,
        content.partial,
    ):
        paths.sort(key=os.fsencode)
    return content


def _sort(
    entry: os.DirEntry[str], content: FolderContent, folders: list[str], links: list[str]
) -> None:
    """Add an entry of a folder to the list that it belongs to."""
    if entry.name.startswith("."):
        content.hidden.append(entry.path)
        return
    try:
        mode = os.stat(entry.path).st_mode
    except OSError:  # also a link that leads to itself
        content.dangling.append(entry.path)
        return
    if stat.S_ISDIR(mode):
        (links if entry.is_symlink() else folders).append(entry.path)
    else:
        (content.files if stat.S_ISREG(mode) else content.special).append(entry.path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {reason(error)}; check its permissions") from None


def _key(folder: str) -> tuple[int, int]:
    try:
        status = os.stat(folder)
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {reason(error)}; check its permissions") from None
    return status.st_dev, status.st_ino
