"""Row 40: a disk that is full, or fails, at any operation on any file."""

import json
import os
import resource

import numpy as np
import pytest
from helpers.commands import OLD, call, compiled_only, leftovers, refused, run
from helpers.failing_files import Faults, every, injected

from w2vneg import load_vectors
from w2vneg.corpus.cooccurrence.graph import Graph
from w2vneg.training import checkpoint

pytestmark = [compiled_only, pytest.mark.slow]
#: The cache of the whole test run, which holds compiled kernels.
WARM = os.environ["W2VNEG_CACHE_DIR"]
TRAIN = ("--min-count", 1, "--dim", 5, "--epochs", 2, "--threads", 1)


@pytest.fixture
def place(tmp_path, corpus, monkeypatch):
    """A folder with inputs and a cache of its own, every kernel compiled and module loaded."""
    call("train", corpus, *TRAIN, "-o", tmp_path / "v.vec", "--save-vocab", tmp_path / "words.tsv")
    call("train", corpus, *TRAIN, "--sampler", "gneg", "-o", tmp_path / "g.bin")
    call("graph", corpus, "--min-count", 1, "-o", tmp_path / "g.npz")
    call("convert", tmp_path / "v.vec", tmp_path / "v.vec.gz")
    call("train", corpus, *TRAIN, "--checkpoint", tmp_path / "states", "-o", tmp_path / "v.bin")
    call("eval", tmp_path / "v.vec")
    call("neighbors", tmp_path / "v.vec", "cat")
    monkeypatch.setenv("W2VNEG_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def action(place, arguments, outputs):
    """Return what runs a command over fresh old outputs, and looks at them."""

    def act(faults):
        for name in outputs:
            (place / name).write_bytes(OLD)
        with injected(faults):
            outcome = call(*arguments)
        assert leftovers(place) == [], outcome
        return outcome

    return act


COMMANDS = {
    "vectors as text": (("train", "corpus.txt", *TRAIN, "--no-cache"), "n.vec", ()),
    "vectors as binary": (("train", "corpus.txt", *TRAIN), "n.bin", ()),
    "vectors and words": (("train", "corpus.txt", *TRAIN), "n.vec.gz", ("--save-vocab", "n.tsv")),
    "converted": (("convert", "v.vec", "n.vec.gz"), None, ()),
    "graph": (("graph", "corpus.txt", "--min-count", 1), "n.npz", ()),
    "words": (("vocab", "corpus.txt", "--min-count", 1), "n.tsv", ()),
}


def command(place, name):
    """Return the arguments of a command with its paths, and the names of its outputs."""
    arguments, output, more = COMMANDS[name]
    whole = [*arguments, *(("-o", output) if output else ()), *more]
    whole = [place / a if isinstance(a, str) and "." in a else a for a in whole]
    return whole, [path.name for path in whole if hasattr(path, "name") and path.name[0] == "n"]


@pytest.mark.fault(40)
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("name", COMMANDS)
def test_disk_full_at_any_operation(place, name, lasting):
    arguments, outputs = command(place, name)
    act = action(place, arguments, outputs)
    assert act(Faults(place)).code == 0
    wanted = {output: (place / output).read_bytes() for output in outputs}

    def check(outcome, fired):
        found = {output: (place / output).read_bytes() for output in outputs}
        for output, content in found.items():
            assert content in (OLD, wanted[output]), output
        if outcome.code == 0:
            assert found == wanted
        else:
            assert fired
            refused(outcome, 1, "No space left", "write")

    failed = every(place, ("write",), act, check, lasting)
    assert failed >= 4, "open, write, flush and rename at least"


@pytest.mark.fault(40)
@pytest.mark.parametrize("name", COMMANDS)
def test_partial_writes_lose_nothing(place, name):
    arguments, outputs = command(place, name)
    act = action(place, arguments, outputs)
    assert act(Faults(place)).code == 0
    wanted = {output: (place / output).read_bytes() for output in outputs}
    assert act(Faults(place, short=True)).code == 0
    assert {output: (place / output).read_bytes() for output in outputs} == wanted


READERS = {
    "training": ("train", "corpus.txt", *TRAIN, "--no-cache", "-o", "n.vec"),
    "training from the cache": ("train", "corpus.txt", *TRAIN, "-o", "n.vec"),
    "resuming": ("train", "corpus.txt", *TRAIN, "--resume", "states", "-o", "n.vec"),
    "a saved graph": (
        "train",
        "corpus.txt",
        *TRAIN,
        "--sampler",
        "gneg",
        "--gneg-graph",
        "g.npz",
        "-o",
        "n.vec",
    ),
    "converting": ("convert", "v.vec.gz", "n.vec"),
    "neighbours": ("neighbors", "v.vec", "cat"),
}


@pytest.mark.fault(40)
@pytest.mark.parametrize("name", READERS)
def test_read_error_at_any_operation(place, name):
    arguments = [place / a if a in ("states",) or "." in str(a) else a for a in READERS[name]]
    act = action(place, arguments, ["n.vec"])
    assert act(Faults(place)).code == 0
    wanted = (place / "n.vec").read_bytes()

    def check(outcome, fired):
        if outcome.code == 0:  # what cannot be read of a cache is made anew
            assert (place / "n.vec").read_bytes() == wanted
        else:
            assert fired
            line = outcome.err.splitlines()[-1]
            assert outcome.code in (1, 2), outcome
            assert "Traceback" not in outcome.err
            assert line.startswith("w2vneg: ")
            assert (place / "n.vec").read_bytes() == OLD

    assert every(place, ("read",), act, check, lasting=False) >= 2
    every(place, ("read",), act, check, lasting=True)


@pytest.mark.fault(40)
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
def test_trains_on_if_checkpoint_cannot_be_written(place, lasting):
    """Hours of training do not end because there is no room for their checkpoint."""
    states = place / "kept"
    arguments = [
        "train", place / "corpus.txt", *TRAIN, "--checkpoint", states, "--checkpoint-every", "1s",
        "-o", place / "n.bin",
    ]  # fmt: skip
    assert call(*arguments).code == 0
    wanted = (place / "n.bin").read_bytes()
    before = {path.name for path in states.iterdir()}

    def act(faults):
        with injected(faults):
            outcome = call(*arguments)
        assert leftovers(place) == []
        return outcome

    def check(outcome, fired):
        if outcome.code == 0:
            assert (place / "n.bin").read_bytes() == wanted
            if fired and not any(states.iterdir()):
                assert "no checkpoint" in outcome.err
        else:
            # Before the training, or while its result was written.
            refused_line = outcome.err.splitlines()[-1]
            assert outcome.code == 1
            assert "No space left" in refused_line
        for path in states.iterdir():
            checkpoint.read(path)

    failed = every(states, ("write",), act, check, lasting)
    assert failed >= 5
    assert before
    # Still usable, whichever were kept.
    resumed = call("train", place / "corpus.txt", *TRAIN, "--resume", states, "-o", place / "r.bin")
    assert resumed.code == 0, resumed
    assert (place / "r.bin").read_bytes() == wanted


@pytest.mark.fault(40)
@pytest.mark.parametrize("limit", [0, 100, 5_000, 60_000])
@pytest.mark.parametrize("output", ["n.vec", "n.bin", "n.vec.gz"])
def test_names_real_limit_on_file_size(place, limit, output):
    """A limit of the system, in a process of its own: what a quota does."""
    (place / output).write_bytes(OLD)

    def limits():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    outcome = run(
        "train", place / "corpus.txt", "--min-count", 1, "--dim", 5000, "--epochs", 1, "--no-cache",
        "-o", place / output, limits=limits, W2VNEG_CACHE_DIR=WARM,
    )  # fmt: skip
    refused(outcome, 1, "cannot write", "File too large")
    assert (place / output).read_bytes() == OLD
    assert leftovers(place) == []


@pytest.mark.fault(40)
def test_undisturbed_output_is_complete(place):
    """The reference of the tests above is itself what it should be."""
    arguments, _ = command(place, "vectors and words")
    assert call(*arguments).code == 0
    vectors = load_vectors(place / "n.vec.gz")
    assert np.isfinite(vectors.matrix).all()
    assert json.loads((place / "n.vec.gz.json").read_text())["config"]["dim"] == 5
    assert len((place / "n.tsv").read_text().splitlines()) == len(vectors)
    assert len(Graph.load(place / "g.npz")) == len(vectors)
