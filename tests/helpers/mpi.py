"""Runs w2vneg on real ranks; skips where mpi4py or mpirun is missing."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from w2vneg.kernel.jit import INTERPRETED

_BESIDE = Path(sys.executable).parent / "mpirun"
MPIRUN = str(_BESIDE) if _BESIDE.exists() else shutil.which("mpirun")

#: Marks tests that start ranks.
needs_mpi = pytest.mark.skipif(
    INTERPRETED or MPIRUN is None or importlib.util.find_spec("mpi4py") is None,
    reason="needs mpi4py, mpirun and compiled kernels",
)

#: Open MPI refuses to run as root, as in a container, unless it is told twice.
ENVIRONMENT = {
    **os.environ,
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}


def command(ranks, *arguments, options=(), module="w2vneg"):
    """Return the command that runs a module, or a file, on ranks."""
    program = ["-m", module] if not module.endswith(".py") else [module]
    start = [MPIRUN, "--oversubscribe", "--bind-to", "none", "-n", str(ranks), *options]
    return [*start, sys.executable, *program, *(str(a) for a in arguments)]


def mpirun(ranks, *arguments, options=(), module="w2vneg", seconds=600, **more):
    """Run on ranks and return what `subprocess.run` does, with text."""
    return subprocess.run(
        command(ranks, *arguments, options=options, module=module),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=seconds,
        stdin=subprocess.DEVNULL,
        **more,
    )
