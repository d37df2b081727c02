"""A sum of the changes of a row, shortened as far as they point in one direction.

``f sum_i d_i`` with ``f = sum_i |d_i|^2 / |sum_i d_i|^2``, at least 1 over the number of ranks that
have trained, at most 1. Changes that are orthogonal to each other add up, equal ones are averaged,
as with the combiners of GraphAny2Vec (Gill et al., IPDPS 2021) and Adasum (Maleki et al., MLSys
2021), but with one factor per row.
"""

from __future__ import annotations

import numpy as np

from w2vneg.kernel.jit import kernel


@kernel
def combine(changes, ranks, trained, size, combined):
    """Set ``combined`` to the shortened sums (see `w2vneg.training.cluster.rules`)."""
    least = np.float32(1.0) / np.float32(trained)
    for low in range(0, combined.size, size):
        separate = np.float32(0.0)
        together = np.float32(0.0)
        for i in range(low, low + size):
            total = np.float32(0.0)
            for rank in range(ranks):
                change = changes[rank * combined.size + i]
                total += change
                separate += change * change
            combined[i] = total
            together += total * total
        factor = np.float32(1.0)
        if together > np.float32(0.0):
            factor = min(factor, max(least, separate / together))
        for i in range(low, low + size):
            combined[i] *= factor
