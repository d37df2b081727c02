"""The block form against the slow oracle, and its losses against the derivative of the objective."""

import numpy as np
import pytest
from helpers import naive_blocks as naive

from w2vneg.kernel.alias import build_alias
from w2vneg.kernel.block import block_setting, make_block, train_blocks
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective
from w2vneg.kernel.block_positives import BAND
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.sides import AHEAD, AROUND
from w2vneg.samplers.losses.bpr import Bpr
from w2vneg.samplers.losses.infonce import InfoNce
from w2vneg.samplers.losses.rank_bpr import RankBpr, scales_of
from w2vneg.samplers.losses.sgns import Sgns
from w2vneg.samplers.proposals.unigram import Unigram
from w2vneg.samplers.weightings.all import All


def make_case(size, dim, dtype, seed, sentences=12, longest=15):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, longest, sentences)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    tokens = rng.integers(0, size, starts[-1]).astype(np.int32)
    matrices = rng.normal(0, 0.4, (2, size, dim)).astype(dtype)
    return matrices, tokens, starts


def padded(matrix, length):
    rows = np.zeros((len(matrix), length), matrix.dtype)
    rows[:, : matrix.shape[1]] = matrix
    return rows.ravel()


def run(setting, w_in, w_out, tokens, starts, keep, proposal, lr, seed, loss=None, negatives=5.0):
    block = make_block(setting, w_in.dtype, negatives)
    # Without the JIT the generator's wrap-around is an overflow, and NaN a warning.
    with np.errstate(all="ignore"):
        return train_blocks(
            setting, w_in, w_out, tokens, starts, 0, len(starts) - 1, keep, proposal, All(),
            loss or Sgns(), block, seed_states(seed, 1)[0], lr, 0.0,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("dtype", "sides"), [(np.float32, AROUND), (np.float64, AROUND), (np.float32, AHEAD)]
)
@pytest.mark.parametrize(
    ("dim", "window", "negatives", "candidates", "size", "longest"),
    [
        (1, 1, 1, 1, 3, 5),
        (16, 2, 5, 8, 7, 15),
        (100, 5, 5, 32, 40, 15),
        (70, 7, 11, 30, 25, 40),
        (33, 8, 2, 5, 2, 30),
        (130, 20, 15, 21, 9, 60),
        (300, 40, 0.5, 2, 9, 60),
    ],
)
def test_equals_the_oracle(dtype, sides, dim, window, negatives, candidates, size, longest):
    (first_in, first_out), tokens, starts = make_case(size, dim, dtype, dim, longest=longest)
    keep = np.random.default_rng(1).integers(2**30, 2**32, size).astype(np.uint32)
    proposal = Unigram(build_alias(np.arange(1, size + 1)))
    setting = block_setting(window, candidates, dim, len(tokens))
    # Few pools, so that they are refilled.
    setting = setting._replace(pools=min(3, setting.pools), sides=sides)
    sentences = [tokens[a:b] for a, b in zip(starts[:-1], starts[1:], strict=True)]
    lr = 0.01
    expected_in, expected_out = first_in.astype(float), first_out.astype(float)
    pairs = excluded = 0
    for inputs, of_piece, pool in naive.blocks(
        sentences, keep, window, setting.piece, setting.pieces, setting.pools, candidates,
        proposal.cells,
        naive.seeded(seed_states(3, 1)), sides is AHEAD,
    ):  # fmt: skip
        d_in, d_out = naive.sgns_gradient(
            expected_in, expected_out, inputs, of_piece, pool, negatives
        )
        expected_in -= lr * d_in
        expected_out -= lr * d_out
        pairs += len(of_piece)
        excluded += sum(draw == positive for _, positive in of_piece for draw in pool)
    w_in, w_out = padded(first_in, setting.length), padded(first_out, setting.length)
    tally = run(setting, w_in, w_out, tokens, starts, keep, proposal, lr, 3, negatives=negatives)
    assert (tally.pairs, tally.collisions) == (pairs, excluded)
    tolerance = 3e-4 if dtype == np.float32 else 5e-6  # the sigmoid is good to 3e-7
    for flat, expected in ((w_in, expected_in), (w_out, expected_out)):
        rows = flat.reshape(size, setting.length)
        np.testing.assert_allclose(rows[:, :dim], expected, rtol=tolerance, atol=tolerance)
        assert not rows[:, dim:].any(), "the padding must stay zero"


@pytest.mark.parametrize("window", [1, 5, 7, 8, 10, 100, 1000])
def test_every_pair_of_a_sentence_is_trained_once(window):
    """With two words and a window beyond the sentence, the number of pairs is known."""
    setting = block_setting(window, 4, 8, 50)
    assert setting.piece <= BAND
    assert setting.piece * setting.pieces >= 2 * window + 1
    tokens = np.arange(50, dtype=np.int32)
    proposal = Unigram(build_alias(np.ones(50)))
    sentences = [tokens]
    keep = np.full(50, 2**32 - 1, np.uint32)
    rng = naive.seeded(seed_states(1, 1))
    _, ranges, _ = naive.stream(sentences, keep, window, rng)
    w_in, w_out = np.zeros((2, 50 * setting.length), np.float32)
    tally = run(setting, w_in, w_out, tokens, np.array([0, 50]), keep, proposal, 0.1, 1)
    assert tally.kept == 50
    assert tally.pairs == sum(end - begin - 1 for begin, end in ranges)


