"""Every row of input: whatever the bytes and values, a result or one line; no hang, no flood.

See `helpers.searches` for the short and the long form.
"""

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import damaged_inputs as make
from helpers.command_options import OPTIONS, RANKS, READING, WALKS
from helpers.commands import call, compiled_only
from helpers.searches import is_answered, look_for_failures, put, search_for_minutes, stand
from helpers.tables import table
from hypothesis import strategies as st

from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import W2vnegError
from w2vneg.vectors import read_vectors

pytestmark = [compiled_only, pytest.mark.slow]


def vocab(draw):
    names = ["c.txt", "c"] if not make.seldom(draw, 8) else ["c.gz", "c.bz2", "c.zst", "c.npz"]
    name = put(draw(make.biased(names)), make.corpus(draw))
    options = make.options_of(draw, OPTIONS["vocab"])
    if is_answered("vocab", name, "-o", stand("o.tsv"), *options, output="o.tsv").code == 0:
        assert len(Vocabulary.load("o.tsv")) > 0


def phrases(draw):
    name = put("c.txt", make.corpus(draw) if make.seldom(draw, 4) else make.text(draw))
    options = make.options_of(draw, OPTIONS["phrases"])
    outcome = is_answered("phrases", name, "-o", stand("o.txt"), *options, output="o.txt")
    if outcome.code == 0:
        assert call("vocab", "o.txt", "--min-count", 1).code in (0, 1)


def graph(draw):
    name = put("c.txt", make.corpus(draw))
    options = make.options_of(draw, OPTIONS["graph"])
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
    few = make.options_of(draw, OPTIONS["neighbors"])
    first = is_answered("neighbors", "v.vec", *words[:1], *few)
    is_answered("analogy", "v.vec", *make.options_of(draw, OPTIONS["analogy"]), "--", *words)
    target = draw(make.biased(["o.vec", "o.bin", "o.vec.gz", "o.bin.gz"]))
    options = make.options_of(draw, OPTIONS["convert"])
    outcome = is_answered("convert", "v.vec", stand(target), *options, output=target)
    if outcome.code == 0 and not ({"--to", "--dtype"} & set(options) or spells_text(target)):
        assert np.isfinite(read_vectors(target).matrix).all()
        if not options:
            one, other = read_vectors("v.vec"), read_vectors(target)
            assert one.words == other.words
            assert one.matrix.tobytes() == other.matrix.tobytes()
    elif outcome.code and first.code == 0:
        # What can be read, but not written, is a word that could not be read back; to skip rows is
        # suggested where most of them are good.
        skipped = "--skip-bad-rows" in [*few, *outcome.err.split()]
        assert options or "read back" in outcome.err or skipped


def align(draw):
    for name in ("v.vec", "w.vec"):
        put(name, make.vectors(draw, valid=not make.seldom(draw, 4)))
    is_answered("align", "v.vec", "w.vec", *make.options_of(draw, OPTIONS["align"]))


def view(draw):
    files = ["v.vec", "w.vec"][: 2 if make.seldom(draw, 3) else 1]
    for name in files:
        put(name, make.vectors(draw, valid=not make.seldom(draw, 4)))
    options = ["--map", "pca", *make.options_of(draw, OPTIONS["view"])]
    target = draw(make.biased(["o.html", "o.htm", "o.parquet"]))
    outcome = is_answered("view", *files, "-o", stand(target), *options, output=target)
    if outcome.code == 0 and target != "o.parquet":
        scripts = Path(target).read_text(encoding="utf-8").split('id="data">')
        assert len(scripts) == 2
        words = json.loads(scripts[1].split("</script>")[0])["models"][0]["words"]
        assert set(words) <= set(known_words("v.vec")) or "--skip-bad-rows" in options


