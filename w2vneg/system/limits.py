"""Available memory and disk space, checked before anything is allocated or written."""

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

#: Larger values mean no limit: cgroup v1 writes a huge number instead.
_NO_LIMIT = 1 << 60


class File(NamedTuple):
    """A file that is going to be written.

    Attributes
    ----------
    path : str or path
        The file, or its folder.
    size : int
        Bytes.
    what : str
        What error messages call it.
    """

    path: str | os.PathLike[str]
    size: int
    what: str


def available_memory() -> int | None:
    """Return the bytes that this process can still allocate; None if that is unknown.

    The smallest of what the machine has available (swap included), what the control groups of a
    container allow, and what the limit on the address space of the process leaves.
    """
    sizes = [_machine(), _address_space(), *_control_groups()]
    known = [max(0, size) for size in sizes if size is not None]
    return min(known, default=None)


def check_memory(needed: int, what: str, remedy: str) -> None:
    """Raise if an allocation would not fit into memory.

    Parameters
    ----------
    needed : int
        Bytes.
    what, remedy : str
        For the message: ``"{what} need ... ; {remedy}"``.

    Raises
    ------
    ResourceError
        With both sizes and the remedy.
    """
    available = available_memory()
    if available is not None and needed > available:
        raise ResourceError(
            f"{what} need {_text(needed)} of memory, {_text(available)} are free; {remedy}"
        )


def check_disk(files: Iterable[File], remedy: str) -> None:
    """Raise if files would not fit on their disks; the files of a file system are added up.

    Devices, pipes and file systems of unknown size are skipped.

    Parameters
    ----------
    files : iterable of File
    remedy : str
        For the message.

    Raises
    ------
    ResourceError
        With both sizes and the remedy.
    """
    wanted: dict[int, list[File]] = {}
    for file in files:
        with contextlib.suppress(OSError):
            if is_stream(file.path):
                continue
            target = Path(os.path.realpath(file.path))
            folder = target if target.is_dir() else target.parent
            wanted.setdefault(os.stat(folder).st_dev, []).append(file._replace(path=folder))
    for group in wanted.values():
        needed = sum(file.size for file in group)
        free = _free_disk(group[0].path)
        if free is not None and needed > free:
            names = " and ".join(dict.fromkeys(file.what for file in group))
            raise ResourceError(
                f"{names}: {_text(needed)} needed on the disk of {group[0].path}, "
                f"{_text(free)} are free; {remedy}"
            )


def _free_disk(folder: str | os.PathLike[str]) -> int | None:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free
    return None


def _machine() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        sizes = {}
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            name, _, rest = line.partition(":")
            sizes[name] = int(rest.split()[0]) * 1024
        if "MemAvailable" in sizes:
            return sizes["MemAvailable"] + sizes.get("SwapFree", 0)
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
    left = []
    for group in control_groups("memory"):
        if group.version == 2:
            limit, used = "memory.max", "memory.current"
        else:
            limit, used = "memory.limit_in_bytes", "memory.usage_in_bytes"
        left += _left_in(group.folder, limit, used)
    return left


def _left_in(group: Path, limit: str, used: str) -> list[int]:
    with contextlib.suppress(OSError, ValueError):
        maximum = int((group / limit).read_text(encoding="ascii"))
        if maximum < _NO_LIMIT:
            taken = int((group / used).read_text(encoding="ascii"))
            return [maximum - taken + _page_cache(group)]
    return []


def _page_cache(group: Path) -> int:
    """Return the bytes of cached files, which the system frees when memory gets short."""
    with contextlib.suppress(OSError, ValueError):
        for line in (group / "memory.stat").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(value)
    return 0


def _text(size: int) -> str:
    for bound, unit in ((1e9, "GB"), (1e6, "MB")):
        if size >= bound:
            return f"{size / bound:.1f} {unit}"
    return f"{size / 1e3:.1f} kB"
