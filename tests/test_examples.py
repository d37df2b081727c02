"""The programs in examples/ run, on a corpus of a few countries and their capitals."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
CAPITALS = {
    "france": "paris",
    "japan": "tokyo",
    "italy": "rome",
    "spain": "madrid",
    "egypt": "cairo",
    "peru": "lima",
}
TEMPLATES = (
    "{capital} is the capital of {country}",
    "trains leave {capital} for the north of {country}",
    "people from {country} visit the old town of {capital}",
    "the king of {country} lives in {capital}",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("examples") / "corpus.txt"
    sentences = [
        template.format(country=country, capital=capital)
        for template in TEMPLATES
        for country, capital in CAPITALS.items()
    ]
    path.write_text("\n".join(sentences * 20) + "\n")
    return str(path)


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def test_train_and_query(corpus, tmp_path, capsys):
    output = tmp_path / "vectors.bin"
    example("train_and_query")(corpus, "paris", "france", "tokyo", str(output))
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == "nearest words of paris:"
    assert len(printed) == 1 + 1 + 5 + 1
    assert printed[-1].startswith("paris is to france as tokyo is to ")
    assert output.is_file()
    assert Path(f"{output}.json").is_file()


@pytest.mark.slow
def test_compare_samplers(corpus, tmp_path, capsys):
    questions = tmp_path / "questions.txt"
    pairs = [f"{capital} {country}" for country, capital in CAPITALS.items()]
    questions.write_text("".join(f"{a} {b}\n" for a in pairs for b in pairs if a != b))
    report = example("compare_samplers")(corpus, "unigram", "dynamic", 1, [str(questions)])
    assert list(report.arms) == ["unigram", "dynamic"]
    printed = capsys.readouterr().out
    assert all(test in printed for test in report.tests)
    assert report.summary()[-1] in printed


@pytest.mark.slow
def test_to_gensim(corpus, tmp_path, capsys):
    keyed = example("to_gensim")(corpus, "paris", str(tmp_path / "vectors.bin"))
    assert "paris occurs 80 times" in capsys.readouterr().out
    assert set(CAPITALS) <= set(keyed.key_to_index)
    assert keyed.vector_size == 100


def test_to_spacy(corpus, tmp_path):
    spacy = pytest.importorskip("spacy")
    nlp = example("to_spacy")(corpus, str(tmp_path / "pipeline"))
    loaded = spacy.load(tmp_path / "pipeline")
    assert loaded.vocab.vectors.shape == nlp.vocab.vectors.shape
    assert (loaded("tokyo")[0].vector == nlp("tokyo")[0].vector).all()
    assert loaded("tokyo")[0].has_vector
    assert not loaded("atlantis")[0].has_vector


def test_to_spacy_without_spacy(corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(SystemExit, match="needs spaCy"):
        example("to_spacy")(corpus, str(tmp_path / "pipeline"))


@pytest.mark.parametrize(
    ("page", "dim"), [("README.md", 100), ("docs/vectors.md", 50), ("docs/continue.md", 50)]
)
def test_python_blocks_of_pages_run(corpus, tmp_path, monkeypatch, page, dim):
    blocks = re.findall(r"```python\n(.*?)```", (EXAMPLES.parent / page).read_text(), re.S)
    shutil.copy(corpus, tmp_path / "corpus.txt")
    monkeypatch.chdir(tmp_path)
    exec("\n".join(blocks), names := {})
    assert names["model"].vectors.shape == (len(names["model"].words), dim)


def test_examples_are_short_and_listed():
    listed = (EXAMPLES / "README.md").read_text()
    for path in EXAMPLES.glob("*.py"):
        assert f"({path.name})" in listed, path.name
        assert path.read_text().count("\n") < 60, path.name
