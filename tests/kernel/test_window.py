"""The compiled loop against the slow oracle, and against the derivative of its own objective."""

import numpy as np
import pytest
from helpers import naive_training as naive

from w2vneg.kernel.alias import build_alias
from w2vneg.kernel.hooks import coefficients, objective, weigh
from w2vneg.kernel.products import score, update
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.sides import AHEAD, AROUND
from w2vneg.kernel.tiles import row_length
from w2vneg.kernel.window import CONTEXTS, MAX_SENTENCE, Setting, make_scratch, train_chunk
from w2vneg.samplers.losses.sgns import Sgns
from w2vneg.samplers.proposals.unigram import Unigram
from w2vneg.samplers.weightings.all import All


def make_case(size, dim, dtype, seed, sentences=12, longest=15):
    rng = np.random.default_rng(seed)
    length = row_length(dim)
    flats = []
    for _ in range(2):
        rows = np.zeros((size, length), dtype)
        rows[:, :dim] = rng.normal(0, 0.4, (size, dim))
        flats.append(rows.ravel())
    lengths = rng.integers(1, longest, sentences)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    tokens = rng.integers(0, size, starts[-1]).astype(np.int32)
    return length, flats[0], flats[1], tokens, starts


def run(setting, w_in, w_out, tokens, starts, keep, cells, lr, seed):
    # Without the JIT the generator's wrap-around is an overflow, and NaN a warning.
    with np.errstate(all="ignore"):
        return _train(setting, w_in, w_out, tokens, starts, keep, cells, lr, seed)


def _train(setting, w_in, w_out, tokens, starts, keep, cells, lr, seed):
    return train_chunk(
        setting, w_in, w_out, tokens, starts, 0, len(starts) - 1, keep, Unigram(cells), All(),
        Sgns(), make_scratch(setting, w_in.dtype), seed_states(seed, 1)[0], lr, 0.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("dtype", "sides"), [(np.float32, AROUND), (np.float64, AROUND), (np.float32, AHEAD)]
)
@pytest.mark.parametrize(
    ("dim", "window", "negatives", "size"),
    [(1, 1, 1, 3), (16, 2, 5, 7), (100, 5, 5, 40), (70, 3, 11, 25), (33, 4, 2, 2), (130, 5, 15, 9),
     (20, 8, 3, 9), (20, 60, 5, 30)],
)  # fmt: skip
def test_equals_the_oracle(dtype, sides, dim, window, negatives, size):
    longest = 15 if window < 8 else 90  # with pieces
    length, w_in, w_out, tokens, starts = make_case(size, dim, dtype, dim, longest=longest)
    keep = np.random.default_rng(1).integers(2**30, 2**32, size).astype(np.uint32)
    cells = build_alias(np.arange(1, size + 1))
    expected_in = w_in.reshape(size, length)[:, :dim].astype(float)
    expected_out = w_out.reshape(size, length)[:, :dim].astype(float)
    sentences = [tokens[a:b] for a, b in zip(starts[:-1], starts[1:], strict=True)]
    counts = naive.train(
        expected_in, expected_out, sentences, keep, cells, window, negatives, 0.05,
        naive.Rng(seed_states(3, 1)[0]), CONTEXTS if window < 60 else 4, sides is AHEAD,
    )  # fmt: skip
    setting = Setting(window, negatives, length, CONTEXTS if window < 60 else 4, sides=sides)
    tally = run(setting, w_in, w_out, tokens, starts, keep, cells, 0.05, 3)
    assert (tally.kept, tally.pairs, tally.collisions) == counts
    tolerance = 2e-4 if dtype == np.float32 else 2e-6  # the sigmoid is good to 3e-7
    for flat, expected in ((w_in, expected_in), (w_out, expected_out)):
        rows = flat.reshape(size, length)
        np.testing.assert_allclose(rows[:, :dim], expected, rtol=tolerance, atol=tolerance)
        assert not rows[:, dim:].any(), "the padding must stay zero"


