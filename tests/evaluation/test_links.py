"""Scores on links: planted communities, the pairs that are drawn, and the command."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, refused

import w2vneg.evaluation.links as module
from w2vneg.errors import DataError
from w2vneg.evaluation import score_links
from w2vneg.vectors.vectors import Vectors


def communities(size: int = 40, noise: float = 0.3) -> tuple[Vectors, list[tuple[str, str]]]:
    """Return vectors of two communities and links within them."""
    rng = np.random.default_rng(1)
    matrix = np.repeat(np.eye(2, 6), size, axis=0) + noise * rng.normal(size=(2 * size, 6))
    words = [f"n{n}" for n in range(2 * size)]
    links = [
        (words[a], words[b])
        for a, b in combinations(range(2 * size), 2)
        if a // size == b // size and rng.random() < 0.2
    ]
    return Vectors(words, matrix.astype(np.float32)), links


def test_links_of_communities_come_first() -> None:
    vectors, links = communities(noise=0.05)
    known, held_out = links[::2], links[1::2]
    score = score_links(vectors, held_out, known=known)
    # Of the pairs without a link a good third are within a community and look like links.
    within = sum(1 for a, b in combinations(range(80), 2) if a // 40 == b // 40) - len(links)
    free = 80 * 79 // 2 - len(links)
    assert score.cosine.auc == pytest.approx(1 - within / free / 2, abs=0.05)
    assert score.dot.auc == pytest.approx(1 - within / free / 2, abs=0.05)
    assert score.links == len(held_out)
    assert score.known_links == len(known)


def test_random_vectors_rank_at_random() -> None:
    _, links = communities()
    rng = np.random.default_rng(3)
    vectors = Vectors([f"n{n}" for n in range(80)], rng.normal(size=(80, 20)).astype(np.float32))
    score = score_links(vectors, links)
    for ranking in (score.cosine, score.dot):
        (low, high), (least, most) = ranking.intervals(500, 1)
        assert low < 0.5 < high
        assert least < 0.5 < most


def test_cosine_and_dot_are_those_of_the_pairs() -> None:
    vectors, links = communities()
    score = score_links(vectors, links, seed=4)
    rows = {word: vectors.matrix[vectors.row(word)].astype(float) for word in vectors.words}
    dots = sorted(float(rows[a] @ rows[b]) for a, b in links)
    shown = Counter(score.dot.positives.tolist())
    assert sum(shown.values()) == len(dots) == score.links
    # The order of the links by their dot products is that of their levels.
    drawn = module._draw_pairs(
        80,
        np.unique([vectors.row(a) * 80 + vectors.row(b) for a, b in links]),
        len(links),
        np.random.default_rng(4),
    )
    words = vectors.words
    others = [float(rows[words[k // 80]] @ rows[words[k % 80]]) for k in drawn]
    pairs = np.mean([(p > n) + (p == n) / 2 for p in dots for n in others])
    assert score.dot.auc == pytest.approx(pairs, abs=1e-3)


@pytest.mark.parametrize("listed", [0, 1 << 22])
def test_drawn_pairs_are_uniform_among_those_without_a_link(
    monkeypatch: pytest.MonkeyPatch, listed: int
) -> None:
    monkeypatch.setattr(module, "_LISTED_PAIRS", listed)
    monkeypatch.setattr(module, "_BATCH", 8)
    linked = np.array([0 * 9 + 1, 2 * 9 + 5, 7 * 9 + 8])
    free = [a * 9 + b for a, b in combinations(range(9), 2) if a * 9 + b not in linked]
    counts = Counter[int]()
    for seed in range(3000):
        drawn = module._draw_pairs(9, linked, 6, np.random.default_rng(seed))
        assert len(set(drawn.tolist())) == 6
        counts.update(drawn.tolist())
    assert set(counts) == set(free)
    expected = 3000 * 6 / len(free)
    squares = sum((counts[key] - expected) ** 2 / expected for key in free)
    # Without replacement the variance is a little smaller than that of chi-square, 32 freedoms.
    assert squares < 62
    every = module._draw_pairs(9, linked, len(free), np.random.default_rng(1))
    assert sorted(every.tolist()) == free


def test_what_is_left_out_is_counted() -> None:
    vectors, _ = communities()
    vectors.matrix[9] = 0
    links = [
        ("n0", "n1"), ("n1", "n0"), ("n2", "n2"), ("n3", "?"), ("n9", "n1"), ("n4", "n5"), ("n6", "n7"),
    ]  # fmt: skip
    score = score_links(
        vectors, iter(links), known=iter([("n5", "n4"), ("n4", "n5"), ("n1", "n9")])
    )
    assert (score.links, score.repeated, score.loops, score.unknown) == (2, 1, 1, 2)
    assert (score.known, score.known_links) == (1, 1)
    assert score.to_dict(10, 1)["links"] == len(links)


def test_known_links_are_never_drawn() -> None:
    vectors, _ = communities(3)
    every = [(f"n{a}", f"n{b}") for a, b in combinations(range(6), 2)]
    score = score_links(vectors, every[:2], known=every[4:])
    assert score.links == 2
    with pytest.raises(DataError, match="only 1 pairs of words are not linked, fewer than the 2"):
        score_links(vectors, every[:2], known=every[3:])


@pytest.mark.parametrize(
    ("links", "known", "message"),
    [
        ([], [], "0 have a node that is no word"),
        ([("x", "y"), ("n1", "n1")], [], "1 have a node that is no word of the vectors, 1 join a"),
        (
            [("n1", "n2")],
            [("n2", "n1")],
            "all links are among those of known_links=; hold some out",
        ),
    ],
)
def test_links_that_cannot_be_scored(
    links: list[tuple[str, str]], known: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(DataError, match=f"^the links: .*{message}"):
        score_links(communities()[0], links, known=known)


def test_the_command(tmp_path: Path) -> None:
    vectors, links = communities()
    vectors.save(tmp_path / "v.vec")
    held_out, known = tmp_path / "held.txt", tmp_path / "known.csv"
    held_out.write_text("".join(f"{a} {b}\n" for a, b in links[1::2]) + "n1 ?\n")
    known.write_text("".join(f"{a},{b},1.0\n" for a, b in links[::2]))
    count = len(links[1::2])
    arguments = ("eval", tmp_path / "v.vec", "--links", held_out)
    outcome = call(*arguments, "--known-links", known)
    assert outcome.code == 0, outcome
    for name in ("AUC (cosine)", "average precision (cosine)", "AUC (dot)"):
        assert f"held.txt {name}" in outcome.out
    assert outcome.out.count(f"{count} of {count + 1}") == 4
    assert "1 with a node without a vector" in outcome.err
    assert "--known-links" not in outcome.err
    assert "without --known-links, links that" in call(*arguments).err
    found = json.loads(call(*arguments, "--known-links", known, "--json").out)
    score = found["vectors"][str(tmp_path / "v.vec")]["links"][str(held_out)]
    expected = score_links(vectors, links[1::2], known=links[::2]).to_dict(1000, 1)
    assert score["cosine"]["auc"] == expected["cosine"]["auc"]
    assert score["dot"]["average_precision"] == expected["dot"]["average_precision"]
    assert score["known_links"] == len(links[::2])
    refused(call(*arguments, "--known-links", tmp_path / "no"), 2, "no such file")
