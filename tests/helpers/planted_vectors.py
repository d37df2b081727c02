"""Vectors with groups of similar words, as a training gives them, but in an instant."""

import numpy as np

from w2vneg.vectors.vectors import Vectors


def planted(words=600, dim=24, groups=20, seed=0, noise=0.8, counts=False):
    """Return vectors of words ``w0``, ``w1``, ...; word i belongs to group i % groups."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(groups, dim))
    matrix = centers[np.arange(words) % groups] + noise * rng.normal(size=(words, dim))
    lengths = rng.uniform(0.5, 3, size=(words, 1))
    return Vectors(
        [f"w{i}" for i in range(words)],
        (matrix * lengths).astype(np.float32),
        counts=np.arange(words, 0, -1, dtype=np.int64) * 7 if counts else None,
    )
