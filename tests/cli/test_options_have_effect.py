"""Every option of every command changes what comes out, or is refused where it cannot."""

import json
import re
from pathlib import Path

import click
import numpy as np
import pytest
from helpers.commands import call, compiled_only, refused

from w2vneg.cli import COMMANDS, group
from w2vneg.samplers import method_options
from w2vneg.vectors.vectors import write_vectors

pytestmark = compiled_only

TINY = ("--min-count", "1", "--dim", "3", "--threads", "1", "--epochs", "1")
#: Options that change no result, and why.
NO_RESULT = {
    "--threads": "speed; tests of encoding and training compare results",
    "--no-cache": "speed; tests of the cache",
    "--help": "help",
    "--json": "form",
}
#: Command to its usual call and to options with a value that changes what comes out. None: tested
#: below, with other inputs, or in the tests of samplers, forms and checkpoints.
#: Options of reading a corpus: tests of tables and of tokenizers.
READING = dict.fromkeys((
    "--column", "--group", "--order", "--format", "--bad-rows", "--no-header", "--no-quotes",
    "--tokenizer", "--lower", "--nfc",
))  # fmt: skip
#: Options of walks on graphs: tests of graphs.
WALKING = dict.fromkeys((
    "--walks", "--walk-length", "--walks-per-node", "--p", "--q", "--directed", "--unweighted",
))  # fmt: skip
#: Options of a training on ranks: tests of the cluster, and below.
SYNCING = dict.fromkeys((
    "--sync-every", "--sync-rows", "--sync-rule", "--sync-bits", "--local-lr", "--sync-timeout",
))  # fmt: skip
CALLS = {
    "neighbors": (
        ["v.vec", "king"],
        {"-n": ["1"], "--restrict-vocab": ["2"], "--skip-bad-rows": None},
    ),
    "analogy": (
        ["v.vec", "king", "queen", "man"],
        {"-n": ["1"], "--method": ["3cosmul"], "--skip-bad-rows": None},
    ),
    "phrases": (
        ["c.txt", "--min-pairs", "1", "--threshold", "0"],
        {
            "-o": ["out.txt"], "--min-pairs": ["9"], "--threshold": ["2"], "--score": ["npmi"],
            "--passes": ["2"], "-n": ["2"], "--max-tokens": ["20"], "--encoding-errors": None,
            **READING,
        },
    ),
    "align": (
        ["v.vec", "x.vec"],
        {
            "-n": ["1"], "--neighbors": ["1"], "--restrict-vocab": ["7"], "-o": ["out.vec"],
            "--skip-bad-rows": None,
        },
    ),
    "view": (
        ["v.vec", "-o", "out.html", "--map", "pca"],
        {
            "-o": ["other.html"], "--words": ["5"], "--map": None, "--seed": None,
            "--skip-bad-rows": None,
        },
    ),
    "convert": (
        ["v.vec", "out.vec"],
        {
            "--limit": ["2"], "--encoding-errors": None, "--join-spaces": None, "--skip-bad-rows": None,
            "--to": ["glove"], "--dtype": None,
        },
    ),
    "eval": (
        ["v.vec", "--analogies", "q.txt", "--similarity", "s.txt", "--bootstrap", "20"],
        {
            "--analogies": ["p.txt"], "--similarity": ["t.txt"], "--restrict-vocab": ["3"],
            "--method": ["3cosmul"], "--case-sensitive": [], "--common": ["u.vec"],
            "--bootstrap": ["7"], "--seed": ["3"], "--sections": [], "--skip-bad-rows": None, "--items": ["k.txt"],
            "--labels": ["l.txt"], "--train-share": None, "--seeds": None, "--links": ["k.txt"],
            "--known-links": None, **READING,
        },
    ),
    "vocab": (
        ["c.txt", "--min-count", "1"],
        {
            "-o": ["out.tsv"], "--min-count": ["9"], "--max-vocab": ["3"], "--top": ["2"],
            "--max-tokens": ["5"], "--encoding-errors": None, **READING, **WALKING,
        },
    ),
    "graph": (
        ["c.txt", "--min-count", "1", "--node", "king", "--family", "walk"],
        {
            "-o": ["out.npz"], "--node": ["queen"], "-n": ["1"], "--window": ["1"],
            "--graph-vocab": ["4"], "--min-weight": ["20"], "--family": ["adjacency"],
            "--power": ["1"], "--steps": ["1"], "--self-loops": [], "--min-count": ["9"],
            "--max-vocab": ["4"], **READING, **WALKING,
        },
    ),
    "walks": (
        ["c.edges", "-o", "out.txt"],
        {"-o": ["other.txt"], "--bad-rows": None, "--no-header": None, "--seed": ["5"], **WALKING},
    ),
    "samplers": ([], {}),
    "train": (
        ["c.txt", "-o", "out.vec", "--sample", "0.03", *TINY],
        {
            "-o": ["other.vec"], "--dim": ["4"], "--window": ["1"], "--negatives": ["2"],
            "--candidates": ["9"], "--negative-weight": ["3"], "--epochs": ["2"], "--lr": ["0.1"],
            "--min-count": ["9"], "--max-vocab": ["4"], "--sample": ["0"], "--seed": ["5"],
            "--ns-exponent": ["-1"], "--proposal": ["uniform"], "--vocab": ["w.tsv"],
            "--save-vocab": ["out.tsv"], "--encoding-errors": None, "--phrases": None, "--max-tokens": ["20"],
            "--checkpoint": ["state"], "--checkpoint-every": None, "--resume": None, "--time": None,
            "--workers": None, "--hosts": None, "--shards": None, **SYNCING,
            "--preset": ["word2vec"], "--fixed-window": [], "--mix-out": ["0.5"],
            "--init": ["e.vec"], "--freeze": None, "--freeze-first": None, "--continue": None, "--rounds": None, **READING, **WALKING, "--form": None, "--sampler": None, "--weighting": None, "--loss": None, "--method": None,
        },
    ),
}  # fmt: skip


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    words = ["king", "queen", "man", "woman", "City", "city", "river", "rare"]
    write_vectors("v.vec", words, rng.normal(size=(8, 4)).astype(np.float32))
    write_vectors("e.vec", words, np.full((8, 3), 0.5, np.float32))
    write_vectors("u.vec", words[:5], rng.normal(size=(5, 4)).astype(np.float32))
    write_vectors("x.vec", words, np.random.default_rng(1).normal(size=(8, 4)).astype(np.float32))
    Path("q.txt").write_text(
        ": a\nking queen man woman\nking queen woman CITY\nman woman city rare\n"
    )
    Path("p.txt").write_text(": a\nking man queen woman\n")
    Path("s.txt").write_text("king queen 5\nman woman 2\nCITY river 7\nking rare 1\nqueen man 3\n")
    Path("t.txt").write_text("king queen 1\nman woman 2\nqueen man 3\n")
    lines = [
        " ".join(rng.choice(words, 6, p=[0.3, 0.2, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05]))
        for _ in range(60)
    ]
    Path("c.txt").write_text("\n".join([*lines, "king king queen once"]) + "\n")
    Path("c.edges").write_text("king queen\nqueen man\nman king\n")
    Path("w.tsv").write_text("king\t9\nqueen\t5\nman\t3\n")
    Path("l.txt").write_text("king p\nqueen p\nman p\ncity q\nriver q\nrare q\n")
    Path("k.txt").write_text("king queen\nman woman\ncity river\nCity city\n")
    return tmp_path


