"""Temporary files of word numbers: what the tokenizing threads leave for the encoding ones."""

from __future__ import annotations

import os
import tempfile
import threading
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2vneg.system.atomic_files import write_all


class Spool:
    """A nameless temporary file of int32 word numbers.

    One thread appends; any thread may read what has been written.

    Parameters
    ----------
    folder : Path
        Folder of the file.
    """

    def __init__(self, folder: Path) -> None:
        self._file: FileIO = tempfile.TemporaryFile(dir=folder, buffering=0)
        self._size = 0
        self._lock = threading.Lock()

    def append(self, numbers: NDArray[np.int32]) -> int:
        """Write an int32 array; return the byte at which it begins."""
        begin = self._size
        write_all(self._file, numbers.data)
        self._size += numbers.nbytes
        return begin

    def read(self, begin: int, numbers: NDArray[np.int32]) -> None:
        """Fill an int32 array with what was written at byte `begin`."""
        view = numbers.data.cast("B")
        while view:
            if hasattr(os, "preadv"):
                count = os.preadv(self._file.fileno(), [view], begin)
            else:
                with self._lock:
                    self._file.seek(begin)
                    count = self._file.readinto(view) or 0
            if not count:
                raise OSError("temporary file is shorter than what was written")
            view = view[count:]
            begin += count

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
