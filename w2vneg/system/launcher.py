"""What a launcher such as mpirun or srun says about this process, read from its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

#: Launcher, and its variables for rank, ranks, and ranks on this machine. Those
#: of SLURM are those of a step, which srun starts: a batch script has only some of them.
_LAUNCHERS = (
    ("mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"),
    ("mpirun", "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_LOCAL_SIZE"),
    ("mpiexec", "PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"),
    ("srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", ""),
)


class Launch(NamedTuple):
    """The place of this process among those that a launcher started together.

    Attributes
    ----------
    launcher : str
        The command, such as ``mpirun``.
    rank, size : int
        Number of this process, from 0, and of all.
    neighbors : int
        Processes on this machine, this one included; 1 where it is not known.
    """

    launcher: str
    rank: int
    size: int
    neighbors: int


def launch(environment: Mapping[str, str] | None = None) -> Launch | None:
    """Return how this process was launched with others; None if it runs alone.

    Parameters
    ----------
    environment : mapping, optional
        Default: that of the process.
    """
    variables = os.environ if environment is None else environment
    for launcher, rank, size, neighbors in _LAUNCHERS:
        ranks = _number(variables, size)
        if ranks is not None and ranks > 1:
            own, near = _number(variables, rank), _number(variables, neighbors)
            return Launch(launcher, own or 0, ranks, near or 1)
    return None


def _number(variables: Mapping[str, str], name: str) -> int | None:
    text = variables.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
