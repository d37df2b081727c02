"""The pages of docs/samplers/ are those that the declarations give."""

import importlib.util
from pathlib import Path

from w2vneg.samplers import methods, named_samplers

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs/samplers"


def generated():
    spec = importlib.util.spec_from_file_location("sampler_pages", ROOT / "bin/sampler_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def test_pages_are_current():
    pages = generated()
    for name, text in pages.items():
        path = FOLDER / name
        assert path.exists(), f"run bin/sampler_pages.py: no {name}"
        assert path.read_text(encoding="utf-8") == text, f"run bin/sampler_pages.py: {name} is old"
    assert {path.name for path in FOLDER.glob("*.md")} == set(pages)


def test_every_sampler_and_method_has_a_page():
    names = {*named_samplers(), *(name for known in methods().values() for name in known)}
    assert {f"{name}.md" for name in names} <= set(generated())


def test_a_page_tells_parts_options_and_formula():
    page = generated()["pinsage.md"]
    for part in (
        "--proposal pinsage",
        "`--band-low` | 0.01",
        "epoch n each query has n - 1",
        "Measured",
    ):
        assert part.lower() in page.lower()
