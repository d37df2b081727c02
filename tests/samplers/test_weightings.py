"""Weightings against NumPy, and losses under them against central differences."""

import itertools

import numpy as np
import pytest
from helpers import naive_training as naive
from helpers.hooks import call_coefficients, call_objective, window_weights
from helpers.toys import corpus_of, random_corpus, sampler_for, train_once

from w2vneg.kernel.jit import kernel
from w2vneg.kernel.ranks import mark_highest, rank_highest
from w2vneg.samplers import configure, methods
from w2vneg.samplers.losses.bpr import Bpr
from w2vneg.samplers.losses.infonce import InfoNce
from w2vneg.samplers.losses.rank_bpr import RankBpr, scales_of
from w2vneg.samplers.losses.sgns import Sgns
from w2vneg.samplers.weightings.all import All, Even
from w2vneg.samplers.weightings.debiased import Debiased
from w2vneg.samplers.weightings.hardest import Hardest
from w2vneg.samplers.weightings.hardness import SCHEDULES
from w2vneg.samplers.weightings.self_adversarial import SelfAdversarial


def hardest_of(scores, chosen, cap=np.inf):
    expected = np.zeros_like(scores)
    expected[:, 0] = 1
    for row, actual in zip(scores, expected, strict=True):
        allowed = [n for n in range(1, len(row)) if row[n] <= cap + (row[0] if cap < 9 else 0)]
        best = sorted(allowed, key=lambda n, row=row: (-row[n], n))[:chosen]
        if not best and len(row) > 1:
            best = [1 + int(np.argmin(row[1:]))]
        actual[best] = 1
    return expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("chosen", [1, 2, 5, 20])
