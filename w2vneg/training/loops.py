"""The two forms of the training loop behind one interface."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.kernel.block import block_bytes, block_setting, make_block, train_blocks
from w2vneg.kernel.block_positives import BAND
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.frozen import NONE_FROZEN, Frozen
from w2vneg.kernel.sides import AHEAD, AROUND
from w2vneg.kernel.tiles import row_length
from w2vneg.kernel.window import (
    CONTEXTS,
    Setting,
    Tally,
    make_scratch,
    scratch_bytes,
    train_chunk,
)
from w2vneg.samplers import Weighting, candidates_of, chosen_methods, form_of
from w2vneg.system.option_names import choice, named

_FLOAT = np.dtype(np.float32)
#: Learning rate times weights of the terms of a block with one word. English text has 0.2 at a
#: learning rate of 0.025.
_LONGEST_STEP = 1.25
#: The same for a learning rate that nobody asked for.
_SAFE_STEP = 0.4
#: Pairs that share a pool, on average: those of 16 inputs at a window of 5. Fewer beyond a window
#: of `_WIDE`.
_PAIRS, _WIDE = 96, 30
#: Contexts of a piece in the window form, in the widest windows.
_FEWEST_CONTEXTS = 4
#: Where blocks would have to be smaller for a bounded step, the window form is as fast.
FEWEST_INPUTS = 8


class Loop(NamedTuple):
    """A form of the training loop, with its sizes.

    Attributes
    ----------
    form : str
        ``block`` or ``window``.
    setting : BlockSetting or Setting
    negatives : float
        T, the weight of the negatives of one positive.
    """

    form: str
    setting: Any
    negatives: float

    def run(self, *arguments: Any) -> Tally:
        """Run the compiled loop: `train_blocks` or `train_chunk`, without its first argument."""
        train = train_blocks if self.form == "block" else train_chunk
        return train(self.setting, *arguments)  # type: ignore[no-any-return]

    def scratch(self, frozen: np.ndarray | None = None, spare: int = 0) -> Any:
        """Allocate the working memory of one thread.

        Parameters
        ----------
        frozen : (V,) bool array, optional
            Rows of `w_in` that must not change.
        spare : int
            The row behind the matrix that this thread changes instead.
        """
        state: Any = NONE_FROZEN
        if frozen is not None:
            state = Frozen(frozen, spare * self.setting.length)
        if self.form == "block":
            return make_block(self.setting, _FLOAT, self.negatives, state)
        return make_scratch(self.setting, _FLOAT, state)

    def scratch_bytes(self) -> int:
        """Return the bytes that `scratch` allocates."""
        if self.form == "block":
            return block_bytes(self.setting)
        return scratch_bytes(self.setting)


def loop_for(
    config: TrainConfig,
    capacity: int,
    inputs: int = INPUTS,
    pairs: float | None = None,
    one_way: bool = False,
) -> Loop:
    """Return the loop for a configuration, chunks of at most `capacity` tokens and a block size.

    `pairs`, the mean pairs of a word, is by default what the window alone says. With `one_way` a word
    predicts the words after it only.
    """
    candidates = candidates_of(config)
    sides = AHEAD if one_way else AROUND
    if form_of(config) == "block":
        sizes = block_setting(
            config.window, candidates, config.dim, capacity, inputs, _narrowest(config), sides
        )
        return Loop("block", sizes, config.total_weight)
    length = row_length(config.dim)
    setting = Setting(
        config.window,
        candidates,
        length,
        piece=precise_contexts(_shrinking(mean_pairs(config) if pairs is None else pairs)),
        narrowest=_narrowest(config),
        sides=sides,
    )
    return Loop("window", setting, config.total_weight)


def with_sentences(config: TrainConfig, lengths: np.ndarray) -> TrainConfig:
    """Return a configuration whose window is a number: 0, the whole sentence, is the longest.

    Parameters
    ----------
    config : TrainConfig
    lengths : (S,) int array
        Words of the sentences.
    """
    if config.window:
        return config
    return replace(config, window=max(1, int(lengths.max(initial=0)) - 1), fixed_window=True)


def mean_pairs(config: TrainConfig, lengths: np.ndarray | None = None) -> float:
    """Return the mean number of pairs that a word takes part in as an input, at most.

    Parameters
    ----------
    config : TrainConfig
    lengths : (S,) int array, optional
        Words of the sentences; where windows are fixed, these often bound them.
    """
    if not config.fixed_window:
        return config.window + 1
    pairs = 2.0 * config.window
    if lengths is not None and lengths.sum() > 0:
        pairs = min(pairs, float((lengths * (lengths - 1.0)).sum() / lengths.sum()))
    return max(1.0, pairs)


def _shrinking(pairs: float) -> int:
    """Return the window that has so many pairs on average where it shrinks at random."""
    return max(1, math.ceil(pairs - 1))


def _narrowest(config: TrainConfig) -> int:
    return config.window if config.fixed_window else 1


def bounded_inputs(config: TrainConfig, counts: np.ndarray, keep: np.ndarray, noise: float) -> int:
    """Return how many inputs a block may have, at most 16, so that its step stays bounded.

    All updates of a block start from the same rows. Where one word makes up much of a corpus of few
    words, or of its noise, they would add up to a step so long that training diverges. The length
    is estimated by the sum of the weights of the terms in which the most frequent word takes part.

    Parameters
    ----------
    config : TrainConfig
    counts : (V,) int64 array
    keep : (V,) uint32 array
        Subsampling thresholds.
    noise : float
        Probability of the most likely candidate.
    """
    terms = _terms(config, counts, keep, noise)
    return max(1, min(INPUTS, int(_LONGEST_STEP / max(config.lr * terms, 1e-300))))


def safe_lr(config: TrainConfig, counts: np.ndarray, keep: np.ndarray, noise: float) -> float:
    """Return a learning rate with which even one word in nearly all places does no harm.

    The parameters are those of `bounded_inputs`.
    """
    return float(f"{_SAFE_STEP / max(_terms(config, counts, keep, noise), 1e-300):.2g}")


def _terms(config: TrainConfig, counts: np.ndarray, keep: np.ndarray, noise: float) -> float:
    """Return the sum of the weights of the terms of an input in which the top word takes part."""
    kept = counts * (keep / 2.0**32)
    word = float(kept.max() / max(kept.sum(), 1e-300))
    pairs = min(mean_pairs(config), BAND - 1)
    negatives = config.total_weight
    return pairs * max(word * (1 + negatives / 2), word + negatives * noise)


def unstable_step(config: TrainConfig) -> str | None:
    """Return a warning if T x lr is beyond what the weighting was seen to bear, else None.

    T is the weight of the negatives of one positive. Losses other than sgns bound their gradients
    in other ways, and were not measured.
    """
    chosen = chosen_methods(config)
    weighting, loss = chosen["weighting"], chosen["loss"]
    assert isinstance(weighting, Weighting)
    bound = weighting.stable.get(form_of(config))
    step = config.total_weight * config.lr
    if bound is None or loss.name != "sgns" or step <= bound:
        return None
    return (
        f"{choice('weighting', weighting.name)} with {config.total_weight:g} as the weight of the "
        f"negatives and {named('lr', config.lr)} may diverge: their product is {step:.2g}, and up to "
        f"{bound:g} was seen to be stable; lower one of them"
    )


def precise_inputs(pairs: float) -> int:
    """Return how many inputs a block may have, at most 16, so that its pool serves few pairs.

    The more pairs a word takes part in, the more the noise of few draws counts in the end, so wide
    windows need more draws per pair.

    Parameters
    ----------
    pairs : float
        Mean pairs of a word (see `mean_pairs`).
    """
    window = _shrinking(pairs)
    pieces = block_setting(window, 1, 1, 1).pieces
    in_piece = pairs / pieces  # of an input, on average
    return max(1, min(INPUTS, int(_PAIRS * min(1.0, _WIDE / window) / in_piece)))


def precise_contexts(window: int) -> int:
    """Return how many contexts of a window share its candidates: 16, fewer in wide windows.

    For the same reason as in `precise_inputs`.
    """
    return max(_FEWEST_CONTEXTS, min(CONTEXTS, CONTEXTS * _WIDE // window))


def work_per_token(config: TrainConfig) -> int:
    """Return about how many multiplications a token takes, at most."""
    length, candidates = row_length(config.dim), candidates_of(config)
    if form_of(config) == "block":
        pieces = block_setting(config.window, candidates, config.dim, 1).pieces
        return 3 * length * (candidates * pieces + 2 * config.window)
    return length * (1 + candidates) * config.window
