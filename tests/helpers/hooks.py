"""Single hooks, called from compiled code as the training loop calls them."""

import numpy as np

from w2vneg.kernel.block import block_setting, make_block
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective, weigh_pool
from w2vneg.kernel.block_positives import BAND
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import adjust, coefficients, objective, weigh
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.window import Setting, make_scratch


@kernel
def call_weigh(weighting, rng, scratch, contexts, candidates, progress):
    """Call the hook `weigh`."""
    weigh(weighting, rng, scratch, contexts, candidates, progress)


@kernel
def call_weigh_pool(weighting, rng, block, candidates, progress):
    """Call the hook `weigh_pool`."""
    weigh_pool(weighting, rng, block, candidates, BAND, progress)


@kernel
def call_adjust(weighting, scratch, contexts, candidates):
    """Call the hook `adjust`."""
    adjust(weighting, scratch, contexts, candidates)


@kernel
def call_coefficients(loss, scratch, contexts, candidates):
    """Call the hook `coefficients`."""
    coefficients(loss, scratch.scores, scratch.weights, contexts, candidates, scratch.coefficients)


@kernel
def call_objective(loss, scratch, contexts, candidates):
    """Call the hook `objective`."""
    return objective(loss, scratch.scores, scratch.weights, contexts, candidates)


@kernel
def call_pool_coefficients(loss, block, candidates):
    """Call the hook `pool_coefficients`."""
    pool_coefficients(loss, block, candidates, BAND)


@kernel
def call_pool_objective(loss, block, candidates):
    """Call the hook `pool_objective`."""
    return pool_objective(loss, block, candidates, BAND)


def window_weights(weighting, scores, progress=1.0, dtype=np.float64, seed=1):
    """The weights for a (contexts, candidates) matrix of scores, and the scratch."""
    contexts, candidates = scores.shape
    scratch = make_scratch(Setting(contexts, candidates + 3, 16), np.dtype(dtype))
    scratch.scores[: scores.size] = scores.ravel()
    scratch.weights[:] = 0.37  # what an earlier window left
    with np.errstate(all="ignore"):
        call_weigh(weighting, seed_states(seed, 1)[0], scratch, contexts, candidates, progress)
    return scratch.weights[: scores.size].reshape(scores.shape).copy(), scratch


def filled_block(scores, positives=None, dtype=np.float64, capacity=1):
    """A block with (candidates, INPUTS) scores and (INPUTS, columns) scores of positives."""
    block = make_block(block_setting(5, len(scores), 8, capacity), np.dtype(dtype), 5.0)
    block.scores[:] = scores.ravel()
    block.weights[:] = 0.37  # what an earlier block left
    if positives is not None:
        columns = positives.shape[1]
        band = block.positive_scores[: INPUTS * BAND].reshape(INPUTS, BAND)
        band[:, :columns] = positives
        block.positives.reshape(INPUTS, BAND)[:, :columns] = 1
        block.counts[:] = columns
    return block


def pool_weights(weighting, scores, progress=1.0, positives=None, dtype=np.float64):
    """The (candidates, INPUTS) weights for scores of that shape, and the block."""
    block = filled_block(scores, positives, dtype)
    with np.errstate(all="ignore"):
        call_weigh_pool(weighting, seed_states(1, 1)[0], block, len(scores), progress)
    return block.weights.reshape(scores.shape).copy(), block
