"""A sampler: a proposal, a weighting and a loss, built for one training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from w2vneg.errors import UsageError
from w2vneg.kernel.block_hooks import fill_pools, pool_coefficients, pool_objective
from w2vneg.kernel.hooks import coefficients, implements, objective, propose
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.forms import candidates_of, form_of
from w2vneg.samplers.method import Loss, Method, Proposal, Weighting
from w2vneg.samplers.weightings.importance import with_ratios
from w2vneg.system.option_names import choice


class States(NamedTuple):
    """The states of a sampler's parts; their types select the hooks."""

    proposal: Any
    weighting: Any
    loss: Any


@dataclass(frozen=True)
class Sampler:
    """The parts of a sampler, as the training loop takes them.

    Attributes
    ----------
    states : States
    form : str
        ``block`` or ``window``.
    candidates : int
        Candidates in a pool (block form) or in a window.
    methods : sequence of Method
        The declarations of the parts, in the order of `states`.
    """

    states: States
    form: str
    candidates: int
    methods: Sequence[Method]

    def per_thread(self, threads: int) -> list[States]:
        """Return the states for each thread.

        Learned arrays are shared; working memory is separate for each thread.
        """
        return [
            States(
                *(
                    state
                    if method.per_thread is None
                    else method.per_thread(state, self.candidates)
                    for method, state in zip(self.methods, self.states, strict=True)
                )
            )
            for _ in range(threads)
        ]

    def largest_share(self) -> float:
        """Return the probability of the most likely candidate; 0 where it is not known."""
        proposal = self.methods[0]
        assert isinstance(proposal, Proposal)
        share = proposal.largest_share
        return 0.0 if share is None else share(self.states.proposal)

    def state_arrays(self, threads: Sequence[States]) -> dict[str, np.ndarray]:
        """Return the arrays that change in training, by name, for checkpoints (not copied).

        Parameters
        ----------
        threads : sequence of States
            As returned by `per_thread`.

        Returns
        -------
        dict
            ``NAME`` to an array shared by all threads, ``NAME.THREAD`` to one thread's own.
        """
        arrays: dict[str, np.ndarray] = {}
        for part, method in enumerate(self.methods):
            prefix = "" if method.kind == "proposal" else f"{method.kind}-"
            for name in method.learned:
                arrays[prefix + name] = getattr(threads[0][part], name)
            for thread, states in enumerate(threads):
                for name in method.thread_state:
                    arrays[f"{prefix}{name}.{thread}"] = getattr(states[part], name)
        return arrays

    def combined_arrays(self, threads: Sequence[States]) -> dict[str, np.ndarray]:
        """Return the learned arrays that ranks combine as they do the matrices, by name.

        Those of floats, but for what belongs to choices that each rank makes for itself.
        """
        arrays: dict[str, np.ndarray] = {}
        for part, method in enumerate(self.methods):
            for name in method.learned:
                array = getattr(threads[0][part], name)
                if array.dtype == np.float32 and name not in method.of_rank:
                    arrays[f"{method.kind}.{name}"] = array
        return arrays

    def maintain(
        self,
        states: States,
        rng: np.ndarray,
        w_in: np.ndarray,
        w_out: np.ndarray,
        length: int,
        progress: float,
    ) -> None:
        """Let the methods maintain their states after a chunk (see `Method.maintain`).

        Parameters
        ----------
        states : States
            Those of the thread that trained the chunk; modified in place.
        rng : (32,) uint64 array
            The thread's generator, advanced in place.
        w_in, w_out : (V * length,) float arrays
        length : int
        progress : float
            Share of the training completed when the chunk was taken, 0 to 1.
        """
        for method, state in zip(self.methods, states, strict=True):
            if method.maintain is not None:
                method.maintain(state, rng, w_in, w_out, length, progress)

    def report(self, threads: Sequence[States]) -> dict[str, Any]:
        """Return the figures that the methods report about the training, as JSON values.

        The key ``warning``, if present, holds a message for the user.
        """
        figures: dict[str, Any] = {}
        for part, method in enumerate(self.methods):
            if method.report is not None:
                figures.update(method.report([states[part] for states in threads]))
        return figures


def build_sampler(context: SamplerContext) -> Sampler:
    """Build the sampler that a configuration names.

    Raises
    ------
    UsageError
        If the options leave nothing to draw or contradict each other, or if a method lacks a hook.
    """
    config = context.config
    chosen = chosen_methods(config)
    proposal, weighting, loss = chosen["proposal"], chosen["weighting"], chosen["loss"]
    assert isinstance(proposal, Proposal)
    assert isinstance(weighting, Weighting)
    assert isinstance(loss, Loss)
    form, candidates = form_of(config), candidates_of(config)
    states = States(proposal.build(context), weighting.build(config), loss.build(config))
    if weighting.bind is not None:
        bound = weighting.bind(context, states.weighting, proposal, states.proposal)
        states = states._replace(weighting=bound)
    if proposal.ratios is not None:
        states = states._replace(weighting=with_ratios(states.weighting, proposal, states.proposal))
    if loss.bind is not None and proposal.probabilities is not None:
        noise = proposal.probabilities(states.proposal)
        states = states._replace(loss=loss.bind(config, states.loss, noise))
    if form == "block":
        _check_hooks(proposal, states.proposal, fill_pools)
        _check_hooks(loss, states.loss, pool_coefficients, pool_objective)
    else:
        _check_hooks(proposal, states.proposal, propose)
        _check_hooks(loss, states.loss, coefficients, objective)
    return Sampler(states, form, candidates, (proposal, weighting, loss))


def _check_hooks(method: Method, state: Any, *hooks: Callable[..., Any]) -> None:
    for hook in hooks:
        if not implements(hook, type(state)):
            raise UsageError(
                f"{choice(method.kind, method.name)} is incomplete: {type(state).__name__} does not "
                f"implement {hook.__name__}"
            )