def shown(arguments):
    """Return what a call printed and wrote, without times and speeds."""
    before = {path.name for path in Path().iterdir()}
    outcome = call(*arguments)
    assert outcome.code == 0, outcome.err
    texts = [re.sub(r"\(.* words trained in .*|in out\S+", "", outcome.out)]
    for path in sorted(Path().iterdir()):
        if path.name not in before:
            texts.append(path.name)
        if path.name in ("out.vec", "out.tsv", "out.txt", "out.html"):
            texts.append(path.read_bytes())
    for path in [
        p for p in Path().iterdir() if p.name.startswith(("out.", "other.")) and p.is_file()
    ]:
        path.unlink()
    return texts


def flags_of(command):
    options = (p for p in group.get_command(None, command).params if isinstance(p, click.Option))
    return [p.opts[0] for p in options]


@pytest.mark.parametrize("command", CALLS)
def test_no_option_is_forgotten(command):
    own = {option.flag for option, _ in method_options().values()}
    listed = {*CALLS[command][1], *NO_RESULT, *(own if command == "train" else ())}
    assert set(flags_of(command)) <= listed
    assert set(COMMANDS) - set(CALLS) == {"compare", "corpus", "tune"}  # their own tests


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        (c, flag)
        for c, (_, options) in CALLS.items()
        for flag, value in options.items()
        if value is not None
    ],
)
def test_options_change_what_comes_out(place, command, flag):
    base, options = CALLS[command]
    assert shown([command, *base]) != shown([command, *base, flag, *options[flag]])


