"""Remedies that messages name are carried out, on the same files, and work.

Those of damaged files of vectors are in ``vectors/test_foreign_files.py`` and
``faults/test_reading_odd_files.py``, those of text in ``faults/test_input_text.py``.
"""

import bz2
import gzip
import lzma
import re
import shutil
import subprocess
import tarfile
import zipfile
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import zstandard
from helpers.commands import call, compiled_only, refused

from w2vneg.vectors.vectors import write_vectors

pytestmark = compiled_only

SENTENCE = "the king and the queen of the city love the big river\n"
NODES = ("king", "queen", "man", "woman", "city", "river")
LABELS = "king p\nqueen q\nman p\nwoman q\n"
LINKS = "king queen\nman woman\ncity river\nking man\n"
TINY = ("--min-count", "1", "--dim", "3", "--threads", "1", "--epochs", "1")
TRAIN = ("train", "c.txt", "-o", "v.vec", *TINY)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("c.txt").write_text(SENTENCE * 30)
    words = ["king", "queen", "man", "woman", "city", "river"]
    write_vectors("w.vec", words, np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32))
    Path("none.tsv").write_text("moon\t5\nstar\t3\n")
    Path("q.txt").write_text("king queen man woman\nman woman king queen\n")
    Path("p.txt").write_text("king queen 5\nman woman 2\nking man 1\n")
    Path("README").write_text("king queen man woman\nman woman king queen\n")
    return tmp_path


def made(*arguments):
    assert call(*arguments).code == 0


