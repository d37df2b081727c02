"""The shape of the package: who may import whom, and what no module may do."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "w2vneg"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the ground up; a module imports only from lower layers or its own. A name stands for a module
# or for a package.
LAYERS = [
    ["version", "errors"],
    ["system", "config"],
    ["kernel"],
    ["corpus"],
    ["graphs"],
    ["vectors"],
    ["samplers"],
    ["training", "evaluation", "view"],
    ["model", "datasets"],
    ["comparison"],
    ["cli"],
    ["__init__", "__main__"],
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
#: What may lie outside of a package.
LOOSE = {"__init__", "__main__", "config", "errors", "model", "version"}
PACKAGES = sorted(path.parent for path in PACKAGE.rglob("__init__.py"))


def part(path):
    relative = path.relative_to(PACKAGE).with_suffix("")
    return relative.parts[0]


def imports(path):
    """Yield (module, whether at the top level) for every import of our own modules."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(tree.body)
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
            if node.module == "w2vneg":
                names = [f"w2vneg.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.split(".")[0] == "w2vneg" and "." in name:
                yield name.split(".")[1], node in top


def test_no_module_lies_loose():
    assert {path.stem for path in PACKAGE.glob("*.py")} == LOOSE


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.name)
def test_packages_say_what_they_are_and_list_their_names(path):
    tree = ast.parse((path / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    names = ".".join(path.relative_to(ROOT).parts)
    module = importlib.import_module(names)
    for name in getattr(module, "__all__", ()):
        assert getattr(module, name) is not None, name


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_dependencies_point_downwards(path):
    own = part(path)
    assert own in LEVEL, f"give {own} a layer"
    for name, _ in imports(path):
        if name in LEVEL and own != "__init__":
            assert LEVEL[name] <= LEVEL[own], f"{own} must not import {name}"


def test_the_kernel_imports_only_what_jit_needs():
    for path in (PACKAGE / "kernel").rglob("*.py"):
        known = {"kernel", "system"} if path.stem == "jit" else {"kernel"}
        assert {name for name, _ in imports(path)} <= known, path


def test_tests_and_tools_are_short():
    root = Path(__file__).parent
    for path in [*root.rglob("*.py"), *(root.parent / "bin").iterdir()]:
        if path.is_file():
            assert path.read_text(encoding="utf-8").count("\n") <= 400, path


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_are_short_documented_and_safe(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "say what the module is"
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            assert not {"pickle", "marshal", "shelve", "dill"} & set(names)
        if isinstance(node, ast.Call):
            called = node.func
            assert not (isinstance(called, ast.Name) and called.id in ("eval", "exec"))
            for keyword in node.keywords:
                if keyword.arg == "allow_pickle":
                    assert getattr(keyword.value, "value", True) is False
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"document {node.name}"


def test_importing_the_command_line_is_light():
    code = (
        "import sys, w2vneg, w2vneg.cli\n"
        "heavy = {'numpy', 'numba', 'gensim', 'scipy', 'rich', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
