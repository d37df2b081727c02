"""The words that a report shows, and their nearest words in the vectors of each arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from w2vneg.errors import W2vnegError
from w2vneg.evaluation.testsets import default_analogies, read_analogies
from w2vneg.vectors.load import load_vectors
from w2vneg.vectors.vectors import Vectors

#: Words on the map, words in the table, and nearest words of each.
_MAPPED, _LISTED, _NEAREST = 36, 5, 8
#: If fewer words of analogy questions are known, the map shows frequent words.
_FEWEST_MAPPED = 8


def load(folder: Path, stems: Mapping[str, str]) -> dict[str, Vectors]:
    """Return the vectors of each arm whose file can be read.

    Parameters
    ----------
    folder : Path
    stems : mapping
        Arm to file name without suffix.
    """
    vectors = {}
    for arm, stem in stems.items():
        try:
            vectors[arm] = load_vectors(folder / f"{stem}.bin")
        except W2vnegError:
            continue
    return vectors


def choose(vectors: Mapping[str, Vectors], analogies: Sequence[str]) -> tuple[list[str], list[str]]:
    """Choose words that all arms have.

    Parameters
    ----------
    vectors : mapping
        Arm to vectors, at least one.
    analogies : sequence of str
        Analogy files; empty: those of gensim.

    Returns
    -------
    mapped : list of str
        For the map: word pairs from the first section of each analogy file, or frequent words if
        too few of those are known.
    listed : list of str
        For the table of nearest words: frequent words, chosen at random with a fixed seed.
    """
    first = next(iter(vectors.values()))
    common = [w for w in first.words if all(w in v for v in vectors.values())]
    known = {word.lower(): word for word in reversed(common)}
    mapped: list[str] = []
    for path in analogies or [str(p) for p in default_analogies()]:
        for section in read_analogies(path).sections[:1]:
            for question in section.questions:
                one, two = (known.get(w.lower()) for w in question[:2])
                if one and two and one not in mapped and len(mapped) < _MAPPED:
                    mapped += [one, two]
    if len(mapped) < _FEWEST_MAPPED:
        mapped = ([w for w in common[50:] if len(w) > 3] or common)[:_MAPPED]
    rng = np.random.default_rng(1)
    frequent = [w for w in common[200:4000] if len(w) > 3] or common
    listed = [frequent[i] for i in sorted(rng.permutation(len(frequent))[:_LISTED])]
    return mapped, listed


def neighbors(
    vectors: Mapping[str, Vectors], words: Sequence[str]
) -> dict[str, dict[str, list[str]]]:
    """Return the nearest words: word to arm to list."""
    return {
        word: {arm: [near for near, _ in v.neighbors(word, _NEAREST)] for arm, v in vectors.items()}
        for word in words
    }
