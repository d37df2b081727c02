"""ACE's generator: its gradient, its best response, its share of the draws, its collapse."""

import math

import numpy as np
import pytest
from helpers.toys import corpus_of, random_corpus, sampler_for

from w2vneg.kernel.hooks import learn, propose
from w2vneg.kernel.jit import INTERPRETED, kernel
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.tiles import LANES
from w2vneg.kernel.window import Setting, gather_candidates, make_scratch
from w2vneg.samplers import configure
from w2vneg.samplers.proposals.ace.rewards import set_rewards
from w2vneg.training.train import train

SIZE = 6
WORDS = [f"w{i}" for i in range(SIZE)]
# The counts differ, so that the noise is no uniform distribution.
CORPUS = corpus_of(*[" ".join(WORDS[: SIZE - i]) for i in range(SIZE - 1)])
SCORES = np.array([[0.3 * c - 0.8 * v + 0.1 * c * v for v in range(SIZE)] for c in range(SIZE)])

compiled_only = pytest.mark.skipif(INTERPRETED, reason="trains for long, in threads")


@kernel
def _play(state, rng, scratch, scores, rounds, count, lr, progress, center):
    """Propose and learn as the loop does, for embeddings whose scores never change."""
    fallbacks = 0
    for i in range(rounds):
        asked = center if center >= 0 else i % scores.shape[0]
        fallbacks += propose(state, rng, asked, scratch.drawn, count)
        candidates = gather_candidates(scratch, asked, count, 16)
        for n in range(candidates):
            scratch.scores[n] = scores[asked, scratch.candidates[n]]
        learn(state, rng, scratch, 1, candidates, lr, progress)
    return fallbacks


def play(state, rounds, count, lr, *, progress=1.0, center=-1, seed=1):
    scratch = make_scratch(Setting(1, count, 16), np.float64)
    with np.errstate(all="ignore"):
        return _play(
            state, seed_states(seed, 1)[0], scratch, SCORES, rounds, count, lr, progress, center
        )


def make(count, **options):
    """A generator in float64, so that steps may be tiny; returns (sampler, state)."""
    named = {f"ace_{name}": value for name, value in options.items()}
    sampler = sampler_for(CORPUS, sampler="ace", negatives=count, **named)
    state = sampler.per_thread(1)[0].proposal
    floats = {
        name: value.astype(np.float64)
        for name, value in state._asdict().items()
        if isinstance(value, np.ndarray) and value.dtype == np.float32
    }
    return sampler, state._replace(**floats)


def rewards(center):
    actual = np.log1p(np.exp(SCORES[center]))
    actual[center] = 0
    return actual


def noise():
    powers = CORPUS.vocabulary.counts**0.75
    return powers / powers.sum()


def exact_gradient(a, b, center, pool):
    """Gradient of the expected reward by a[center] and by b: all candidate sets enumerated."""
    by_a, by_b = np.zeros_like(a[center]), np.zeros_like(b)
    q, reward = noise(), rewards(center)
    for places in np.ndindex(*[SIZE] * pool):
        words = np.array(places)
        logits = b[words] @ a[center]
        g = np.exp(logits - logits.max())
        g /= g.sum()
        by_score = g * (reward[words] - g @ reward[words]) * q[words].prod()
        by_a += by_score @ b[words]
        np.add.at(by_b, words, by_score[:, None] * a[center])
    return by_a, by_b


@pytest.mark.slow
def test_policy_gradient_is_unbiased():
    """Six words, every set of 3 candidates; the mean of many draws within its own error."""
    pool, lr, center = 3, 1e-9, 2
    _, state = make(
        1, candidates=pool, dim=16, **{"lambda": 0.0}, warmup=0.0, entropy_floor=0.0, clip=1e6
    )
    rng = np.random.default_rng(0)
    state.a[:], state.b[:] = rng.normal(0, 0.4, (2, state.a.size))
    a, b = state.a.reshape(SIZE, 16).copy(), state.b.reshape(SIZE, 16).copy()
    by_a, by_b = exact_gradient(a, b, center, pool)
    batches, rounds = 20, 50 if INTERPRETED else 20_000
    steps = []
    for batch in range(batches):
        before_a, before_b = state.a.copy(), state.b.copy()
        play(state, rounds, 1, lr, center=center, seed=batch)
        moved = np.concatenate([state.a - before_a, state.b - before_b]).reshape(2, SIZE, 16)
        steps.append(np.concatenate([moved[0, [center]], moved[1]]) / (lr * rounds))
    mean, error = np.mean(steps, axis=0), np.std(steps, axis=0, ddof=1) / batches**0.5
    expected = np.concatenate([by_a[None], by_b])
    assert (np.abs(mean - expected) < 6 * error + 1e-6).all()
    if not INTERPRETED:
        # The estimate is sharp enough to see a wrong factor.
        assert np.linalg.norm(mean - expected) < 0.05 * np.linalg.norm(expected)


