"""The mean of the changes, over the ranks that have trained (pWord2Vec: Ji et al., 2016)."""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.jit import kernel


@kernel
def combine(changes, ranks, trained, size, combined):
    """Set ``combined`` to the mean of the changes (see `w2vneg.training.cluster.rules`)."""
    share = np.float32(1.0) / np.float32(trained)
    for i in range(combined.size):
        total = changes[i]
        for rank in range(1, ranks):
            total += changes[rank * combined.size + i]
        combined[i] = share * total