@pytest.mark.parametrize(
    ("arguments", "flag", "words"),
    [
        ("graph g.npz --window 3", "--window", "saved graph"),
        ("graph g.npz --graph-vocab 3", "--graph-vocab", "saved graph"),
        ("graph g.npz --min-weight 3", "--min-weight", "saved graph"),
        ("graph g.npz --min-count 3", "--min-count", "saved graph"),
        ("graph g.npz --max-vocab 3", "--max-vocab", "saved graph"),
        ("graph c.txt -n 3", "-n", "without --node"),
        ("graph c.txt --family walk", "--family", "without --node"),
        ("graph c.txt --power 1", "--power", "without --node"),
        ("graph c.txt --steps 3", "--steps", "without --node"),
        ("graph c.txt --self-loops", "--self-loops", "without --node"),
        ("eval v.vec --similarity s.txt --method 3cosmul", "--method", "without --analogies"),
        ("eval v.vec --similarity s.txt --sections", "--sections", "without --analogies"),
        ("eval v.vec --common", "--common", "two or more"),
        (
            "eval v.vec --labels l.txt --restrict-vocab 3",
            "--restrict-vocab",
            "without --analogies or",
        ),
        ("eval v.vec --items s.txt --case-sensitive", "--case-sensitive", "without --analogies or"),
        ("eval v.vec u.vec --links k.txt --common", "--common", "without --analogies or"),
        ("eval v.vec --links k.txt --lower", "--lower", "without --items"),
        ("eval v.vec --links k.txt --column x", "--column", "without --items"),
        ("eval v.vec --links k.txt --seeds 3", "--seeds", "without --labels"),
        ("eval v.vec --train-share .3", "--train-share", "without --labels"),
        ("eval v.vec --labels l.txt --known-links k.txt", "--known-links", "without --links"),
        ("train c.txt --checkpoint-every 9s", "--checkpoint-every", "without --checkpoint"),
        ("train c.txt --sampler uniform --ns-exponent 1", "--ns-exponent", "has no effect"),
        ("train c.txt --method whole-data --epochs 5", "--epochs", "--sweeps"),
        ("train c.txt --method whole-data --lr 0.1", "--lr", "no effect"),
        ("train c.txt --method whole-data --negatives 5", "--negatives", "no effect"),
        ("train c.txt --method whole-data --negative-weight 5", "--negative-weight", "no effect"),
        ("train c.txt --method whole-data --candidates 9", "--candidates", "no effect"),
        ("train c.txt --method whole-data --form block", "--form", "no effect"),
        ("train c.txt --method whole-data --sampler unigram", "--sampler", "no effect"),
        ("train c.txt --method whole-data --proposal uniform", "--proposal", "no effect"),
        ("train c.txt --method whole-data --weighting hardest", "--weighting", "no effect"),
        ("train c.txt --method whole-data --loss bpr", "--loss", "no effect"),
        ("train c.txt --method whole-data --ns-exponent 1", "--ns-exponent", "--proposal unigram"),
        ("train c.txt --sweeps 3", "--sweeps", "--method whole-data"),
        ("corpus fetch text8 --sha256 " + "0" * 64, "--sha256", "requires --url"),
    ],
)
def test_options_without_effect_are_refused(place, arguments, flag, words):
    refused(call(*arguments.split()), 2, flag, words)
    assert not list(place.glob("c.vec*"))


def test_the_method_of_training_has_an_effect(place):
    tiny = TINY[: TINY.index("--epochs")]  # whole-data training has sweeps instead
    usual = shown(["train", "c.txt", "-o", "out.vec", *tiny])
    assert usual == shown(["train", "c.txt", "-o", "out.vec", *tiny, "--method", "sgd"])
    assert usual != shown(["train", "c.txt", "-o", "out.vec", *tiny, "--method", "whole-data"])


@pytest.mark.parametrize(
    ("base", "more"),
    [
        ("eval v.vec --labels l.txt --json", "--train-share .9"),
        ("eval v.vec --labels l.txt --json", "--seeds 4"),
        ("eval v.vec --labels l.txt --json", "--seed 3"),
        ("eval v.vec --links k.txt --json", "--seed 3"),
        ("eval v.vec --links k.txt --json", "--known-links p.txt"),
    ],
)
def test_options_of_labels_and_links_change_the_scores(place, base, more):
    before, after = (
        json.loads(call(*line.split()).out)["vectors"]["v.vec"] for line in (base, f"{base} {more}")
    )
    assert before != after


def test_the_layout_and_its_seed_change_the_map(place):
    from helpers.planted_vectors import planted

    planted(300).save("p.vec")
    pages = []
    for more in ((), ("--seed", 5)):
        assert call("view", "p.vec", "--map", "pca", *more).code == 0
        pages.append(Path("map.html").read_bytes())
    assert pages[0] != pages[1]
    refused(call("view", "v.vec", "--map", "umap"), 2, "--map")


def test_values_that_need_other_inputs_have_an_effect(place):
    Path("l.txt").write_bytes(b"king caf\xe9 queen\n" * 9)
    for command in ("vocab", "train"):
        more = ["-o", "out.vec"] if command == "train" else []
        assert call(command, "l.txt", *more, "--min-count", 1).code == 0
        refused(call(command, "l.txt", *more, "--encoding-errors", "strict"), 1, "l.txt, byte 5")
    Path("d.vec").write_text("4 2\nking 1 2\nking 1 2\nman 0 1\nqueen 2 1\n")
    for command, *more in (
        ("neighbors", "king"), ("analogy", "king", "man", "queen"), ("convert", "out.bin"),
        ("align", "d.vec"), ("view", "--map", "pca"),
        ("eval", "--similarity", "t.txt"),
    ):  # fmt: skip
        refused(call(command, "d.vec", *more), 1, "--skip-bad-rows")
        outcome = call(command, "d.vec", *more, "--skip-bad-rows")
        assert "skipped 1 row: row 2" in outcome.err
