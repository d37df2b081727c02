"""Every option that a method declares changes what a training learns."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.commands import call, compiled_only

from w2vneg import SkipGram
from w2vneg.config import Option
from w2vneg.samplers import configure, method_options, named_samplers

pytestmark = [compiled_only, pytest.mark.slow]

CATEGORIES = {"proposal": "categories", "category_file": "categories.tsv"}
GIVEN = {"proposal": "given", "negatives_file": "negatives.txt"}
#: Options whose effect shows only with others, or at some values: these others, and the value.
NEEDS: dict[str, tuple[dict[str, Any], Any]] = {
    "gneg_keep": ({"gneg_family": "walk"}, 2),
    "gneg_steps": ({"gneg_family": "walk"}, 1),
    "gneg_self_loops": ({"gneg_family": "walk"}, True),
    "gneg_min_weight": ({"gneg_family": "adjacency"}, 12),
    "gneg_outside": ({"gneg_vocab": 12}, "unigram"),
    "gneg_vocab": ({}, 12),
    "gneg_graph": ({}, "graph.npz"),
    "ace_warmup": ({}, 0.9),
    "ace_clip": ({}, 0.01),
    "cap_margin": ({"cap": True}, 1.0),
    "debias": ({}, 0.4),
    "debias_limit": ({"debias": 0.4}, -2.0),
    "hard_share": ({}, 0.9),
    "first_candidates": ({}, 2),
    "band_low": ({"band_high": 0.9}, 0.5),
    "band_high": ({"band_low": 0.1, "band_high": 0.5}, 0.9),
    "category_file": (CATEGORIES, "other.tsv"),
    "category": (CATEGORIES, "other"),
    "category_lambda": (CATEGORIES, 0.1),
    "negatives_file": (GIVEN, "other.txt"),
    "given_lambda": (GIVEN, 0.1),
    "clusters": ({"clusterings": 3}, 3),
    "clusterings": ({"clusters": 3}, 0),
    "variance_warmup": ({}, 0.9),
    "full_count": ({}, 2.0),
}


@cache
def sentences() -> tuple[tuple[str, ...], ...]:
    draw = np.random.default_rng(1)
    ranks = np.minimum(draw.zipf(1.3, (300, 8)), 40)
    return tuple(tuple(f"w{rank}" for rank in line) for line in ranks)


def trained(options: dict[str, Any]) -> bytes:
    config: dict[str, Any] = {"dim": 8, "min_count": 1, "threads": 1, "sample": 0.0, "window": 4}
    if "method" not in options:
        config |= {"epochs": 4, "lr": 0.1, "preset": "word2vec", "negatives": 5}
    model = SkipGram(**{**config, **options}).fit(sentences())
    return bytes(model.vectors.matrix.tobytes())


def base_of(name: str) -> dict[str, Any]:
    """Return options under which an option is read."""
    if "proposal" in NEEDS.get(name, ({}, None))[0]:
        return {}
    samplers = [s for s in named_samplers() if name in configure(sampler=s).method_options]
    return {"sampler": samplers[0]} if samplers else {"method": "whole-data"}


def another_value(option: Option, value: Any) -> Any:
    """Return a value that is allowed and is not the given one."""
    if option.kind is bool:
        return not value
    if option.kind is str:
        return next(choice for choice in option.choices if choice != value)
    middle = (value or 0) + (1 if option.kind is int else 0.25)
    tries = [value // 2 if option.kind is int else value / 2, value * 2, middle]
    return next(v for v in tries if v != value and option.low < v <= option.high)


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the files that options of files name."""
    monkeypatch.chdir(tmp_path)
    words = [f"w{rank}" for rank in range(1, 41)]
    for path, share in (("categories.tsv", 3), ("other.tsv", 5)):
        Path(path).write_text("".join(f"{w}\t{i % share}\n" for i, w in enumerate(words)))
    for path, step in (("negatives.txt", 1), ("other.txt", 7)):
        lines = (f"{w} {words[(i + step) % 40]}\n" for i, w in enumerate(words))
        Path(path).write_text("".join(lines))


@pytest.mark.parametrize("name", method_options())
def test_option_changes_the_vectors(name: str) -> None:
    option = method_options()[name][0]
    more, value = NEEDS.get(name, ({}, None))
    base = {**base_of(name), **more}
    if name == "gneg_graph":
        Path("c.txt").write_text("".join(" ".join(line) + "\n" for line in sentences()))
        written = call("graph", "c.txt", "-o", value, "--min-count", 1, "--window", 1)
        assert written.code == 0, written.err
    if value is None:
        value = another_value(option, configure(**base)[option])
    before = trained(base)
    assert before == trained(base), "the same options give the same bytes"
    assert before != trained({**base, name: value})
