"""``w2vneg samplers`` and ``w2vneg graph`` as a user meets them."""

import json

import pytest
from helpers.commands import call

from w2vneg.samplers import method_options, methods, named_samplers, training_methods


def run(*arguments, code=0):
    outcome = call(*arguments)
    assert outcome.code == code, outcome.err
    return outcome


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / "corpus.txt"
    lines = ["cats chase mice", "dogs chase cats", "mice eat cheese", "dogs eat meat"]
    path.write_text("\n".join(lines * 40) + "\n")
    return path


def test_the_list_is_complete():
    found = json.loads(run("samplers", "--json").out)
    assert set(found["samplers"]) == set(named_samplers())
    kinds = {"proposals": "proposal", "weightings": "weighting", "losses": "loss"}
    for key, kind in kinds.items():
        assert set(found[key]) == set(methods()[kind])
    assert set(found["methods"]) == set(training_methods())
    listed = {
        o
        for kind in (*kinds, "methods")
        for e in found[kind].values()
        for o in e.get("options", {})
    }
    assert listed == {option.flag for option, _ in method_options().values()}
    text = run("samplers").out
    for name in (*named_samplers(), *methods()["weighting"], "ACL 2018", "infonce"):
        assert name in text


def test_one_sampler_with_its_options():
    text = " ".join(run("samplers", "dynamic").out.split())
    assert "--cap-margin" in text
    assert "default: constant" in text
    assert "--gneg-power" not in text
    assert "--unobserved-weight" in run("samplers", "whole-data").out
    assert "did you mean 'dynamic'" in run("samplers", "dynamik", code=2).err


def test_graph_of_a_corpus_saved_and_looked_at(corpus, tmp_path):
    saved = tmp_path / "g.npz"
    built = json.loads(
        run("graph", corpus, "-o", saved, "--window", 1, "--family", "adjacency", "--power", 1,
            "--node", "chase", "--json").out
    )  # fmt: skip
    near = {word: (weight, chance) for word, weight, chance in built["nodes"]["chase"]["neighbors"]}
    assert near == {
        "cats": (80, pytest.approx(0.5)),
        "mice": (40, pytest.approx(0.25)),
        "dogs": (40, pytest.approx(0.25)),
    }
    read = json.loads(
        run("graph", saved, "--family", "adjacency", "--power", 1, "--node", "chase",
            "--json").out
    )  # fmt: skip
    assert read["nodes"] == built["nodes"]
    table = run("graph", saved, "--node", "meat").out
    assert "meat: 40 times, 1 neighbors" in table
    assert "eat" in table


def test_training_takes_the_saved_graph(corpus, tmp_path):
    saved = tmp_path / "g.npz"
    run("graph", corpus, "-o", saved)
    options = ("--dim", 8, "--threads", 1, "--sampler", "gneg", "--json")
    for name, more in (("a", ()), ("b", ("--gneg-graph", saved))):
        out = run("train", corpus, "-o", tmp_path / f"{name}.vec", *options, *more).out
        assert json.loads(out)["training"]["sampler"]["graph_words"] == 7
    assert (tmp_path / "a.vec").read_bytes() == (tmp_path / "b.vec").read_bytes()


def test_wrong_uses_are_told_in_one_line(corpus, tmp_path):
    for arguments, text in (
        (("graph", corpus, "--node", "cat"), "did you mean 'cats'"),
        (("graph", corpus, "--family", "adjacent"), "did you mean 'adjacency'"),
        (("graph", corpus, "--window", 0), "--window 0 is out of range"),
        (("graph", corpus, "-o", corpus), "is also an input"),
        (("train", corpus, "--sampler", "gneg", "--form", "block"), "needs the window form"),
        (
            ("train", corpus, "--ns-exponent", 0.75, "--sampler", "uniform"),
            "--ns-exponent has no effect",
        ),
        (
            ("train", corpus, "--sampler", "dynamic", "--form", "window", "--candidates", 2),
            "less than --negatives",
        ),
    ):
        error = run(*arguments, code=2).err
        assert text in error
        assert error.count("\n") == 1
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 no archive")
    error = run("graph", broken, code=1).err
    assert "broken.npz" in error
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("*.vec"))
