"""Downloads that verify what they got and stop when asked to, by pooch.

A file is downloaded into a hidden folder beside its target, and gets its final name only when it is
complete and its size and checksum are right. A download that is interrupted starts over.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2vneg.errors import DataError, OutputError, UsageError, W2vnegError, reason
from w2vneg.system.atomic_files import TEMP_MARK, unfinished
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.locks import try_lock
from w2vneg.system.progress import Progress
from w2vneg.version import __version__

if TYPE_CHECKING:
    from pooch import HTTPDownloader

#: Further tries after a failure; pooch waits 1, 2, 3 s before them.
_MORE_TRIES = 3
_CHUNK = 1 << 16
_POLL_S = 0.1
#: Answers with which the server asks to try again, as it does with every 5xx.
_TEMPORARY = (408, 429)

#: Errors of urllib3 where there is no network or no such server: not tried again.
_NO_WAY = ("NewConnectionError", "NameResolutionError")


def fetch(
    address: str,
    target: str | os.PathLike[str],
    *,
    size: int | None = None,
    sha256: str | None = None,
    timeout: float = 30.0,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> Path:
    """Download a file.

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
        Seconds of silence after which a connection counts as dropped. A failed download is tried
        four times in all.
    progress, stop
        Progress reporter and stop flag.

    Returns
    -------
    Path
        `target`.

    Raises
    ------
    UsageError, DataError, OutputError
        An invalid address; no answer, an error or a wrong checksum; a full disk.
    Interrupted
        If `stop` was set; nothing is kept.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    check_address(address)
    target = Path(target)
    expected = _Expected(size, sha256)
    job = _Job(address, target, expected, timeout, progress, stop)
    job.wait_for(lambda: _is_there(target, expected))
    if target.exists():
        return target
    with _folder_for(target) as folder:
        if not target.exists():  # else another process was faster
            path = job.wait_for(lambda: job.download(folder))
            try:
                os.replace(path, target)
            except OSError as error:
                raise job.unwritable(error) from None
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


class _Expected:
    """What a file must be: its size and its checksum, if they are known."""

    def __init__(self, size: int | None, sha256: str | None) -> None:
        self.size = size
        self.sha256 = None if sha256 is None else sha256.lower()

    def fault(self, path: Path) -> str | None:
        """Return what is wrong with a file; None if nothing is."""
        actual = path.stat().st_size
        if self.size is not None and actual != self.size:
            return f"it has {actual:,} bytes instead of {self.size:,}"
        if self.sha256 is None:
            return None
        from pooch import file_hash

        found = file_hash(str(path))
        return None if found == self.sha256 else f"its SHA-256 is {found} instead of {self.sha256}"