def policy_steps(center=2, rounds=None, start=None, **options):
    """The mean change of a and b, and its error, for a generator that hardly moves.

    With `start` the running means begin there in each of the 20 batches.
    """
    _, state = make(
        4, candidates=3, dim=16, warmup=0.0, entropy_floor=0.0, clip=1e6, **options
    )  # fmt: skip
    rng = np.random.default_rng(0)
    state.a[:], state.b[:] = rng.normal(0, 0.4, (2, state.a.size))
    a, b, lr = state.a.copy(), state.b.copy(), 1e-9
    steps = []
    for batch in range(20):
        if start is not None:
            state.baseline[:] = start
        before_a, before_b = state.a.copy(), state.b.copy()
        play(state, rounds or 20_000, 4, lr, center=center, seed=batch)
        moved = np.concatenate([state.a - before_a, state.b - before_b]).reshape(2, SIZE, 16)
        steps.append(np.concatenate([moved[0, [center]], moved[1]]) / (lr * (rounds or 20_000)))
    by_a, by_b = exact_gradient(a.reshape(SIZE, 16), b.reshape(SIZE, 16), center, 3)
    expected = np.concatenate([by_a[None], by_b])
    return np.mean(steps, axis=0), np.std(steps, axis=0, ddof=1) / 20**0.5, expected


@compiled_only
@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"lambda": 0.0, "baseline": "others"},
        {"lambda": 0.5, "baseline": "others", "off_policy": 1e6},
        {"lambda": 0.5, "off_policy": 1e6},
    ],
    ids=["others", "others-off-policy", "off-policy"],
)
def test_other_draws_and_importance_weights_leave_the_gradient_unbiased(options):
    mean, error, expected = policy_steps(**options)
    assert (np.abs(mean - expected) < 6 * error + 1e-6).all()
    assert np.linalg.norm(mean - expected) < 0.06 * np.linalg.norm(expected)


@compiled_only
@pytest.mark.slow
def test_the_mean_of_the_other_draws_has_less_variance_than_a_bad_start():
    """A running mean begins far from the rewards; few windows do not bring it near."""
    errors = {}
    for baseline in ("running", "others"):
        options = {"lambda": 0.0, "baseline": baseline}
        errors[baseline] = policy_steps(rounds=10, start=3.0, **options)[1]
    assert np.linalg.norm(errors["others"]) < np.linalg.norm(errors["running"])


def learned_from(shift, reward="score", **options):
    """A generator after a few rounds with scores that are all higher by `shift`."""
    _, state = make(4, candidates=3, dim=16, warmup=0.0, reward=reward, **options)
    rng = np.random.default_rng(0)
    state.a[:], state.b[:] = rng.normal(0, 0.4, (2, state.a.size))
    scratch = make_scratch(Setting(1, 4, 16), np.float64)
    with np.errstate(all="ignore"):
        _play(
            state, seed_states(1, 1)[0], scratch, SCORES + shift, 200, 4, 0.01, 1.0, -1
        )  # fmt: skip
    return state


def test_a_constant_in_all_rewards_does_not_matter_beside_the_other_draws():
    """With scores as rewards, the center earning as little as the worst of the others."""
    options = {"lambda": 0.0, "baseline": "others"}
    one, two = (learned_from(shift, **options) for shift in (0.0, 2.5))
    np.testing.assert_allclose(one.a, two.a, atol=1e-9)
    np.testing.assert_allclose(one.b, two.b, atol=1e-9)
    assert np.abs(one.a - learned_from(2.5, "sigmoid", **options).a).max() > 1e-3


@pytest.mark.parametrize(
    ("reward", "of"),
    [
        ("loss", lambda s: np.log1p(np.exp(s))),
        ("score", lambda s: s),
        ("sigmoid", lambda s: 2 / (1 + np.exp(-s)) - 1),
    ],
)
def test_rewards_are_means_over_the_contexts(reward, of):
    _, state = make(4, candidates=5, reward=reward, warmup=0.0, **{"lambda": 0.0})
    state.drawn[:4] = [1, 3, 5, 1]
    scores = np.random.default_rng(0).normal(size=(3, 4))  # the center, then three draws
    with np.errstate(all="ignore"):
        _set_rewards(state, 3, np.append(scores.ravel(), np.zeros(LANES)), 3, 4)
    expected = of(scores[:, 1:]).mean(axis=0)
    least = {"loss": 0.0, "score": expected.min(), "sigmoid": -1.0}[reward]
    np.testing.assert_allclose(state.rewards[:4], [expected[0], least, *expected[1:]], atol=2e-5)


@kernel
def _set_rewards(state, center, scores, contexts, candidates):
    set_rewards(state, 0, 4, center, scores, contexts, candidates)


def softmax(e):
    g = np.exp(e - e.max())
    return g / g.sum()


