"""The contract that every sampler keeps, whatever its parts."""

import itertools

import numpy as np
import pytest
from helpers.toys import ROUNDS, corpus_of, draw, random_corpus, sampler_for, train_once

from w2vneg.errors import UsageError
from w2vneg.kernel.alias import alias_probabilities
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.samplers import (
    SamplerContext,
    build_sampler,
    configure,
    form_of,
    methods,
    named_samplers,
)
from w2vneg.samplers.proposals.unigram import unigram_cells, unigram_weights

PROPOSALS, WEIGHTINGS, LOSSES = (list(known) for known in methods().values())
#: Those that need no file; test_lists.py has the others.
DRAWING = [name for name in PROPOSALS if name not in ("given", "categories")]
PLAIN = ("unigram", "all", "sgns")
#: Combinations of parts that all differ from those of plain sampling.
CROSSED = [
    ("ace", "hardest", "bpr"),
    ("gneg", "self-adversarial", "infonce"),
    ("nscaching", "variance", "sgns"),
]
COUNTS = np.array([5000, 900, 333, 60, 20, 7, 1], np.int64)
CORPUS = random_corpus(40, sentences=10 if INTERPRETED else 80)


def combinations(form):
    """Yield all that go together and have the form.

    Most are for stress. In the others two parts of plain sampling are replaced, or, where each
    takes seconds to compile, one, in the form that it takes by default.
    """
    for names in itertools.product(PROPOSALS, WEIGHTINGS, LOSSES):
        options = dict(zip(methods(), names, strict=True))
        try:
            default = form_of(configure(**options))
            configure(**options, form=form)
        except UsageError:
            continue
        different = sum(a != b for a, b in zip(names, PLAIN, strict=True))
        crossed = names in CROSSED
        # In plain Python the PageRank of pinsage takes a second, all else is fast.
        most = 1 if names[0] == "pinsage" else 2
        covered = (
            different <= most if INTERPRETED else form == default and (different < 2 or crossed)
        )
        marks = [] if covered else [pytest.mark.stress]
        if not INTERPRETED and names[0] == "unigram" and different and not crossed:
            marks.append(pytest.mark.once)  # other tests call the hooks with bounds checks
        yield pytest.param(*names, marks=marks)


@pytest.mark.parametrize(("proposal", "weighting", "loss"), list(combinations("window")))
def test_every_combination_trains(proposal, weighting, loss):
    sampler = sampler_for(CORPUS, proposal=proposal, weighting=weighting, loss=loss)
    size, dim = len(CORPUS.vocabulary), 8
    w_in, w_out, scratch, tally = train_once(CORPUS, sampler)
    again = train_once(CORPUS, sampler_for(CORPUS, proposal=proposal, weighting=weighting,
                                           loss=loss))  # fmt: skip
    other = train_once(CORPUS, sampler, seed=2)
    assert np.isfinite(w_in).all()
    assert np.isfinite(w_out).all()
    assert w_in.tobytes() == again[0].tobytes()
    assert w_out.tobytes() == again[1].tobytes()
    assert w_out.tobytes() != other[1].tobytes()
    assert not w_in[:, dim:].any(), "the padding must stay zero"
    assert scratch.drawn.min() >= 0
    assert scratch.drawn.max() < size
    assert tally.kept == len(CORPUS.tokens)
    assert 0 <= tally.collisions < tally.kept * sampler.candidates
    assert np.isfinite(tally.loss)


@pytest.mark.parametrize(("proposal", "weighting", "loss"), list(combinations("block")))
def test_every_combination_trains_in_blocks(proposal, weighting, loss):
    options = {"proposal": proposal, "weighting": weighting, "loss": loss, "form": "block"}
    sampler = sampler_for(CORPUS, **options)
    size, dim = len(CORPUS.vocabulary), 8
    w_in, w_out, block, tally = train_once(CORPUS, sampler)
    again = train_once(CORPUS, sampler_for(CORPUS, **options))
    other = train_once(CORPUS, sampler, seed=2)
    assert np.isfinite(w_in).all()
    assert np.isfinite(w_out).all()
    assert w_in.tobytes() == again[0].tobytes()
    assert w_out.tobytes() == again[1].tobytes()
    assert w_out.tobytes() != other[1].tobytes()
    assert not w_in[:, dim:].any(), "the padding must stay zero"
    assert block.pools.min() >= 0
    assert block.pools.max() < size
    assert tally.kept == len(CORPUS.tokens)
    assert tally.pairs > 0
    assert 0 <= tally.collisions < tally.pairs * sampler.candidates
    assert np.isfinite(tally.loss)


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("size", [2, 3, 1000])
def test_ids_lie_in_range_and_streams_repeat(name, size):
    if INTERPRETED and (name, size) == ("pinsage", 1000):
        pytest.skip("PageRank of all words takes minutes in plain Python")
    corpus = random_corpus(size, sentences=20)
    (first, _), (again, _) = (
        draw(sampler_for(corpus, proposal=name), size, seed=4) for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)  # an id out of range would have been lost
    assert first.sum() == 5 * ROUNDS
    if size > 3:  # few words may be drawn equally often by chance
        assert not np.array_equal(first, draw(sampler_for(corpus, proposal=name), size, seed=5)[0])


