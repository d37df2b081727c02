"""What memory and disk have room for, asked before anything is set aside or written."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from w2vneg.errors import ResourceError
from w2vneg.system.atomic_files import is_stream
from w2vneg.system.cgroups import control_groups

#: Limits above this are no limits (cgroup v1 writes a huge number for none).
_NO_LIMIT = 1 << 60


class File(NamedTuple):
    """A file that is going to be written."""

    path: str | os.PathLike[str]
    size: int  # bytes
    what: str


def available_memory() -> int | None:
    """Return the bytes that this process may still take; None where nothing tells.

    The least of what the machine has left (swap included), what the control groups of a container
    allow, and the limit on the process's address space.
    """
    found = [_machine(), _address_space(), *_control_groups()]
    known = [max(0, size) for size in found if size is not None]
    return min(known, default=None)


def check_memory(needed: int, what: str, remedy: str) -> None:
    """Refuse what does not fit, before it is allocated.

    Parameters
    ----------
    needed : int
        Bytes.
    what, remedy : str
        For the message: ``"{what} need ... ; {remedy}"``.

    Raises
    ------
    ResourceError
        With both figures and the remedy.
    """
    room = available_memory()
    if room is not None and needed > room:
        raise ResourceError(
            f"{what} need {_figure(needed)} of memory, {_figure(room)} are free; {remedy}"
        )


def check_disk(files: Iterable[File], remedy: str) -> None:
    """Refuse files for which the disk has no room, each file system taken as a whole.

    Files that go to devices and pipes are left out, as is a place of unknown size.

    Raises
    ------
    ResourceError
        With the figures and the remedy.
    """
    wanted: dict[int, list[File]] = {}
    for file in files:
        with contextlib.suppress(OSError):
            if is_stream(file.path):
                continue
            target = Path(os.path.realpath(file.path))
            place = target if target.is_dir() else target.parent
            wanted.setdefault(os.stat(place).st_dev, []).append(file._replace(path=place))
    for group in wanted.values():
        needed = sum(file.size for file in group)
        free = _free_disk(group[0].path)
        if free is not None and needed > free:
            names = " and ".join(dict.fromkeys(file.what for file in group))
            raise ResourceError(
                f"{names}: {_figure(needed)} needed on the disk of {group[0].path}, "
                f"{_figure(free)} are free; {remedy}"
            )


def _free_disk(place: str | os.PathLike[str]) -> int | None:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(place).free
    return None


def _machine() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        told = {}
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            name, _, rest = line.partition(":")
            told[name] = int(rest.split()[0]) * 1024
        if "MemAvailable" in told:
            return told["MemAvailable"] + told.get("SwapFree", 0)
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def _address_space() -> int | None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
            return limit - used * resource.getpagesize()
    return None


def _control_groups() -> list[int]:
    """Return the bytes that the control groups of this process leave it."""
    found = []
    for group in control_groups("memory"):
        if group.version == 2:
            limit, used = "memory.max", "memory.current"
        else:
            limit, used = "memory.limit_in_bytes", "memory.usage_in_bytes"
        found += _left_in(group.folder, limit, used)
    return found


def _left_in(group: Path, limit: str, used: str) -> list[int]:
    with contextlib.suppress(OSError, ValueError):
        most = int((group / limit).read_text(encoding="ascii"))
        if most < _NO_LIMIT:
            taken = int((group / used).read_text(encoding="ascii"))
            return [most - taken + _page_cache(group)]
    return []


def _page_cache(group: Path) -> int:
    """Return the bytes that the system would give back when memory gets short."""
    with contextlib.suppress(OSError, ValueError):
        for line in (group / "memory.stat").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(value)
    return 0


def _figure(size: int) -> str:
    for bound, unit in ((1e9, "GB"), (1e6, "MB")):
        if size >= bound:
            return f"{size / bound:.1f} {unit}"
    return f"{size / 1e3:.1f} kB"
