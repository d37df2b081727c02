"""The control groups of this process: the limits that Linux containers run under."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path("/")


class Group(NamedTuple):
    """A control group with one controller."""

    folder: Path
    version: int  # 1 or 2


def control_groups(controller: str, root: Path = ROOT) -> Iterator[Group]:
    """Yield the groups of this process that a controller may limit, innermost first.

    A process is bound by its own group and by every group around it.

    Parameters
    ----------
    controller : str
        ``"memory"`` or ``"cpu"``.
    root : Path
        Root of the file system; tests pass another.

    Yields
    ------
    Group
        Its folder need not exist, and need not set a limit.
    """
    with contextlib.suppress(OSError, ValueError):
        text = (root / "proc/self/cgroup").read_text(encoding="utf-8")
        for line in text.splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                base, version = root / "sys/fs/cgroup", 2
            elif controller in controllers.split(","):
                base, version = root / "sys/fs/cgroup" / controller, 1
            else:
                continue
            # In a container the path may be the host's; the container's own group is then `base`.
            own = base / path.lstrip("/")
            for folder in (own, *own.parents):
                if base == folder or base in folder.parents:
                    yield Group(folder, version)
