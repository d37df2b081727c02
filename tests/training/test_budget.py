"""`--time`: what is chosen for a rate, and that the choice repeats the training."""

import pytest
from helpers.commands import call, compiled_only, refused
from helpers.toys import random_corpus

import w2vneg.training.budget as module
from w2vneg import SkipGram
from w2vneg.errors import UsageError
from w2vneg.samplers import configure
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress

CORPUS = random_corpus(30, sentences=50)
TOKENS = int(CORPUS.starts[-1])


def chosen(monkeypatch, epochs, taken=0.0, **options):
    """The configuration for a machine on which so many epochs fit into 100 seconds."""
    measured = []

    def measure(corpus, config, seconds, left, stop):
        measured.append(config)
        return epochs * TOKENS / 100 / module._PLANNED + 1e-9, left - taken

    monkeypatch.setattr(module, "_measure", measure)
    monkeypatch.setattr(module, "_WRITE_S", 0.0)
    budget = module.within(
        CORPUS, configure(**options), 100.0, progress=Progress(), stop=StopFlag()
    )
    assert measured[-1].negatives == budget.config.negatives
    return budget.config


def test_more_time_means_more_epochs(monkeypatch):
    assert chosen(monkeypatch, 40).epochs == 40
    assert chosen(monkeypatch, 40, taken=50.0).epochs == 20
    assert chosen(monkeypatch, 40, lr=0.01).lr == 0.01


def test_little_time_is_for_cheaper_epochs(monkeypatch):
    little, much = chosen(monkeypatch, 2), chosen(monkeypatch, 9)
    assert (little.epochs, little.preset) == (2, "balanced")
    assert little.negatives < much.negatives
    assert chosen(monkeypatch, 2, negatives=15).negatives == 15


def test_other_samplers_keep_their_options(monkeypatch):
    config = chosen(monkeypatch, 7, sampler="dynamic")
    assert config == configure(sampler="dynamic", epochs=7)


def test_less_than_an_epoch_is_refused_with_what_fits(monkeypatch):
    with pytest.raises(UsageError, match=r"time= allows; .* max_tokens=[1-9]"):
        chosen(monkeypatch, 0.5)


@compiled_only
def test_what_was_chosen_repeats_the_training():
    sentences = [[f"w{(7 * i * i + j) % 90}" for j in range(12)] for i in range(400)]
    model = SkipGram(dim=8, min_count=1, threads=1).fit(sentences, time="0.5s")
    config = {n: v for n, v in model.manifest["config"].items() if v is not None}
    assert model.manifest["training"]["tokens"] == config["epochs"] * 4800
    assert model.manifest["time"]["seconds"] == 0.5
    again = SkipGram(**config).fit(sentences)
    assert again.vectors.matrix.tobytes() == model.vectors.matrix.tobytes()


def test_refuses_what_contradicts_a_time(tmp_path):
    corpus = tmp_path / "c.txt"
    corpus.write_text("a b a b\n" * 9)
    output = ("-o", tmp_path / "v.vec")
    refused(call("train", corpus, "--time", "soon", *output), 2, "--time 'soon': write a time")
    refused(call("train", corpus, "--time", "9s", "--epochs", 3, *output), 2, "--epochs", "--time")
