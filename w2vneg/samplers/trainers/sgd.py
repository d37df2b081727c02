"""Stochastic gradient descent over the corpus, with sampled negatives (Mikolov et al., NIPS 2013).

The steps are taken by `w2vneg.training.train`.
"""

from __future__ import annotations

from w2vneg.samplers.method import TrainingMethod

METHOD = TrainingMethod(
    name="sgd",
    summary="passes over the corpus with sampled negatives",
    paper="Mikolov et al., NIPS 2013",
)
