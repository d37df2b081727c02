"""Compiled code is kept under what it depends on: no more, and never less."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import w2vneg
from w2vneg.kernel.jit import INTERPRETED, compiled_sources

PACKAGE = Path(w2vneg.__file__).parent


def names_of(package):
    return {path.relative_to(package).as_posix() for path in compiled_sources(package)}


def write(root, **files):
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def package(tmp_path):
    root = tmp_path / "w2vneg"
    write(
        root,
        loop="from w2vneg.kernel.jit import kernel\nfrom w2vneg.sizes import WIDTH\n",
        sizes="from w2vneg.deep import (\n    three,  # of them\n    four,\n)\n",
        deep__three="X = 3\n",
        other="import w2vneg.loop\n",
        lazy="def f():\n    from w2vneg import sizes\n",
        hook="import w2vneg.late\nfrom w2vneg.kernel.hooks import implement\n",
        late="Y = 1\n",
        unrelated="from w2vneg.sizes import WIDTH\n",
    )
    (root / "deep" / "__init__.py").write_text("")
    return root


def test_imports_of_compiled_modules_count(package):
    assert names_of(package) == {
        "loop.py", "sizes.py", "deep/__init__.py", "deep/three.py", "hook.py", "late.py",
    }  # fmt: skip


def test_every_import_of_the_real_package_is_followed():
    """The reader of imports is compared with Python's own parser."""
    sources = compiled_sources(PACKAGE)
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            wanted = []
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("w2vneg"):
                wanted = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                wanted = [a.name for a in node.names if a.name.startswith("w2vneg.")]
            for module in wanted:
                stem = PACKAGE.joinpath(*module.split(".")[1:])
                for file in (stem.with_suffix(".py"), stem / "__init__.py"):
                    assert not file.exists() or file in sources or file == PACKAGE / "__init__.py"


def test_all_compiled_functions_are_covered():
    """Whoever decorates with Numba, or hands functions to those who do, is among the sources."""
    sources = compiled_sources(PACKAGE)
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "@kernel" in text or "@device" in text or "@implement" in text or "numba" in text:
            assert path in sources or "import numba" not in text, path
        if any(mark in text for mark in ("\n@kernel", "\n@device", "\n@implement")):
            assert path in sources, path


def test_the_command_line_is_not_among_them():
    names = names_of(PACKAGE)
    assert not [name for name in names if name.startswith(("cli/", "comparison/", "evaluation/"))]
    assert importlib.util.find_spec("w2vneg.cli") is not None


@pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")
def test_kernels_load_without_linear_algebra_that_other_code_still_gets():
    code = (
        "import sys, numpy as np, numba\n"
        "from w2vneg.corpus.word_table import WordTable\n"
        "assert WordTable().add(b'a\\nb\\na\\n').tolist() == [0, 1, 0]\n"
        "assert 'scipy.linalg' not in sys.modules\n"
        "product = numba.njit(lambda a, b: np.dot(a, b))\n"
        "assert product(np.eye(2), np.arange(4.0).reshape(2, 2)).tolist() == [[0, 1], [2, 3]]\n"
        "assert 'scipy.linalg' in sys.modules\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
