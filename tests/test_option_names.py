"""Messages name options as flags on the command line and as arguments in Python."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, refused

import w2vneg
from w2vneg import SkipGram, Vocabulary, load_vectors
from w2vneg.comparison.compare import compare
from w2vneg.corpus.cooccurrence.graph import Graph
from w2vneg.corpus.encode import count, encode
from w2vneg.errors import W2vnegError
from w2vneg.evaluation.score import evaluate
from w2vneg.samplers import all_options
from w2vneg.system.option_names import choice, either, named, named_as_flags
from w2vneg.training.checkpoint import newest
from w2vneg.vectors.vectors import Vectors

pytestmark = pytest.mark.once  # no compiled code

PACKAGE = Path(w2vneg.__file__).parent
FLAG = re.compile(r"(?<![\w-])--[a-z]")
ARGUMENT = re.compile(r"(?<![\w-])[a-z_]+=")


def test_an_option_has_two_spellings():
    assert (named("min_count"), named("dim", 0)) == ("min_count=", "dim=0")
    assert (named("loss", "bpr"), choice("loss", "bpr")) == ("loss='bpr'", "loss='bpr'")
    assert named("skip_bad_rows", True) == "skip_bad_rows=True"
    with named_as_flags({"gneg_vocab": "--graph-vocab"}):
        assert (named("min_count"), named("dim", 0)) == ("--min-count", "--dim 0")
        assert (named("loss", "bpr"), choice("loss", "bpr")) == ("--loss 'bpr'", "--loss bpr")
        assert named("skip_bad_rows", True) == "--skip-bad-rows"
        assert (named("gneg_vocab"), named("settings", "a")) == ("--graph-vocab", "--set 'a'")
        with named_as_flags():
            assert named("gneg_vocab") == "--graph-vocab"
    assert either("command", "python") == "python"
    assert named("gneg_vocab") == "gneg_vocab="


def bad_value(option):
    return {int: -1, float: -1e300, bool: 7, str: 7}[option.kind]


@pytest.mark.parametrize("name", all_options())
def test_bad_values_are_named_as_they_were_given(name, tmp_path):
    option = all_options()[name]
    with pytest.raises(W2vnegError) as caught:
        SkipGram(**{name: bad_value(option)})
    assert str(caught.value).startswith(f"{name}=")
    assert not FLAG.search(str(caught.value))
    if option.kind in (int, float):
        outcome = call("train", tmp_path, option.flag, bad_value(option))
        refused(outcome, 2, option.flag)
        assert not ARGUMENT.search(outcome.err)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "c.txt").write_text("a b c\n" * 3)
    (tmp_path / "latin.txt").write_bytes(b"a b c\n" * 3 + b"caf\xe9 b\n")
    (tmp_path / "v.vec").write_text("4 2\na 1 2\na 3 4\nb 1 2\nc 0 1\n")
    (tmp_path / "latin.vec").write_bytes(b"1 2\ncaf\xe9 1 2\n")
    (tmp_path / "w.tsv").write_text("a\t3\nb\t3\n")
    (tmp_path / "pairs.txt").write_text("a b 1\nb c 2\nc a 3\n")
    (tmp_path / "state").mkdir()
    return tmp_path


#: What is wrong, in Python and on the command line, and words of the remedy.
FAULTS = {
    "rare words": (
        lambda d: SkipGram().fit(d / "c.txt"),
        lambda d: ["train", d / "c.txt"],
        "lower {}", "min_count",
    ),
    "rare words counted": (
        lambda d: count([d / "c.txt"], min_count=9),
        lambda d: ["vocab", d / "c.txt", "--min-count", 9],
        "lower {}", "min_count",
    ),
    "too few words": (
        lambda d: SkipGram(min_count=1).fit(
            d / "c.txt", vocabulary=Vocabulary.from_counts({"a": 3, "z": 3})
        ),
        None, "w2vneg vocab", None,
    ),
    "no tokens": (
        lambda d: encode([d / "c.txt"], max_tokens=0),
        lambda d: ["vocab", d / "c.txt", "--max-tokens", 0],
        "{} 0 is out of range", "max_tokens",
    ),
    "not UTF-8": (
        lambda d: encode([d / "latin.txt"], encoding_errors="strict"),
        lambda d: ["vocab", d / "latin.txt", "--encoding-errors", "strict"],
        "{} drop", "encoding_errors",
    ),
    "duplicate word": (
        lambda d: load_vectors(d / "v.vec"),
        lambda d: ["neighbors", d / "v.vec", "a"],
        "{} reads the other rows", "skip_bad_rows",
    ),
    "word not UTF-8": (
        lambda d: load_vectors(d / "latin.vec"),
        lambda d: ["neighbors", d / "latin.vec", "a"],
        "{} replace keeps it", "encoding_errors",
    ),
    "vocabulary as a corpus": (
        lambda d: encode([d / "w.tsv"]),
        lambda d: ["vocab", d / "w.tsv"],
        "use it with: ", None,
    ),
    "vectors as a corpus": (
        lambda d: encode([d / "v.vec"]), lambda d: ["train", d / "v.vec"], "", None,
    ),
    "no checkpoint": (
        lambda d: newest(d / "state"),
        lambda d: ["train", d / "c.txt", "--resume", d / "state"],
        "train with ", None,
    ),
    "no graph": (
        lambda d: Graph.load(d / "c.txt"),
        lambda d: ["train", d / "c.txt", "--min-count", 1, "--sampler", "gneg", "--gneg-graph", d / "c.txt"],
        "make one with w2vneg graph CORPUS -o FILE.npz", None,
    ),
    "pairs as questions": (
        lambda d: evaluate(Vectors(["a", "b"], np.eye(2, dtype=np.float32)), [d / "pairs.txt"]),
        None, "", None,
    ),
    "no arms": (
        lambda d: compare(d / "c.txt", samplers=[]),
        lambda d: ["compare", d / "c.txt", "--samplers", "", "-o", d / "r"],
        "{} is empty", "samplers",
    ),
    "unknown setting": (
        lambda d: compare(d / "c.txt", settings=["vector_size=5"]),
        lambda d: ["compare", d / "c.txt", "--set", "vector_size=5", "-o", d / "r"],
        "is {} here", "dim",
    ),
    "no effect": (
        lambda d: SkipGram(sampler="uniform", ns_exponent=0.5),
        lambda d: ["train", d / "c.txt", "--sampler", "uniform", "--ns-exponent", 0.5],
        "{} has no effect", "ns_exponent",
    ),
    "form": (
        lambda d: SkipGram(sampler="gneg", form="block"),
        lambda d: ["train", d / "c.txt", "--sampler", "gneg", "--form", "block"],
        "leave out {}", "form",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_remedies_are_spelled_for_their_reader(files, fault):
    python, command, words, option = FAULTS[fault]
    with pytest.raises(W2vnegError) as caught:
        python(files)
    message = str(caught.value)
    assert not FLAG.search(message)
    if option:
        assert f"{option}=" in message
        assert words.partition("{}")[0] in message
    if command:
        outcome = call(*command(files))
        with named_as_flags():
            refused(outcome, outcome.code, words.format(named(option or "dim")))
        assert not ARGUMENT.search(outcome.err.replace("vector_size=", ""))


def _spoken(tree):
    """Yield the strings of a module that may be part of a message, with their lines."""
    silent = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            silent.add(body[0].value)
        # Help texts are read on the command line; the others choose between two spellings.
        called = getattr(getattr(node, "func", None), "id", None)
        if called in ("either", "Option", "_common", "FileKind"):
            silent.update(ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent:
            yield node.lineno, node.value


def test_no_message_has_a_fixed_flag():
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.parent.name != "cli" and path.name != "option_names.py"
        for line, text in _spoken(ast.parse(path.read_text(encoding="utf-8")))
        if FLAG.search(text)
    ]
    # A flag of another program; a command that has no counterpart in Python.
    allowed = (
        "zstd -d --long=31",
        "to get the new version, use --url",
        "(srun --mpi=list shows the choice)",
        "mpirun --bind-to none, or srun --cpus-per-task",
        "w2vneg convert --dtype int8 quantizes vectors afterwards: leave it out",
    )
    assert [text for text in found if not text.endswith(allowed)] == []
