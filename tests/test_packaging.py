"""What is installed from a wheel works away from the checkout."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_wheel_holds_the_package(tmp_path):
    if importlib.util.find_spec("setuptools") is None:
        pytest.skip("setuptools is not installed here, and tests use no network")
    copy = tmp_path / "source"
    shutil.copytree(ROOT / "w2vneg", copy / "w2vneg", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    built = subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path / "wheels", copy],
        capture_output=True, text=True,
    )  # fmt: skip
    if built.returncode and "setuptools" in built.stderr:
        pytest.skip("the installed setuptools is too old for this pyproject.toml")
    assert built.returncode == 0, built.stderr
    shutil.rmtree(copy)
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    target = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", target, wheel], check=True)
    for arguments, part in ((["--version"], "w2vneg"), (["corpus", "list"], "text8")):
        result = subprocess.run(
            [sys.executable, "-m", "w2vneg", *arguments], cwd=tmp_path, capture_output=True,
            text=True, env={**os.environ, "PYTHONPATH": str(target)},
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        assert part in result.stdout
