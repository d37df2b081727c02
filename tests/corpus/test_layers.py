"""The modules of the package: who may import whom, and what the package exports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import w2vneg.corpus

FOLDER = Path(w2vneg.corpus.__file__).parent
MODULES = sorted(
    path for path in FOLDER.rglob("*.py") if path.name != "__init__.py" and path.is_file()
)


def declared_layers() -> list[list[str]]:
    """Return the layers that the docstring of the package lists, from the top down."""
    assert w2vneg.corpus.__doc__ is not None
    lines = w2vneg.corpus.__doc__.splitlines()
    return [line.split() for line in lines if line.startswith("    ")]


LAYERS = declared_layers()
LEVEL = {name: -depth for depth, names in enumerate(LAYERS) for name in names}


def part(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").parts[0]


def imported_parts(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, those for type checkers included."""
    parts = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("w2vneg.corpus."):
                parts.add(name.split(".")[2])
    return parts


def test_every_module_has_one_layer() -> None:
    listed = [name for names in LAYERS for name in names]
    assert sorted(listed) == sorted({part(path) for path in MODULES})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_imports_go_down_or_stay(path: Path) -> None:
    for name in imported_parts(path):
        assert LEVEL[name] <= LEVEL[part(path)], f"{part(path)} must not import {name}"


def test_no_modules_import_each_other() -> None:
    imports: dict[str, set[str]] = {}
    for path in MODULES:
        imports.setdefault(part(path), set()).update(imported_parts(path) - {part(path)})
    while imports:
        leaves = [name for name, used in imports.items() if not used & set(imports)]
        assert leaves, f"a cycle among {sorted(imports)}"
        for name in leaves:
            del imports[name]


def test_public_names_are_never_modules() -> None:
    import w2vneg.corpus.encode
    import w2vneg.corpus.vocabulary

    for name in w2vneg.corpus.__all__:
        assert not isinstance(getattr(w2vneg.corpus, name), ModuleType), name
    assert w2vneg.corpus.count is w2vneg.corpus.encode.count
    assert w2vneg.corpus.Vocabulary is w2vneg.corpus.vocabulary.Vocabulary
    with pytest.raises(AttributeError, match="nothing"):
        _ = w2vneg.corpus.nothing


def test_encode_is_the_module() -> None:
    # A submodule that has been imported hides a function of the same name, so that exporting the
    # function would make the meaning of the name depend on what was imported before.
    code = "from w2vneg.corpus import encode; encode.encode, encode.encode_sentences"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, w2vneg.corpus, w2vneg.corpus.cooccurrence, w2vneg.corpus.options\n"
        "assert not {'numpy', 'numba'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
