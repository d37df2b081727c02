"""Runs w2vneg as one of several ranks, of which one sends itself a signal at a given point.

    mpirun -n 2 python rank_faults.py PHASE RANK SIGNAL WHEN MARK train ...

The signal comes at the WHEN-th time that the rank reaches the phase; just before, the time is
written to the file MARK.
"""

import functools
import os
import signal
import sys
import time
from importlib import import_module

#: Phase to the function at whose start the signal comes, as module and attributes.
PHASES = {
    "reading": ("w2vneg.corpus.encode_part", "read_corpus"),
    "vocabulary": ("w2vneg.corpus.build_vocabulary", "counts_of_all"),
    "training": ("w2vneg.training.cluster.meetings", "Meetings._meet"),
    "combining": ("w2vneg.training.cluster.exchange", "Exchange._give"),
    "slice": ("w2vneg.training.cluster.slices", "_write_slice"),
    "manifest": ("w2vneg.training.cluster.slices", "SliceCheckpointer._agree"),
    "result": ("w2vneg.model", "SkipGram.save"),
}


def inject(phase, number, when, mark):
    """Let this process send itself a signal when it reaches a phase the `when`-th time."""
    module, _, path = *PHASES[phase][:1], None, PHASES[phase][1]
    owner = import_module(module)
    *outer, name = path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    original = getattr(owner, name)
    reached = 0

    @functools.wraps(original)
    def faulty(*arguments, **options):
        nonlocal reached
        reached += 1
        if reached == when:
            with open(mark, "w") as file:
                file.write(str(time.time()))
            os.kill(os.getpid(), number)
        return original(*arguments, **options)

    setattr(owner, name, faulty)


if __name__ == "__main__":
    phase, rank, name, when, mark, *arguments = sys.argv[1:]
    if os.environ.get("OMPI_COMM_WORLD_RANK", os.environ.get("PMI_RANK")) == rank:
        inject(phase, getattr(signal, name), int(when), mark)
    from w2vneg.cli import main

    main(arguments)