#: What is done wrong: the call, words of the remedy, and the call that follows it. A function is
#: given the message and returns the call.
CASES = {
    "all words rare": (
        ["vocab", "c.txt", "--min-count", "999"], "the most frequent 120 times; lower --min-count",
        ["vocab", "c.txt", "--min-count", "120"],
    ),
    "vocabulary of another text": (
        [*TRAIN, "--vocab", "none.tsv"], "give a vocabulary of this corpus, as w2vneg vocab CORPUS -o FILE writes it",
        lambda _: made("vocab", "c.txt", "-o", "new.tsv", "--min-count", "1") or [*TRAIN, "--vocab", "new.tsv"],
    ),
    "text as a vocabulary": (
        [*TRAIN, "--vocab", "w.vec"], "make one with: w2vneg vocab CORPUS -o FILE",
        lambda _: made("vocab", "c.txt", "-o", "new.tsv", "--min-count", "1") or [*TRAIN, "--vocab", "new.tsv"],
    ),
    "no option with one hyphen": (
        ["vocab", "c.txt", "-min-count", "1"], "write --min-count", ["vocab", "c.txt", "--min-count", "1"],
    ),
    "output suffix": (
        ["convert", "w.vec", "x.h5"], "end the file name in .vec", ["convert", "w.vec", "x.vec"],
    ),
    "output folder": (
        ["convert", "w.vec", "new/x.vec"], "/new; create it first",
        lambda _: Path("new").mkdir() or ["convert", "w.vec", "new/x.vec"],
    ),
    "output is the input": (
        ["vocab", "c.txt", "-o", "c.txt"], "choose another output with -o",
        ["vocab", "c.txt", "-o", "d.txt"],
    ),
    "path like an option": (
        ["vocab", "c.txt", "-o", "--json"], "write ./--json", ["vocab", "c.txt", "-o", "./--json"],
    ),
    "wrong suffix of compression": (
        lambda: shutil.copy("c.txt", "d.gz") and ["vocab", "d.gz"], "if it is text, rename it",
        lambda _: shutil.move("d.gz", "d.txt") and ["vocab", "d.txt"],
    ),
    "graph of another vocabulary": (
        lambda: made("graph", "c.txt", "--min-count", "1", "-o", "g.npz")
        or [*TRAIN, "--max-vocab", "4", "--sampler", "gneg", "--gneg-graph", "g.npz"],
        "from the same corpus with the same --min-count and --max-vocab",
        lambda _: made("graph", "c.txt", "--min-count", "1", "--max-vocab", "4", "-o", "g.npz")
        or [*TRAIN, "--max-vocab", "4", "--sampler", "gneg", "--gneg-graph", "g.npz"],
    ),
    "graph of another window": (
        lambda: made("graph", "c.txt", "--min-count", "1", "-o", "g.npz")
        or [*TRAIN, "--sampler", "gneg", "--gneg-graph", "g.npz", "--gneg-window", "3"],
        "was counted with 5; leave the option out",
        [*TRAIN, "--sampler", "gneg", "--gneg-graph", "g.npz"],
    ),
    "no graph": (
        [*TRAIN, "--sampler", "gneg", "--gneg-graph", "c.txt"], "make one with w2vneg graph CORPUS -o FILE.npz",
        lambda _: made("graph", "c.txt", "-o", "g.npz", "--min-count", "1")
        or [*TRAIN, "--sampler", "gneg", "--gneg-graph", "g.npz"],
    ),
    "saved graph with another window": (
        lambda: made("graph", "c.txt", "--min-count", "1", "-o", "g.npz") or ["graph", "g.npz", "--window", "2"],
        "has no effect on a saved graph; give the corpus",
        ["graph", "c.txt", "--min-count", "1", "--window", "2"],
    ),
    "shown without a word": (
        ["graph", "c.txt", "--min-count", "1", "--family", "walk"], "without --node WORD",
        ["graph", "c.txt", "--min-count", "1", "--family", "walk", "--node", "king"],
    ),
    "no checkpoint": (
        lambda: Path("state").mkdir() or [*TRAIN, "--resume", "state"], "train with --checkpoint state first",
        lambda _: made(*TRAIN, "--checkpoint", "state") or ["train", "c.txt", "-o", "v.vec", "--resume", "state"],
    ),
    "resumed with another option": (
        lambda: made(*TRAIN, "--checkpoint", "state") or ["train", "c.txt", "-o", "v.vec", "--resume", "state", "--dim", "9"],
        "--dim 9: the checkpoint was made with 3; leave the option out",
        ["train", "c.txt", "-o", "v.vec", "--resume", "state"],
    ),
    "interval without checkpoints": (
        [*TRAIN, "--checkpoint-every", "9s"], "without --checkpoint",
        [*TRAIN, "--checkpoint-every", "9s", "--checkpoint", "state"],
    ),
    "block form of gneg": (
        [*TRAIN, "--sampler", "gneg", "--form", "block"], "leave out --form, or choose --form window",
        [*TRAIN, "--sampler", "gneg", "--form", "window"],
    ),
    "too few candidates": (
        [*TRAIN, "--sampler", "dynamic", "--form", "window", "--candidates", "2"], "raise --candidates",
        [*TRAIN, "--sampler", "dynamic", "--form", "window", "--candidates", "9"],
    ),
    "option of another sampler": (
        [*TRAIN, "--temperature", "2"], "--weighting self-adversarial",
        [*TRAIN, "--temperature", "2", "--weighting", "self-adversarial"],
    ),
    "exponent too large": (
        lambda: Path("d.txt").write_text("the " * 60_000 + SENTENCE)
        and ["train", "d.txt", "-o", "v.vec", *TINY, "--ns-exponent", "100"],
        "choose a value closer to 0.75",
        ["train", "d.txt", "-o", "v.vec", *TINY, "--ns-exponent", "10"],
    ),
    "sentences of one word": (
        lambda: Path("d.txt").write_text(SENTENCE.replace(" ", "\n") * 9) and ["train", "d.txt", *TINY],
        "put a whole sentence on each line",
        lambda _: Path("d.txt").write_text(SENTENCE * 9) and ["train", "d.txt", *TINY],
    ),
    "unknown word in another case": (
        ["neighbors", "w.vec", "King"], "did you mean 'king'?", ["neighbors", "w.vec", "king"],
    ),
    "word that begins with a hyphen": (
        lambda: Path("h.vec").write_text("2 2\n-5 1 2\na 0 1\n") and ["neighbors", "h.vec", "-5"], "-- -5",
        ["neighbors", "h.vec", "--", "-5"],
    ),
    "pairs as analogies": (
        ["eval", "w.vec", "--analogies", "p.txt"], "give it to --similarity", ["eval", "w.vec", "--similarity", "p.txt"],
    ),
    "analogies as pairs": (
        ["eval", "w.vec", "--similarity", "q.txt"], "give it to --analogies",
        ["eval", "w.vec", "--analogies", "q.txt"],
    ),
    "documentation as a test set": (
        lambda: Path("sets").mkdir() or (shutil.copy("README", "sets/README") and ["eval", "w.vec", "--analogies", "sets"]),
        "name the file itself to score it", ["eval", "w.vec", "--analogies", "sets/README"],
    ),
    "first column of numbers": (
        lambda: Path("n.txt").write_text("1\tking\tqueen\t5\n2\tman\twoman\t2\n") and ["eval", "w.vec", "--similarity", "n.txt"],
        "remove that column",
        lambda _: Path("n.txt").write_text("king\tqueen\t5\nman\twoman\t2\nking\tman\t1\n") and ["eval", "w.vec", "--similarity", "n.txt"],
    ),
    "points and commas": (
        lambda: Path("n.txt").write_text("king\tqueen\t5.5\nman\twoman\t2,5\nking\tman\t1.5\n") and ["eval", "w.vec", "--similarity", "n.txt"],
        "write all with points",
        lambda _: Path("n.txt").write_text("king\tqueen\t5.5\nman\twoman\t2.5\nking\tman\t1.5\n") and ["eval", "w.vec", "--similarity", "n.txt"],
    ),
    "open quotation mark": (
        lambda: Path("n.csv").write_text('"king,queen,5\nman,woman,2\nking,man,1\n') and ["eval", "w.vec", "--similarity", "n.csv"],
        "a quotation mark is not closed; close it",
        lambda _: Path("n.csv").write_text('"king",queen,5\nman,woman,2\nking,man,1\n') and ["eval", "w.vec", "--similarity", "n.csv"],
    ),
    "heading without a space": (
        lambda: Path("n.txt").write_text(":king queen man woman\nman woman king queen\n") and ["eval", "w.vec", "--analogies", "n.txt"],
        "write a space after the colon of a heading",
        lambda _: Path("n.txt").write_text(": king queen man woman\nman woman king queen\n") and ["eval", "w.vec", "--analogies", "n.txt"],
    ),
    "common of one file": (
        ["eval", "w.vec", "--analogies", "q.txt", "--common"], "give two or more",
        lambda _: shutil.copy("w.vec", "u.vec") and ["eval", "w.vec", "u.vec", "--analogies", "q.txt", "--common"],
    ),
    "method without analogies": (
        ["eval", "w.vec", "--similarity", "p.txt", "--method", "3cosmul"], "without --analogies",
        ["eval", "w.vec", "--similarity", "p.txt", "--analogies", "q.txt", "--method", "3cosmul"],
    ),
    "labels before nodes": (
        lambda: Path("l.txt").write_text("p king\np queen\nq man\nq woman\n") and ["eval", "w.vec", "--labels", "l.txt"],
        "put the node first on each line",
        lambda _: Path("l.txt").write_text(LABELS) and ["eval", "w.vec", "--labels", "l.txt"],
    ),
    "labels of other nodes": (
        lambda: Path("l.txt").write_text("0 p\n1 p\n2 q\n3 q\n") and ["eval", "w.vec", "--labels", "l.txt"],
        "'king' would be); give the labels of these words",
        lambda _: Path("l.txt").write_text(LABELS) and ["eval", "w.vec", "--labels", "l.txt"],
    ),
    "a node without a label": (
        lambda: Path("l.txt").write_text(LABELS + "city\n") and ["eval", "w.vec", "--labels", "l.txt"],
        "line 5: expected a node and its label, separated by a tab, a comma or a blank; add the label",
        lambda _: Path("l.txt").write_text(LABELS + "city q\n") and ["eval", "w.vec", "--labels", "l.txt"],
    ),
    "one label": (
        lambda: Path("l.txt").write_text(LABELS.replace(" q", " p")) and ["eval", "w.vec", "--labels", "l.txt"],
        "give two labels or more",
        lambda _: Path("l.txt").write_text(LABELS) and ["eval", "w.vec", "--labels", "l.txt"],
    ),
    "a label of every node": (
        lambda: Path("l.txt").write_text(LABELS.replace("\n", " 1.0\n")) and ["eval", "w.vec", "--labels", "l.txt"],
        "every node has the label '1.0', which tells none apart; remove it",
        lambda _: Path("l.txt").write_text(LABELS) and ["eval", "w.vec", "--labels", "l.txt"],
    ),
    "links as labels": (
        lambda: Path("l.txt").write_text(LINKS) and ["eval", "w.vec", "--labels", "l.txt"],
        "a list of links is given to --links",
        ["eval", "w.vec", "--links", "l.txt"],
    ),
    "no links held out": (
        lambda: Path("l.txt").write_text(LINKS) and ["eval", "w.vec", "--links", "l.txt", "--known-links", "l.txt"],
        "all links are among those of --known-links; hold some out",
        lambda _: Path("k.txt").write_text(LINKS[:11]) and Path("l.txt").write_text(LINKS[11:])
        and ["eval", "w.vec", "--links", "l.txt", "--known-links", "k.txt"],
    ),
    "links of other nodes": (
        lambda: Path("l.txt").write_text("0 1\n1 2\n") and ["eval", "w.vec", "--links", "l.txt"],
        "give links between words of the vectors, such as 'king'",
        lambda _: Path("l.txt").write_text(LINKS) and ["eval", "w.vec", "--links", "l.txt"],
    ),
    "a link of one node": (
        lambda: Path("l.txt").write_text(LINKS + "city\n") and ["eval", "w.vec", "--links", "l.txt"],
        "line 5: expected two nodes, separated by a tab, a comma or a blank; add the other node",
        lambda _: Path("l.txt").write_text(LINKS + "city queen\n") and ["eval", "w.vec", "--links", "l.txt"],
    ),
    "too many links": (
        lambda: Path("l.txt").write_text("\n".join(f"{a} {b}" for a, b in combinations(NODES, 2))) and ["eval", "w.vec", "--links", "l.txt"],
        "only 0 pairs of words are not linked, fewer than the 15 links; give fewer links",
        lambda _: Path("l.txt").write_text(LINKS) and ["eval", "w.vec", "--links", "l.txt"],
    ),
    "columns of links": (
        lambda: Path("l.txt").write_text(LINKS) and ["eval", "w.vec", "--links", "l.txt", "--no-header"],
        "--no-header has no effect without --items", ["eval", "w.vec", "--links", "l.txt"],
    ),
    "no corpus to download": (["corpus", "fetch"], "see w2vneg corpus list", ["corpus", "list"]),
    "unknown command": (["nn", "w.vec", "king"], "here it is w2vneg neighbors", ["neighbors", "w.vec", "king"]),
    "unknown sampler": ([*TRAIN, "--sampler", "unigramm"], "did you mean 'unigram'", [*TRAIN, "--sampler", "unigram"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_remedy_works(case):
    wrong, words, right = CASES[case]
    outcome = call(*(wrong() if callable(wrong) else wrong))
    refused(outcome, outcome.code, words)
    assert outcome.code in (1, 2)
    outcome = call(*(right(outcome.err) if callable(right) else right))
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz"])
def test_archives_are_unpacked_as_the_message_says(kind):
    name = f"a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(name, "w") as archive:
            archive.write("c.txt")
    else:
        with tarfile.open(name, "w:gz" if kind == "tgz" else "w") as archive:
            archive.add("c.txt")
    outcome = call("vocab", name)
    refused(outcome, 1, f"{name} is a {kind[:1]}")
    command = re.search(r"unpack it with: ((?:unzip|tar) .*?FOLDER)", outcome.err)
    program = command[1].split()[0]
    if not shutil.which(program):
        pytest.skip(f"needs {program}")
    Path("unpacked").mkdir()
    subprocess.run(
        command[1].replace("FOLDER", "unpacked"), shell=True, check=True, capture_output=True
    )
    assert "king" in call("vocab", "unpacked").out


@pytest.mark.parametrize("program", ["gunzip", "bunzip2", "unxz", "unzstd", "iconv"])
@pytest.mark.parametrize("use", ["vocabulary", "analogies", "similarity", "labels", "links"])
def test_packed_vocabularies_and_test_sets_are_unpacked_as_the_message_says(program, use):
    if not shutil.which(program):
        pytest.skip(f"needs {program}")
    assert call("vocab", "c.txt", "-o", "words", "--min-count", 1).code == 0
    plain, options = {
        "vocabulary": ("words", [*TRAIN, "--vocab"]),
        "analogies": ("q.txt", ["eval", "w.vec", "--analogies"]),
        "similarity": ("p.txt", ["eval", "w.vec", "--similarity"]),
        "labels": ("labels", ["eval", "w.vec", "--labels"]),
        "links": ("links", ["eval", "w.vec", "--links"]),
    }[use]
    Path("labels").write_text(LABELS)
    Path("links").write_text(LINKS)
    data = Path(plain).read_bytes()
    suffix, packed = {
        "gunzip": (".gz", gzip.compress(data)),
        "bunzip2": (".bz2", bz2.compress(data)),
        "unxz": (".xz", lzma.compress(data)),
        "unzstd": (".zst", zstandard.compress(data)),
        "iconv": (".txt", data.decode().encode("utf-16")),
    }[program]
    Path("f" + suffix).write_bytes(packed)
    outcome = call(*options, "f" + suffix)
    refused(outcome, 1, "f" + suffix)
    command = re.search(rf"{program} .*?FILE( > NEW)?", outcome.err)[0]
    command = command.replace("FILE", "f" + suffix).replace("NEW", "f")
    subprocess.run(command, shell=True, check=True, capture_output=True)
    assert call(*options, "f").code == 0


def test_own_outputs_as_vectors_are_named():
    made("graph", "c.txt", "-o", "g.npz", "--min-count", "1")
    made("vocab", "c.txt", "-o", "words.tsv", "--min-count", "1")
    made(*TRAIN, "--checkpoint", "state")
    refused(
        call("neighbors", "g.npz", "king"),
        1,
        "a graph of w2vneg: look at it with: w2vneg graph g.npz",
    )
    made("graph", "g.npz")
    refused(
        call("neighbors", "words.tsv", "king"), 1, "a vocabulary", "train TEXT --vocab words.tsv"
    )
    made(*TRAIN, "--vocab", "words.tsv")
    refused(
        call("neighbors", "v.vec.json", "king"), 1, "give the file of vectors that it describes"
    )
    made("neighbors", "v.vec", "king")
    refused(
        call("neighbors", next(Path("state").iterdir()), "king"),
        1,
        "a checkpoint",
        "--resume FOLDER",
    )
    made("train", "c.txt", "-o", "v.vec", "--resume", "state")


@pytest.mark.parametrize("text", [SENTENCE, "<!DOCTYPE html><html></html>", "", '{"a": 1}'])
def test_other_files_are_no_dumps(text):
    Path("d.xml").write_text(text)
    outcome = call("corpus", "clean", "d.xml", "-o", "out.txt")
    refused(outcome, 1, "d.xml", "MediaWiki")
    assert "get it again" not in outcome.err


def test_numbers_of_remedies_are_right():
    """A message that gives a number gives one that works, and the next one does not."""
    outcome = call("vocab", "c.txt", "--min-count", "999")
    most = int(re.search(r"the most frequent (\d+) times", outcome.err)[1])
    assert call("vocab", "c.txt", "--min-count", most).code == 0
    assert call("vocab", "c.txt", "--min-count", most + 1).code == 1


def test_large_test_set_is_split_as_the_message_says():
    Path("b.txt").write_text(
        "".join(f"w{i}\tv{i}\n" for i in range(2000)) + "king\tqueen\nman\twoman\n"
    )
    outcome = call("eval", "w.vec", "--analogies", "b.txt")
    refused(outcome, 1, "split it into files of at most")
    most = int(re.search(r"at most (\d+) lines", outcome.err)[1])
    lines = Path("b.txt").read_text().splitlines(keepends=True)
    Path("b.txt").write_text("".join(lines[-most:]))
    assert call("eval", "w.vec", "--analogies", "b.txt", "--bootstrap", 1).code == 0
