"""Objects of Python that are no sentences: refused in one line, with a remedy that works."""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from w2vneg.corpus.encode import encode, encode_sentences
from w2vneg.corpus.paths_or_sentences import paths_or_sentences
from w2vneg.errors import UsageError

LINES = ["the cat sat on the mat", "the dog sat", "a cat"] * 3
WORDS = [line.split() for line in LINES]


def fingerprint(sentences: Any, **options: Any) -> str:
    with encode_sentences(sentences, min_count=1, **options) as corpus:
        return corpus.fingerprint


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("text") / "corpus.txt"
    path.write_text("\n".join(LINES))
    with encode([path], min_count=1, cache=False) as corpus:
        return corpus.fingerprint


def refusal(corpus: Any, **how: Any) -> str:
    """Return the one line with which an object is refused."""
    with pytest.raises(UsageError) as caught:
        paths_or_sentences(corpus, **how)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def stand_in(module: str, name: str, **content: Any) -> Any:
    """Return an object of a class as a library that is not installed has it."""
    return type(name, (), {"__module__": module, **content})()


class TestBuiltIn:
    @pytest.mark.parametrize(
        ("corpus", "what"),
        [
            (None, "None is not a corpus; give a path or sentences"),
            (5, "the number 5 is not a corpus"),
            (1.5, "the number 1.5 is not a corpus"),
            (np.float32(2), "the number"),
            (len, "<built-in function len> is not a corpus"),
            (np.array("text"), "is not a corpus"),
            (stand_in("scipy.sparse", "csr_matrix", __iter__=iter), "a csr_matrix is not a corpus"),
        ],
    )
    def test_what_holds_no_sentences(self, corpus: object, what: str) -> None:
        assert what in refusal(corpus)

    def test_remedies(self, expected: str) -> None:
        by_id = dict(enumerate(WORDS))
        assert "corpus.values()" in refusal(by_id)
        assert fingerprint(by_id.values()) == expected
        for text in ("\n".join(LINES).encode(), bytearray("\n".join(LINES), "utf-8")):
            assert "corpus.decode().splitlines()" in refusal(text)
            assert fingerprint(text.decode().splitlines()) == expected
        assert "has no order" in refusal({"a b", "c"})
        for unordered in ({"c d", "a b"}, frozenset([("c", "d"), ("a", "b")])):
            assert "sorted(corpus)" in refusal(unordered)
            assert fingerprint(sorted(unordered)) == fingerprint(["a b", "c d"])

    def test_flat_lists(self) -> None:
        for corpus in ([1, 2, 3], np.arange(1, 4), range(1, 4)):
            with pytest.raises(UsageError, match=r"sentence 0 is .*: \[corpus\]"):
                encode_sentences(corpus)
            assert fingerprint([corpus]) == fingerprint([["1", "2", "3"]])

    def test_deep_lists(self, expected: str) -> None:
        corpus = [WORDS[:4], WORDS[4:]]
        with pytest.raises(UsageError, match=r"itertools\.chain\.from_iterable\(corpus\)"):
            encode_sentences(corpus)
        assert fingerprint(itertools.chain.from_iterable(corpus)) == expected

    @pytest.mark.parametrize(
        ("sentence", "remedy"),
        [
            (None, "dropna"),
            (float("nan"), "dropna"),
            (stand_in("pandas", "NAType"), "dropna"),
            (b"bytes", "decode"),
            ({"b", "a"}, r"sorted\(sentence\)"),
            ({"text": ["a"], "label": 1}, "column='text' or 'label'"),
            ("a string", r"sentence\.split\(\)"),
            (7, r"\[corpus\]"),
        ],
    )
    def test_sentences_that_are_none(self, sentence: object, remedy: str) -> None:
        with pytest.raises(UsageError, match=f"^sentence 1 is .*{remedy}"):
            encode_sentences([["a"], sentence])
        if not isinstance(sentence, str):
            with pytest.raises(UsageError, match="^sentence 1 is "):
                encode_sentences(["a", sentence])

    def test_binary_file(self) -> None:
        with pytest.raises(UsageError, match="open the file as text"):
            encode_sentences(io.BytesIO(b"a b\n"))


class TestColumns:
    def test_rows_that_are_dicts(self, expected: str) -> None:
        rows = [{"id": 1, "text": words} for words in WORDS]
        assert fingerprint(rows, column="text") == expected
        assert fingerprint(iter(rows), column="text") == expected
        with pytest.raises(UsageError, match="row 0 has no column 'texts'; did you mean 'text'"):
            encode_sentences(rows, column="texts")
        with pytest.raises(UsageError, match=r"row 0 is .*; leave column= out"):
            encode_sentences(WORDS, column="text")

    def test_dict_of_columns(self, expected: str) -> None:
        assert fingerprint({"text": LINES}, column="text") == expected
        with pytest.raises(UsageError, match="no column 'texts'"):
            encode_sentences({"text": LINES}, column="texts")

    def test_those_of_files_have_names(self, tmp_path: Any) -> None:
        assert "give a string" in refusal(tmp_path, column=3)


