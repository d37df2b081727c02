"""Remedies for options and inputs that do not go together are carried out, and work."""

import shutil
from pathlib import Path

import pytest
from helpers.commands import call, compiled_only, refused

pytestmark = compiled_only

SENTENCE = "the king and the queen of the city love the big river\n"
TINY = ("--min-count", "1", "--dim", "3", "--threads", "1", "--epochs", "1", "--preset", "word2vec")
TRAIN = ("train", "c.txt", "-o", "v.vec", *TINY)
DUMP = "<mediawiki><page><ns>0</ns><text>one two three four five six.</text></page></mediawiki>"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("c.txt").write_text(SENTENCE * 30)
    Path("t.csv").write_text("s,item,time\n" + "a,king,1\na,queen,2\nb,city,1\n" * 5)
    Path("dump.xml").write_text(DUMP)
    Path("w.vec").write_text("4 2\nking 1 2\nqueen 2 1\ncity -1 2\nriver -1 1\n")
    return tmp_path


def write(name, data):
    Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return name


TABLE = ("vocab", "t.csv", "--min-count", "1")
#: What is done wrong: the call, words of the remedy, and calls that follow it, each of which works.
CASES = {
    "one file for two outputs": (
        [*TRAIN, "--save-vocab", "v.vec"], "choose two files", [[*TRAIN, "--save-vocab", "w.tsv"]],
    ),
    "order without a group": (
        [*TABLE, "--column", "item", "--order", "time"], "name its column with --group",
        [[*TABLE, "--column", "item", "--order", "time", "--group", "s"]],
    ),
    "group without a column": (
        [*TABLE, "--group", "s"], "name the column of the words with --column",
        [[*TABLE, "--group", "s", "--column", "item"]],
    ),
    "group and a tokenizer": (
        [*TABLE, "--group", "s", "--column", "item", "--tokenizer", "chars"], "leave out --tokenizer",
        [[*TABLE, "--group", "s", "--column", "item"]],
    ),
    "a column of text": (
        ["vocab", "c.txt", "--format", "text", "--column", "a"], "leave out --column, or --format",
        [["vocab", "c.txt", "--format", "text"]],
    ),
    "no such column": (
        [*TABLE, "--column", "itm"], "did you mean 'item'", [[*TABLE, "--column", "item"]],
    ),
    "two columns of one name": (
        lambda: write("u.csv", "a,a\nking,queen\n") and ["vocab", "u.csv", "--column", "a"], "rename all but one",
        [lambda: write("u.csv", "a,b\nking,queen\n") and ["vocab", "u.csv", "--column", "a", "--min-count", "1"]],
    ),
    "rows of numbers": (
        lambda: write("u.jsonl", '{"s": 1, "n": 3, "t": "king"}\n' * 3) and ["vocab", "u.jsonl", "--column", "n"],
        "make sentences of its rows with --group NAME",
        [
            ["vocab", "u.jsonl", "--column", "n", "--group", "s"],
            ["vocab", "u.jsonl", "--column", "t", "--min-count", "1"],
        ],
    ),
    "bad bytes with strict": (
        lambda: write("l.txt", b"king caf\xe9 queen\n" * 9) and ["vocab", "l.txt", "--encoding-errors", "strict"],
        "let such tokens be dropped with --encoding-errors drop",
        [["vocab", "l.txt", "--encoding-errors", "drop"]],
    ),
    "row of a table": (
        lambda: write("r.csv", "a,b\nking,1\nqueen\nking,2\n") and ["vocab", "r.csv", "--column", "a"],
        "correct it, or leave such rows out with --bad-rows drop",
        [
            ["vocab", "r.csv", "--column", "a", "--bad-rows", "drop", "--min-count", "1"],
            lambda: write("r.csv", "a,b\nking,1\nqueen,3\nking,2\n") and ["vocab", "r.csv", "--column", "a", "--min-count", "1"],
        ],
    ),
    "binary file": (
        lambda: write("b.txt", bytes(range(256)) * 9) and ["vocab", "b.txt"], "give UTF-8 text, one sentence a line",
        [["vocab", "c.txt"]],
    ),
    "no dump": (
        ["corpus", "clean", "c.txt", "-o", "o.txt"], "not a MediaWiki dump",
        [["corpus", "clean", "dump.xml", "-o", "o.txt"]],
    ),
    "dump without articles": (
        lambda: write("e.xml", "<mediawiki></mediawiki>") and ["corpus", "clean", "e.xml", "-o", "o.txt"],
        "has no articles; give a MediaWiki XML dump",
        [["corpus", "clean", "dump.xml", "-o", "o.txt"]],
    ),
    "dump as its own output": (
        ["corpus", "clean", "dump.xml", "-o", "dump.xml"], "choose another output",
        [["corpus", "clean", "dump.xml", "-o", "o.txt"]],
    ),
    "total weight of infonce": (
        [*TRAIN, "--loss", "infonce", "--negative-weight", "2"], "choose --loss sgns or bpr",
        [[*TRAIN, "--loss", "sgns", "--negative-weight", "2"], [*TRAIN, "--loss", "bpr", "--negative-weight", "2"]],
    ),
    "log-q without a distribution": (
        [*TRAIN, "--loss", "infonce", "--log-q", "--proposal", "gneg"], "choose --proposal unigram",
        [[*TRAIN, "--loss", "infonce", "--log-q", "--proposal", "unigram"]],
    ),
    "log-q with mixtures": (
        [*TRAIN, "--loss", "infonce", "--log-q", "--weighting", "mochi"], "leave one of them out",
        [[*TRAIN, "--loss", "infonce", "--log-q"], [*TRAIN, "--loss", "infonce", "--weighting", "mochi"]],
    ),
    "mixtures of mixed noise": (
        [*TRAIN, "--proposal", "mixed-noise", "--weighting", "mochi"], "choose --proposal unigram",
        [[*TRAIN, "--proposal", "unigram", "--weighting", "mochi"]],
    ),
    "correction of differences": (
        [*TRAIN, "--weighting", "corrected", "--loss", "bpr"], "choose --loss sgns",
        [[*TRAIN, "--weighting", "corrected", "--loss", "sgns"]],
    ),
    "bias of differences": (
        [*TRAIN, "--weighting", "debiased", "--loss", "bpr"], "choose --loss sgns or infonce",
        [[*TRAIN, "--weighting", "debiased", "--loss", "sgns"], [*TRAIN, "--weighting", "debiased", "--loss", "infonce"]],
    ),
    "learning rate": (
        [*TRAIN, "--lr", "1e8", "--sample", "0", "--epochs", "9"], "lower --lr",
        [[*TRAIN, "--lr", "0.05", "--sample", "0", "--epochs", "9"]],
    ),
    "JSON array": (
        lambda: write("a.json", '[{"t": "king queen"}]') and ["vocab", "a.json", "--column", "t"],
        "convert it with: jq -c '.[]' FILE",
        [lambda: write("a.json", '{"t": "king queen"}\n') and ["vocab", "a.json", "--column", "t", "--min-count", "1"]],
    ),
    "words that cancel each other out": (
        ["neighbors", "w.vec", "king", "-king"], "cancel each other out; give others",
        [["neighbors", "w.vec", "king", "-queen"]],
    ),
    "labels in one line": (
        lambda: write("l.txt", "king " + "x" * (1 << 20)) and ["eval", "w.vec", "--labels", "l.txt"], "one row a line",
        [lambda: write("l.txt", "king a\nqueen a\ncity b\nriver b\n" ) and ["eval", "w.vec", "--labels", "l.txt", "--bootstrap", "2"]],
    ),
    "a graph as labels": (
        lambda: call("graph", "c.txt", "-o", "g.npz", "--min-count", "1") and ["eval", "w.vec", "--labels", "g.npz"],
        "is a graph of w2vneg; give a file of labels",
        [lambda: write("l.txt", "king a\nqueen a\ncity b\nriver b\n" ) and ["eval", "w.vec", "--labels", "l.txt", "--bootstrap", "2"]],
    ),
    "band without ranks": (
        [*TRAIN, "--proposal", "pinsage", "--band-low", "0.9", "--band-high", "0.5"], "where the band begins; raise it",
        [[*TRAIN, "--proposal", "pinsage", "--band-low", "0.1", "--band-high", "0.9"]],
    ),
    "no category": (
        lambda: write("k.tsv", "king\n") and [*TRAIN, "--proposal", "categories", "--category-file", "k.tsv"], "write these three",
        [lambda: write("k.tsv", "king\ta\nqueen\ta\n") and [*TRAIN, "--proposal", "categories", "--category-file", "k.tsv"]],
    ),
    "nothing learned": (
        [*TRAIN[:3], "v.vec", *TINY, "--lr", "0"], "more than 0", [[*TRAIN, "--lr", "0.01"]],
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_remedy_works(case):
    wrong, words, rights = CASES[case]
    outcome = call(*(wrong() if callable(wrong) else wrong))
    refused(outcome, outcome.code, words)
    assert outcome.code in (1, 2)
    for right in rights:
        outcome = call(*(right() if callable(right) else right))
        assert outcome.code == 0, outcome.err


def test_damaged_vectors_are_replaced():
    assert call(*TRAIN[:3], "v.vec.gz", *TINY).code == 0
    shutil.copy("v.vec.gz", "good.gz")
    Path("v.vec.gz").write_bytes(Path("good.gz").read_bytes()[:-12] + bytes(12))
    refused(call("neighbors", "v.vec.gz", "king"), 1, "damaged gzip file", "replace it")
    shutil.copy("good.gz", "v.vec.gz")
    assert call("neighbors", "v.vec.gz", "king").code == 0
