"""Options of every command with values to try, for the fuzz tests; `train` also has declared ones.

An empty list: the option takes no value.
"""

import click

from helpers.damaged_inputs import WORDS
from w2vneg.cli import COMMANDS, group

#: How a corpus is read, for the table of `helpers.tables.table`.
READING = {
    "--column": ["text", "item", "words", "1", "4", "none"], "--group": ["session", "1", "time"],
    "--order": ["time", "3", "item"], "--format": ["csv", "tsv", "jsonl", "text", "parquet", "arrow"],
    "--bad-rows": ["drop", "fail"], "--no-header": [], "--no-quotes": [],
    "--tokenizer": ["unicode", "chars", "whitespace", "jieba", "icu"], "--lower": [], "--nfc": [],
}  # fmt: skip
#: How walks on a graph are made; the first three also for the command walks.
WALKS = {
    "--walks": ["deepwalk", "node2vec", "line1", "line2"], "--p": ["0.5", "1"], "--q": ["2", "1"],
    "--walk-length": ["2", "10"], "--walks-per-node": ["1", "3"], "--directed": [], "--unweighted": [],
}  # fmt: skip
#: Training on ranks; none of these values starts any.
RANKS = {
    "--workers": ["0", "1", "x"], "--hosts": ["a,b"], "--shards": ["c.txt", "{rank}"],
    "--sync-every": ["auto", "100"], "--sync-rows": ["10"], "--sync-rule": ["mean", "adaptive"],
    "--sync-bits": ["8", "32"], "--local-lr": ["0.1"], "--sync-timeout": ["5s"],
}  # fmt: skip
_CORPUS = {
    "--min-count": ["1", "2", "5"], "--max-vocab": ["2", "3", "1000"], "--threads": ["1", "3"],
    "--json": [],
}  # fmt: skip
_TESTS = {
    "--analogies": ["q.txt", ".", "s.txt"], "--similarity": ["s.txt", ".", "q.txt"],
    "--restrict-vocab": ["1", "4", "30000"], "--case-sensitive": [], "--common": [], "--json": [],
}  # fmt: skip
_METHOD = {"--method": ["3cosadd", "3cosmul"]}
_SKIP = {"--skip-bad-rows": []}

#: Command to its options; those of `READING` are added where a table is the corpus.
OPTIONS = {
    "vocab": {
        **_CORPUS, "--top": ["0", "3"], "--max-tokens": ["1", "5"],
        "--encoding-errors": ["drop", "strict"],
    },
    "phrases": {
        "--min-pairs": ["1", "5"], "--threshold": ["0", "0.5", "10"], "--score": ["word2vec", "npmi"],
        "--passes": ["1", "3"], "-n": ["1", "5"], "--threads": ["1", "3"], "--max-tokens": ["1", "50"],
        "--encoding-errors": ["drop", "strict"], "--json": [],
    },
    "graph": {
        **_CORPUS, "--window": ["1", "4"], "--graph-vocab": ["2", "100"], "--min-weight": ["1", "2"],
        "--family": ["adjacency", "smoothed", "difference", "walk"], "--power": ["0", "0.25", "100"],
        "--steps": ["1", "3"], "--self-loops": [], "--node": WORDS[:5], "-n": ["1", "5"],
    },
    "neighbors": {"-n": ["1", "3"], "--restrict-vocab": ["1", "4"], **_SKIP, "--json": []},
    "analogy": {"-n": ["1", "3"], **_METHOD, **_SKIP, "--json": []},
    "convert": {
        "--limit": ["1", "3"], "--encoding-errors": ["strict", "replace", "ignore", "drop"],
        "--to": ["numpy", "safetensors", "glove", "finalfusion", "fasttext", "recbole", "tensorboard"],
        "--dtype": ["float16", "int8", "float32"], "--join-spaces": ["_", "::", " ", "é"], **_SKIP,
    },
    "align": {
        "-n": ["1", "5"], "--neighbors": ["0", "2"], "--restrict-vocab": ["1", "4"], **_SKIP, "--json": [],
    },
    "view": {"--words": ["1", "5", "30000"], "--seed": ["0", "7"], **_SKIP, "--json": []},
    "eval": {
        **_TESTS, **_METHOD, "--bootstrap": ["1", "20"], "--seed": ["0", "7"], "--sections": [], **_SKIP,
        "--items": ["i.txt", "i.csv"], "--labels": ["l.txt", "s.txt", "v.vec"],
        "--train-share": ["0.1", "0.9"], "--seeds": ["1", "3"], "--links": ["k.txt", "l.txt"],
        "--known-links": ["k.txt", "q.txt"],
    },
    "train": {
        "--max-tokens": ["1", "100"], "--encoding-errors": ["drop", "strict"], "--json": [],
        "--save-vocab": ["o.tsv"], "--no-cache": [], "--checkpoint": ["state"],
        "--checkpoint-every": ["1s", "90s", "1h"], "--phrases": ["1", "3"],
    },
    "compare": {
        **_TESTS, "--seeds": ["2"], "--first-seed": ["0", "7"], "--eval-every": ["0.5", "2"],
        "--ranks": ["1,2", "2", "0", "x"], "--equal-time": [], "--tune": [], "--keep-vectors": [], "--grid": ["lr=0.1,0.2", "dim=x", "power=1"],
        "--set": ["lr=0.5", "uniform:lr=1", "size=3", "dim", "sample=0"],
        "--against": ["uniform", "nothing"], "--samplers": ["uniform", "unigram,uniform", "", "none"],
    },
    "tune": {
        "--analogies": ["q.txt", ".", "s.txt"], "--similarity": ["s.txt", ".", "q.txt"],
        "--restrict-vocab": ["1", "4"], "--case-sensitive": [], "--json": [],
        "--time": ["1s", "0.2s", "1h"], "--trials": ["1", "3"], "--seeds": ["1", "2"],
        "--search-seed": ["0", "7"], "--set": ["lr=0.5", "size=3", "dim", "sample=0"],
        "--grid": ["lr=0.1,0.2", "dim=x", "power=1", "lr"],
    },
    "walks": {
        **WALKS, "--no-header": [], "--bad-rows": ["drop", "fail"], "--threads": ["1", "3"],
        "--seed": ["0", "7"], "--json": [],
    },
    "samplers": {"--json": []},
    "corpus list": {"--json": []},
    "corpus sample": {},
    "corpus clean": {},
    "corpus fetch": {"--timeout": ["0.2", "0.5"], "--sha256": ["0" * 64, "f" * 63], "--url": []},
}  # fmt: skip
#: Options that the searches give themselves: outputs, and those of inputs that must exist.
BY_HAND = {
    "-o": "each search gives it where there is one", "--vocab": "train", "--resume": "train",
    "--time": "train", "--continue": "train", "--map": "view",
    "--help": "arguments",
}  # fmt: skip


def every_command():
    """Yield name and command of all, those of groups by both names."""
    for name in COMMANDS:
        command = group.get_command(None, name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {own}", part) for own, part in command.commands.items())
        else:
            yield name, command
