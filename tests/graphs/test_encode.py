"""`w2vneg.encode` and what comparisons train on: files, sentences and graphs alike."""

from pathlib import Path

import numpy as np
import pytest
from helpers.commands import compiled_only

import w2vneg
from w2vneg.comparison.material import take_material
from w2vneg.corpus.encoded import EncodedCorpus
from w2vneg.corpus.input_options import InputOptions
from w2vneg.errors import UsageError
from w2vneg.graphs import WalkCorpus
from w2vneg.system.interrupt import StopFlag

EDGES = "a b\nb c\nc d\nd a\na c\n"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("g.edges").write_text(EDGES)
    Path("g.txt").write_text(EDGES)


def test_encode_walks_on_a_graph_and_reads_text():
    with w2vneg.encode("g.edges") as walks, w2vneg.encode("g.txt", min_count=1) as text:
        assert isinstance(walks, WalkCorpus)
        assert isinstance(text, EncodedCorpus)
        assert sorted(walks.vocabulary.words) == sorted(text.vocabulary.words) == list("abcd")
        assert walks.vocabulary.total == 4 * 10 * 80
    options = InputOptions(format="edges")
    with w2vneg.encode("g.txt", input=options) as walks:
        assert isinstance(walks, WalkCorpus)


def test_encode_draws_the_walks_of_the_object():
    walks = w2vneg.walks("g.edges", walk_length=5, walks_per_node=2, seed=3)
    with w2vneg.encode(walks) as corpus, w2vneg.encode("g.edges", seed=3) as others:
        piece = corpus.read(0, len(walks))
        words = corpus.vocabulary.words
        drawn = [
            [words[i] for i in piece.tokens[low:high]]
            for low, high in zip(piece.starts[:-1], piece.starts[1:], strict=True)
        ]
        assert drawn == list(walks)
        assert not np.array_equal(corpus.read(0, 8, epoch=1).tokens, piece.tokens)
        assert others.vocabulary.total > corpus.vocabulary.total


def test_options_that_have_no_effect_on_graphs_are_refused():
    with pytest.raises(UsageError, match="max_tokens= has no effect on the edges"):
        w2vneg.encode("g.edges", max_tokens=5)
    with pytest.raises(UsageError, match="tokenizer= has no effect on the edges"):
        w2vneg.encode("g.edges", tokenizer="chars")


def test_comparisons_have_the_defaults_of_what_they_read(tmp_path):
    stop = StopFlag()
    walks = ["sample=0", "min_count=1", "window=10"]
    by_name = take_material("g.edges", None)
    assert by_name.settings() == walks
    assert by_name.files(tmp_path, stop) == (["g.edges"], by_name.reading)
    drawn = take_material(w2vneg.walks("g.edges", walk_length=4, walks_per_node=1), None)
    assert drawn.settings() == walks
    paths, reading = drawn.files(tmp_path, stop)
    assert reading == InputOptions()
    assert len(Path(paths[0]).read_text().splitlines()) == 4
    assert take_material("g.txt", None).settings() == []
    sessions = take_material("t.csv", None, column="item", group="session")
    assert sessions.settings() == ["sample=0", "min_count=1"]
    sentences = take_material([["a", "b"], ["c"]], None)
    paths, _ = sentences.files(tmp_path, stop)
    assert Path(paths[0]).read_text().strip() == "a b\nc"


def test_comparisons_refuse_what_cannot_be_read_again():
    stop = StopFlag()
    with pytest.raises(UsageError, match="give a file, not -"):
        take_material("-", None).check(stop)
    for name in ("none.txt", "none.edges"):
        with pytest.raises(UsageError, match="none"):
            take_material(name, None).check(stop)


@compiled_only
def test_lines_of_two_words_may_be_edges():
    Path("two.txt").write_text(EDGES * 40)
    told = []

    class Notes(w2vneg.system.progress.Progress):
        def note(self, message):
            told.append(message)

    w2vneg.SkipGram(min_count=1, dim=2, epochs=1).fit("two.txt", progress=Notes())
    (note,) = [line for line in told if "hardly any context" in line]
    assert note.endswith("if they are the edges of a graph, walk on it: format='edges'")
    model = w2vneg.SkipGram(dim=2, epochs=1).fit("two.txt", format="edges", progress=Notes())
    assert sorted(model.words) == list("abcd")
    assert any("the graph has 4 nodes and 5 edges" in line for line in told)