@pytest.mark.parametrize("name", DRAWING)
def test_a_word_without_neighbours_gets_negatives(name):
    corpus = corpus_of("a b a c", "b c", "lonely", "lonely", "lonely")
    sampler = sampler_for(corpus, proposal=name)
    lonely = corpus.vocabulary.words.index("lonely")
    counts, _ = draw(sampler, 4, center=lonely, rounds=300)
    assert counts.sum() == 1500


@pytest.mark.parametrize("name", DRAWING)
def test_threads_share_only_what_is_learned(name):
    sampler = sampler_for(CORPUS, proposal=name)
    one, two = (states.proposal for states in sampler.per_thread(2))
    shared = 0
    for left, right in zip(one, two, strict=True):
        if isinstance(left, np.ndarray):
            assert left.flags.c_contiguous
            shared += np.shares_memory(left, right)
    assert shared > 0 or name in ("gneg", "rws"), "what is learned or looked up is shared"


@pytest.mark.parametrize("kind", methods())
def test_methods_are_described(kind):
    for name, method in methods()[kind].items():
        assert method.name == name
        assert method.summary
        assert not method.summary.endswith(".")
        assert method.paper
        for option in method.options:
            assert option.help.endswith("."), option.name
            assert option.check(option.default) == option.default


def test_named_samplers_name_existing_methods():
    for name, sampler in named_samplers().items():
        assert sampler.proposal in PROPOSALS, name
        assert sampler.weighting in WEIGHTINGS, name
        assert sampler.loss in LOSSES, name


@pytest.mark.parametrize("name", ["unigram", "uniform"])
def test_words_without_count_are_never_drawn(name):
    sampler = build_sampler(SamplerContext(configure(sampler=name), np.array([10, 0, 5, 0])))
    assert draw(sampler, 4)[0][[1, 3]].sum() == 0


@pytest.mark.parametrize("exponent", [-1, -0.5, 0, 0.25, 0.5, 0.75, 1, 3])
def test_exponent_is_exact(exponent):
    powers = COUNTS.astype(float) ** exponent
    actual = alias_probabilities(unigram_cells(COUNTS, exponent))
    np.testing.assert_allclose(actual, powers / powers.sum(), atol=1e-8)


@pytest.mark.parametrize("exponent", [-1, 0, 0.75])
def test_draws_follow_the_exponent_by_chi_square(exponent):
    from scipy.stats import chisquare

    counts, _ = draw(
        build_sampler(SamplerContext(configure(ns_exponent=exponent), COUNTS)), len(COUNTS)
    )
    expected = unigram_weights(COUNTS, exponent)
    assert chisquare(counts, expected / expected.sum() * counts.sum()).pvalue > 1e-6


def test_uniform_is_uniform():
    sampler = build_sampler(SamplerContext(configure(sampler="uniform"), COUNTS))
    np.testing.assert_allclose(alias_probabilities(sampler.states.proposal.cells), 1 / len(COUNTS))


@pytest.mark.parametrize("exponent", [-100, 100])
def test_extreme_exponents_do_not_overflow(exponent):
    with pytest.raises(UsageError, match="ns_exponent="):
        build_sampler(SamplerContext(configure(ns_exponent=exponent), np.array([10**9, 10])))
    assert np.isfinite(unigram_weights(np.array([10**12, 1]), exponent)).all()


@pytest.mark.parametrize("weighting", ["hardest", "self-adversarial"])
def test_fewer_candidates_than_negatives_are_refused(weighting):
    with pytest.raises(UsageError, match="candidates=3 is less"):
        sampler_for(CORPUS, weighting=weighting, candidates=3, form="window")