class _Job:
    """One download, and what is known of it while it runs in a thread.

    pooch reports to it as to a progress bar: it sets `total` and calls `update`, `reset` and
    `close`.
    """

    def __init__(
        self,
        address: str,
        target: Path,
        expected: _Expected,
        timeout: float,
        progress: Progress,
        stop: StopFlag,
    ) -> None:
        self.address, self.target, self.expected = address, target, expected
        self.timeout, self.progress, self.stop = timeout, progress, stop
        self.received = 0
        self.failures: list[str] = []
        self._total = 0
        self._phase = 0  # grows when a try begins to receive

    @property
    def total(self) -> int:
        """Bytes to receive, as the server says; 0 if it does not."""
        return self._total

    @total.setter
    def total(self, total: int) -> None:
        self._total, self.received = max(0, total), 0
        size = self.expected.size
        if self._total and size is not None and total != size:
            raise DataError(
                f"{self.address}: {total:,} bytes instead of {size:,}: the file has changed; "
                "to get the new version, use --url"
            )
        free = shutil.disk_usage(self.target.parent).free
        if free < self._total:
            raise OutputError(
                f"cannot write {self.target}: {total:,} bytes are needed and {free:,} are free; "
                "free some disk space or choose another folder"
            )
        self._phase += 1

    def update(self, count: int) -> None:
        """Count received bytes; end the thread if the download was given up."""
        self.received += count
        self._check()

    def reset(self) -> None:
        """Let `update` count from the beginning."""
        self.received = 0

    def close(self) -> None:
        """Do nothing: the download is checked first."""

    def download(self, folder: Path) -> Path:
        """Download into a folder and check the result (in a thread)."""
        import pooch

        pooch.get_logger().setLevel("ERROR")
        name = self.target.name
        source = pooch.create(
            folder,
            base_url="",
            registry={name: None},
            urls={name: self.address},
            retry_if_failed=_MORE_TRIES,
        )
        try:
            path = Path(source.fetch(name, downloader=_downloader(self)))
            fault = self.expected.fault(path)
            if fault is None:
                _give_usual_mode(path)
                with open(path, "rb+") as file:
                    os.fsync(file.fileno())
                return path
        except W2vnegError:
            raise
        except Exception as error:
            if self._is_answer(error):
                raise DataError(
                    f"{self.address}: {self.why(error)}; check the connection and try again"
                ) from None
            if isinstance(error, OSError):
                raise self.unwritable(error) from None
            raise
        raise DataError(
            f"{self.address}: {fault}; the download was deleted: check the address or try again"
        )

    def wait_for(self, call: Callable[[], Any]) -> Any:
        """Run a call in a thread and return its result; give up on it if the stop flag is set.

        Name lookup, connecting and reading block, and signals do not interrupt them.
        """
        results: list[Any] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                results.append(call())
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        self._check()
        thread.start()
        phase = noted = 0
        try:
            while thread.is_alive():
                thread.join(_POLL_S)
                self._check()
                for failure in self.failures[noted:_MORE_TRIES]:
                    self.progress.finish()
                    self.progress.note(f"{failure}; trying again")
                    noted += 1
                if self._phase > phase:
                    phase = self._phase
                    self.progress.finish()
                    self.progress.start("downloading", self._total or None, "bytes")
                if phase:
                    self.progress.update(min(self.received, self._total or self.received))
        finally:
            self.progress.finish()
        if errors:
            raise errors[0]
        return results[0]

    def why(self, error: BaseException) -> str:
        """Return in a few words why a try failed."""
        import requests

        if isinstance(error, requests.HTTPError) and error.response is not None:
            return f"the server answered {error.response.status_code} {error.response.reason}"
        if isinstance(error, requests.Timeout) or "timed out" in str(error):
            return f"no data for {self.timeout:g} s"
        for cause in _causes(error):
            if type(cause).__name__ == "NameResolutionError":
                return f"no address is known for {urllib.parse.urlsplit(self.address).hostname}"
            if isinstance(cause, OSError) and cause.strerror:
                return cause.strerror
            if type(cause).__name__ == "IncompleteRead" and self._total:
                return f"the connection dropped before byte {self._total:,}"
        return reason(error)

    def unwritable(self, error: OSError) -> OutputError:
        """Return the error for a target that cannot be written."""
        return OutputError(
            f"cannot write {self.target}: {reason(error)}; "
            "free some disk space or choose another folder"
        )

    def _check(self) -> None:
        if self.stop.is_set:
            self.stop.check("downloading", "nothing of the file was kept")

    @staticmethod
    def _is_answer(error: BaseException) -> bool:
        """Return whether an error comes from the server or the way to it, not from this machine."""
        import requests

        # ValueError: a header that pooch cannot read.
        return isinstance(error, requests.RequestException | ValueError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from: requests and urllib3 wrap what happened."""
    cause: BaseException | None = error
    for _ in range(10):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__


def _downloader(job: _Job) -> HTTPDownloader:
    """Return pooch's downloader, with an end to tries that are in vain."""
    import requests
    from pooch import HTTPDownloader

    class Downloader(HTTPDownloader):  # type: ignore[misc]  # pooch has no types
        def __call__(
            self, url: str, output_file: str, pooch: Any, check_only: bool = False
        ) -> bool | None:
            try:
                super().__call__(url, output_file, pooch, check_only)
                # Not every version of urllib3 notices that the end is missing.
                received = os.path.getsize(output_file)
                if received < job.total:
                    raise requests.ConnectionError(
                        f"the connection dropped at byte {received:,} of {job.total:,}"
                    )
            except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL):
                raise DataError(
                    f"{job.address} leads to another address that is not http or https; "
                    "check the address"
                ) from None
            except requests.RequestException as error:
                response = getattr(error, "response", None)
                code = 0 if response is None else response.status_code
                if 400 <= code < 500 and code not in _TEMPORARY:
                    raise DataError(f"{job.address}: {job.why(error)}; check the address") from None
                if any(type(cause).__name__ in _NO_WAY for cause in _causes(error)):
                    raise DataError(
                        f"{job.address}: {job.why(error)}; check the connection and try again"
                    ) from None
                job.failures.append(job.why(error))
                raise
            finally:
                for response in responses:  # pooch leaves them open where it fails
                    response.close()
                responses.clear()
            return None

    responses: list[requests.Response] = []
    return Downloader(
        progressbar=job,
        hooks={"response": lambda response, *more, **options: responses.append(response)},
        chunk_size=_CHUNK,
        timeout=job.timeout,
        headers={"User-Agent": f"w2vneg/{__version__}", "Accept-Encoding": "identity"},
    )


@contextlib.contextmanager
def _folder_for(target: Path) -> Iterator[Path]:
    """Provide a folder for the unfinished file, empty and for this process alone; delete it."""
    folder = target.with_name(f".{target.name}{TEMP_MARK}download")
    lock = folder / "lock"
    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(exist_ok=True)
            handle = stack.enter_context(open(lock, "wb"))
            if try_lock(handle.fileno()) is False:
                raise OutputError(f"{target} is being downloaded by another process; wait for it")
            for path in folder.iterdir():  # of a process that was killed
                if path != lock:
                    path.unlink()
        except OSError as error:
            raise OutputError(
                f"cannot write {target}: {reason(error)}; choose another folder"
            ) from None
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.enter_context(unfinished(folder))
        yield folder


def _give_usual_mode(path: Path) -> None:
    """Give a file the access rights of a new one; pooch makes it for its owner alone."""
    model = path.with_name("mode")
    with open(model, "xb") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
    model.unlink()
    path.chmod(mode)


def _is_there(target: Path, expected: _Expected) -> None:
    """Refuse a target that exists with another size or checksum, and a folder."""
    if not target.exists():
        return
    if target.is_dir():
        raise OutputError(f"cannot write {target}: it is a directory; choose another folder")
    fault = expected.fault(target)
    if fault is not None:
        raise OutputError(f"{target} exists, but {fault}; move it away and try again")
