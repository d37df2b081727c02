"""Where each noise and loss leads at full rank, on a corpus whose probabilities are known.

Sentences are pairs of words, so that a score s(u, v) belongs to one context u and one center v. A
draw equal to the center is dropped, which takes the share p(v|u) from the noise. Derivations:
positives and negatives of a cell balance where the gradient of the loss by its score is zero. The
learning rate that remains leaves a bias of up to .1 where draws are many.
"""

import numpy as np
import pytest
from helpers.toys import corpus_of, sampler_for, train_rounds

from w2vneg.samplers.proposals.gneg.gneg import row_probabilities

pytestmark = pytest.mark.once  # trains to convergence

SIZE = 6
ROUNDS, LAST = 800, 300


def pairs_corpus():
    """Pairs of words in shuffled order; every pair occurs, none alike."""
    rng = np.random.default_rng(5)
    counts = rng.integers(20, 200, (SIZE, SIZE))
    lines = [f"w{i} w{j}" for (i, j), n in np.ndenumerate(counts) for _ in range(n)]
    rng.shuffle(lines)
    return corpus_of(*lines)


CORPUS = pairs_corpus()


def joint():
    actual = np.zeros((SIZE, SIZE))
    pairs = CORPUS.tokens.reshape(-1, 2)
    np.add.at(actual, (pairs[:, 0], pairs[:, 1]), 1)
    actual += actual.T
    return actual / actual.sum()


JOINT = joint()
GIVEN = JOINT / JOINT.sum(axis=1, keepdims=True)  # p(v | u)


def settled(negatives=5, **options):
    """The mean of the scores over the last rounds of a training whose rate decays."""
    sampler = sampler_for(CORPUS, negatives=negatives, **options)
    total = np.zeros((SIZE, SIZE))
    rounds = train_rounds(
        CORPUS, sampler, ROUNDS, window=1, dim=16, lr=0.02, anneal=True,
        negatives=options.get("negative_weight", negatives),
    )  # fmt: skip
    for number, (w_in, w_out, _, _) in enumerate(rounds):
        if number >= ROUNDS - LAST:
            total += w_in.astype(float) @ w_out.astype(float).T
    return total / LAST, sampler


def noise(exponent=0.75):
    powers = CORPUS.vocabulary.counts**exponent
    return powers / powers.sum()


FORMS = [{"form": "window"}, {"form": "block", "candidates": 9}]
NAMES = ["window", "block"]


@pytest.mark.slow
@pytest.mark.parametrize("candidates", [2, 20])
def test_fixed_point_depends_on_k_and_not_on_n(candidates):
    scores, _ = settled(negatives=3, form="block", candidates=candidates)
    expected = np.log(GIVEN / (3 * noise() * (1 - GIVEN)))
    np.testing.assert_allclose(scores, expected, atol=0.12)


@pytest.mark.parametrize(("negatives", "exponent"), [(1, 0.75), (5, 0.75), (1, -1.0)])
@pytest.mark.slow
@pytest.mark.parametrize("options", FORMS, ids=NAMES)
def test_sgns_reaches_the_shifted_pmi(negatives, exponent, options):
    scores, _ = settled(negatives=negatives, ns_exponent=exponent, **options)
    expected = np.log(GIVEN / (negatives * noise(exponent) * (1 - GIVEN)))
    np.testing.assert_allclose(scores, expected, atol=0.12)


@pytest.mark.slow
@pytest.mark.parametrize("options", [FORMS[0], pytest.param(FORMS[1], marks=pytest.mark.stress)])
def test_the_total_weight_shifts_the_scores(options):
    scores, _ = settled(negatives=3, negative_weight=0.5, **options)
    expected = np.log(GIVEN / (0.5 * noise() * (1 - GIVEN)))
    np.testing.assert_allclose(scores, expected, atol=0.12)