@kernel
def take_coefficients(loss, block, candidates, band):
    pool_coefficients(loss, block, candidates, band)


@kernel
def take_objective(loss, block, candidates, band):
    return pool_objective(loss, block, candidates, band)


LOSSES = {"sgns": Sgns(), "bpr": Bpr(), "infonce": InfoNce(0.7, 3.0), "rank-bpr": None}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("candidates", [1, 3, 20])
def test_coefficients_are_the_derivative_of_the_objective(name, candidates):
    """Central differences in float64, of rows that several candidates and positives share."""
    rng = np.random.default_rng(candidates)
    size, columns = 12, 6
    scale = candidates / 3 if name == "infonce" else 1.0
    ranks = scales_of(np.arange(candidates + 1), candidates, size)
    loss = RankBpr(size, ranks) if name == "rank-bpr" else LOSSES[name]
    setting = block_setting(5, candidates, 8, 10)
    block = make_block(setting, np.float64, 5.0)
    # Scores of every (input, word); candidates and positives are words, some of them the same.
    table = rng.normal(0, 1.5, (INPUTS, size))
    pool = rng.integers(0, size, candidates)
    words = rng.integers(0, size, (INPUTS, columns))
    present = rng.random((INPUTS, columns)) < 0.7
    weights = rng.random((candidates, INPUTS))
    block.weights[:] = weights.ravel()
    block.positives[:] = 0
    band = block.positives.reshape(INPUTS, BAND)
    band[:, :columns] = present
    block.counts[:] = present.sum(axis=1)
    same = pool[None, None, :] == words[:, :, None]
    twins = np.einsum("qjn,nq->qj", same, weights)
    block.excluded.reshape(INPUTS, BAND)[:, :columns] = np.where(present, twins, 0)

    def fill(table):
        block.scores[:] = table[:, pool].T.ravel()
        positive = block.positive_scores[: INPUTS * BAND].reshape(INPUTS, BAND)
        positive[:, :columns] = np.take_along_axis(table, words, axis=1)

    def objective(table):
        return sum(
            naive.pair_losses(
                table[q, words[q, j]],
                table[q, pool],
                scale * weights[:, q],
                same[q, j],
                name.removeprefix("rank-"),
                0.7,
            )
            * (ranks[above[q, j]] if name == "rank-bpr" else 1)
            for q in range(INPUTS)
            for j in range(columns)
            if present[q, j]
        )

    own = np.take_along_axis(table, words, axis=1)
    above = (table[:, None, pool] >= own[:, :, None]).sum(axis=2)
    fill(table)
    assert take_objective(loss, block, candidates, BAND) == pytest.approx(
        objective(table), rel=1e-9
    )
    take_coefficients(loss, block, candidates, BAND)
    moved = np.zeros_like(table)
    g = block.coefficients[: candidates * INPUTS].reshape(candidates, INPUTS)
    h = block.positive_coefficients.reshape(INPUTS, BAND)
    assert not h[:, columns:].any()
    assert not h[:, :columns][~present].any()
    for q in range(INPUTS):
        np.add.at(moved[q], pool, g[:, q])
        np.add.at(moved[q], words[q], h[q, :columns])
    step = 1e-5
    for q, word in rng.integers(0, (INPUTS, size), (60, 2)):
        raised, lowered = table.copy(), table.copy()
        raised[q, word] += step
        lowered[q, word] -= step
        slope = (objective(raised) - objective(lowered)) / (2 * step)
        assert moved[q, word] == pytest.approx(-slope, abs=3e-6, rel=1e-5)


def test_empty_range_and_lonely_words_change_nothing():
    (first_in, first_out), tokens, _ = make_case(5, 10, np.float32, 0)
    setting = block_setting(2, 3, 10, len(tokens))
    w_in, w_out = padded(first_in, setting.length), padded(first_out, setting.length)
    before = w_in.copy(), w_out.copy()
    starts = np.arange(len(tokens) + 1, dtype=np.int64)  # every sentence one word
    keep = np.full(5, 2**32 - 1, np.uint32)
    proposal = Unigram(build_alias(np.ones(5)))
    tally = run(setting, w_in, w_out, tokens, starts, keep, proposal, 1.0, 1)
    assert (tally.kept, tally.pairs) == (len(tokens), 0)
    np.testing.assert_array_equal(w_in, before[0])
    np.testing.assert_array_equal(w_out, before[1])


def test_nan_is_never_hidden():
    (first_in, first_out), tokens, starts = make_case(4, 10, np.float32, 0)
    setting = block_setting(2, 3, 10, len(tokens))
    w_in, w_out = padded(first_in, setting.length), padded(first_out, setting.length)
    w_in[0] = np.nan
    keep = np.full(4, 2**32 - 1, np.uint32)
    run(setting, w_in, w_out, tokens, starts, keep, Unigram(build_alias(np.ones(4))), 0.1, 1)
    assert np.isnan(w_out).any()
