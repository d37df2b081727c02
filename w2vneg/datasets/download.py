"""Downloads that resume, verify what they got, and never hang.

Data goes to ``NAME.part``, and the address and the server's version of the file (ETag or
Last-Modified) to ``NAME.part.json``, so that a later call resumes only the same file. The download
gets its final name only when it is complete and its size and checksum are right.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import urllib.error
import urllib.parse
from pathlib import Path
from typing import BinaryIO

from w2vneg.datasets.connection import DROPPED, Connection
from w2vneg.errors import DataError, Interrupted, OutputError, UsageError, reason
from w2vneg.system.atomic_files import write_all
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.locks import try_lock
from w2vneg.system.progress import Progress

_TRIES = 4
_MAX_TRIES = 1000  # for servers that drop each connection after a little progress
_MAX_PAUSE_S = 30.0
_TEMPORARY = (408, 429)  # and every 5xx


def fetch(
    address: str,
    target: str | os.PathLike[str],
    *,
    size: int | None = None,
    sha256: str | None = None,
    timeout: float = 30.0,
    pause: float = 1.0,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> Path:
    """Download a file, resuming where an earlier call was interrupted.

    Parameters
    ----------
    address : str
        http or https.
    target : str or path
        Path of the file. If it exists with the right size and checksum, nothing is downloaded.
    size : int, optional
        Expected size in bytes.
    sha256 : str, optional
        Expected checksum in hexadecimal.
    timeout : float
        Seconds of silence after which a connection counts as dropped.
    pause : float
        Seconds before the second try; doubles each time. It gives up after four tries in a row
        without progress.
    progress, stop
        Progress reporter and stop flag. If stopped, the next call resumes.

    Returns
    -------
    Path
        `target`.

    Raises
    ------
    UsageError, DataError, OutputError
        An invalid address; no answer, an error or a wrong checksum; a full disk.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    check_address(address)
    target = Path(target)
    if _is_there(target, size, sha256, stop):
        return target
    part = Path(f"{target}.part")
    try:
        file = open(part, "ab", buffering=0)
    except OSError as error:
        raise OutputError(f"cannot write {part}: {reason(error)}; choose another folder") from None
    with file:
        if try_lock(file.fileno()) is False:
            raise OutputError(f"{target} is being downloaded by another process; wait for it")
        if _is_there(target, size, sha256, stop):
            part.unlink(missing_ok=True)
            return target
        load = _Load(address, part, file, size, timeout, progress, stop)
        try:
            _download(load, pause)
        finally:
            progress.finish()
        fault = _fault(part, size, sha256, stop)
        if fault is not None:
            part.unlink()
            load.mark.unlink(missing_ok=True)
            raise DataError(
                f"{address}: {fault}; the download was deleted: check the address or try again"
            )
        os.fsync(file.fileno())
    os.replace(part, target)
    load.mark.unlink(missing_ok=True)
    return target


def check_address(address: str) -> None:
    """Raise `UsageError` unless the address is a valid http or https address."""
    try:
        parts = urllib.parse.urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and address.isascii()
        good = good and address.isprintable() and " " not in address and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"address {address!r} must be like http://HOST/FILE or https://HOST/FILE")


