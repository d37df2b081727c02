"""The worked example of CONTRIBUTING.md is true: its file alone makes a sampler."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def copy(tmp_path):
    """The package and its tests, with the example's file added."""
    example = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.S)
    for folder in ("w2vneg", "tests"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "w2vneg/samplers/proposals/subsampled.py").write_text(example[1])
    return tmp_path


def run(copy, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(copy), "NUMBA_DISABLE_JIT": "1"}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_the_example_works_is_listed_and_is_held_to_the_contract(copy):
    listed = run(copy, "w2vneg", "samplers")
    assert "Words by how often subsampling leaves them" in listed.stdout, listed.stderr
    (copy / "corpus.txt").write_text("a b c a d\nb a c\n" * 5)
    trained = run(
        copy, "w2vneg", "train", "corpus.txt", "--proposal", "subsampled", "--weighting", "hardest",
        "--min-count", "1", "--dim", "4", "--epochs", "1", "--threads", "1",
    )  # fmt: skip
    assert (copy / "corpus.vec").is_file(), trained.stderr
    contract = run(
        copy,
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/samplers/test_sampler.py",
        "-k",
        "subsampled",
    )
    assert contract.returncode == 0, contract.stdout
    passed = int(re.search(r"(\d+) passed", contract.stdout)[1])
    assert passed >= 9 + 3 + 2, "all combinations, all sizes, and what else takes a name"
