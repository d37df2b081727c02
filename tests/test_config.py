"""Every option refuses what lies outside its declared range, and says so in one line."""

import math
from dataclasses import fields

import pytest

from w2vneg.config import TrainConfig, flag
from w2vneg.errors import UsageError

BAD = []
for declared in fields(TrainConfig):
    rules = declared.metadata
    if rules["choices"]:
        BAD += [(declared.name, "unigrm"), (declared.name, "")]
        continue
    if str(declared.type).startswith(("bool", "str")):
        BAD += [(declared.name, 7), (declared.name, math.nan)]
        continue
    whole = str(declared.type).startswith("int")
    step = 1 if whole else 1e-9
    low = rules["low"] if rules["low_open"] else rules["low"] - step
    BAD += [
        (declared.name, int(low) if whole else low),
        (declared.name, "7"),
        (declared.name, True),
    ]
    BAD += [(declared.name, 10**30), (declared.name, math.nan), (declared.name, math.inf)]
    BAD += [(declared.name, 1.5)] if whole else []


@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_values_are_named(name, value):
    with pytest.raises(UsageError) as caught:
        TrainConfig(**{name: value})
    message = str(caught.value)
    assert flag(name) in message
    assert "\n" not in message
    assert caught.value.exit_code == 2


def test_near_names_are_offered():
    with pytest.raises(UsageError, match="did you mean 'unigram'"):
        TrainConfig(sampler="unigrm")


def test_defaults_are_valid_and_survive_json():
    import json

    config = TrainConfig()
    assert TrainConfig(**json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("options", "owner"),
    [
        ({"sampler": "uniform", "alpha": 0.5}, "--proposal unigram"),
        ({"candidates": 9}, "--weighting hardest"),
        ({"temperature": 2.0}, "--weighting self-adversarial"),
        ({"sampler": "ace", "gneg_power": 1.0}, "--proposal gneg"),
        ({"sampler": "dynamic", "loss_temperature": 2.0}, "--loss infonce"),
    ],
)
def test_options_without_effect_are_refused(options, owner):
    with pytest.raises(UsageError, match=f"no effect.*{owner}"):
        TrainConfig(**options)


def test_parts_replace_those_of_the_preset():
    config = TrainConfig(sampler="dynamic", proposal="uniform", loss="bpr", candidates=9)
    assert config.parts == {"proposal": "uniform", "weighting": "hardest", "loss": "bpr"}