class _Load:
    """A download into an open part file.

    Attributes
    ----------
    have : int
        Bytes in the part file.
    """

    def __init__(
        self,
        address: str,
        part: Path,
        file: BinaryIO,
        size: int | None,
        timeout: float,
        progress: Progress,
        stop: StopFlag,
    ) -> None:
        self.address, self.part, self.file, self.size = address, part, file, size
        self.timeout, self.progress, self.stop = timeout, progress, stop
        self.mark = Path(f"{part}.json")
        self.have = file.seek(0, os.SEEK_END)

    def run(self) -> None:
        """Download the rest of the file; raises one of `DROPPED` if the connection fails."""
        version = self._read_mark() if self.have else None
        headers = {}
        if version is not None:
            headers = {"Range": f"bytes={self.have}-", "If-Range": version}
        with Connection(self.address, headers, self.timeout, self.check) as connection:
            try:
                reply = connection.open()
            except urllib.error.HTTPError as error:
                if error.code == 416 and version is not None:
                    # No bytes follow the part: it is complete, or not a part of this file.
                    if error.headers.get("Content-Range") == f"bytes */{self.have}":
                        return
                    self._start_over()
                    raise ConnectionError("the server refuses to resume") from None
                raise
            if reply.status != 206:
                self._start_over()
            elif reply.first_byte != self.have:
                self._start_over()
                raise ConnectionError("the server sent a different part than requested")
            total = None if reply.length is None else self.have + reply.length
            self._check_total(total)
            self._write_mark(reply.version)
            self._receive(connection, total)

    def _receive(self, connection: Connection, total: int | None) -> None:
        begin = self.have
        phase = "downloading the rest" if begin else "downloading"
        self.progress.start(phase, None if total is None else total - begin, "bytes")
        for block in connection:
            try:
                write_all(self.file, block)
            except OSError as error:
                raise self._unwritable(error) from None
            self.have += len(block)
            self.progress.update(self.have - begin)
        if total is not None and self.have < total:
            raise ConnectionError(f"the connection dropped at byte {self.have:,} of {total:,}")

    def check(self) -> None:
        """Raise `Interrupted`, saying where the next call resumes, if the stop flag is set."""
        if self.stop.is_set:
            try:
                self.stop.check()
            except Interrupted as error:
                raise Interrupted(
                    f"stopped while downloading; run the command again to resume at byte {self.have:,}",
                    error.exit_code - 128,
                ) from None

    def _check_total(self, total: int | None) -> None:
        if total is None:
            return
        if self.size is not None and total != self.size:
            raise DataError(
                f"{self.address}: {total:,} bytes instead of {self.size:,}: the file has changed; "
                "to get the new version, use --url"
            )
        free = shutil.disk_usage(self.part.parent).free
        if free < total - self.have:
            raise OutputError(
                f"cannot write {self.part}: {total - self.have:,} bytes are missing and {free:,} "
                "are free; free some disk space or choose another folder"
            )

    def _start_over(self) -> None:
        """Empty the part file. The mark goes first, because it vouches for the whole part."""
        try:
            self.mark.unlink(missing_ok=True)
            self.file.truncate(0)
        except OSError as error:
            raise self._unwritable(error) from None
        self.have = 0

    def _write_mark(self, version: str | None) -> None:
        try:
            self.mark.write_text(json.dumps({"address": self.address, "version": version}))
        except OSError as error:
            raise self._unwritable(error) from None

    def _read_mark(self) -> str | None:
        try:
            mark = json.loads(self.mark.read_text())
            version = mark["version"] if mark["address"] == self.address else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return version if isinstance(version, str) else None

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(
            f"cannot write {self.part}: {reason(error)}; free some disk space and run the command again to resume"
        )


def _download(load: _Load, pause: float) -> None:
    """Retry a download until it is complete, or four tries in a row made no progress."""
    furthest, failures = load.have, 0
    for _ in range(_MAX_TRIES):
        try:
            return load.run()
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code not in _TEMPORARY:
                raise DataError(
                    f"{load.address}: the server answered {error.code} {error.reason}; "
                    "check the address"
                ) from None
            why = f"{error.code} {error.reason}"
        except DROPPED as error:
            why = str(getattr(error, "reason", "") or error) or type(error).__name__
        load.progress.finish()
        failures = 0 if load.have > furthest else failures + 1
        furthest = max(furthest, load.have)
        if failures >= _TRIES:
            break
        load.progress.note(f"{why}; trying again")
        deadline = time.monotonic() + min(pause * 2 ** max(0, failures - 1), _MAX_PAUSE_S)
        while time.monotonic() < deadline:
            load.check()
            time.sleep(min(0.1, pause))
    raise DataError(f"{load.address}: {why}; run the command again to resume at byte {load.have:,}")


def _is_there(target: Path, size: int | None, sha256: str | None, stop: StopFlag) -> bool:
    """Return whether the target exists; refuse one with another size or checksum."""
    if not target.exists():
        return False
    if target.is_dir():
        raise OutputError(f"cannot write {target}: it is a directory; choose another folder")
    fault = _fault(target, size, sha256, stop)
    if fault is not None:
        raise OutputError(f"{target} exists, but {fault}; move it away and try again")
    return True


def _fault(path: Path, size: int | None, sha256: str | None, stop: StopFlag) -> str | None:
    """Return what is wrong with the size or checksum of a file; None if nothing is."""
    actual = path.stat().st_size
    if size is not None and actual != size:
        return f"it has {actual:,} bytes instead of {size:,}"
    if sha256 is None:
        return None
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            stop.check("checking the download")
            digest.update(block)
    if digest.hexdigest() == sha256.lower():
        return None
    return f"its SHA-256 is {digest.hexdigest()} instead of {sha256.lower()}"
