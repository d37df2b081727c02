"""Which words a report shows, and what lies near them in the vectors of each arm."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from w2vneg.errors import W2vnegError
from w2vneg.evaluation.testsets import default_analogies, read_analogies
from w2vneg.vectors.vectors import Vectors, read_vectors

_MAPPED = 36
_LISTED = 5
_NEAR = 8


def load(folder: Path, stems: dict[str, str]) -> dict[str, Vectors]:
    """Return the vectors of each arm that are there to be read."""
    found = {}
    for arm, stem in stems.items():
        try:
            found[arm] = read_vectors(folder / f"{stem}.bin")
        except W2vnegError:
            continue
    return found


def choose(vectors: dict[str, Vectors], analogies: list[str] | None) -> tuple[list[str], list[str]]:
    """Return (words for the map, words for the neighbour table).

    The map shows word pairs of the first analogy file, where the vectors know them; other corpora
    show frequent words.
    """
    common = [
        w for w in next(iter(vectors.values())).words if all(w in v for v in vectors.values())
    ]
    known = {word.lower(): word for word in reversed(common)}
    mapped: list[str] = []
    for path in analogies or [str(p) for p in default_analogies()]:
        for section in read_analogies(path).sections[:1]:
            for question in section.questions:
                first, second = (known.get(w.lower()) for w in question[:2])
                if first and second and first not in mapped and len(mapped) < _MAPPED:
                    mapped += [first, second]
    if len(mapped) < 8:
        mapped = ([w for w in common[50:] if len(w) > 3] or common)[:_MAPPED]
    rng = np.random.default_rng(1)
    frequent = [w for w in common[200:4000] if len(w) > 3] or common
    listed = [frequent[i] for i in sorted(rng.permutation(len(frequent))[:_LISTED])]
    return mapped, listed


def neighbours(vectors: dict[str, Vectors], words: list[str]) -> dict[str, dict[str, list[str]]]:
    """Return, for each word and arm, the nearest words."""
    return {
        word: {arm: [near for near, _ in v.neighbors(word, _NEAR)] for arm, v in vectors.items()}
        for word in words
    }
