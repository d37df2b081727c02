"""What `fit` takes, `encode`, `count` and `compare` take as well, and groups have one default."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.commands import call, compiled_only, refused

from w2vneg import SkipGram, compare
from w2vneg.comparison.arms import make_arms
from w2vneg.corpus.encode import count, encode
from w2vneg.corpus.input_options import InputOptions
from w2vneg.errors import UsageError
from w2vneg.system.progress import Progress

SENTENCES = [["the", "king", "and", "the", "queen"], ["a", "king"], ["the", "city", "7"]] * 3


class Again:
    """Sentences that can be read again and again."""

    def __iter__(self) -> Any:
        return iter(SENTENCES)


class Notes(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "t.txt"
    path.write_text("".join(" ".join(words) + "\n" for words in SENTENCES))
    return path


def array() -> Any:
    return np.array([np.array(words, object) for words in SENTENCES], object)


FORMS: dict[str, Callable[[Path], tuple[Any, dict[str, Any]]]] = {
    "path": lambda path: (path, {}),
    "str": lambda path: (str(path), {}),
    "list of paths": lambda path: ([str(path)], {}),
    "lists": lambda _: (SENTENCES, {}),
    "tuples": lambda _: (tuple(map(tuple, SENTENCES)), {}),
    "arrays": lambda _: ([np.array(words, object) for words in SENTENCES], {}),
    "object array": lambda _: (array(), {}),
    "generator": lambda _: ((words for words in SENTENCES), {}),
    "map": lambda _: (map(list, SENTENCES), {}),
    "class": lambda _: (Again(), {}),
    "strings": lambda _: ([" ".join(words) for words in SENTENCES], {}),
    "open file": lambda path: (path.open(), {}),
    "strings and a function": lambda _: (["-".join(w) for w in SENTENCES], {"tokenizer": lambda s: s.split("-")}),
    "dicts": lambda _: ([{"t": words} for words in SENTENCES], {"column": "t"}),
    "numbers": lambda _: ([[int(w) if w == "7" else w for w in words] for words in SENTENCES], {}),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_encode_and_count_read_what_fit_reads(text: Path, form: str) -> None:
    with encode(text, min_count=2) as of_text:
        tokens, words = of_text.tokens.tolist(), of_text.vocabulary.words
        fingerprint = of_text.fingerprint
    corpus, options = FORMS[form](text)
    with encode(corpus, min_count=2, **options) as encoded:
        assert encoded.tokens.tolist() == tokens
        assert encoded.vocabulary.words == words
        assert encoded.fingerprint == fingerprint
    if hasattr(corpus, "close"):
        corpus.close()
    corpus, options = FORMS[form](text)
    vocabulary, report = count(corpus, min_count=2, **options)
    assert vocabulary.words == words
    assert report.tokens_kept == len(tokens)
    if hasattr(corpus, "close"):
        corpus.close()


def trained(corpus: Any, **options: Any) -> bytes:
    model = SkipGram(dim=4, epochs=2, min_count=1, threads=1).fit(corpus, **options)
    return model.vectors.matrix.tobytes()


@compiled_only
@pytest.mark.parametrize("form", FORMS)
def test_every_form_trains_to_the_same_bytes(text: Path, form: str) -> None:
    corpus, options = FORMS[form](text)
    assert trained(corpus, **options) == trained(text)
    if hasattr(corpus, "close"):
        corpus.close()


@compiled_only
@pytest.mark.parametrize("library", ["pandas", "pyarrow", "polars", "datasets"])
def test_columns_train_to_the_same_bytes(text: Path, library: str) -> None:
    # A folder of tests has the name of the data sets of Hugging Face.
    pytest.importorskip("datasets.arrow_dataset" if library == "datasets" else library)
    module = sys.modules[library]
    lines = [" ".join(words) for words in SENTENCES]
    columns: dict[str, Any] = {"words": SENTENCES, "lines": lines}
    if library == "pandas":
        corpora = [module.Series(one) for one in columns.values()]
    elif library == "datasets":
        dataset = module.Dataset.from_dict(columns)
        corpora = [dataset["words"], dataset["lines"]]
        for of_rows in (dataset, dataset.to_iterable_dataset()):
            for column in columns:
                assert trained(of_rows, column=column) == trained(text)
    else:
        table = module.table(columns) if library == "pyarrow" else module.DataFrame(columns)
        corpora = [table["words"], table["lines"]]
    for corpus in corpora:
        assert trained(corpus) == trained(text)


def test_exceptions_of_the_caller_reach_the_caller() -> None:
    def broken() -> Any:
        yield ["a", "b"]
        raise LookupError("the cursor is closed")

    for function in (encode, count):
        with pytest.raises(LookupError, match="cursor"):
            function(broken())
        with pytest.raises(UsageError, match="missing"):
            function([["a", "b"], [None]])
        with pytest.raises(UsageError, match="no such file"):
            function("none.txt")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "s.csv"
    rows = [f"{n % 40},{item},{-n}" for n in range(400) for item in (f"i{n % 7}", f"j{n % 5}")]
    path.write_text("session,item,time\n" + "\n".join(rows) + "\n1,rare,0\n")
    return path


GROUPS: dict[str, Any] = {"column": "item", "group": "session", "order": "time"}


def test_groups_are_read_alike(table: Path) -> None:
    vocabulary, _ = count(table, **GROUPS)
    assert "rare" in vocabulary.words
    assert "rare" not in count(table, min_count=5, **GROUPS)[0].words
    with encode(table, input=InputOptions(**GROUPS)) as encoded:
        assert encoded.vocabulary.words == vocabulary.words
        assert encoded.report.sentences == 40
    with pytest.raises(UsageError, match="group= and order= are for tables in files"):
        encode([["a"]], column="item", group="session")


@compiled_only
def test_groups_have_one_default(table: Path, tmp_path: Path) -> None:
    tiny = {"dim": 4, "epochs": 2, "threads": 1}
    notes = Notes()
    model = SkipGram(**tiny).fit(table, progress=notes, **GROUPS)
    assert notes.notes == ["with group= the default is sample=0.0, min_count=1, preset='word2vec'"]
    own = model.manifest["config"]
    assert (own["sample"], own["min_count"], own["preset"]) == (0, 1, "word2vec")
    output = tmp_path / "v.vec"
    outcome = call(
        "train", table, "-o", output, "--column", "item", "--group", "session", "--order", "time",
        "--dim", 4, "--epochs", 2, "--threads", 1,
    )  # fmt: skip
    assert outcome.code == 0, outcome
    model.save(tmp_path / "w.vec")
    assert output.read_bytes() == (tmp_path / "w.vec").read_bytes()
    given = SkipGram(**tiny, sample=1e-3, min_count=2, preset="word2vec").fit(table, **GROUPS)
    assert given.manifest["config"]["sample"] == 1e-3
    assert "rare" not in given.words
    # The model itself keeps its options: they hold for the next text.
    assert model.config.min_count == 5


@compiled_only
@pytest.mark.slow
def test_sentences_are_compared(text: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "p.txt"
    pairs.write_text("the king 5\nking queen 3\nthe city 1\ncity king 2\n")
    options: dict[str, Any] = {
        "samplers": ["unigram", "uniform"], "seeds": 1, "similarity": [pairs],
        "settings": ["dim=4", "epochs=1", "min_count=1", "threads=1"],
    }  # fmt: skip
    of_text = compare(text, **options)
    of_sentences = compare((words for words in SENTENCES), output=tmp_path / "r", **options)
    for name, arm in of_text.arms.items():
        means = {test: score.mean for test, score in arm.scores.items()}
        other = of_sentences.arms[name].scores
        assert means == {test: score.mean for test, score in other.items()}
    assert (tmp_path / "r" / "sentences.txt").read_text().split() == text.read_text().split()

    def broken() -> Any:
        yield ["a", "b"]
        raise LookupError("the cursor is closed")

    with pytest.raises(LookupError):
        compare(broken(), **options)


def test_groups_are_compared_without_subsampling() -> None:
    arms = make_arms(["unigram"], ["sample=0", "min_count=1", "sample=0.5"], [], [])
    assert arms[0].options["sample"] == 0.5
    assert arms[0].options["min_count"] == 1


def test_commands_read_paths_whatever_they_look_like(tmp_path: Path) -> None:
    for command in ("vocab", "graph", "compare"):
        more = ["-o", tmp_path / "r"] if command == "compare" else []
        refused(call(command, "the king and the queen", *more), 2, "no such file: the king and")