@pytest.mark.parametrize(("contexts", "candidates"), [(1, 2), (4, 6), (7, 3), (10, 17)])
def test_gradient_is_the_derivative_of_the_objective(contexts, candidates):
    """Central differences in float64; all rows differ, so the step is one exact gradient step."""
    dim, rng = 20, np.random.default_rng(contexts)
    length = row_length(dim)
    setting = Setting(contexts, candidates - 1, length)
    u = np.zeros((contexts, length))
    v = np.zeros((candidates, length))
    u[:, :dim] = rng.normal(0, 0.5, (contexts, dim))
    v[:, :dim] = rng.normal(0, 0.5, (candidates, dim))
    at_u, at_v = np.arange(contexts) * length, np.arange(candidates) * length

    def loss(u, v):
        scratch = make_scratch(setting, np.float64)
        scratch.scores[: contexts * candidates] = (u @ v.T).ravel()
        return _OBJECTIVE(Sgns(), scratch, contexts, candidates)

    scratch = make_scratch(setting, np.float64)
    new_u, new_v = u.copy().ravel(), v.copy().ravel()
    _STEP(All(), Sgns(), scratch, new_u, at_u, contexts, new_v, at_v, candidates, length)
    step = 1e-5
    for matrix, moved in ((u, new_u.reshape(u.shape)), (v, new_v.reshape(v.shape))):
        for _ in range(12):
            row, column = int(rng.integers(len(matrix))), int(rng.integers(dim))
            keep = matrix[row, column]
            matrix[row, column] = keep + step
            above = loss(u, v)
            matrix[row, column] = keep - step
            below = loss(u, v)
            matrix[row, column] = keep
            slope = (above - below) / (2 * step)
            assert moved[row, column] - keep == pytest.approx(-slope, abs=2e-6, rel=1e-5)


def _make_drivers():
    from w2vneg.kernel.jit import kernel

    @kernel
    def take_objective(loss, scratch, contexts, candidates):
        return objective(loss, scratch.scores, scratch.weights, contexts, candidates)

    @kernel
    def take_step(weighting, loss, scratch, u, u_at, contexts, v, v_at, candidates, length):
        score(u, u_at, contexts, v, v_at, candidates, length, scratch.scores)
        weigh(weighting, scratch.contexts, scratch, contexts, candidates, 0.0)
        coefficients(
            loss, scratch.scores, scratch.weights, contexts, candidates, scratch.coefficients
        )
        update(
            scratch.coefficients, u, u_at, u_at, contexts, v, v_at, candidates, length,
            scratch.delta, scratch.delta_at,
        )  # fmt: skip

    return take_objective, take_step


_OBJECTIVE, _STEP = _make_drivers()


@pytest.mark.parametrize("contexts", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("candidates", [1, 2, 3, 4, 6, 9])
def test_repeated_words_receive_every_update(contexts, candidates):
    length = 48
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(2, 3, length))
    at_u = rng.integers(0, 3, contexts) * length
    at_v = rng.integers(0, 3, candidates) * length
    setting = Setting(contexts, candidates, length)
    scratch = make_scratch(setting, np.float64)
    new_u, new_v = u.copy().ravel(), v.copy().ravel()
    _STEP(All(), Sgns(), scratch, new_u, at_u, contexts, new_v, at_v, candidates, length)
    rows_u, rows_v = at_u // length, at_v // length
    g = -naive.sigma(u[rows_u] @ v[rows_v].T)
    g[:, 0] += 1
    expected_u, expected_v = u.copy(), v.copy()
    np.add.at(expected_u, rows_u, g @ v[rows_v])
    np.add.at(expected_v, rows_v, g.T @ u[rows_u])
    np.testing.assert_allclose(new_u.reshape(u.shape), expected_u, atol=1e-5)
    np.testing.assert_allclose(new_v.reshape(v.shape), expected_v, atol=1e-5)


def test_empty_range_and_lonely_words_change_nothing():
    length, w_in, w_out, tokens, _ = make_case(5, 10, np.float32, 0)
    before = w_in.copy(), w_out.copy()
    starts = np.arange(len(tokens) + 1, dtype=np.int64)  # every sentence one word
    keep = np.full(5, 2**32 - 1, np.uint32)
    tally = run(
        Setting(2, 3, length), w_in, w_out, tokens, starts, keep, build_alias(np.ones(5)), 1.0, 1
    )
    assert (tally.kept, tally.pairs) == (len(tokens), 0)
    np.testing.assert_array_equal(w_in, before[0])
    np.testing.assert_array_equal(w_out, before[1])


def test_nan_is_never_hidden():
    length, w_in, w_out, tokens, starts = make_case(4, 10, np.float32, 0)
    w_in[0] = np.nan
    keep = np.full(4, 2**32 - 1, np.uint32)
    run(Setting(2, 3, length), w_in, w_out, tokens, starts, keep, build_alias(np.ones(4)), 0.1, 1)
    assert np.isnan(w_out).any()


def test_longest_sentence_fits():
    length = row_length(4)
    tokens = np.zeros(MAX_SENTENCE, np.int32)
    tokens[::2] = 1
    starts = np.array([0, MAX_SENTENCE])
    w_in, w_out = np.zeros(2 * length, np.float32), np.zeros(2 * length, np.float32)
    keep = np.full(2, 2**32 - 1, np.uint32)
    tally = run(
        Setting(1, 1, length), w_in, w_out, tokens, starts, keep, build_alias(np.ones(2)), 0.1, 1
    )
    assert tally.kept == MAX_SENTENCE
    assert tally.pairs == 2 * (MAX_SENTENCE - 1)