@pytest.mark.parametrize("candidates", [1, 2, 6, 11, 17, 40])
def test_hardest_are_those_that_sorting_finds(dtype, chosen, candidates):
    rng = np.random.default_rng(candidates)
    scores = rng.normal(size=(7, candidates)).astype(dtype)
    scores[:, candidates // 2 :] = np.round(scores[:, candidates // 2 :])  # ties
    actual, _ = window_weights(Hardest(chosen, 0.0, 0, 0.0), scores, dtype=dtype)
    np.testing.assert_array_equal(actual, hardest_of(scores, chosen))
    capped, _ = window_weights(Hardest(chosen, 0.0, 1, 0.0), scores, dtype=dtype)
    np.testing.assert_array_equal(capped, hardest_of(scores, chosen, cap=0.0))
    margin, _ = window_weights(Hardest(chosen, 0.0, 1, 0.5), scores, dtype=dtype)
    np.testing.assert_array_equal(margin, hardest_of(scores, chosen, cap=-0.5))


@pytest.mark.parametrize("total", [0.3, 7.0])
@pytest.mark.parametrize("cap", [0, 1])
def test_the_weights_of_a_window_add_up_to_the_total(total, cap):
    scores = np.random.default_rng(2).normal(size=(6, 12))
    for weighting in (
        Hardest(3, 0.0, cap, 0.0, total, 0.5, total / 3),
        SelfAdversarial(total, 1.0, 0.0, cap, 0.0),
    ):
        weights, _ = window_weights(weighting, scores)
        below = (scores[:, 1:] <= scores[:, :1]).sum(axis=1)
        full = (below >= 3) if isinstance(weighting, Hardest) else (below > 0)
        full |= cap == 0
        assert full.any()
        np.testing.assert_allclose(weights[full, 1:].sum(axis=1), total, rtol=1e-5)
        assert (weights[:, 1:].sum(axis=1) <= total + 1e-5).all()


def test_ranks_write_nothing_beyond_the_last_vector():
    scores, marks = np.arange(64.0), np.full(64, 7.0)
    mark_highest_in(scores, 3, 1, 20, marks)
    assert marks[:3].tolist() == [7, 7, 7]
    assert marks[3:23].tolist() == [0] * 18 + [0.5, 0.5]
    assert (marks[35:] == 7).all()


@kernel
def rank_highest_in(scores, at, first, last, limit, ranks, to):
    rank_highest(scores, at, first, last, limit, ranks, to)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("last", [2, 11, 16, 17, 40])
def test_ranks_are_those_of_a_sort(last, dtype):
    rng = np.random.default_rng(last)
    for first, limit in ((0, np.inf), (1, 0.5), (1, -9.0)):
        scores = rng.choice([-1.5, -0.0, 0.0, 0.25, 0.75, 2.0, np.nan], 64).astype(dtype)
        scores[:last] += np.linspace(0, 0.1, last).astype(dtype) * (rng.random(last) < 0.5)
        ranks = np.full(96, 7, np.float32)
        rank_highest_in(scores, 5, first, last, dtype(limit), ranks, 32)
        row = scores[5 + first : 5 + last]
        ranked = np.flatnonzero(row <= limit)
        order = sorted(ranked, key=lambda n: (-row[n], n))
        expected = np.full(last, np.inf)
        expected[first + np.array(order, int)] = np.arange(len(order))
        np.testing.assert_array_equal(ranks[32 : 32 + last], expected)
        assert (ranks[:32] == 7).all()


@kernel
def mark_highest_in(scores, at, first, last, marks):
    mark_highest(scores, at, first, last, np.inf, 2.0, 0.5, marks, at)


def test_the_pool_grows_with_the_schedule():
    scores = np.arange(22.0).reshape(1, 22)  # the hardest come last
    chosen = []
    for progress in (0.0, 0.25, 0.5, 1.0):
        actual, _ = window_weights(Hardest(5, SCHEDULES["linear"], 0, 0.0), scores, progress)
        chosen.append(int(np.flatnonzero(actual[0])[-1]))
        assert actual[0, 1:].sum() == 5
    assert chosen == [5, 9, 13, 21]
    half, _ = window_weights(Hardest(5, SCHEDULES["half"], 0, 0.0), scores, 0.5)
    assert np.flatnonzero(half[0])[-1] == 21


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0, 30.0])
@pytest.mark.parametrize("cap", [0, 1])
def test_self_adversarial_weights_are_a_softmax(dtype, tau, cap):
    scores = np.random.default_rng(1).normal(0, 2, size=(6, 12)).astype(dtype)
    actual, _ = window_weights(SelfAdversarial(5.0, tau, 0.0, cap, 0.0), scores, dtype=dtype)
    for row, weights in zip(scores.astype(float), actual, strict=True):
        allowed = (row[1:] <= row[0]) | (not cap)
        if not allowed.any():
            assert weights[1:].tolist() == [float(n == np.argmin(row[1:])) for n in range(11)]
            continue
        share = np.where(allowed, np.exp(tau * (row[1:] - row[1:][allowed].max())), 0)
        np.testing.assert_allclose(weights[1:], 5 * share / share.sum(), atol=2e-5)
    assert (actual[:, 0] == 1).all()


def test_self_adversarial_hardness_follows_schedule():
    scores = np.random.default_rng(1).normal(size=(3, 12))
    rising = SelfAdversarial(5.0, 2.0, SCHEDULES["linear"], 0, 0.0)
    for progress in (0.0, 0.3, 1.0):
        now, _ = window_weights(rising, scores, progress)
        expected, _ = window_weights(SelfAdversarial(5.0, 2.0 * progress, 0.0, 0, 0.0), scores)
        np.testing.assert_allclose(now, expected)


def test_hardness_may_fall():
    scores = np.random.default_rng(1).normal(size=(3, 12))
    for schedule, progress, now in (
        ("fall", 0.0, 1.0), ("fall", 0.25, 0.75), ("fall", 1.0, 0.0),
        ("cooldown", 0.4, 1.0), ("cooldown", 0.75, 0.5), ("cooldown", 1.0, 0.0),
    ):  # fmt: skip
        falling = SelfAdversarial(5.0, 2.0, SCHEDULES[schedule], 0, 0.0)
        actual, _ = window_weights(falling, scores, progress)
        expected, _ = window_weights(SelfAdversarial(5.0, 2.0 * now, 0.0, 0, 0.0), scores)
        np.testing.assert_allclose(actual, expected)


