"""Every row of input: whatever the bytes and values, a result or one line; no hang, no flood.

The short form is the same each time. The long form (stress) has a new seed each time and prints its
seed; W2VNEG_FUZZ_SEED repeats one, W2VNEG_FUZZ_SECONDS says how long each search may take.
"""

import gzip
import itertools
import json
import os
import random
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from helpers import damaged_inputs as make
from helpers.commands import INJECTED, OLD, answered, call, compiled_only, leftovers
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import W2vnegError
from w2vneg.samplers import methods
from w2vneg.vectors import read_vectors

pytestmark = [compiled_only, pytest.mark.slow]

#: No input of these few kilobytes may take longer (compiling aside), or more memory: a frame of
#: zstandard may ask for a window of 128 MB.
EXAMPLE_S = 20
GROWTH_MB = 384


def is_answered(*arguments, output=None):
    """Run one command and check all that holds for any input; return how it ended."""
    note(f"arguments: {[str(a) for a in arguments]}")
    outcome = call(*arguments)
    note(f"{outcome.code} in {outcome.seconds:.1f} s: {outcome.err[-500:]}")
    answered(outcome)
    assert outcome.seconds < EXAMPLE_S
    assert leftovers(".") == []
    if output is not None and outcome.code:
        assert Path(output).read_bytes() == OLD
    # An option without its value takes the next argument for it.
    typed = [b for a, b in itertools.pairwise(["", *arguments]) if a != "--join-spaces"]
    if outcome.code == 0 and "--json" in typed:
        json.loads(outcome.out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    return outcome


def put(name, data):
    """Write a file in the current folder; note it, so that a failure can be repeated."""
    note(f"{name}: {data[:2000]!r}")
    Path(name).write_bytes(data)
    return name


def stand(name):
    """Put an old file where an output goes; it must stay if the command fails."""
    return put(name, OLD)


CORPUS_OPTIONS = {
    "--min-count": ["1", "2", "5"], "--max-vocab": ["2", "3", "1000"], "--threads": ["1", "3"],
    "--json": [],
}  # fmt: skip


def vocab(draw):
    names = ["c.txt", "c"] if not make.seldom(draw, 8) else ["c.gz", "c.bz2", "c.zst", "c.npz"]
    name = put(draw(make.biased(names)), make.corpus(draw))
    table = {
        **CORPUS_OPTIONS, "--top": ["0", "3"], "--max-tokens": ["1", "5"],
        "--encoding-errors": ["drop", "strict"],
    }  # fmt: skip
    options = make.options_of(draw, table)
    if is_answered("vocab", name, "-o", stand("o.tsv"), *options, output="o.tsv").code == 0:
        assert len(Vocabulary.load("o.tsv")) > 0


def graph(draw):
    name = put("c.txt", make.corpus(draw))
    table = {
        **CORPUS_OPTIONS, "--window": ["1", "4"], "--graph-vocab": ["2", "100"], "--min-weight": ["1", "2"],
        "--family": ["adjacency", "smoothed", "difference", "walk"], "--power": ["0", "0.25", "100"],
        "--steps": ["1", "3"], "--self-loops": [], "--node": make.WORDS[:5], "-n": ["1", "5"],
    }  # fmt: skip
    options = make.options_of(draw, table)
    outcome = is_answered("graph", name, "-o", stand("o.npz"), *options, output="o.npz")
    if outcome.code == 0:
        assert is_answered("graph", "o.npz").code == 0
        put("d.npz", make.damage(draw, Path("o.npz").read_bytes()))
        is_answered("graph", "d.npz", "--node", draw(make.biased(make.WORDS)))


def clean(draw):
    put("dump", make.corpus(draw) if make.seldom(draw, 8) else make.dump(draw))
    outcome = is_answered("corpus", "clean", "dump", "-o", stand("o.txt"), output="o.txt")
    if outcome.code == 0:
        assert is_answered("vocab", "o.txt", "--min-count", 1).code == 0


def known_words(path):
    try:
        return read_vectors(path).words
    except W2vnegError:
        return []


def spells_text(path):
    """Whether the first row's binary numbers are spelled like numbers as text (all about 1e-8).

    Nothing in such a file tells which of the two it is.
    """
    if ".bin" not in path:
        return False
    data = Path(path).read_bytes()
    header, _, rows = (gzip.decompress(data) if path.endswith(".gz") else data).partition(b"\n")
    numbers = rows.partition(b" ")[2][: 4 * int(header.split()[1])]
    return 2 * sum(byte in b"0123456789.+-e \r\n" for byte in numbers) > len(numbers)


def read(draw):
    put("v.vec", make.vectors(draw, valid=make.seldom(draw, 4)))
    others = [*(known_words("v.vec") or make.WORDS) * 2, "the cat", "", "x" * 3000, "\x1b"]
    words = [draw(make.biased(others)) for _ in range(3)]
    as_json = ["--json"] * draw(st.integers(0, 1))
    skip = {"--skip-bad-rows": []}
    few = {"-n": ["1", "3"], "--restrict-vocab": ["1", "4"], **skip}
    first = is_answered("neighbors", "v.vec", *words[:1], *make.options_of(draw, few), *as_json)
    few = {"-n": ["1", "3"], "--method": ["3cosadd", "3cosmul"], **skip}
    is_answered("analogy", "v.vec", *make.options_of(draw, few), *as_json, "--", *words)
    few = {
        "--limit": ["1", "3"], "--encoding-errors": ["strict", "replace", "ignore", "drop"],
        "--join-spaces": ["_", "::", " ", "é"], **skip,
    }  # fmt: skip
    target = draw(make.biased(["o.vec", "o.bin", "o.vec.gz", "o.bin.gz"]))
    options = make.options_of(draw, few)
    outcome = is_answered("convert", "v.vec", stand(target), *options, output=target)
    if outcome.code == 0 and not spells_text(target):
        assert np.isfinite(read_vectors(target).matrix).all()
        if not options:
            one, other = read_vectors("v.vec"), read_vectors(target)
            assert one.words == other.words
            assert one.matrix.tobytes() == other.matrix.tobytes()
    elif outcome.code and first.code == 0:
        # What can be read, but not written, is a word that could not be read back.
        assert options or "read back" in outcome.err or "--skip-bad-rows" in outcome.err


def score(draw):
    put("v.vec", make.vectors(draw, valid=not make.seldom(draw, 6)))
    put("q.txt", make.questions(draw))
    put("s.txt", make.ratings(draw))
    table = {
        "--analogies": ["q.txt", "."], "--similarity": ["s.txt", "q.txt"], "--bootstrap": ["1", "20"],
        "--restrict-vocab": ["1", "4", "30000"], "--method": ["3cosadd", "3cosmul"], "--seed": ["0", "7"],
        "--sections": [], "--json": [], "--common": [], "--case-sensitive": [], "--skip-bad-rows": [],
    }  # fmt: skip
    files = ["v.vec"]
    if draw(st.booleans()):
        files.append(put("w.vec", make.vectors(draw, valid=not make.seldom(draw, 6))))
    options = make.options_of(draw, table)
    if not {"--analogies", "--similarity"} & set(options):
        options += ["--analogies", "q.txt", "--similarity", "s.txt"]
    if "--bootstrap" not in options:
        options += ["--bootstrap", "5"]
    outcome = is_answered("eval", *files, *options)
    if outcome.code == 0:
        assert " nan" not in outcome.out


def train(draw, all_parts=False):
    name = put("c.txt", make.corpus(draw) if make.seldom(draw, 4) else make.text(draw))
    options = make.train_options(draw, all_parts)
    if make.seldom(draw, 8):
        options += ["--vocab", put("w.tsv", make.counts(draw))]
    table = {
        "--max-tokens": ["1", "100"], "--encoding-errors": ["drop", "strict"], "--json": [],
        "--save-vocab": ["o.tsv"], "--no-cache": [], "--checkpoint": ["state"],
        "--checkpoint-every": ["1s", "90s", "1h"],
    }  # fmt: skip
    options += make.options_of(draw, table)
    if make.seldom(draw, 30):
        options += ["--resume", draw(make.biased(["state", "c.txt"]))]
    target = draw(make.biased(["o.vec", "o.bin", "o.vec.gz", "o.txt"]))
    outcome = is_answered("train", name, "-o", stand(target), *options, output=target)
    if outcome.code == 0:
        found = read_vectors(target)
        assert np.isfinite(found.matrix).all()
        json.loads(Path(target + ".json").read_text(encoding="utf-8"))
        assert is_answered("neighbors", target, "--", found.words[0]).code == 0


def train_in_all_parts(draw):
    train(draw, all_parts=True)


#: Command to (search, examples of the short form).
SEARCHES = {
    "vocab": (vocab, 100), "graph": (graph, 60), "clean": (clean, 100), "read": (read, 150),
    "score": (score, 150), "train": (train, 80),
}  # fmt: skip


def peak_mb(reset=False):
    """Return the most memory that this process had in use, since it was last asked to forget."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        told = Path("/proc/self/status").read_text().split("VmHWM:")[1]
        return int(told.split()[0]) / 1024
    except (OSError, IndexError):  # another system than Linux
        return 0.0


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Everything compiled that takes long to compile; return the folder of the inputs for it."""
    folder = tmp_path_factory.mktemp("compiled")
    dump = b"<m><page><ns>0</ns><text>one two three four.</text></page></m>"
    for name, data in (
        ("c.txt", b"the cat sat on the mat\n" * 20), ("q.txt", b"the cat dog cat\n"),
        ("v.vec", b"3 2\nthe 1 2\ncat 2 3\ndog 3 1\n"), ("dump", dump),
    ):  # fmt: skip
        (folder / name).write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for sampler in ("unigram", "uniform", "gneg", "ace", "dynamic"):
            options = ["--min-count", 1, "--dim", 4, "--epochs", 1, "--sampler", sampler]
            assert call("train", "c.txt", "-o", "o.vec", *options).code == 0
        assert call("graph", "c.txt", "--node", "the").code == 0
        assert call("eval", "v.vec", "--analogies", "q.txt").code == 0
        assert call("corpus", "clean", "dump", "-o", "o.txt").code == 0
    return folder


@pytest.fixture
def warm(compiled, tmp_path, monkeypatch):
    """Work in a copy of the folder of `compiled`."""
    shutil.copytree(compiled, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


def compile_all_parts():
    for names in itertools.product(*methods().values()):
        options = [
            x for pair in zip(make.PARTS, names, strict=True) for x in (f"--{pair[0]}", pair[1])
        ]
        tiny = ["--min-count", 1, "--dim", 4, "--epochs", 1]
        assert call("train", "c.txt", "-o", "o.vec", *tiny, *options).code == 0


def look_for_failures(search, examples, chance=None):
    """Run a search for inputs that are not answered; the same one each time without a `chance`."""

    def one(data):
        INJECTED["inputs searched for failures"] += 1
        for path in Path().iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        search(data.draw)

    profile = settings(
        max_examples=examples, derandomize=chance is None, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    run = profile(given(st.data())(one))
    if chance is not None:
        run = seed(chance)(run)
    before = peak_mb(reset=True)
    run()
    growth = peak_mb() - before
    print(f"{search.__name__}: {growth:.0f} MB more at most")
    assert growth < GROWTH_MB


@pytest.mark.parametrize("command", SEARCHES)
def test_answers_any_input(command, warm):
    search, examples = SEARCHES[command]
    look_for_failures(search, examples)


@pytest.mark.stress
@pytest.mark.parametrize("command", [*SEARCHES, "train_in_all_parts"])
def test_answers_any_input_for_minutes(command, warm):
    first = int(os.environ.get("W2VNEG_FUZZ_SEED") or random.SystemRandom().getrandbits(32))
    seconds = float(os.environ.get("W2VNEG_FUZZ_SECONDS", "120"))
    search = SEARCHES[command][0] if command in SEARCHES else train_in_all_parts
    if search is train_in_all_parts:
        compile_all_parts()
    until = time.monotonic() + seconds
    for chance in itertools.count(first):
        print(f"{command}: W2VNEG_FUZZ_SEED={chance}", end="  ")
        look_for_failures(search, 1000, chance)
        if time.monotonic() > until:
            break


@pytest.mark.parametrize("family", ["adjacency", "smoothed", "difference", "walk"])
def test_found_input_large_power_of_large_weights(family, warm):
    Path("c.txt").write_bytes(b"the cat " * 65_000 + b"\nthe dog sat on the log\n" * 10)
    options = ["--family", family, "--power", 100, "--steps", 2, "--json"]
    outcome = call("graph", "c.txt", "--node", "the", "--node", "dog", *options)
    assert outcome.code == 0, outcome.err
    for told in json.loads(outcome.out)["nodes"].values():
        chances = [chance for _, chance in told["negatives"]]
        assert sum(chances) == pytest.approx(1)


@pytest.mark.parametrize("family", ["adjacency", "smoothed", "difference", "walk"])
def test_found_input_graph_without_edges(family, warm):
    Path("c.txt").write_bytes(b"the cat " * 20 + b"\n" + b"dog\n" * 90 + b"log\n" * 80)
    options = ["--min-count", 1, "--graph-vocab", 2, "--family", family, "--json"]
    outcome = call("graph", "c.txt", "--node", "dog", *options)
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    assert told["edges"] == 0
    assert told["nodes"]["dog"]["negatives"] == []


def test_found_input_smallest_sample(warm):
    Path("c.txt").write_bytes(b"the cat sat on the mat\n" * 20)
    outcome = call("train", "c.txt", "-o", "o.vec", "--min-count", 1, "--sample", "5e-324")
    assert outcome.code == 0, outcome.err
    assert "nothing was learned: --sample 5e-324 left no sentence with" in outcome.err
