"""What is installed holds all files of the package (``bin/test package`` builds and runs it)."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_package_data_names_every_file():
    """A pattern of pyproject.toml matches each file of the package that is no module."""
    try:
        import tomllib
    except ModuleNotFoundError:
        pytest.skip("tomllib came with Python 3.11")
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = setup["package-data"]["w2vneg"]
    known = {path for pattern in patterns for path in (ROOT / "w2vneg").glob(pattern)}
    assert all(any((ROOT / "w2vneg").glob(pattern)) for pattern in patterns)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "w2vneg"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("this is no checkout of git")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert files
    assert not [
        path for path in files if path.is_file() and path.suffix != ".py" and path not in known
    ]