@pytest.mark.parametrize("family", ["adjacency", "difference"])
@pytest.mark.slow
def test_center_noise_is_averaged_over_centers(family):
    scores, sampler = settled(
        sampler="gneg", gneg_family=family, gneg_power=1.0, gneg_window=2, negatives=3
    )
    rows = np.array([row_probabilities(sampler.states.proposal.rows, 1, c) for c in range(SIZE)])
    np.fill_diagonal(rows, 0)  # dropped
    expected = np.log(GIVEN / (3 * GIVEN @ rows))
    np.testing.assert_allclose(scores, expected, atol=0.12)
    static = np.log(GIVEN / (3 * noise(1.0) * (1 - GIVEN)))
    assert np.abs(scores - static).max() > 0.3, "not what a fixed noise leads to"


@pytest.mark.slow
def test_cached_noise_is_averaged_over_centers():
    """Without new words caches keep theirs: a fixed noise for each center word."""
    sampler = sampler_for(CORPUS, sampler="nscaching", cache_size=2, cache_fresh=0, negatives=3)
    cache = sampler.states.proposal.cache.reshape(SIZE, 2)
    cache[:] = [[(c + 1) % SIZE, (c + 3) % SIZE] for c in range(SIZE)]
    total = np.zeros((SIZE, SIZE))
    rounds = train_rounds(CORPUS, sampler, ROUNDS, window=1, dim=16, lr=0.02, anneal=True)
    for number, (w_in, w_out, _, _) in enumerate(rounds):
        if number >= ROUNDS - LAST:
            total += w_in.astype(float) @ w_out.astype(float).T
    rows = np.tile(0.5 * noise(), (SIZE, 1))
    for center in range(SIZE):
        rows[center, cache[center]] += 0.25
    np.fill_diagonal(rows, 0)  # dropped
    expected = np.log(GIVEN / (3 * GIVEN @ rows))
    np.testing.assert_allclose(total / LAST, expected, atol=0.12)


@pytest.mark.slow
def test_own_clusters_leave_the_noise():
    """Words 0 and 3, and 1, 2 and 4, are two clusters; word 5 is in none."""
    sampler = sampler_for(
        CORPUS, sampler="ifnd", clusterings=0, negatives=3, candidates=9, negative_weight=3.0
    )
    labels = np.array([0, 1, 1, 0, 1, -1])
    sampler.states.weighting.labels[:] = labels
    total = np.zeros((SIZE, SIZE))
    rounds = train_rounds(CORPUS, sampler, ROUNDS, window=1, dim=16, lr=0.02, anneal=True)
    for number, (w_in, w_out, _, _) in enumerate(rounds):
        if number >= ROUNDS - LAST:
            total += w_in.astype(float) @ w_out.astype(float).T
    # Even weights T / M are set before draws of the center are dropped: T in sum over the others.
    mass = np.zeros((SIZE, SIZE))
    for center in range(SIZE):
        q = noise()
        q[center] = 0
        q /= q.sum()  # the weights of the draws that are left sum to T
        same = (labels == labels[center]) & (labels[center] >= 0)
        mass += GIVEN[:, [center]] * np.where(same, 0, q)
    np.testing.assert_allclose(total / LAST, np.log(GIVEN / (3 * mass)), atol=0.12)


@pytest.mark.slow
@pytest.mark.parametrize("tau", [0.5, 1.0])
def test_self_adversarial_reaches_its_fixed_point(tau):
    scores, _ = settled(weighting="self-adversarial", temperature=tau, negatives=3, candidates=40)
    # The mass that v gets when c is the center: softmax over the noise without c.
    heavy = noise() * np.exp(tau * scores)
    mass = np.zeros((SIZE, SIZE))
    for center in range(SIZE):
        without = heavy.copy()
        without[:, center] = 0
        mass += GIVEN[:, [center]] * without / without.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(scores, np.log(GIVEN / (3 * mass)), atol=0.12)
    plain = np.log(GIVEN / (3 * noise() * (1 - GIVEN)))
    assert scores.std() < 0.9 * plain.std(), "hard negatives flatten the scores"


