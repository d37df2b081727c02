"""Downloads that resume, check themselves and never hang.

Data goes to ``NAME.part``; beside it ``NAME.part.json`` keeps the server's mark of the version
(ETag or Last-Modified), so that a later call continues only the same file. The final name appears
only on a complete download with the right size and checksum.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from w2vneg.errors import DataError, OutputError, UsageError
from w2vneg.interrupt import StopFlag
from w2vneg.progress import Progress
from w2vneg.version import __version__

_CHUNK = 1 << 18
_TRIES = 4
_DROPPED = (http.client.HTTPException, ConnectionError, TimeoutError, urllib.error.URLError)


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
    """Download a file, going on where an earlier call was interrupted.

    Parameters
    ----------
    address : str
        http or https.
    target : str or path
        Where the file is to be; one that is already there with the right checksum or size is kept.
    size : int, optional
        Expected bytes.
    sha256 : str, optional
        Expected checksum, hexadecimal.
    timeout : float
        Seconds of silence after which a connection counts as dropped.
    pause : float
        Seconds before the second try; doubles each time. There are four tries without progress.
    progress, stop
        Reports, and the wish to end; what was loaded stays for the next call.

    Raises
    ------
    UsageError, DataError, OutputError
        A bad address; no answer, a refusal or a wrong checksum; a full disk.
    """
    progress, stop = progress or Progress(), stop or StopFlag()
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise UsageError(f"address {address!r} must begin with http:// or https://")
    target = Path(target)
    part, mark = Path(f"{target}.part"), Path(f"{target}.part.json")
    if target.is_file() and (sha256 or size):
        if _matches(target, size, sha256, stop):
            return target
        raise OutputError(f"{target} exists and is not what is wanted; move it away and try again")
    if target.is_file():
        return target
    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _load(address, part, mark, timeout, progress, stop)
            break
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise DataError(
                    f"{address}: the server answers {error.code} {error.reason}; check the address"
                ) from None
            reason = f"{error.code} {error.reason}"
        except _DROPPED as error:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
        except OSError as error:
            raise OutputError(f"cannot write {part}: {error.strerror}; free some room") from None
        after = part.stat().st_size if part.exists() else 0
        failures = 0 if after > before else failures + 1
        if failures >= _TRIES:
            raise DataError(f"{address}: {reason}; call again to go on from byte {after}")
        deadline = time.monotonic() + pause * 2 ** max(0, failures - 1)
        while time.monotonic() < deadline:
            stop.check("downloading; call again to go on")
            time.sleep(min(0.1, pause))
    progress.finish()
    if not _matches(part, size, sha256, stop):
        found = part.stat().st_size
        part.unlink()
        mark.unlink(missing_ok=True)
        raise DataError(
            f"{address}: {found} bytes came, but not the expected file; try again later"
        )
    os.replace(part, target)
    mark.unlink(missing_ok=True)
    return target


def _matches(path: Path, size: int | None, sha256: str | None, stop: StopFlag) -> bool:
    if size is not None and path.stat().st_size != size:
        return False
    if sha256 is None:
        return True
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            stop.check("checking the download")
            digest.update(block)
    return digest.hexdigest() == sha256.lower()


def _load(
    address: str, part: Path, mark: Path, timeout: float, progress: Progress, stop: StopFlag
) -> None:
    """Load the rest of a file; raise what the connection raises when it breaks."""
    have = part.stat().st_size if part.exists() else 0
    version = _read_mark(mark)
    headers = {"User-Agent": f"w2vneg/{__version__}", "Accept-Encoding": "identity"}
    if have and version:
        headers["Range"] = f"bytes={have}-"
        headers["If-Range"] = version
    request = urllib.request.Request(address, headers=headers)
    try:
        response: Any = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing after what we have: start over to be sure
            part.unlink()
        raise (
            ConnectionError("the server refused to go on") if error.code == 416 else error
        ) from None
    with response:
        if response.status != 206:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length and length.isdigit() else None
        name = response.headers.get("ETag") or response.headers.get("Last-Modified")
        # A weak mark does not promise the same bytes.
        mark.write_text(json.dumps(None if not name or name.startswith("W/") else name))
        progress.start("downloading", total, "bytes")
        with open(part, "ab" if have else "wb") as file:
            while block := response.read1(_CHUNK):
                stop.check("downloading; call again to go on")
                file.write(block)
                have += len(block)
                progress.update(have)
        if total is not None and have < total:
            raise ConnectionError(f"the connection broke at byte {have} of {total}")


def _read_mark(mark: Path) -> str | None:
    try:
        value = json.loads(mark.read_text())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, str) else None