class TestStandIns:
    """Classes are recognized by their names, also where the libraries are not installed."""

    @pytest.mark.parametrize(
        ("module", "name"),
        [("pandas.core.frame", "DataFrame"), ("polars.dataframe.frame", "DataFrame")],
    )
    def test_data_frame(self, expected: str, module: str, name: str) -> None:
        cells = {"id": range(9), "text": LINES}
        frame = stand_in(
            module, name, columns=list(cells), __getitem__=lambda self, key: cells[key],
            __iter__=lambda self: iter(cells),
        )  # fmt: skip
        assert refusal(frame) == "a DataFrame is not a corpus; give a column: corpus['text']"
        assert fingerprint(frame["text"]) == fingerprint(frame, column="text") == expected
        assert "no column 'txt'; did you mean 'text'?" in refusal(frame, column="txt")

    @pytest.mark.parametrize("name", ["Dataset", "IterableDataset"])
    def test_data_set(self, expected: str, name: str) -> None:
        def batches(self: Any, size: int) -> Iterator[dict[str, Any]]:
            for low in range(0, len(WORDS), 4):
                yield {"words": WORDS[low : low + 4]}

        dataset = stand_in(
            "datasets.arrow_dataset", name, column_names=["id", "words"],
            select_columns=lambda self, names: self, iter=batches,
        )  # fmt: skip
        assert "name a column: column='id' or 'words'" in refusal(dataset)
        assert fingerprint(dataset, column="words") == expected
        assert "did you mean 'words'?" in refusal(dataset, column="word")

    def test_arrow_array(self, expected: str) -> None:
        class Array(list):  # type: ignore[type-arg]
            __module__ = "pyarrow.lib"

            def slice(self, low: int, count: int) -> Any:
                return Array(self[low : low + count])

            def to_pylist(self) -> list[Any]:
                return self[:]

            def __iter__(self) -> Iterator[Any]:
                raise AssertionError("scalars of Arrow are no words")

        assert fingerprint(Array(WORDS)) == expected

    def test_graph(self) -> None:
        graph = stand_in("networkx.classes.graph", "Graph", __iter__=lambda self: iter("ab"))
        assert refusal(graph).startswith("a Graph is not a corpus; give walks on it: w2vneg.walks(")
        other = stand_in(
            "mine", "Net", __iter__=lambda self: iter("ab"), nodes=(), edges=(), neighbors=()
        )
        assert "give walks on it: w2vneg.walks(" in refusal(other)


def pandas_corpora() -> dict[str, Any]:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"id": range(9), "text": LINES, "words": WORDS})
    return {
        "text": frame["text"], "words": frame["words"], "series": pandas.Series(WORDS),
        "categories": frame["text"].astype("category"),
        "column": (frame, "words"),
    }  # fmt: skip


def arrow_corpora() -> dict[str, Any]:
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"id": range(9), "text": LINES, "words": WORDS})
    return {
        "text": table["text"], "words": table["words"], "array": arrow.array(WORDS),
        "chunks": arrow.chunked_array([LINES[:4], LINES[4:]]),
        "dictionary": arrow.array(LINES).dictionary_encode(),
        "table": (table, "words"), "batch": (table.to_batches()[0], "text"),
    }  # fmt: skip


def polars_corpora() -> dict[str, Any]:
    frame = pytest.importorskip("polars").DataFrame({"text": LINES, "words": WORDS})
    return {"text": frame["text"], "words": frame["words"], "column": (frame, "text")}


def hugging_face() -> Any:
    """Return the library, whose name is also that of a folder of tests."""
    pytest.importorskip("datasets.arrow_dataset")
    return sys.modules["datasets"]


def hugging_face_corpora() -> dict[str, Any]:
    dataset = hugging_face().Dataset.from_dict({"text": LINES, "words": WORDS})
    return {
        "text": (dataset, "text"), "words": (dataset, "words"), "column": dataset["text"],
        "iterable": (dataset.to_iterable_dataset(), "words"),
        "arrays": (dataset.with_format("numpy"), "words"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "corpora", [pandas_corpora, arrow_corpora, polars_corpora, hugging_face_corpora]
)
def test_columns_of_libraries(expected: str, corpora: Callable[[], dict[str, Any]]) -> None:
    for name, corpus in corpora().items():
        if isinstance(corpus, tuple):
            assert fingerprint(corpus[0], column=corpus[1]) == expected, name
            assert "column" in refusal(corpus[0]), name
            assert "no column 'txt'" in refusal(corpus[0], column="txt"), name
        else:
            assert fingerprint(corpus) == expected, name


def test_whole_numbers_of_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"session": [0, 0, 1, 1], "item": [7, 8, 8, 9]})
    groups = frame.groupby("session")["item"]
    assert "with .agg(list)" in refusal(groups)
    assert fingerprint(groups.agg(list)) == fingerprint([["7", "8"], ["8", "9"]])
    with pytest.raises(UsageError, match="dropna"):
        encode_sentences(pandas.Series([["a", "b"], None]))
    with pytest.raises(UsageError, match="missing value"):
        encode_sentences([["a", pandas.NA]])


def test_graphs_of_networkx() -> None:
    graph = pytest.importorskip("networkx").path_graph(4)
    assert "a Graph is not a corpus; give walks on it: w2vneg.walks(" in refusal(graph)
    walks = [[0, 1, 2], [3, 2, 1]]
    assert fingerprint(walks) == fingerprint([["0", "1", "2"], ["3", "2", "1"]])


def test_splits_of_hugging_face() -> None:
    datasets = hugging_face()
    splits = datasets.DatasetDict({"train": datasets.Dataset.from_dict({"text": LINES})})
    assert "give one of them: corpus['train']" in refusal(splits)
    assert fingerprint(splits["train"], column="text") == fingerprint(LINES)