@pytest.mark.slow
@pytest.mark.parametrize("tau", [0.5, 1.0])
def test_self_adversarial_pools_reach_their_fixed_point(tau):
    """A draw that equals a positive is dropped from its pair after the weights have been set."""
    scores, _ = settled(
        weighting="self-adversarial", temperature=tau, negatives=3, candidates=40, form="block"
    )
    heavy = noise() * np.exp(tau * scores)
    mass = heavy / heavy.sum(axis=1, keepdims=True) * (1 - GIVEN)
    np.testing.assert_allclose(scores, np.log(GIVEN / (3 * mass)), atol=0.12)


@pytest.mark.slow
@pytest.mark.parametrize("form", [pytest.param("window", marks=pytest.mark.stress), "block"])
def test_debiased_noise_lacks_the_positives(form):
    share = 0.05
    scores, _ = settled(
        negatives=3,
        weighting="debiased",
        debias=share,
        candidates=9,
        negative_weight=3.0,
        form=form,
    )
    noise_left = (noise() * (1 - GIVEN) - share * GIVEN) / (1 - share)
    np.testing.assert_allclose(scores, np.log(GIVEN / (3 * noise_left)), atol=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("form", [pytest.param("window", marks=pytest.mark.stress), "block"])
def test_a_corrected_softmax_reaches_the_logarithm(form):
    options = {"candidates": 1} if form == "block" else {}
    scores, _ = settled(negatives=1, sampler="sampled-softmax", form=form, **options)
    center = lambda m: m - m.mean(axis=1, keepdims=True)  # noqa: E731
    np.testing.assert_allclose(center(scores), center(np.log(GIVEN)), atol=0.12)


@pytest.mark.slow
@pytest.mark.parametrize("exponent", [0.0, pytest.param(2.0, marks=pytest.mark.stress)])
def test_the_second_exponent_of_mixed_noise_does_not_matter(exponent):
    options = {"proposal": "mixed-noise", "mix_exponent": exponent, "form": "block"}
    scores, _ = settled(negatives=3, candidates=8, **options)
    expected = np.log(GIVEN / (3 * noise() * (1 - GIVEN)))
    np.testing.assert_allclose(scores, expected, atol=0.12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "error"), [pytest.param("window", 0.3, marks=pytest.mark.stress), ("block", 0.15)]
)
def test_corrected_hardness_leaves_the_target(form, error):
    """In a window the draws of the center are left out before the noise is estimated."""
    scores, _ = settled(negatives=3, sampler="corrected", candidates=40, form=form)
    plain = np.log(GIVEN / (3 * noise() * (1 - GIVEN)))
    np.testing.assert_allclose(scores, plain, atol=error)
    assert scores.std() > 0.9 * plain.std(), "not flattened"


@pytest.mark.slow
@pytest.mark.stress
def test_hard_debiased_pools_reach_their_fixed_point():
    share = 0.05
    options = {"weighting": "hard-debiased", "temperature": 0.5, "debias": share, "form": "block"}
    scores, _ = settled(negatives=3, candidates=40, **options)
    heavy = noise() * np.exp(0.5 * scores)
    mass = heavy / heavy.sum(axis=1, keepdims=True) * (1 - GIVEN)
    expected = np.log(GIVEN / (3 * (mass - share * GIVEN) / (1 - share)))
    np.testing.assert_allclose(scores, expected, atol=0.15)


@pytest.mark.parametrize(
    ("options", "temperature"),
    [
        ({"loss": "bpr"}, 1.0),
        ({"loss": "infonce"}, 1.0),
        ({"loss": "infonce", "loss_temperature": 0.5}, 0.5),
    ],
)
@pytest.mark.slow
@pytest.mark.parametrize("form", NAMES)
def test_ranking_losses_reach_the_log_ratio(options, temperature, form):
    if form == "block":
        # Softmax over several candidates is biased where draws that equal the positive are dropped
        # often, as here; a single draw leaves nothing to compare with.
        options = {**options, "candidates": 1 if options["loss"] == "infonce" else 9}
    scores, _ = settled(negatives=1, form=form, **options)
    expected = np.log(GIVEN / noise())
    actual = scores / temperature
    center = lambda m: m - m.mean(axis=1, keepdims=True)  # noqa: E731
    np.testing.assert_allclose(center(actual), center(expected), atol=0.12)
