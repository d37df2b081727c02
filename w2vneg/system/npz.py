"""Arrays in one file: .npz archives, written atomically and read without trusting them.

An archive is a zip file of .npy members, each with a CRC-32. NumPy's own reader trusts the headers
and allocates what they announce. Here members must be stored uncompressed, and every announced
size is compared with the size of the file before anything is allocated; nothing is ever unpickled.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any

import numpy as np

from w2vneg.errors import DataError, reason
from w2vneg.system.atomic_files import atomic_write

_PIECE = 1 << 22
_SUFFIX = ".npy"
_MAGIC = b"\x93NUMPY\x01\x00"
_START = struct.Struct("<8sH")
_HEADER = re.compile(
    rb"\{'descr': '([<|][iufb][1248])', 'fortran_order': False, "
    rb"'shape': \(((?:[0-9]{1,18}, )*[0-9]{0,18},?)\), \} *\n"
)


class StoredArray:
    """An array in a file that has not been read yet.

    Attributes
    ----------
    path : str
        Path of the archive.
    shape : tuple of int
    dtype : numpy.dtype
    """

    def __init__(self, path: str, name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.path, self._name = path, name
        self.shape, self.dtype = shape, dtype

    def read_into(self, target: np.ndarray) -> None:
        """Fill a C-contiguous array of the same shape and dtype, checking the CRC.

        Raises
        ------
        ValueError, OSError, zipfile.BadZipFile
            If the file has changed (see `damage_named`); the content of `target` is undefined.
        """
        if target.shape != self.shape or target.dtype != self.dtype:
            raise ValueError(f"{self._name} has another shape or dtype")
        view = target.reshape(-1).data.cast("B") if target.size else memoryview(b"")
        with zipfile.ZipFile(self.path) as zipped, zipped.open(self._name + _SUFFIX) as member:
            _read_header(member)
            while view:
                piece = member.read(min(len(view), _PIECE))
                if not piece:
                    raise ValueError(f"{self._name} is cut off")
                view[: len(piece)] = piece
                view = view[len(piece) :]
            if member.read(1):  # the CRC is compared at the end
                raise ValueError(f"{self._name} is longer than its header says")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = np.empty(self.shape, self.dtype)
        self.read_into(array)
        return array if dtype is None else array.astype(dtype)


def write_archive(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as an .npz archive, whole or not at all (see `atomic_write`)."""
    with atomic_write(path) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def open_archive(path: str | os.PathLike[str]) -> dict[str, StoredArray]:
    """Return the arrays of an archive by name, after reading all of it once to detect damage.

    Raises
    ------
    ValueError, OSError, zipfile.BadZipFile, ...
        If the file is damaged or no archive; see `damage_named`.
    """
    name = os.fspath(path)
    arrays: dict[str, StoredArray] = {}
    with open(name, "rb") as file, zipfile.ZipFile(file) as zipped:
        size = os.fstat(file.fileno()).st_size
        members = zipped.infolist()
        if sum(member.file_size for member in members) > size:
            raise ValueError("it announces more data than the file has")
        for member in members:
            key = member.filename.removesuffix(_SUFFIX)
            if member.compress_type != zipfile.ZIP_STORED or key in arrays:
                raise ValueError(f"{member.filename!r} is compressed or a duplicate")
            with zipped.open(member) as stored:
                shape, dtype = _read_header(stored)
                if math.prod(shape) * dtype.itemsize != member.file_size - stored.tell():
                    raise ValueError(f"{key} does not have the size that its header says")
                while stored.read(_PIECE):
                    pass
            arrays[key] = StoredArray(name, key, shape, dtype)
    return arrays


def _read_header(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    """Read the header of a .npy member (version 1); only plain arrays of numbers are accepted.

    NumPy's own reader parses the header as Python code, of which such arrays need little.
    """
    start = member.read(_START.size)
    magic, length = _START.unpack(start)
    match = _HEADER.fullmatch(member.read(length))
    if magic != _MAGIC or match is None:
        raise ValueError("a member is not a plain array of numbers")
    shape = tuple(int(number) for number in match[2].replace(b" ", b"").split(b",") if number)
    return shape, np.dtype(match[1].decode("ascii"))


@contextlib.contextmanager
def damage_named(path: str | os.PathLike[str], what: str) -> Iterator[None]:
    """Turn any error that a damaged archive causes into one line.

    Parameters
    ----------
    path : str or path
        Path of the archive.
    what : str
        Follows the path in the message; ``{}`` is replaced with the reason.

    Raises
    ------
    DataError
        If the block raised.
    """
    try:
        yield
    except OSError as error:
        # Without a number it does not come from the system: the content was malformed.
        text = f"{reason(error)}; check the path" if error.errno else what.format(reason(error))
        raise DataError(f"{path}: {text}") from None
    except (
        ValueError, KeyError, TypeError, EOFError, MemoryError, OverflowError, IndexError,
        NotImplementedError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        raise DataError(f"{path}: {what.format(reason(error))}") from None
