"""Every option refuses what lies outside its declared range, in one line that names it."""

import json
import math

import pytest

from w2vneg.config import Option
from w2vneg.errors import UsageError
from w2vneg.samplers import PRESETS, all_options, configure, method_options, parts, settled

BAD = []
for option in all_options().values():
    if option.choices:
        BAD += [(option.name, "unigrm"), (option.name, "")]
        continue
    if option.kind in (bool, str):
        BAD += [(option.name, 7), (option.name, math.nan)]
        continue
    whole = option.kind is int
    step = 1 if whole else 1e-9
    low = option.low if option.low_open else option.low - step
    BAD += [(option.name, int(low) if whole else low), (option.name, "7"), (option.name, True)]
    BAD += [(option.name, 10**30), (option.name, math.nan), (option.name, math.inf)]
    BAD += [(option.name, 1.5)] if whole else []


@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_values_are_named(name, value):
    with pytest.raises(UsageError) as caught:
        configure(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"{name}=")
    assert "\n" not in message
    assert caught.value.exit_code == 2


def test_near_names_are_suggested():
    with pytest.raises(UsageError, match="did you mean 'unigram'"):
        configure(sampler="unigrm")
    with pytest.raises(UsageError, match="no option 'gneg_powr'; did you mean 'gneg_power'"):
        configure(gneg_powr=1.0)


def test_alpha_is_refused_with_both_meanings():
    with pytest.raises(UsageError, match=r"^alpha is ambiguous: lr= .* ns_exponent=") as caught:
        configure(alpha=0.5)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize("sampler", ["unigram", "gneg", "ace", "dynamic"])
def test_a_configuration_survives_json(sampler):
    config = configure(sampler=sampler)
    assert configure(**json.loads(json.dumps(config.to_dict()))) == config


def test_a_configuration_holds_what_its_methods_read():
    config = configure(sampler="dynamic", candidates=9)
    assert config.candidates == 9
    assert set(config.method_options) == {
        "ns_exponent", "hard_share", "hardness_schedule", "cap", "cap_margin",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "owner"),
    [
        ({"sampler": "uniform", "ns_exponent": 0.5}, "proposal='unigram'"),
        ({"cap": True}, "weighting='hardest'"),
        ({"temperature": 2.0}, "weighting='self-adversarial'"),
        ({"sampler": "ace", "gneg_power": 1.0}, "proposal='gneg'"),
        ({"sampler": "dynamic", "loss_temperature": 2.0}, "loss='infonce'"),
    ],
)
def test_options_without_effect_are_refused(options, owner):
    with pytest.raises(UsageError, match=f"no effect.*{owner}"):
        configure(**options)


def test_a_typed_default_without_effect_is_refused():
    configure(sampler="uniform", ns_exponent=0.75)
    with pytest.raises(UsageError, match="ns_exponent= has no effect"):
        configure(sampler="uniform", ns_exponent=0.75, given=["ns_exponent"])


def test_parts_replace_those_of_the_sampler():
    config = configure(sampler="dynamic", proposal="uniform", loss="bpr", candidates=9)
    assert parts(config) == {"proposal": "uniform", "weighting": "hardest", "loss": "bpr"}


def test_options_given_by_hand_win_over_a_preset(monkeypatch):
    preset = PRESETS["word2vec"]._replace(options={"dim": 7, "lr": 0.5, "ns_exponent": 0.25})
    monkeypatch.setitem(PRESETS, "word2vec", preset)
    config = configure(preset="word2vec", lr=0.1)
    assert (config.dim, config.lr) == (7, 0.1)
    assert config[method_options()["ns_exponent"][0]] == 0.25
    assert "ns_exponent" not in configure(sampler="uniform").method_options


def test_defaults_of_the_options_are_those_of_word2vec():
    named = PRESETS["word2vec"].options
    assert {name: all_options()[name].default for name in named} == dict(named)
    assert configure(preset="word2vec").unsettled == frozenset()


def test_the_default_preset_is_for_plain_negative_sampling():
    assert configure().preset == "balanced"
    assert configure(loss="sgns", dim=7).preset == "balanced"
    for options in ({"sampler": "dynamic"}, {"loss": "bpr"}, {"weighting": "hardest"}):
        assert configure(**options).preset == "word2vec"
        assert configure(preset="balanced", **options).negatives == configure().negatives


def test_presets_follow_the_size_of_the_corpus():
    epochs = [settled(configure(), tokens).epochs for tokens in (0, 10**5, 10**6, 10**7)]
    assert epochs == sorted(epochs, reverse=True)
    assert epochs[0] > epochs[2] > epochs[3]
    samples = [settled(configure(), 10**power).sample for power in range(3, 11)]
    assert samples == sorted(samples, reverse=True)
    assert samples[0] > samples[-1]
    assert settled(configure(), 10**10).lr < settled(configure(), 10**7).lr
    for preset in PRESETS.values():
        config = settled(configure(preset=preset.name), 10**6)
        assert config.unsettled == frozenset()
        assert settled(config, 10**9) == config
        assert configure(**config.to_dict()) == config


def test_only_options_that_are_not_given_follow_the_corpus():
    config = configure(epochs=3)
    assert config.unsettled == {"lr", "negatives", "sample"}
    assert not config.unsettled & set(config.to_dict())
    assert configure(**config.to_dict()) == config
    assert settled(config, 10**6).epochs == 3


def test_texts_are_parsed_in_the_type_of_the_option():
    assert Option("n", 1, "").parse("5") == 5
    assert Option("x", 1.0, "").parse("5") == 5.0
    assert Option("b", False, "").parse("yes") is True
    assert Option("s", "a", "").parse("b") == "b"
    for option, text in ((Option("n", 1, ""), "five"), (Option("b", False, ""), "maybe")):
        with pytest.raises(UsageError, match=f"^{option.name}= must be"):
            option.parse(text)
