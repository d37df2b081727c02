"""Named samplers, what they set, and the total weight of the negatives."""

import itertools
import json

import numpy as np
import pytest
from helpers.toys import random_corpus, sampler_for, train_once

from w2vneg.errors import UsageError
from w2vneg.kernel.jit import INTERPRETED
from w2vneg.samplers import candidates_of, configure, form_of, methods, named_samplers
from w2vneg.samplers.proposals.unigram import NS_EXPONENT
from w2vneg.samplers.weightings.self_adversarial import TEMPERATURE
from w2vneg.system.option_names import named_as_flags
from w2vneg.training.loops import loop_for

CORPUS = random_corpus(30, sentences=10 if INTERPRETED else 80)


def bytes_of(negatives=5, **options):
    """The matrices after one pass over a corpus; `negatives` as the block form takes them."""
    trained = train_once(CORPUS, sampler_for(CORPUS, **options), negatives=negatives)
    return b"".join(matrix.tobytes() for matrix in itertools.islice(trained, 2))


@pytest.mark.once
@pytest.mark.parametrize("weighting", ["all", "hardest", "self-adversarial"])
@pytest.mark.parametrize("form", ["window", "block"])
def test_a_weight_of_k_is_the_default_bit_for_bit(weighting, form):
    options = {"weighting": weighting, "form": form, "cap": weighting != "all"}
    assert bytes_of(negative_weight=5.0, **options) == bytes_of(**options)


@pytest.mark.once
@pytest.mark.parametrize("weighting", ["all", "hardest"])
def test_the_weight_is_the_sum_of_the_weights(weighting):
    options = {"weighting": weighting, "form": "block", "negative_weight": 2.5}
    sampler = sampler_for(CORPUS, **options)
    _, _, block, _ = train_once(CORPUS, sampler, negatives=2.5)
    sums = block.weights.reshape(sampler.candidates, -1).sum(axis=0)
    np.testing.assert_allclose(sums, 2.5, rtol=1e-4)
    assert loop_for(configure(**options), 100).negatives == 2.5


def test_a_weight_needs_no_draws():
    config = configure(weighting="self-adversarial", form="window", candidates=3, negative_weight=9)
    assert candidates_of(config) == 3
    with named_as_flags(), pytest.raises(UsageError, match="--candidates 3 is less"):
        configure(weighting="hardest", form="window", candidates=3, negative_weight=9)


@pytest.mark.parametrize("name", ["unigram", "clrec"])
def test_infonce_has_no_total_weight(name):
    with (
        named_as_flags(),
        pytest.raises(UsageError, match="--negative-weight 3 has no place in --loss infonce"),
    ):
        configure(sampler=name, loss="infonce", negative_weight=3)


def test_what_named_samplers_set():
    assert configure(sampler="popularity")[NS_EXPONENT] == 1
    assert configure(sampler="clrec")[NS_EXPONENT] == 1
    mcns = configure(sampler="mcns")
    assert mcns[NS_EXPONENT] == mcns[TEMPERATURE] == 0.5
    rotate = configure(sampler="rotate")
    assert rotate.total_weight == 1
    assert (form_of(rotate), candidates_of(rotate)) == ("block", 48)
    assert candidates_of(configure(sampler="rotate", form="window")) == 16
    assert candidates_of(configure(sampler="rotate", form="window", negatives=20)) == 16
    sharp = configure(sampler="sharp", negatives=7)
    assert (form_of(sharp), candidates_of(sharp), sharp.total_weight) == ("window", 8, 8)
    sharp = configure(sampler="sharp", form="block")
    assert (form_of(sharp), candidates_of(sharp), sharp.total_weight) == ("block", 48, 6)


def test_options_given_by_hand_win_over_those_of_the_sampler():
    assert configure(sampler="popularity", ns_exponent=0.75)[NS_EXPONENT] == 0.75
    assert configure(sampler="rotate", negative_weight=4).total_weight == 4
    assert "ns_exponent" not in configure(sampler="popularity", proposal="uniform").method_options


@pytest.mark.parametrize("name", named_samplers())
def test_named_samplers_are_described_and_survive_json(name):
    sampler = named_samplers()[name]
    assert sampler.summary
    assert sampler.paper
    config = configure(sampler=name)
    assert configure(**json.loads(json.dumps(config.to_dict()))) == config
    assert all(getattr(sampler, kind) in known for kind, known in methods().items())


def test_popularity_is_unigram_with_exponent_one_bit_for_bit():
    assert bytes_of(sampler="popularity") == bytes_of(ns_exponent=1.0)
