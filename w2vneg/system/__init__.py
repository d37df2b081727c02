"""What every part needs from the machine: files, locks, limits, threads, signals and progress.

The names below are imported when first used. `w2vneg.system.processors.processors` is the number
of processors, the default number of threads everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.system.atomic_files import atomic_write, check_writable, write_all
    from w2vneg.system.interrupt import StopFlag, stop_on_signals
    from w2vneg.system.limits import available_memory, check_disk, check_memory
    from w2vneg.system.progress import Progress
    from w2vneg.system.threads import in_order, run_threads

__all__ = [
    "Progress",
    "StopFlag",
    "atomic_write",
    "available_memory",
    "check_disk",
    "check_memory",
    "check_writable",
    "in_order",
    "run_threads",
    "stop_on_signals",
    "write_all",
]

__getattr__ = lazy_names(
    __name__,
    {
        "Progress": "progress",
        "StopFlag": "interrupt",
        "atomic_write": "atomic_files",
        "available_memory": "limits",
        "check_disk": "limits",
        "check_memory": "limits",
        "check_writable": "atomic_files",
        "in_order": "threads",
        "run_threads": "threads",
        "stop_on_signals": "interrupt",
        "write_all": "atomic_files",
    },
)
