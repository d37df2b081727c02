"""Synthetic negatives in coefficient space: exactly the gradient of mixed rows."""

import itertools

import numpy as np
import pytest
from helpers.hooks import call_adjust, call_coefficients, window_weights
from helpers.toys import random_corpus, sampler_for, train_once
from scipy.stats import chisquare, kstest

from w2vneg.samplers import configure, form_of
from w2vneg.samplers.losses.infonce import InfoNce
from w2vneg.samplers.losses.sgns import Sgns
from w2vneg.samplers.weightings import mixgcf, mochi

CONTEXTS, DIM, M = 3, 5, 8
LOSSES = {"sgns": Sgns(), "infonce": InfoNce(1.0, 4.0)}


def state_of(module, drawn=M, **options):
    weighting = module.WEIGHTING.name
    config = configure(weighting=weighting, negatives=4, candidates=drawn, form="window", **options)
    state = module.per_thread(module.build(config), drawn)
    memory = {name: each for name, each in state._asdict().items() if isinstance(each, np.ndarray)}
    return state._replace(**{name: each.astype(np.float64) for name, each in memory.items()})


def mixing_matrix(state, drawn=M):
    """The (contexts, 1 + M, 1 + M) matrix that makes mixed scores of scores."""
    size = 1 + drawn
    result = np.tile(np.eye(size), (CONTEXTS, 1, 1))
    for c, n in itertools.product(range(CONTEXTS), range(1, size)):
        cell = c * size + n
        if isinstance(state, mixgcf.MixGcf):
            result[c, n, n] = 1 - state.shares[cell]
            result[c, n, 0] = state.shares[cell]
            continue
        row = c * state.row
        hardest = state.ranks[row : row + size] < state.chosen
        if not hardest[n]:
            number = c * (drawn - state.chosen) + np.count_nonzero(~hardest[1:n])
            one, two = (int(which[number]) for which in (state.one, state.two))
            result[c, n, n] = 0
            result[c, n, np.flatnonzero(hardest)[one]] += state.shares[number]
            result[c, n, np.flatnonzero(hardest)[two]] += 1 - state.shares[number]
    return result


def loss_of(name, scores, weights):
    weights = weights[:, 1:]
    if name == "sgns":
        positive = np.log1p(np.exp(-scores[:, 0]))
        return (positive + (weights * np.log1p(np.exp(scores[:, 1:]))).sum(axis=1)).sum()
    gaps = np.exp(scores[:, 1:] - scores[:, :1])
    return np.log1p((weights * gaps).sum(axis=1)).sum()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("module", [mixgcf, mochi])
@pytest.mark.parametrize("drawn", [M, 20])
def test_coefficients_are_the_derivative_of_the_loss_of_mixed_rows(drawn, module, loss):
    """Central differences by every row, with the mixture and the weights held constant."""
    rng, size = np.random.default_rng(4), 1 + drawn
    u, v = rng.normal(0, 1, (CONTEXTS, DIM)), rng.normal(0, 1, (size, DIM))
    state = state_of(module, drawn)
    weights, scratch = window_weights(state, u @ v.T)
    mixing = mixing_matrix(state, drawn)
    mixed = scratch.scores[: CONTEXTS * size].reshape(CONTEXTS, size)
    np.testing.assert_allclose(mixed, np.einsum("cnm,cm->cn", mixing, u @ v.T), atol=1e-6)
    assert (np.abs(mixing - np.eye(size)).sum(axis=(1, 2)) > 0.1).all()
    call_coefficients(LOSSES[loss], scratch, CONTEXTS, size)
    call_adjust(state, scratch, CONTEXTS, size)
    g = scratch.coefficients[: CONTEXTS * size].reshape(CONTEXTS, size)

    def objective(u, v):
        # The rows themselves are mixed, then scored.
        scores = np.einsum("cd,cnd->cn", u, np.einsum("cnm,md->cnd", mixing, v))
        return loss_of(loss, scores, weights)

    step = 1e-5
    for matrix, slopes in ((u, g @ v), (v, g.T @ u)):
        for cell in np.ndindex(matrix.shape):
            kept = matrix[cell]
            values = []
            for sign in (1, -1):
                matrix[cell] = kept + sign * step
                values.append(objective(u, v))
            matrix[cell] = kept
            assert slopes[cell] == pytest.approx((values[1] - values[0]) / (2 * step), abs=2e-5)


def test_mochi_keeps_the_hardest_and_mixes_two_of_them():
    scores = np.random.default_rng(1).normal(0, 1, (CONTEXTS, 1 + M))
    state = state_of(mochi, negative_weight=6.0)
    weights, _ = window_weights(state, scores)
    np.testing.assert_allclose(weights[:, 1:], 6 / M, rtol=1e-6)
    for mixing, row in zip(mixing_matrix(state), scores, strict=True):
        hardest = 1 + np.argsort(-row[1:])[:4]
        np.testing.assert_array_equal(mixing[hardest], np.eye(1 + M)[hardest])
        mixtures = np.delete(mixing, [0, *hardest], axis=0)
        np.testing.assert_allclose(mixtures[:, hardest].sum(axis=1), 1, atol=1e-6)
        assert ((mixtures > 0).sum(axis=1) == 2).all()


def test_mochi_mixes_all_pairs_of_the_hardest_alike():
    scores = np.random.default_rng(1).normal(0, 1, (CONTEXTS, 1 + M))
    pairs, shares = np.zeros((4, 4)), []
    for seed in range(200):
        state = state_of(mochi)
        window_weights(state, scores, seed=seed)
        mixed = slice(CONTEXTS * (M - state.chosen))
        np.add.at(pairs, tuple(part[mixed].astype(int) for part in (state.one, state.two)), 1)
        shares += state.shares[mixed].tolist()
    assert len(shares) == 200 * CONTEXTS * 4
    assert chisquare(pairs[~np.eye(4, dtype=bool)]).pvalue > 1e-6
    assert not pairs.diagonal().any()
    assert kstest(shares, "uniform").pvalue > 1e-6


def test_mixgcf_shares_are_uniform():
    scores = np.random.default_rng(1).normal(0, 1, (CONTEXTS, 1 + M))
    shares = []
    for seed in range(60):
        state = state_of(mixgcf, mix_positive=0.5)
        window_weights(state, scores, seed=seed)
        shares += [share for share in state.shares if share > 0]
    assert len(shares) == 60 * CONTEXTS * 4
    assert np.mean(shares) == pytest.approx(0.25, abs=0.03)
    assert max(shares) < 0.5


def test_without_mixing_weights_and_scores_are_those_of_hardest():
    scores = np.random.default_rng(1).normal(0, 1, (CONTEXTS, 1 + M))
    state = state_of(mixgcf, mix_positive=0.0)
    weights, scratch = window_weights(state, scores)
    expected, _ = window_weights(state.hardest, scores)
    np.testing.assert_array_equal(weights, expected)
    np.testing.assert_array_equal(scratch.scores[: scores.size], scores.ravel())


def test_mixtures_need_windows():
    assert form_of(configure(sampler="mochi")) == "window"
    assert form_of(configure(sampler="mixgcf")) == "window"


@pytest.mark.once
@pytest.mark.stress
def test_mixing_nothing_is_hardest_bit_for_bit():
    corpus = random_corpus(30)
    plain = train_once(corpus, sampler_for(corpus, weighting="hardest"))
    mixed = train_once(corpus, sampler_for(corpus, weighting="mixgcf", mix_positive=0.0))
    for left, right in itertools.islice(zip(plain, mixed, strict=True), 2):
        assert left.tobytes() == right.tobytes()
