"""``--workers``: start mpirun with this command, so that nobody has to know its options."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from w2vneg.errors import UsageError
from w2vneg.system.launcher import launch
from w2vneg.system.progress_bar import Bar

#: Options of `train` that are for this module and not for the ranks; both take a value.
_OURS = ("--workers", "--hosts")
#: Seconds between the signal that ends the ranks and the one that kills them: to save their state.
_GRACE_S = 60


def run_workers(workers: int, hosts: str | None, arguments: Sequence[str]) -> int:
    """Run this command line on several ranks and return its exit code.

    Parameters
    ----------
    workers : int
    hosts : str, optional
        Names of machines, separated by commas; ranks are dealt to them in turn.
    arguments : sequence of str
        The command line, without the name of the program.

    Raises
    ------
    UsageError
        If mpi4py or mpirun is missing, or this process is itself one of several.
    """
    from w2vneg.training.cluster.start import INSTALL

    if launch() is not None:
        raise UsageError("--workers starts mpirun by itself; leave one of them out")
    import importlib.util

    command = _mpirun()
    if command is None or importlib.util.find_spec("mpi4py") is None:
        missing = "mpi4py" if command is not None else "mpirun"
        raise UsageError(
            f"--workers {workers} needs {missing}: {INSTALL}; the threads of one machine are --threads"
        )
    if not hosts:
        Bar().note(
            f"{workers} ranks on this machine; --threads {workers} instead would be faster, and the "
            "vectors better"
        )
    whole = [*command, *mpirun_options(command[0], workers, hosts)]
    whole += [sys.executable, "-m", "w2vneg", *without_ours(arguments)]
    environment = dict(os.environ)
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container
        environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    # Ctrl-C reaches mpirun as well, which tells the ranks; this process waits for them.
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = subprocess.Popen(whole, env=environment)
    previous = signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(number))
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGTERM, previous)
        signal.signal(signal.SIGINT, interrupt)


def _mpirun() -> list[str] | None:
    """Return the command that starts ranks: that of this environment, else that of the system."""
    beside = Path(sys.executable).parent / "mpirun"
    found = str(beside) if beside.exists() else shutil.which("mpirun")
    return None if found is None else [found]


def mpirun_options(command: str, workers: int, hosts: str | None) -> list[str]:
    """Return the options with which mpirun starts so many ranks, on these machines.

    Parameters
    ----------
    command : str
        The path of mpirun.
    workers : int
    hosts : str or None
        See `run_workers`.
    """
    version = subprocess.run([command, "--version"], capture_output=True, text=True).stdout
    names = [name for name in (hosts or "").split(",") if name]
    if "Open MPI" not in version:  # MPICH and its relatives
        return ["-n", str(workers), *(["-hosts", ",".join(names)] if names else [])]
    options = ["-n", str(workers), "--bind-to", "none"]
    options += ["--prtemca", "odls_base_sigkill_timeout", str(_GRACE_S)]
    if not names:
        return [*options, "--oversubscribe"]
    slots = -(-workers // len(names))
    return [*options, "--map-by", "node", "--host", ",".join(f"{name}:{slots}" for name in names)]


def without_ours(arguments: Sequence[str]) -> list[str]:
    """Return a command line without ``--workers``, ``--hosts`` and their values."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _OURS:
            skip = True
        elif not argument.startswith(tuple(f"{option}=" for option in _OURS)):
            kept.append(argument)
    return kept