WEIGHTINGS = [
    All(),
    Hardest(3, 0.0, 0, 0.0),
    Hardest(3, 0.0, 1, 0.1),
    SelfAdversarial(4.0, 1.3, 0.0, 0, 0.0),
    SelfAdversarial(4.0, 1.3, 0.0, 1, 0.0),
    Debiased(Even(0.8, 4.0), 0.7, 1.5),
    Debiased(SelfAdversarial(4.0, 1.3, 0.0, 0, 0.0), 2.5, 1e6),
]
RANK = RankBpr(30, scales_of(np.arange(12), 8, 30))
LOSS_STATES = [Sgns(), Bpr(), InfoNce(1.0), InfoNce(0.4), RANK]


def short(state):
    return " ".join(repr(state).split())[:40]


def weighted(weighting, scores):
    if isinstance(weighting, All):
        _, scratch = window_weights(Hardest(99, 0.0, 0, 0.0), scores)  # all ones
        return scratch
    return window_weights(weighting, scores)[1]


@pytest.mark.parametrize("loss", LOSS_STATES, ids=short)
@pytest.mark.parametrize("weighting", WEIGHTINGS, ids=repr)
@pytest.mark.parametrize("candidates", [2, 9])
def test_coefficients_are_minus_the_derivative(loss, weighting, candidates):
    """Central differences in float64, with the weights held where they are."""
    contexts = 4
    scores = np.random.default_rng(3).normal(0, 1.5, size=(contexts, candidates))
    scratch = weighted(weighting, scores)
    with np.errstate(all="ignore"):
        call_coefficients(loss, scratch, contexts, candidates)
    step = 1e-5
    for cell in range(scores.size):
        values = []
        for sign in (1, -1):
            scratch.scores[: scores.size] = scores.ravel()
            scratch.scores[cell] += sign * step
            values.append(call_objective(loss, scratch, contexts, candidates))
        slope = (values[0] - values[1]) / (2 * step)
        assert scratch.coefficients[cell] == pytest.approx(-slope, abs=5e-6)


def test_every_loss_is_among_the_checked():
    made = {type(loss.build(configure())) for loss in methods()["loss"].values()}
    assert made == {type(loss) for loss in LOSS_STATES}


def test_the_scale_is_the_logarithm_of_the_rank():
    """With all other words as candidates the rank is exact: the first place is rank 0."""
    words = 9
    scales = scales_of(np.arange(words), words - 1, words)
    np.testing.assert_allclose(scales, np.log1p(np.arange(words)) / np.log(words), rtol=1e-6)
    loss = RankBpr(words, scales)
    scores = np.random.default_rng(1).normal(size=(20, words))
    scratch = weighted(All(), scores)
    call_coefficients(Bpr(), scratch, 20, words)
    plain = scratch.coefficients[: scores.size].reshape(scores.shape).copy()
    call_coefficients(loss, scratch, 20, words)
    rank = (scores > scores[:, :1]).sum(axis=1)
    expected = plain * (np.log1p(rank) / np.log(words))[:, None]
    np.testing.assert_allclose(
        scratch.coefficients[: scores.size].reshape(scores.shape), expected, atol=1e-6
    )


def test_bpr_and_infonce_are_one_for_a_single_negative():
    scores = np.random.default_rng(0).normal(0, 2, (9, 2))
    scratch = weighted(All(), scores)
    actual = []
    for loss in (Bpr(), InfoNce(1.0)):
        call_coefficients(loss, scratch, 9, 2)
        actual.append((scratch.coefficients[:18].copy(), call_objective(loss, scratch, 9, 2)))
    np.testing.assert_allclose(actual[0][0], actual[1][0], atol=1e-6)
    assert actual[0][1] == pytest.approx(actual[1][1])
    gap = scores[:, 0] - scores[:, 1]
    np.testing.assert_allclose(actual[0][0].reshape(9, 2)[:, 0], 1 - naive.sigma(gap), atol=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 0.1])
