"""The worked example of docs/formats.md: one new file makes a format."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
TSV = ("w2vneg", "neighbors", "corpus.tab", "a", "-n", "1", "--json")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its tests, to which the file of the example is added."""
    folder = tmp_path_factory.mktemp("copy")
    document = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    named = re.search(r"The whole of `(w2vneg/vectors/formats/\w+\.py)`", document)
    example = re.search(r"```python\n(.*?)```", document, re.S)
    assert named
    assert example
    for part in ("w2vneg", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    assert not (folder / named[1]).exists()
    (folder / named[1]).write_text(example[1], encoding="utf-8")
    (folder / "corpus.txt").write_text("a b c a d\nb a c\n" * 5)
    return folder


def run(copy: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(copy), "NUMBA_DISABLE_JIT": "1"}
    result = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_every_command_uses_the_new_format(copy: Path) -> None:
    help_text = run(copy, "w2vneg", "convert", "--help")
    assert ".tab is TSV" in " ".join(help_text.split())
    assert "for spreadsheets and pandas" in help_text
    assert ".tab is TSV" in " ".join(run(copy, "w2vneg", "train", "--help").split())
    options = ("--min-count", "1", "--dim", "4", "--epochs", "1", "--threads", "1")
    run(copy, "w2vneg", "train", "corpus.txt", "-o", "corpus.tab", *options)
    run(copy, "w2vneg", "train", "corpus.txt", "-o", "direct.vec", *options)
    header, *rows = (copy / "corpus.tab").read_text().splitlines()
    assert header == "word\t0\t1\t2\t3"
    assert len(rows) == 4
    assert '"neighbors"' in run(copy, *TSV)
    for target in ("corpus.vec", "corpus.tab.gz"):
        run(copy, "w2vneg", "convert", "corpus.tab", target)
    run(copy, "w2vneg", "convert", "corpus.tab.gz", "again.vec")
    direct = (copy / "direct.vec").read_bytes()
    assert (copy / "corpus.vec").read_bytes() == direct
    assert (copy / "again.vec").read_bytes() == direct


def test_the_new_format_meets_the_contract(copy: Path) -> None:
    tests = "tests/vectors/formats/test_every_format.py"
    report = run(copy, "pytest", "-q", "-p", "no:cacheprovider", tests, "-k", "TSV or tab or help")
    passed = re.search(r"(\d+) passed", report)
    assert passed
    assert int(passed[1]) >= 15, report
