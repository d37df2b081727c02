"""Makes the n-th file operation below a folder fail, or every one from the n-th on.

Counted are opening, reading, writing, flushing to the disk, closing, renaming and changing modes.
A test runs an action for n = 1, 2, ... until a whole run meets fewer operations than n: then every
operation has failed once.
"""

import builtins
import contextlib
import errno
import io
import os
import threading
from pathlib import Path

from helpers.commands import INJECTED


class Faults:
    """Counts operations on the files of a folder and raises at the chosen one.

    Parameters
    ----------
    folder : Path
    at : int
        Which operation fails; 0: none.
    lasting : bool
        Whether all later ones fail as well, as on a disk that stays full.
    kinds : tuple of str
        Which operations are counted.
    short : bool
        Let each write take only a part of what it is given, as the system may.
    """

    def __init__(self, folder, at=0, lasting=False, kinds=("write",), short=False):
        self.folder, self.at, self.lasting, self.short = str(folder), at, lasting, short
        self.kinds = kinds
        self.count = 0
        self.lock = threading.Lock()

    def tick(self, kind):
        if kind not in self.kinds:
            return
        with self.lock:
            self.count += 1
            hit = self.at and (self.count == self.at or (self.lasting and self.count > self.at))
        if hit:
            INJECTED["file operations that failed"] += 1
            code = errno.EIO if kind == "read" else errno.ENOSPC
            raise OSError(code, os.strerror(code))

    def watches(self, path):
        try:
            return os.path.abspath(os.fspath(path)).startswith(self.folder)
        except (TypeError, ValueError):
            return False


class _Raw(io.FileIO):
    """The lowest layer of a file, which asks `faults` before each operation."""

    faults: Faults

    def write(self, data):
        self.faults.tick("write")
        if self.faults.short and len(data) > 1:
            data = memoryview(data)[: len(data) // 2]
        return super().write(data)

    def readinto(self, buffer):
        self.faults.tick("read")
        return super().readinto(buffer)

    def readall(self):
        self.faults.tick("read")
        return super().readall()

    def read(self, size=-1):
        self.faults.tick("read")
        return super().read(size)

    def close(self):
        was_open, writes = not self.closed, not self.closed and self.writable()
        super().close()
        if was_open and writes:
            self.faults.tick("write")


@contextlib.contextmanager
def injected(faults):
    """Let file operations below the folder go through `faults`."""
    plain_open = builtins.open

    def opened(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None,
               closefd=True, opener=None):  # fmt: skip
        if isinstance(file, int) or not faults.watches(file) or "/kernels/" in str(file):
            return plain_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        writes = any(letter in mode for letter in "wxa+")
        faults.tick("write" if writes else "read")
        raw = _Raw(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        raw.faults = faults
        if buffering == 0:
            return raw
        size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
        if "+" in mode:
            buffered = io.BufferedRandom(raw, size)
        else:
            buffered = (io.BufferedWriter if writes else io.BufferedReader)(raw, size)
        if "b" in mode:
            return buffered
        return io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline)

    def asked(function, kind, watched=lambda *_: True):
        def call(*arguments, **options):
            if watched(*arguments):
                faults.tick(kind)
            return function(*arguments, **options)

        return call

    def first(path, *_):
        return not isinstance(path, int) and faults.watches(path)

    replaced = [
        (builtins, "open", opened),
        (io, "open", opened),
        (os, "fsync", asked(os.fsync, "write")),
        (os, "replace", asked(os.replace, "write", first)),
        (os, "rename", asked(os.rename, "write", first)),
        (os, "chmod", asked(os.chmod, "write", first)),
        (os, "preadv", asked(os.preadv, "read")),
    ]
    before = [(place, name, getattr(place, name)) for place, name, _ in replaced]
    for place, name, function in replaced:
        setattr(place, name, function)
    try:
        yield faults
    finally:
        for place, name, function in before:
            setattr(place, name, function)


def every(folder, kinds, action, check, lasting):
    """Run `action` with each operation failing in turn, `check` what came; return how many failed.

    Parameters
    ----------
    folder : Path
        Of the files that are watched.
    kinds : tuple of str
        ``"write"`` and ``"read"``.
    action : callable
        Prepares and runs; what it returns goes to `check`.
    check : callable
        Called with the outcome and whether a fault fired.
    lasting : bool
        See `Faults`.
    """
    at = 1
    while at < 2000:
        faults = Faults(Path(folder), at, lasting, kinds)
        outcome = action(faults)
        fired = faults.count >= at
        check(outcome, fired)
        if not fired:
            return at - 1
        at += 1
    raise AssertionError("the action never ends without a fault")
