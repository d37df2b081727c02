"""A sampler: a proposal, a weighting and a loss, found by their names."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from w2vneg.samplers.context import Material
from w2vneg.samplers.losses import LOSSES


@dataclass(frozen=True)
class Sampler:
    """The parts of a sampler, as the training loop takes them.

    Attributes
    ----------
    proposal, weighting, loss : NamedTuple
        States that choose the hooks.
    candidates : int
        M, how many negatives are proposed for a window.
    module : module, optional
        The proposal's, for what it can do beyond the hooks.
    """

    proposal: Any
    weighting: Any
    loss: Any
    candidates: int
    module: ModuleType | None = None

    def forks(self, threads: int) -> list[Any]:
        """Return a state of the proposal for each thread.

        They share what is learned; a proposal with working memory gives each thread its own
        (``fork(state, candidates)`` in its module).
        """
        fork = getattr(self.module, "fork", None)
        if fork is None:
            return [self.proposal] * threads
        return [fork(self.proposal, self.candidates) for _ in range(threads)]

    def state_arrays(self, forks: list[Any]) -> dict[str, np.ndarray]:
        """Return the arrays that change in training, by name, for checkpoints.

        A proposal names them: ``LEARNED``, shared by all threads, and ``OWN``, each thread's.
        """
        found = {name: getattr(forks[0], name) for name in getattr(self.module, "LEARNED", ())}
        for thread, state in enumerate(forks):
            for name in getattr(self.module, "OWN", ()):
                found[f"{name}.{thread}"] = getattr(state, name)
        return found

    def report(self, forks: list[Any]) -> dict[str, Any]:
        """Return what the proposal has to say about its draws, for people and for JSON.

        A key ``warning`` holds a sentence that the user should read.
        """
        report = getattr(self.module, "report", None)
        return {} if report is None else dict(report(forks))


def method_module(kind: str, name: str) -> ModuleType:
    """Return the module of a proposal or weighting (`kind` is the folder) by its name."""
    return importlib.import_module(f"w2vneg.samplers.{kind}.{name.replace('-', '_')}")


def build_sampler(material: Material) -> Sampler:
    """Make the sampler that a configuration names.

    Raises
    ------
    UsageError
        If the options leave nothing to draw, or contradict each other.
    """
    config = material.config
    parts = config.parts
    proposal = method_module("proposals", parts["proposal"])
    weighting = method_module("weightings", parts["weighting"])
    candidates = weighting.candidates(config)
    make_loss, _, _ = LOSSES[parts["loss"]]
    return Sampler(
        proposal.build(material), weighting.build(config), make_loss(config), candidates, proposal
    )