@pytest.mark.parametrize("excluded", [3.0, 16.0, 18.0, 500.0])
def test_infonce_ignores_candidates_of_weight_zero(excluded, temperature):
    scores = np.array([[2.0, 0.5, -1.0], [0.3, 0.1, 0.2]])
    wide = np.hstack([scores, np.full((2, 1), excluded)])
    scratch = weighted(All(), scores)
    loss = InfoNce(temperature)
    call_coefficients(loss, scratch, 2, 3)
    expected = scratch.coefficients[:6].reshape(2, 3).copy()
    scratch = weighted(All(), wide)
    scratch.weights[[3, 7]] = 0
    call_coefficients(loss, scratch, 2, 4)
    actual = scratch.coefficients[:8].reshape(2, 4)
    np.testing.assert_allclose(actual[:, :3], expected, atol=1e-6)
    assert not actual[:, 3].any()


@pytest.mark.parametrize("loss", LOSS_STATES, ids=short)
def test_huge_scores_stay_finite_and_nan_shows(loss):
    scores = np.array([[80.0, -90.0, 3.0], [-500.0, 700.0, 0.0]])
    scratch = weighted(All(), scores)
    with np.errstate(all="ignore"):
        call_coefficients(loss, scratch, 2, 3)
        assert np.isfinite(scratch.coefficients[:6]).all()
        assert np.isfinite(call_objective(loss, scratch, 2, 3))
        scratch.scores[4] = np.nan
        call_coefficients(loss, scratch, 2, 3)
    assert np.isnan(scratch.coefficients[:6]).any()


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("loss", list(methods()["loss"]))
def test_k_of_k_is_plain_sampling_bit_for_bit(loss):
    corpus = random_corpus(30)
    plain = train_once(corpus, sampler_for(corpus, loss=loss))
    chosen = train_once(corpus, sampler_for(corpus, loss=loss, weighting="hardest", candidates=5))
    for left, right in itertools.islice(zip(plain, chosen, strict=True), 2):
        assert left.tobytes() == right.tobytes()


def test_chosen_scores_rise_with_m():
    scores = np.random.default_rng(0).normal(size=(200, 41))
    means = []
    for pool in (5, 10, 20, 40):
        slabs = np.split(scores[:, : pool + 1], 20)
        actual = np.vstack([window_weights(Hardest(5, 0.0, 0, 0.0), slab)[0] for slab in slabs])
        means.append((actual * scores[:, : pool + 1])[:, 1:].sum() / actual[:, 1:].sum())
    assert means == sorted(means)
    assert means[0] < 0.1 < 1 < means[-1]


@pytest.mark.slow
@pytest.mark.once
def test_a_window_without_negatives_is_survived():
    corpus = corpus_of("a b a a b a a a", "a a a b")
    for weighting in ("hardest", "self-adversarial"):
        for loss in methods()["loss"]:
            sampler = sampler_for(corpus, weighting=weighting, loss=loss, negatives=1, cap=True)
            w_in, w_out, _, _ = train_once(corpus, sampler)
            assert np.isfinite(w_in).all()
            assert np.isfinite(w_out).all()


@pytest.mark.parametrize("far", [1.0, 50.0, 70.0, 300.0])
@pytest.mark.parametrize("candidates", [2, 7, 16, 40])
def test_softmax_of_scores_that_are_far_apart(far, candidates):
    rng = np.random.default_rng(5)
    scores = rng.normal(0, far, (3, candidates))
    weights, scratch = window_weights(Even(0.5, 5.0), scores)
    call_coefficients(InfoNce(1.0, 5.0), scratch, 3, candidates)
    actual = scratch.coefficients[: scores.size].reshape(scores.shape)
    logits = scores + np.log(weights)
    share = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = -share / share.sum(axis=1, keepdims=True)
    expected[:, 0] += 1
    np.testing.assert_allclose(actual, expected, atol=1e-9)
