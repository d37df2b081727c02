"""``w2vneg train --init`` and ``--continue``: what a user types, what comes out, what is refused."""

import json
import subprocess
import sys

import numpy as np
import pytest
from helpers.commands import call, compiled_only, leftovers, refused, run
from helpers.failing_files import every, injected

from w2vneg import SkipGram, load_vectors

pytestmark = compiled_only

TINY = ("--min-count", 1, "--dim", 6, "--threads", 1, "--epochs", 2, "--sample", 0)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, words in (("old.txt", "abcdef"), ("new.txt", "defghi")):
        lines = [" ".join(rng.choice(list(words), 8)) for _ in range(40)]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    assert call("train", "old.txt", *TINY, "-o", "m.w2v").code == 0
    return tmp_path


def test_model_grows_and_says_so(place):
    before = load_vectors("m.w2v")
    outcome = call("train", "new.txt", "--continue", "m.w2v", "--json")
    assert outcome.code == 0, outcome
    assert "--epochs 4 instead of 2, 4 rounds" in outcome.err
    assert "6 of 9 words start from m.w2v, with w_out" in outcome.err
    shown = json.loads(outcome.out)
    assert shown["output"] == "new.w2v"
    assert shown["continued"]["new_words"] == 3
    assert shown["config"]["min_count"] == 1
    after = load_vectors("new.w2v")
    assert sorted(after.words) == list("abcdefghi")
    assert after.counts.sum() == 2 * 40 * 8
    assert after[["a", "b", "c"]].tobytes() == before[["a", "b", "c"]].tobytes()
    # All commands read it.
    assert call("neighbors", "new.w2v", "a").code == 0
    assert call("align", "m.w2v", "new.w2v").code == 0
    assert call("convert", "new.w2v", "new.vec").code == 0
    assert (load_vectors("new.vec").matrix == after.matrix).all()
    assert call("convert", "new.w2v", "copy.w2v").code == 0
    assert (place / "copy.w2v").read_bytes() == (place / "new.w2v").read_bytes()
    assert SkipGram.load("copy.w2v").words == after.words


def test_model_may_be_replaced(place):
    assert call("train", "new.txt", "--continue", "m.w2v", "-o", "m.w2v", "--epochs", 1).code == 0
    assert len(load_vectors("m.w2v")) == 9
    assert json.loads((place / "m.w2v.json").read_text())["config"]["epochs"] == 1
    refused(
        call("train", "new.txt", "--continue", "m.w2v", "--save-vocab", "m.w2v"), 2, "also an input"
    )


def test_frozen_words_of_a_model(place):
    before = load_vectors("m.w2v")
    outcome = call("train", "new.txt", "--continue", "m.w2v", "--freeze", "-o", "f.w2v")
    assert outcome.code == 0, outcome
    assert load_vectors("f.w2v")[before.words].tobytes() == before.matrix.tobytes()
    first = call("train", "new.txt", *TINY, "--init", "m.w2v", "--freeze-first", 2, "-o", "g.vec")
    assert "of them are frozen" in first.err
    found = load_vectors("g.vec")
    kept = [word for word in found.words[:2] if word in before]
    assert (found[kept] == before[kept]).all()
    other = [word for word in found.words[2:] if word in before]
    assert (found[other] != before[other]).any(axis=1).all()


def test_refusals(place):
    new = ("train", "new.txt", "--continue", "m.w2v")
    refused(call(*new, "--dim", 7), 2, "--dim 7", "m.w2v has 6 dimensions", "leave it out")
    refused(call(*new, "--init", "m.w2v"), 2, "--init has no effect with --continue")
    refused(
        call("train", "new.txt", *TINY, "--rounds", 2), 2, "--rounds 2 has no effect", "--continue"
    )
    refused(call(*new, "--phrases", 1), 2, "--phrases has no effect")
    refused(call(*new, "--method", "whole-data"), 2, "whole-data")
    refused(call("train", "new.txt", "--continue", "no.w2v"), 2, "no such file: no.w2v")
    refused(call("train", "new.txt", *TINY, "--freeze"), 2, "--freeze has no effect", "--init")
    assert call("convert", "m.w2v", "v.vec").code == 0
    refused(
        call("train", "new.txt", "--continue", "v.vec"), 1, "v.vec", "no training", "--init v.vec"
    )
    refused(call("train", "new.txt", "--init", "v.vec"), 2, "v.vec has 6 dimensions", "--dim 6")
    refused(call("train", "new.txt", *TINY, "--init", "v.vec", "-o", "v.vec"), 2, "also an input")
    (place / "c.edges").write_text("a b\nb c\n")
    refused(
        call("train", "c.edges", "--format", "edges", "--continue", "m.w2v"), 2, "graph", "--init"
    )
    assert leftovers(place) == []


@pytest.mark.slow
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
def test_disk_full_at_any_operation_loses_nothing(place, lasting):
    model = (place / "m.w2v").read_bytes()
    arguments = (
        "train",
        "new.txt",
        "--continue",
        "m.w2v",
        "-o",
        "m.w2v",
        "--no-cache",
        "--threads",
        1,
    )
    assert call(*arguments).code == 0
    wanted = load_vectors("m.w2v").matrix.tobytes()

    def act(faults):
        (place / "m.w2v").write_bytes(model)
        with injected(faults):
            outcome = call(*arguments)
        assert leftovers(place) == [], outcome
        return outcome

    def check(outcome, fired):
        if (place / "m.w2v").read_bytes() != model:
            assert SkipGram.load("m.w2v").vectors.matrix.tobytes() == wanted
        else:
            assert outcome.code != 0

    assert every(place, ("write",), act, check, lasting) > 5


@pytest.mark.slow
def test_killed_while_writing_leaves_the_old_model(place):
    """The process ends in the middle of the new file, without any clean-up."""
    model = (place / "m.w2v").read_bytes()
    killing = (
        "import os, w2vneg.vectors.formats.w2v as w2v\n"
        "import w2vneg.vectors.formats as f\n"
        "from dataclasses import replace\n"
        "f.formats.cache_clear()\n"
        "w2v.FORMAT = replace(w2v.FORMAT, write_end=lambda table: os.kill(os.getpid(), 9))\n"
        "from w2vneg.cli import main\n"
        "main(['train', 'new.txt', '--continue', 'm.w2v', '-o', 'm.w2v'])\n"
    )
    (place / "kill.py").write_text(killing)
    done = subprocess.run([sys.executable, "kill.py"], cwd=place, capture_output=True, timeout=300)
    assert done.returncode == -9, done.stderr
    assert (place / "m.w2v").read_bytes() == model
    assert run("train", "new.txt", "--continue", "m.w2v", "-o", "m.w2v").code == 0
    assert len(load_vectors(place / "m.w2v")) == 9
