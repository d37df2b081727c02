"""The arms of a comparison, from names, settings and grids."""

import re

import pytest

from w2vneg.comparison import make_arms
from w2vneg.errors import UsageError
from w2vneg.samplers import parts


def test_arms_from_names_settings_and_grids():
    arms = make_arms(
        ["unigram", "gneg+hardest"],
        ["epochs=3", "gneg+hardest:lr=0.05"],
        ["gneg-lambda=0.25,0.5"],
        ["gensim"],
    )
    assert [arm.name for arm in arms] == [
        "unigram",
        "gneg+hardest gneg-lambda=0.25",
        "gneg+hardest gneg-lambda=0.5",
        "gensim",
        "balanced",
    ]
    first, mixed = arms[0].config(4), arms[1].config(4)
    assert (first.epochs, first.lr, first.seed) == (3, 0.025, 4)
    assert (mixed.epochs, mixed.lr, mixed.to_dict()["gneg_lambda"]) == (3, 0.05, 0.25)
    assert parts(mixed) == {"proposal": "gneg", "weighting": "hardest", "loss": "sgns"}
    assert arms[3].options == {"epochs": 3}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((["unigrm"],), "did you mean 'unigram'"),
        ((["unigram"], ["epochs"]), "write option=value"),
        ((["unigram"], ["epoch=3"]), "epoch of fastText is epochs="),
        ((["unigram"], ["epcohs=3"]), "did you mean 'epochs'"),
        ((["unigram"], ["epochs=many"]), "epochs= must be a number"),
        ((["unigram"], ["gneg-power=1"]), "none of the arms has this option"),
        ((["unigram"], ["uniform:lr=1"]), "settings='uniform:lr=1'"),
        ((["unigram"], ["epochs=0"]), "epochs=0 is out of range"),
        ((["unigram"], ["seed=3"]), "settings='seed'"),
        ((["unigram"], [], ["temperature=1,2"]), "none of the arms has this option"),
        (([],), "nothing to compare"),
        ((["unigram"], [], ["lr=0.1,0.1"]), "duplicate arm"),
    ],
)
def test_invalid_arms_are_refused_by_name(arguments, text):
    with pytest.raises(UsageError, match=re.escape(text)):
        make_arms(*arguments)


def test_mixed_vectors_are_a_row_of_their_own():
    arms = make_arms(["unigram", "dynamic"], grids=["mix-out=0,0.3"])
    assert [arm.name for arm in arms] == [
        "unigram mix-out=0.0", "unigram mix-out=0.3", "dynamic mix-out=0.0", "dynamic mix-out=0.3",
    ]  # fmt: skip
    assert [arm.config(1).mix_out for arm in arms] == [0, 0.3, 0, 0.3]