def score(draw):
    put("v.vec", make.vectors(draw, valid=not make.seldom(draw, 6)))
    put("q.txt", make.questions(draw))
    put("s.txt", make.ratings(draw))
    put("i.txt", make.text(draw))
    put("l.txt", make.labels(draw))
    put("k.txt", make.links(draw))
    put("i.csv", table(draw)[1])
    files = ["v.vec"]
    if draw(st.booleans()):
        files.append(put("w.vec", make.vectors(draw, valid=not make.seldom(draw, 6))))
    reading = {} if not make.seldom(draw, 4) else READING
    options = make.options_of(draw, {**OPTIONS["eval"], **reading})
    if not {"--analogies", "--similarity", "--items", "--labels", "--links"} & set(options):
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
    options += make.options_of(draw, OPTIONS["train"])
    if make.seldom(draw, 30):
        options += ["--resume", draw(make.biased(["state", "c.txt"]))]
    if make.seldom(draw, 12):
        options += make.options_of(draw, RANKS)
    if make.seldom(draw, 12):
        model = b"" if make.seldom(draw, 3) else make.vectors(draw)
        options += ["--continue", put(draw(make.biased(["m.w2v", "m.vec"])), model)]
    if make.seldom(draw, 12):
        options += ["--time", draw(make.biased(["0.1s", "1s", "0s", "x", "1e-9s"]))]
    target = draw(make.biased(["o.vec", "o.bin", "o.vec.gz", "o.txt"]))
    outcome = is_answered("train", name, "-o", stand(target), *options, output=target)
    if outcome.code == 0:
        found = read_vectors(target)
        assert np.isfinite(found.matrix).all()
        json.loads(Path(target + ".json").read_text(encoding="utf-8"))
        assert is_answered("neighbors", target, "--", found.words[0]).code == 0


def train_in_all_parts(draw):
    train(draw, all_parts=True)


def tables(draw):
    """The commands that read a corpus, on a table; its name tells its format, or an option does."""
    kind, data = table(draw)
    name = put(draw(make.biased([f"t.{kind}", f"t.{kind}", "t.txt", "t.csv"])), data)
    few = {**READING, **(WALKS if make.seldom(draw, 8) else {})}
    options = []
    if not make.seldom(draw, 8):
        options += ["--column", draw(make.biased(READING["--column"]))]
        del few["--column"]
    if draw(st.booleans()):
        options += ["--group", draw(make.biased(READING["--group"]))]
        del few["--group"]
    options += make.options_of(draw, few)
    command = draw(make.biased(["vocab", "vocab", "graph", "train", "eval"]))
    if command == "eval":
        words = {word for word in make.WORDS if word.strip() == word}
        rows = "".join(f"{word} {n} 1\n" for n, word in enumerate(sorted(words)))
        put("v.vec", f"{len(words)} 2\n{rows}".encode())
        is_answered(
            "eval", "v.vec", "--items", name, *options, *make.options_of(draw, OPTIONS["eval"])
        )
        return
    more = make.options_of(draw, OPTIONS[command])
    small = ["--dim", 2, "--epochs", 1] if command == "train" else []
    if "--min-count" not in more and draw(st.booleans()):
        small += ["--min-count", 1]
    target = {"vocab": "o.tsv", "graph": "o.npz", "train": "o.vec"}[command]
    arguments = [command, name, "-o", stand(target), *options, *more, *small]
    if is_answered(*arguments, output=target).code == 0 and command == "vocab":
        assert len(Vocabulary.load("o.tsv")) > 0


#: Command to (search, examples of the short form).
SEARCHES = {
    "vocab": (vocab, 100), "graph": (graph, 60), "clean": (clean, 100), "read": (read, 150),
    "score": (score, 150), "train": (train, 80), "tables": (tables, 150), "align": (align, 60), "view": (view, 60), "phrases": (phrases, 60),
}  # fmt: skip


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


@pytest.mark.parametrize("command", SEARCHES)
def test_answers_any_input(command, warm):
    search, examples = SEARCHES[command]
    look_for_failures(search, examples)


@pytest.mark.stress
@pytest.mark.parametrize("command", [*SEARCHES, "train_in_all_parts"])
def test_answers_any_input_for_minutes(command, warm):
    search = SEARCHES[command][0] if command in SEARCHES else train_in_all_parts
    search_for_minutes(search)


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
