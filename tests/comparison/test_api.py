"""`compare` as a Python function."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from w2vneg.comparison import compare
from w2vneg.comparison.runs import worker_environment
from w2vneg.corpus.input_options import InputOptions
from w2vneg.errors import DataError, UsageError

ROOT = Path(__file__).resolve().parent.parent.parent


def python(code, **more):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, **more
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.slow
def test_package_gives_the_function_not_the_module():
    python(
        "import w2vneg.comparison.compare\n"
        "import sys, importlib, types\n"
        "from w2vneg.comparison import compare\n"
        "assert isinstance(compare, types.FunctionType)\n"
        "importlib.import_module('w2vneg.comparison.compare')\n"
        "import w2vneg.comparison\n"
        "assert w2vneg.comparison.compare is compare\n"
        "heavy = {'numpy', 'numba', 'gensim', 'scipy', 'rich', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "for name in w2vneg.comparison.__all__:\n"
        "    getattr(w2vneg.comparison, name)"
    )


@pytest.mark.slow
def test_compare_returns_a_report_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("a b c d e f\nf e d c b a\nb a d c f e\n" * 200)
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("a\tb\t3\nc\td\t2\ne\tf\t1\na\tf\t0.5\n")
    before = sorted(tmp_path.iterdir())
    report = compare(
        corpus,
        samplers=["unigram"],
        seeds=[5, 9],
        settings=["dim=4", "epochs=1", "threads=1"],
        similarity=[pairs],
    )
    assert sorted(tmp_path.iterdir()) == before
    assert report.tests == ["pairs"]
    assert [(run.arm, run.seed) for run in report.runs] == [("unigram", 5), ("unigram", 9)]
    assert report.arms["unigram"].scores["pairs"].seeds == [r.scores["pairs"] for r in report.runs]
    assert report.summary() == ["On pairs no other arm has a higher mean than unigram."]
    json.dumps(report.to_json())


@pytest.mark.slow
def test_walks_on_the_edges_of_a_file_are_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("c.edges").write_text("".join(f"{n} {(n + 1) % 12}\n" for n in range(12)))
    Path("pairs.tsv").write_text("1\t2\t3\n3\t7\t0\n5\t6\t3\n1\t9\t0.5\n")
    edges = InputOptions(format="edges")
    report = compare(
        "c.edges", samplers=["unigram"], seeds=1, input=edges, similarity=["pairs.tsv"],
        settings=["dim=4", "epochs=1", "threads=1", "min-count=1", "sample=0"],
    )  # fmt: skip
    assert report.arms["unigram"].scores["pairs"].coverage.used == 4
    with pytest.raises(UsageError, match="no such file"):
        compare("missing", input=edges, output="report")
    assert not Path("report").exists()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"samplers": ["unigrm"]}, "did you mean 'unigram'"),
        ({"seeds": 0}, "seeds="),
        ({"seeds": []}, "seeds="),
        ({"eval_every": 1.0}, "eval_every=1.0 is out of range"),
        ({"corpus": ["-"]}, "give a file, not -"),
        ({"corpus": "missing.txt"}, "missing.txt"),
    ],
)
def test_invalid_arguments_are_refused(tmp_path, options, text):
    output = tmp_path / "report"
    with pytest.raises(UsageError, match=text):
        compare(**{"corpus": __file__, "output": output, **options})
    assert not output.exists()


def test_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "report").write_text("")
    with pytest.raises(DataError, match="choose another folder with output="):
        compare(__file__, output=tmp_path / "report")


@pytest.mark.slow
def test_runs_import_from_where_this_process_does(tmp_path):
    """A file in the current folder must not replace a library."""
    (tmp_path / "gensim.py").write_text("raise SystemExit('the wrong gensim')")
    code = "import sys, json, w2vneg.comparison.runs; print(json.dumps(sys.path))"
    env = worker_environment()
    if sys.version_info < (3, 11):
        pytest.skip("Python 3.10 always puts the current folder first")
    paths = json.loads(
        subprocess.run(
            [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, check=True
        ).stdout
    )
    assert str(tmp_path) not in paths
    assert "" not in paths
    assert os.fspath(ROOT / "w2vneg" / "comparison") not in paths
    module = [sys.executable, "-m", "w2vneg.comparison.worker", "missing"]
    result = subprocess.run(module, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert "the wrong gensim" not in result.stderr
    assert "missing" in result.stderr
