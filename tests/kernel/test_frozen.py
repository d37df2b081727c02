"""Rows of w_in that no loop writes to."""

import numpy as np
import pytest

from w2vneg.kernel.alias import build_alias
from w2vneg.kernel.block import block_setting, make_block, train_blocks
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.frozen import NONE_FROZEN, Frozen
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.tiles import row_length
from w2vneg.kernel.window import Setting, make_scratch, train_chunk
from w2vneg.samplers.losses.sgns import Sgns
from w2vneg.samplers.proposals.unigram import Unigram
from w2vneg.samplers.weightings.all import All

SIZE = 9


def train(form, dim, frozen, tokens, window=3):
    """Train on one sentence; return both matrices and the spare row behind w_in, as they became."""
    length = row_length(dim)
    matrices = np.zeros((2, SIZE + 1, length), np.float32)
    matrices[:, :SIZE, :dim] = np.random.default_rng(dim).normal(0, 0.4, (2, SIZE, dim))
    w_in, w_out = matrices[0].flatten(), matrices[1, :SIZE].flatten()
    state = NONE_FROZEN if frozen is None else Frozen(frozen, SIZE * length)
    if form == "block":
        setting = block_setting(window, 8, dim, len(tokens))
        scratch, loop = make_block(setting, np.dtype(np.float32), 5.0, state), train_blocks
    else:
        setting = Setting(window, 5, length)
        scratch, loop = make_scratch(setting, np.dtype(np.float32), state), train_chunk
    keep = np.full(SIZE, 2**32 - 1, np.uint32)
    proposal = Unigram(build_alias(np.arange(1, SIZE + 1)))
    with np.errstate(all="ignore"):
        loop(
            setting, w_in, w_out, tokens, np.array([0, len(tokens)]), 0, 1, keep, proposal, All(),
            Sgns(), scratch, seed_states(1, 1)[0], 0.05, 0.0,
        )  # fmt: skip
    rows = w_in.reshape(SIZE + 1, length)
    return matrices[0, :SIZE], rows[:SIZE], rows[SIZE], w_out.reshape(SIZE, length)


@pytest.mark.parametrize("form", ["block", "window"])
@pytest.mark.parametrize("dim", [5, 16, 100, 130])
@pytest.mark.parametrize("words", [2, 15, 40, 77])
def test_frozen_rows_keep_their_bytes_and_the_others_learn(form, dim, words):
    tokens = np.random.default_rng(words).integers(0, SIZE, words).astype(np.int32)
    frozen = np.zeros(SIZE, bool)
    frozen[tokens[0]] = frozen[3] = True
    before, after, spare, w_out = train(form, dim, frozen, tokens)
    assert after[frozen].tobytes() == before[frozen].tobytes()
    assert spare.any()
    moved = (after != before).any(axis=1)
    assert moved[[t for t in set(tokens.tolist()) if not frozen[t]]].all()
    assert np.isfinite(w_out).all()


@pytest.mark.parametrize("dim", [16, 100])
@pytest.mark.parametrize("words", [2, 7, INPUTS])
def test_one_block_updates_all_else_as_without(dim, words):
    """All products of a block use the rows from before it, so freezing some changes no other."""
    tokens = np.random.default_rng(words).integers(0, SIZE, words).astype(np.int32)
    frozen = np.zeros(SIZE, bool)
    frozen[tokens[::2]] = True
    _, usual, _, usual_out = train("block", dim, None, tokens)
    _, after, _, after_out = train("block", dim, frozen, tokens)
    assert after[~frozen].tobytes() == usual[~frozen].tobytes()
    assert after_out.tobytes() == usual_out.tobytes()
    assert (after[frozen] != usual[frozen]).any()


@pytest.mark.parametrize("form", ["block", "window"])
def test_no_frozen_row_is_as_no_state(form):
    tokens = np.random.default_rng(0).integers(0, SIZE, 50).astype(np.int32)
    _, usual, _, usual_out = train(form, 20, None, tokens)
    _, after, spare, after_out = train(form, 20, np.zeros(SIZE, bool), tokens)
    assert after.tobytes() == usual.tobytes()
    assert after_out.tobytes() == usual_out.tobytes()
    assert not spare.any()
