"""The command line of maps."""

import json
from pathlib import Path

import pytest
from helpers.commands import call, refused
from helpers.planted_vectors import planted

pytestmark = pytest.mark.once  # no compiled code


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    planted(300, counts=True).save("a.w2v")
    planted(280, seed=1).save("b.vec")
    return tmp_path


def test_a_map_of_one_model(place):
    outcome = call("view", "a.w2v", "--map", "pca")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("300 words in map.html   (pca, 0.")
    assert "a.w2v" in Path("map.html").read_text()


def test_the_summary_in_json(place):
    outcome = call(
        "view", "a.w2v", "b.vec", "-o", "m.htm", "--map", "pca", "--words", "250", "--json"
    )
    assert outcome.code == 0, outcome.err
    summary = json.loads(outcome.out)
    assert summary["vectors"] == ["a.w2v", "b.vec"]
    assert summary["words"] == [250, 250]
    assert (summary["dim"], summary["map"], summary["bits"]) == (24, "pca", [8, 8])
    assert all(share >= 0.97 for share in summary["agreement"])
    assert summary["bytes"] == Path("m.htm").stat().st_size
    assert len(summary["moved"]) == 20
    assert summary["seconds"] > 0


def test_a_table(place):
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    outcome = call("view", "b.vec", "-o", "m.parquet", "--map", "pca")
    assert outcome.code == 0, outcome.err
    assert "embedding-atlas m.parquet --text text --x x --y y --neighbors neighbors" in outcome.out
    assert Path("m.parquet").read_bytes()[:4] == b"PAR1"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("a.w2v -o map.png", 2, "end its name in .html or .parquet"),
        ("a.w2v b.vec -o map.parquet", 2, "leave out OTHER, or write .html"),
        ("a.w2v --map tsne", 2, "--map 'tsne': choose from pca, umap"),
        ("a.w2v --words 0", 2, "--words 0 is out of range"),
        ("a.w2v -o a.w2v.html/x.html", 1, "no folder"),
        ("none.vec", 2, "none.vec"),
        ("a.w2v none.vec", 2, "none.vec"),
        ("a.w2v b.vec --words 20", 1, "words in common"),
        ("a.w2v --topn 3", 2, "--topn"),
    ],
)
def test_mistakes_are_one_line(place, arguments, code, words):
    refused(call("view", *arguments.split()), code, words)
    assert not list(place.glob("*.html"))


def test_an_input_is_not_overwritten(place):
    planted(60).save("v.vec")
    Path("v.vec").rename("v.html")
    refused(call("view", "v.html", "-o", "v.html"), 2, "v.html is also an input")


def test_a_library_that_is_missing_is_named(place, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    refused(
        call("view", "a.w2v", "--map", "umap"), 2, "pip install 'w2vneg[view]', or give --map pca"
    )
