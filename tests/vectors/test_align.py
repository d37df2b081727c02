"""Rotations that are known, words that are known to have moved, and scipy's solution."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, refused

from w2vneg import Vectors, load_vectors
from w2vneg.cli import align as cli
from w2vneg.errors import DataError, UsageError
from w2vneg.vectors.align import RESTRICT, align

WORDS = [f"w{i}" for i in range(400)]
MOVED = ["w7", "w100", "w251"]


@pytest.fixture
def pair() -> tuple[Vectors, Vectors, np.ndarray]:
    """Vectors, and the same in another space with noise and other words, three words moved."""
    rng = np.random.default_rng(11)
    matrix = rng.normal(size=(400, 10)).astype(np.float32)
    rotation = np.linalg.qr(rng.normal(size=(10, 10)))[0].astype(np.float32)
    other = matrix @ rotation + rng.normal(size=matrix.shape).astype(np.float32) * 0.05
    for word in MOVED:
        other[int(word[1:])] = rng.normal(size=10)
    order = rng.permutation(400)
    words = [WORDS[i] for i in order if i >= 5] + ["only here"]
    rows = np.concatenate([other[[i for i in order if i >= 5]], other[:1]])
    return Vectors(WORDS, matrix), Vectors(words, rows), rotation


def test_a_known_rotation_is_found(pair) -> None:
    a, b, rotation = pair
    found = align(a, b)
    np.testing.assert_allclose(found.rotated.matrix, a.matrix @ rotation, atol=0.15)
    assert len(found.words) == 395
    assert found.words == [word for word in b.words if word in a]
    assert {word for word, _ in found.moved[:3]} == set(MOVED)
    assert found.moved[3][1] > 0.95
    lengths = [np.linalg.norm(v.matrix, axis=1) for v in (found.rotated, a)]
    np.testing.assert_allclose(*lengths, rtol=1e-5)
    assert found.rotated.words is a.words
    again = align(found.rotated, b)
    np.testing.assert_allclose(again.rotated.matrix, found.rotated.matrix, atol=1e-4)


def test_the_rotation_is_scipys(pair) -> None:
    linalg = pytest.importorskip("scipy.linalg", reason="scipy is an optional library")
    a, b, _ = pair
    found = align(a, b)
    ours, theirs = (
        a.unit[[a.index[w] for w in found.words]],
        b.unit[[b.index[w] for w in found.words]],
    )
    rotation, _ = linalg.orthogonal_procrustes(ours, theirs)
    np.testing.assert_allclose(found.rotated.matrix, a.matrix @ rotation, atol=1e-4)
    cosines = ((ours @ rotation) * theirs).sum(axis=1)
    np.testing.assert_allclose(found.cosines, cosines, atol=1e-5)


def test_only_frequent_words_are_compared(pair) -> None:
    assert cli._RESTRICT == RESTRICT
    a, b, _ = pair
    found = align(a, b, restrict=200)
    assert set(found.words) == set(a.words[:200]) & set(b.words[:200])
    assert len(found.rotated) == 400
    zero = Vectors(a.words, a.matrix.copy())
    zero.matrix[30] = 0
    assert "w30" not in align(zero, b).words


def test_what_cannot_be_compared(pair) -> None:
    a, b, _ = pair
    with pytest.raises(UsageError, match="vectors of 10 and of 9 dimensions"):
        align(a, Vectors(b.words, b.matrix[:, :9]))
    with pytest.raises(DataError, match="0 words in common, fewer than the 10 dimensions"):
        align(a, Vectors([f"x{word}" for word in b.words], b.matrix), None)
    with pytest.raises(DataError, match="among the first 8 of each"):
        align(a, b, 8)


def test_the_command_shows_what_moved(tmp_path: Path, pair) -> None:
    a, b, _ = pair
    b = b.join_spaces("_")
    a.save(tmp_path / "a.vec")
    b.save(tmp_path / "b.bin")
    base = ["align", tmp_path / "a.vec", tmp_path / "b.bin"]
    found = json.loads(call(*base, "-n", 3, "--neighbors", 2, "--json").out)
    assert {item["word"] for item in found["moved"]} == set(MOVED)
    assert found["compared"] == 395
    first = found["moved"][0]
    assert first["neighbors"] == [
        [w for w, _ in v.most_similar(first["word"], topn=2)] for v in (a, b)
    ]
    outcome = call(*base, "-o", tmp_path / "c.safetensors")
    assert outcome.code == 0
    assert all(word in outcome.out for word in MOVED)
    assert "395 words compared" in outcome.out
    assert (load_vectors(tmp_path / "c.safetensors").matrix == align(a, b).rotated.matrix).all()
    assert "near it" not in call(*base, "--neighbors", 0).out
    refused(call(*base, "-o", tmp_path / "a.vec"), 2, "also an input")
