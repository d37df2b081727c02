"""The page holds the data and nothing that a word could turn into code or an address."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from helpers.planted_vectors import planted

import w2vneg.view
from w2vneg.errors import Interrupted
from w2vneg.system.interrupt import StopFlag
from w2vneg.view import make_map, write_page
from w2vneg.view.page import SCRIPTS
from w2vneg.view.quantize import quantize

pytestmark = pytest.mark.once  # no compiled code

FOLDER = files(w2vneg.view)
NASTY = [
    "</script><script>alert(1)</script>", "<!--", "<img/src=x/onerror=alert(1)>", "&amp;", '"',
    "'", "\\", "\u2028", "]]>", "\x00", "\x1b", "\u202e", "</title>", "{{", "{%", "😀", "__proto__",
    "constructor", "-", "+", "a/b", "中文",
]  # fmt: skip


class Elements(HTMLParser):
    """Collects scripts by id, and all tags and attributes."""

    def __init__(self, text):
        super().__init__()
        self.scripts = {}
        self.tags = []
        self._id = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._id = dict(attrs).get("id", f"script {len(self.scripts)}") if tag == "script" else None

    def handle_endtag(self, tag):
        self._id = None

    def handle_data(self, data):
        if self._id:
            self.scripts[self._id] = self.scripts.get(self._id, "") + data


@pytest.fixture
def nasty(tmp_path):
    vectors = planted(300, counts=True)
    vectors.words[: len(NASTY)] = NASTY
    word_map = make_map(vectors, layout="pca", names=("</title><script>alert(2)</script>.vec", ""))
    report = write_page(tmp_path / "map.html", word_map)
    return word_map, report, (tmp_path / "map.html").read_bytes()


def test_words_come_back_and_change_nothing_else(nasty):
    word_map, report, data = nasty
    elements = Elements(data.decode())
    # The data, the arrays, the library and the page's own code.
    assert list(elements.scripts) == [
        "data", "vectors-0", "points-0", "groups-0", "script 4", "script 5",
    ]  # fmt: skip
    assert not [tag for tag, _ in elements.tags if tag == "img"]
    model = json.loads(elements.scripts["data"])["models"][0]
    panel = word_map.panels[0]
    assert model["words"] == panel.vectors.words
    assert set(NASTY) <= set(model["words"])
    assert model["counts"] == panel.vectors.counts.tolist()
    assert model["name"] == "</title><script>alert(2)</script>.vec"
    numbers = np.frombuffer(base64.b64decode(elements.scripts["vectors-0"]), np.int8)
    np.testing.assert_array_equal(
        numbers.reshape(300, -1), quantize(panel.vectors.unit, report.bits[0])
    )
    points = np.frombuffer(base64.b64decode(elements.scripts["points-0"]), "<f4")
    np.testing.assert_array_equal(points.reshape(-1, 2), panel.points)
    assert report.size == len(data)


def test_nothing_is_loaded(nasty):
    elements = Elements(nasty[2].decode())
    for _, attributes in elements.tags:
        for name in ("src", "href", "action", "data"):
            assert attributes.get(name, "data:,") == "data:,"
        assert not any(name.startswith("on") for name in attributes)
    [policy] = [a["content"] for tag, a in elements.tags if "http-equiv" in a]
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy


def test_scripts_cannot_end_the_element_that_holds_them():
    for name in [*SCRIPTS, "page.css"]:
        text = (FOLDER / "page" / name).read_text(encoding="utf-8").lower()
        assert "</s" not in text
        assert "<!--" not in text
        assert text.count("\n") <= 400
    assert {p.name for p in (FOLDER / "page").iterdir()} == {*SCRIPTS, "page.css", "page.html"}


def test_the_library_is_the_one_that_was_built():
    vendor = FOLDER / "vendor"
    for line in (vendor / "SHA256").read_text().splitlines():
        expected, name = line.split()
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == expected
    library = (vendor / "regl-scatterplot.js").read_text(encoding="utf-8")
    assert (vendor / "LICENSES.txt").read_text(encoding="utf-8") in library
    assert len(library) < 250_000
    assert "</script" not in library.lower()
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket)\(", library)


def test_licenses_are_in_the_page(nasty):
    text = nasty[2].decode()
    assert "Permission is hereby granted" in text
    for name in ("regl-scatterplot 1.", "regl 2.", "gl-matrix 3.", "earcut 3."):
        assert f"== {name}" in text


def test_a_pair_has_both_models_and_what_moved(tmp_path):
    word_map = make_map(
        planted(300, seed=1), planted(280, seed=2), names=("a.vec", "b.vec"), layout="pca"
    )
    write_page(tmp_path / "pair.html", word_map)
    elements = Elements((tmp_path / "pair.html").read_text())
    data = json.loads(elements.scripts["data"])
    assert [model["name"] for model in data["models"]] == ["a.vec", "b.vec"]
    assert [len(model["words"]) for model in data["models"]] == [300, 280]
    assert data["moved"][0] == [word_map.moved[0][0], round(word_map.moved[0][1], 4)]
    assert len([tag for tag, a in elements.tags if a.get("class") == "points"]) == 2


@pytest.mark.slow
def test_size_of_a_large_map(tmp_path):
    rng = np.random.default_rng(0)
    vectors = planted(300)
    matrix = rng.normal(size=(50_000, 100)).astype(np.float32)
    vectors = type(vectors)([f"word{i}" for i in range(50_000)], matrix)
    report = write_page(tmp_path / "large.html", make_map(vectors, words=50_000, layout="pca"))
    assert report.bits == [8]
    assert report.agreement[0] >= 0.97
    assert report.size < 12e6


def test_the_python_block_of_the_page_runs(tmp_path, monkeypatch):
    guide = Path(__file__).resolve().parents[2] / "docs/view.md"
    [block] = re.findall(r"```python\n(.*?)```", guide.read_text(encoding="utf-8"), re.S)
    monkeypatch.chdir(tmp_path)
    planted(300).save("corpus.vec")
    exec(block, {})
    assert "<title>Map of Wikipedia</title>" in Path("map.html").read_text(encoding="utf-8")


def test_it_stops_and_keeps_the_old_file(tmp_path):
    word_map = make_map(planted(300), layout="pca")
    (tmp_path / "map.html").write_text("old")
    stop = StopFlag()
    stop.set()
    with pytest.raises(Interrupted):
        write_page(tmp_path / "map.html", word_map, stop=stop)
    assert (tmp_path / "map.html").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1
