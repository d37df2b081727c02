"""Rows 30 to 39: workers that fail, numbers that explode, samplers that break, machines that lack."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import ROOT, call, compiled_only, environment, finish, refused, run
from helpers.toys import corpus_of, draw, random_corpus, sampler_for

from w2vneg import load_vectors
from w2vneg.errors import DivergedError
from w2vneg.kernel.alias import build_alias
from w2vneg.kernel.jit import _build_folder
from w2vneg.kernel.rng import next_word, seed_states
from w2vneg.kernel.sigmoid import sigmoid
from w2vneg.samplers import configure
from w2vneg.training import loops as training_run
from w2vneg.training.checkpoint import Checkpointer
from w2vneg.training.matrices import LONGEST, first_unsound
from w2vneg.training.train import train

SMALL = ("--min-count", 1, "--dim", 4, "--epochs", 1)


@pytest.fixture
def failing_chunk(monkeypatch):
    """Let the compiled loop raise in its third chunk."""
    calls, chunk = [], training_run.Loop.run

    def fail(*arguments):
        if arguments[6]:  # not the call that compiles
            calls.append(1)
            if len(calls) == 3:
                raise ZeroDivisionError("planted")
            time.sleep(0.01)
        return chunk(*arguments)

    monkeypatch.setattr(training_run.Loop, "run", fail)
    return calls


@pytest.mark.fault(30)
@compiled_only
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_failing_worker_stops_the_others(failing_chunk, old, corpus, threads):
    outcome = call(
        "train", corpus, "--min-count", 1, "--epochs", 100_000, "--threads", threads, "-o", old
    )
    assert outcome.code == 70
    assert "ZeroDivisionError: planted" in outcome.err
    assert len(failing_chunk) < 3 + 2 * threads
    assert not [t for t in threading.enumerate() if t.name.startswith("w2vneg-train")]


@pytest.fixture
def text(tmp_path):
    """Enough text for a training that lasts a second or two."""
    rng = np.random.default_rng(1)
    lines = [" ".join(f"w{n}" for n in rng.zipf(1.3, 20).clip(1, 500)) for _ in range(4000)]
    (tmp_path / "text.txt").write_text("\n".join(lines) + "\n")
    return tmp_path / "text.txt"


@pytest.mark.slow
@pytest.mark.fault(31)
@compiled_only
@pytest.mark.parametrize("lr", ["1e9", "100", "3"])
@pytest.mark.parametrize("options", [(), ("--sampler", "dynamic"), ("--loss", "infonce")])
def test_names_location_of_divergence(old, text, lr, options):
    outcome = call("train", text, "--min-count", 1, "--lr", lr, *options, "-o", old)
    refused(outcome, 1, "diverged near token", "epoch 1", "% done", f"lower --lr ({float(lr):g})")
    assert not (text.parent / "old.vec.json").exists()


@pytest.mark.slow
@pytest.mark.fault(31)
@compiled_only
@pytest.mark.parametrize("threads", [1, 2])
def test_detects_exploding_vectors(tmp_path, old, threads):
    """The sums of a wide window with many negatives grow for long before they overflow."""
    rng = np.random.default_rng(1)
    lines = [" ".join(f"w{n}" for n in rng.zipf(1.3, 100).clip(1, 2000)) for _ in range(800)]
    (tmp_path / "text.txt").write_text("\n".join(lines))
    outcome = call(
        "train", tmp_path / "text.txt", "--min-count", 1, "--dim", 16, "--lr", 0.3, "--window", 20,
        "--negatives", 20, "--epochs", 100_000, "--threads", threads, "-o", old,
    )  # fmt: skip
    refused(outcome, 1, "diverged near token", "the vector of 'w", "lower --lr (0.3)")


@pytest.mark.slow
@pytest.mark.fault(31)
@compiled_only
@pytest.mark.parametrize("side", [0, 1])
def test_detects_huge_finite_vectors_quickly(old, text, monkeypatch, side):
    chunk, spoiled = training_run.Loop.run, []

    def spoil(loop, *rest):
        tally = chunk(loop, *rest)
        # Each time: left alone, one vector is soon pulled back by the others.
        rest[side][: loop.setting.length] = 3e4
        spoiled.append(time.monotonic())
        return tally

    monkeypatch.setattr(training_run.Loop, "run", spoil)
    outcome = call("train", text, "--min-count", 1, "--epochs", 100_000, "-o", old)
    refused(outcome, 1, "diverged", "longer than 10000", "lower --lr")
    assert time.monotonic() - spoiled[0] < 2.5


@pytest.mark.fault(31)
def test_finds_one_bad_number_anywhere():
    for length, bad in ((16, np.nan), (112, np.inf), (112, -np.inf), (16, 2 * LONGEST), (16, 3e38)):
        flat = np.full(1000 * length, 0.1, np.float32)
        assert first_unsound(flat, length) is None
        for row in (0, 417, 999):
            flat[row * length + 5] = bad
            assert first_unsound(flat, length) == row
            assert first_unsound(flat, length, np.array([3, row])) == row
            assert first_unsound(flat, length, np.array([3, 4])) is None
            flat[row * length + 5] = 0.1


@pytest.mark.fault(31)
@compiled_only
def test_checks_rare_words_before_saving(tmp_path, monkeypatch):
    corpus, chunk = random_corpus(3000), training_run.Loop.run

    def spoil(loop, w_in, *rest):
        tally = chunk(loop, w_in, *rest)
        if rest[4]:  # not the call that compiles
            w_in[1234 * loop.setting.length] = np.nan
        return tally

    monkeypatch.setattr(training_run.Loop, "run", spoil)
    config = configure(dim=8, min_count=1, threads=1, epochs=1)  # one chunk
    word = corpus.vocabulary.words[1234]
    with pytest.raises(DivergedError, match=f"the vector of '{word}' is not finite"):
        train(corpus, config, checkpointer=Checkpointer(tmp_path, 1e9))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault(32)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_saturates_and_propagates_nan(dtype):
    for x, wanted in ((200, 1), (-200, 0), (1e30, 1), (-1e30, 0), (np.inf, 1), (-np.inf, 0)):
        with np.errstate(all="raise", under="ignore"):
            assert abs(sigmoid(dtype(x)) - wanted) < 2e-8, x
    assert np.isnan(sigmoid(dtype(np.nan)))
    assert sigmoid(dtype(0)) == 0.5


@pytest.mark.slow
@pytest.mark.fault(33)
@compiled_only
@pytest.mark.skipif(sys.platform != "linux", reason="counts threads as Linux does")
def test_names_remedy_if_threads_cannot_start(old, corpus):
    code = (
        "import sys, threading\n"
        "from w2vneg import __main__\n"
        "begin, started = threading.Thread.start, []\n"
        "def start(thread):\n"
        "    if thread.name.startswith('w2vneg-train'):\n"
        "        started.append(1)\n"
        '        if len(started) > 2: raise RuntimeError("can\'t start new thread")\n'
        "    begin(thread)\n"
        "threading.Thread.start = start\n"
        "__main__.run()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "train", str(corpus), *map(str, SMALL), "--threads", "8",
         "-o", str(old)],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    refused(finish(process), 1, "cannot start 8 threads", "lower --threads")


@pytest.mark.slow
@pytest.mark.fault(33)
@compiled_only
@pytest.mark.skipif(sys.platform != "linux", reason="the limit counts address space")
def test_names_remedy_if_stacks_exceed_memory(old, corpus):
    """Each thread reserves address space for its stack: a real limit that real threads meet."""

    def limits():
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        resource.setrlimit(resource.RLIMIT_STACK, (256 << 20, 256 << 20))

    outcome = run("train", corpus, *SMALL, "--threads", 64, "-o", old, limits=limits)
    refused(outcome, 1, "threads", "lower")


@pytest.mark.fault(34)
@pytest.mark.parametrize("weights", [[1.0], [1, 0, 0], [0, 0, 5, 0], [1e-300, 1e300], [3] * 7])
def test_alias_table_holds_no_id_out_of_range(weights):
    cells = build_alias(np.array(weights, np.float64))
    assert (cells[:, 1] < len(weights)).all(), "an id that no word has"
    possible = np.flatnonzero(np.array(weights) / max(weights) > 1e-200)
    certain = cells[:, 0].astype(np.float64) / 2**32
    for own, (keep, other) in enumerate(zip(certain, cells[:, 1], strict=True)):
        assert keep == 0 or own in possible or keep < 1e-9
        assert keep > 0.999999 or other in possible


@pytest.mark.fault(35)
@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [1, np.nan], [1, np.inf], [1, -1]])
def test_refuses_weights_that_are_no_distribution(weights):
    with pytest.raises(ValueError, match="weights"):
        build_alias(np.array(weights, np.float64))


@pytest.mark.fault(35)
def test_refuses_noise_of_one_word(corpus, old):
    (corpus.parent / "two.txt").write_text("a " * 5000 + "b\n")
    arguments = ("train", corpus.parent / "two.txt", *SMALL, "--ns-exponent", 100, "-o", old)
    refused(call(*arguments), 2, "--ns-exponent 100", "one word", "0.75")


@pytest.mark.fault(35)
@pytest.mark.parametrize("exponent", [-1.0, -100.0, 0.0])
def test_never_draws_words_without_occurrences(exponent):
    from w2vneg.samplers.proposals.unigram import unigram_cells

    cells = unigram_cells(np.array([5, 0, 3, 0, 5]), exponent)
    zero = [1, 3]
    assert not cells[zero, 0].any(), "the cell of a word without count gives the other word"
    assert not np.isin(cells[:, 1][cells[:, 0] < 2**32 - 1], zero).any()


@pytest.mark.fault(36)
def test_word_without_neighbors_draws_unigram_noise():
    corpus = corpus_of("a b a b a b", "lone", "lone", "c a")
    lone = corpus.vocabulary.index["lone"]
    sampler = sampler_for(corpus, sampler="gneg", gneg_family="adjacency")
    counts, fallbacks = draw(sampler, 4, center=lone, rounds=200, each=5)
    assert fallbacks == 1000
    assert (counts > 0).all()
    _, fallbacks = draw(sampler, 4, center=corpus.vocabulary.index["a"], rounds=200, each=5)
    assert fallbacks == 0


@pytest.mark.fault(36)
@compiled_only
def test_reports_fallbacks(corpus, tmp_path):
    corpus.write_text("a b a b\n" * 30 + "x y\n" * 30)
    outcome = call(
        "train", corpus, "--min-count", 1, "--dim", 4, "--sampler", "gneg", "--gneg-vocab", 2,
        "--sample", 0, "--json", "-o", tmp_path / "v.vec",
    )  # fmt: skip
    assert outcome.code == 0, outcome
    assert json.loads(outcome.out)["training"]["fallbacks"] > 0


@pytest.mark.slow
@pytest.mark.fault(36)
@compiled_only
def test_reports_collapsed_generator(tmp_path):
    rng = np.random.default_rng(0)
    lines = [" ".join(f"w{n}" for n in rng.zipf(1.4, 10).clip(1, 300)) for _ in range(2000)]
    (tmp_path / "t.txt").write_text("\n".join(lines))
    outcome = call(
        "train", tmp_path / "t.txt", "--min-count", 1, "--dim", 8, "--epochs", 2, "--threads", 1,
        "--sample", 0, "--sampler", "ace", "--ace-warmup", 0, "--ace-candidates", 4, "--ace-lr", 100,
        "--ace-temperature", 1e-3, "--ace-clip", 100, "--ace-entropy-weight", 0,
        "-o", tmp_path / "v.vec",
    )  # fmt: skip
    assert outcome.code == 0, outcome
    assert "collapsed" in outcome.err
    assert np.isfinite(load_vectors(tmp_path / "v.vec").matrix).all()


@pytest.mark.fault(37)
def test_threads_draw_different_numbers():
    states = seed_states(1, 16)
    with np.errstate(over="ignore"):
        draws = np.array([[int(next_word(state)) for _ in range(1000)] for state in states])
    assert len(np.unique(draws)) == draws.size
    assert not (seed_states(1, 2)[0] == seed_states(2, 2)[0]).all()


@pytest.mark.fault(38)
@compiled_only
@pytest.mark.parametrize("threads", [1, 7, 64])
def test_reads_each_token_once_with_many_threads(corpus, tmp_path, threads):
    corpus.write_text("the cat sat\non the mat\n")
    outcome = call(
        "train", corpus, "--min-count", 1, "--dim", 4, "--epochs", 3, "--threads", threads, "--json",
        "-o", tmp_path / "v.vec",
    )  # fmt: skip
    assert outcome.code == 0, outcome
    assert json.loads(outcome.out)["training"]["tokens"] == 18


@pytest.mark.fault(39)
def test_names_remedy_without_numba(old, corpus, tmp_path):
    (tmp_path / "shadow" / "numba").mkdir(parents=True)
    (tmp_path / "shadow" / "numba" / "__init__.py").write_text(
        "raise ImportError('numba needs\\nanother numpy')\n"
    )
    path = f"{tmp_path / 'shadow'}{os.pathsep}{ROOT}"
    process = subprocess.Popen(
        [sys.executable, "-m", "w2vneg", "train", str(corpus), "-o", str(old)],
        env=environment(PYTHONPATH=path), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    refused(finish(process), 1, "numba", "install")


@pytest.mark.fault(39)
@compiled_only
@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        # tests/cli/test_train.py has a folder that cannot be made.
        pytest.param("no folder", marks=pytest.mark.stress),
        pytest.param("damaged", marks=pytest.mark.stress),
        "full",
    ],
)
def test_compiles_without_usable_kernel_cache(corpus, tmp_path, fault):
    cache = tmp_path / "cache"
    variables, limits = {"W2VNEG_CACHE_DIR": cache}, None
    arguments = ("train", corpus, *SMALL, "--threads", 1, "-o", tmp_path / "v.bin")
    if fault == "no folder":
        (tmp_path / "file").write_text("")
        variables = {"W2VNEG_CACHE_DIR": tmp_path / "file" / "cache", "HOME": tmp_path / "file"}
    elif fault == "damaged":
        assert call(*arguments).code == 0  # the cache of the session holds what it needs
        build = Path(_build_folder())
        files = [*build.rglob("*.nbi"), *build.rglob("*.nbc")]
        assert len(files) > 5
        for number, file in enumerate(files):
            whole = file.read_bytes()
            path = cache / "kernels" / build.name / file.relative_to(build)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes([b"", whole[:50], whole[:-1], bytes(len(whole))][number % 4])
    else:

        def limits():
            resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))

    outcome = run(*arguments, limits=limits, **variables)
    assert outcome.code == 0, outcome
    assert np.isfinite(load_vectors(tmp_path / "v.bin").matrix).all()
    if fault == "damaged":
        began = time.monotonic()
        assert run(*arguments, **variables).code == 0
        assert time.monotonic() - began < 8, "what was damaged has been replaced"
