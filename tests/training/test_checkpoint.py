"""Which configuration a checkpoint stands for, and what may change when it is resumed."""

import pytest

from w2vneg.errors import UsageError
from w2vneg.samplers import all_options, configure
from w2vneg.training import Snapshot
from w2vneg.training.checkpoint import settings


def snapshot(**config):
    return Snapshot({"config": config, "version": "9.9"})


def test_a_configuration_is_restored():
    config = configure(sampler="gneg", gneg_power=0.5, epochs=3)
    assert settings(snapshot(**config.to_dict()), {}) == config


def test_older_checkpoints_name_every_option_and_alpha():
    older = {name: option.default for name, option in all_options().items()}
    del older["preset"]
    older["alpha"] = older.pop("ns_exponent")
    assert settings(snapshot(**older), {}) == configure(preset="word2vec")
    older.update(sampler="gneg", alpha=0.5, gneg_window=3)
    expected = configure(sampler="gneg", ns_exponent=0.5, gneg_window=3)
    assert settings(snapshot(**older), {}) == expected
    assert settings(snapshot(**older), {"preset": "word2vec"}) == expected


def test_epochs_and_threads_may_change():
    resumed = settings(snapshot(**configure().to_dict()), {"epochs": 9, "threads": 2})
    assert (resumed.epochs, resumed.threads) == (9, 2)


@pytest.mark.parametrize(("name", "value"), [("dim", 50), ("sampler", "ace"), ("cap", True)])
def test_other_options_must_not_change(name, value):
    with pytest.raises(UsageError, match=f"^{name}=.*: the checkpoint was made with"):
        settings(snapshot(**configure().to_dict()), {name: value})


def test_an_option_that_does_not_exist_is_named():
    with pytest.raises(UsageError, match=r"w2vneg 9\.9 with new_thing="):
        settings(snapshot(**configure().to_dict(), new_thing=1), {})
