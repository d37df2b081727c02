"""Read Parquet and Arrow files with pyarrow, in bounded memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from w2vneg.corpus.remote import RemoteFile
from w2vneg.corpus.sources import CorpusFile
from w2vneg.corpus.tables.batch import BATCH_ROWS, Batch
from w2vneg.errors import DataError, UsageError, W2vnegError, reason
from w2vneg.system.interrupt import StopFlag

_BUFFER_BYTES = 1 << 20


class ArrowReader:
    """The rows of a Parquet or Arrow file.

    Parameters
    ----------
    file : CorpusFile
        A regular file, or one at an address.
    kind : {"parquet", "arrow"}
        Arrow files have the format of files (Feather) or of streams.
    stop : StopFlag
        Ends the wait for a network.

    Attributes
    ----------
    names : list of str

    Raises
    ------
    UsageError
        pyarrow is not installed.
    DataError
        The file is damaged or of another format.
    """

    def __init__(self, file: CorpusFile, kind: str, stop: StopFlag) -> None:
        self._path = path = file.path
        self._source, self._stop = file, stop
        self._size = file.size
        self._share = 0.0
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise UsageError(
                f"reading {path} takes pyarrow; install it: pip install 'w2vneg[tables]'"
            ) from None
        self._file: Any = None
        self._parts: Any = None
        with self.explained(), contextlib.ExitStack() as opened:
            place: Any = path
            if file.format == "remote":
                place = pyarrow.PythonFile(opened.enter_context(RemoteFile(path, stop)), "r")
            if kind == "parquet":
                # Pages are read one after the other, not whole columns of a row group.
                self._file = pyarrow.parquet.ParquetFile(place, buffer_size=_BUFFER_BYTES)
                opened.callback(self._file.close)
                schema = self._file.schema_arrow
            else:
                if place is path:
                    place = opened.enter_context(pyarrow.memory_map(path))
                schema, self._parts = _ipc(pyarrow.ipc, place)
            self.names = list(schema.names)
            self._close = opened.pop_all()

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows of some columns as Arrow arrays."""
        place = 1
        with self.explained():
            for rows in self._row_batches(list(dict.fromkeys(columns))):
                picked = [_plain(rows.column(rows.schema.get_field_index(n))) for n in columns]
                yield Batch(range(place, place + len(rows)), picked)
                place += len(rows)

    def position(self) -> int:
        """Return about how many bytes of the file have been consumed."""
        return int(self._share * self._size)

    def close(self) -> None:
        """Close the file."""
        self._close.close()

    def _row_batches(self, columns: list[str]) -> Iterator[Any]:
        if self._file is not None:
            done, total = 0, max(1, self._file.metadata.num_rows)
            for rows in self._file.iter_batches(BATCH_ROWS, columns=columns):
                done += len(rows)
                self._share = done / total
                yield rows
            return
        for share, rows in self._parts:
            self._share = share
            rows = rows.select(columns)
            for low in range(0, len(rows), BATCH_ROWS):
                part = rows.slice(low, BATCH_ROWS)
                part.validate(full=True)  # the file may be damaged, and is mapped as it is
                yield part

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Raise as one line that names the file what pyarrow raises about it or about its cells.

        Raises
        ------
        DataError
            The file is damaged.
        """
        import pyarrow

        try:
            yield
        except (W2vnegError, MemoryError, GeneratorExit):
            raise
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            self._source.check_unchanged(self._stop)
            raise DataError(f"{self._path} is damaged: {reason(error)}; get it again") from None


def _ipc(ipc: Any, file: Any) -> tuple[Any, Iterator[tuple[float, Any]]]:
    """Return the schema of an Arrow file and its record batches, with the share read so far."""
    magic = file.read(6)
    file.seek(0)
    if magic != b"ARROW1":
        stream = ipc.open_stream(file)
        return stream.schema, ((file.tell() / max(1, file.size()), rows) for rows in stream)
    reader = ipc.open_file(file)
    count = reader.num_record_batches
    return reader.schema, (((i + 1) / count, reader.get_batch(i)) for i in range(count))


def _plain(array: Any) -> Any:
    """Return an array of strings or other values for one of a dictionary or of views."""
    import pyarrow

    if isinstance(array, pyarrow.DictionaryArray):
        array = array.dictionary_decode()
    if str(array.type) == "string_view":
        array = array.cast(pyarrow.string())
    return array