@compiled_only
@pytest.mark.parametrize("beta", [0.5, 1.0])
@pytest.mark.slow
def test_the_generator_finds_its_best_response(beta):
    """For frozen rewards and entropy weight beta it is g ~ e^(R / beta) on every candidate set."""
    _, state = make(
        4, candidates=8, dim=16, **{"lambda": 0.0}, warmup=0.0, entropy_floor=1.0,
        entropy_weight=beta, clip=1e6,
    )  # fmt: skip
    for lr in (0.05, 0.01, 0.002):
        play(state, 200_000, 4, lr)
    logits = state.a.reshape(SIZE, 16) @ state.b.reshape(SIZE, 16).T
    for center in range(SIZE):
        actual = softmax(logits[center])
        np.testing.assert_allclose(actual, softmax(rewards(center) / beta), atol=0.03)


@pytest.mark.slow
@pytest.mark.once
@compiled_only
def test_all_noise_is_the_unigram_sampler_bit_for_bit():
    from w2vneg.model import SkipGram

    lines = [line.split() for line in ["a b c d a", "b d e a c", "e a b"] * 20]
    options = {"preset": "word2vec", "dim": 10, "min_count": 1, "epochs": 2, "threads": 1}
    plain = SkipGram(form="window", **options).fit(lines)
    all_noise = SkipGram(sampler="ace", ace_lambda=1.0, **options).fit(lines)
    assert plain.vectors.matrix.tobytes() == all_noise.vectors.matrix.tobytes()
    mixed = SkipGram(sampler="ace", ace_warmup=0.0, **options).fit(lines)
    assert plain.vectors.matrix.tobytes() != mixed.vectors.matrix.tobytes()


@pytest.mark.parametrize("mix", [0.2, 0.5, 0.9])
def test_generator_draws_one_minus_lambda(mix):
    rounds = 300 if INTERPRETED else 30_000
    sampler, state = make(5, **{"lambda": mix}, warmup=0.0)
    play(state, rounds, 5, 0.0)
    share = sampler.methods[0].report([state])["generator_draws"] / (5 * rounds)
    assert share == pytest.approx(1 - mix, abs=5 * (mix * (1 - mix) / (5 * rounds)) ** 0.5)


def test_generator_learns_during_warmup():
    sampler, state = make(5, **{"lambda": 0.0}, warmup=0.5)
    fallbacks = play(state, 200, 5, 0.5, progress=0.1)
    assert fallbacks == 1000
    assert sampler.methods[0].report([state])["generator_draws"] == 0
    assert np.abs(state.b).max() > 0
    play(state, 200, 5, 0.5, progress=0.6)
    assert sampler.methods[0].report([state])["generator_draws"] == 199 * 5


@pytest.mark.slow
@pytest.mark.once
@compiled_only
def test_collapse_is_named_and_survived():
    corpus = random_corpus(300, sentences=2000)
    config = configure(
        sampler="ace", dim=8, epochs=2, threads=1, sample=0, ace_warmup=0, ace_candidates=4,
        ace_temperature=1e-3, ace_lr=100, ace_clip=100, ace_entropy_weight=0,
    )  # fmt: skip
    result = train(corpus, config)  # which refuses vectors that are not finite
    assert result.sampler["generator_collapsed"] > 0.05
    assert "collapsed" in result.sampler["warning"]
    assert "ace_entropy_weight=" in result.sampler["warning"]
    assert result.fallbacks > 0, "noise replaced the generator"


def test_non_finite_scores_fall_back_to_noise():
    sampler, state = make(5, **{"lambda": 0.0}, warmup=0.0)
    state.b[:] = np.nan
    assert play(state, 50, 5, 0.1) == 250
    assert "not finite" in sampler.methods[0].report([state])["warning"]


def test_center_hits_are_counted_without_reward():
    sampler, state = make(5, **{"lambda": 0.0}, warmup=0.0, lr=2.0)
    play(state, 300 if INTERPRETED else 5000, 5, 0.1)
    early = sampler.methods[0].report([state])["generator_hits"]
    state.stats[:2] = 0
    play(state, 300 if INTERPRETED else 5000, 5, 0.1)
    assert 0 < early < 0.3
    if not INTERPRETED:
        assert sampler.methods[0].report([state])["generator_hits"] < early


@pytest.mark.slow
@pytest.mark.once
@compiled_only
def test_the_report_of_a_training():
    corpus = random_corpus(40, sentences=300)
    config = configure(sampler="ace", dim=8, epochs=10, threads=2, sample=0)
    result = train(corpus, config)
    report = result.sampler
    drawn = 5 * result.kept
    assert 0.35 * drawn < report["generator_draws"] < 0.47 * drawn
    assert 0 <= report["generator_hits"] < 0.2
    assert 0.5 * math.log(16) < report["generator_entropy"] <= math.log(16) + 1e-6
    assert report["generator_loss"] > 0
    # The warm-up, a tenth, ends with a chunk, which here is an epoch.
    assert 0.09 * drawn < result.fallbacks < 0.21 * drawn
    assert "warning" not in report
