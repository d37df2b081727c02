"""How many processors this process may use: the default number of threads everywhere."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from w2vneg.system.cgroups import ROOT, Group, control_groups


def processors(root: Path = ROOT) -> int:
    """Return the number of processors this process may use, at least 1.

    That is the smaller of its CPU affinity (``taskset``, cpusets) and the CPU quota of its control
    groups (``docker run --cpus``), rounded up.

    Parameters
    ----------
    root : Path
        Root of the file system that holds ``proc`` and ``sys``; tests pass another.
    """
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:  # pragma: no cover
        count = os.cpu_count() or 1
    quotas = [_quota(group) for group in control_groups("cpu", root)]
    return max(1, min([count, *(quota for quota in quotas if quota is not None)]))


def bound_processors() -> tuple[int, int] | None:
    """Return how many processors this process is bound to, of how many; None if to none.

    As ``taskset`` and launchers such as mpirun bind processes.
    """
    if not hasattr(os, "sched_getaffinity"):
        return None
    allowed, there = len(os.sched_getaffinity(0)), os.cpu_count() or 1
    return (allowed, there) if allowed < there else None


def _quota(group: Group) -> int | None:
    """Return the whole processors a group may use, rounded up; None without a limit."""
    with contextlib.suppress(OSError, ValueError):
        if group.version == 2:
            quota, period = _read(group.folder / "cpu.max").split()
        else:
            quota = _read(group.folder / "cpu.cfs_quota_us")
            period = _read(group.folder / "cpu.cfs_period_us")
        if int(quota) > 0 and int(period) > 0:  # "max" or -1: no limit
            return -(-int(quota) // int(period))
    return None


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()
