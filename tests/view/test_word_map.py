"""What is on a map: words, groups, and two models in one space."""

import numpy as np
import pytest
from helpers.planted_vectors import planted

from w2vneg.errors import DataError, Interrupted, UsageError
from w2vneg.system.interrupt import StopFlag
from w2vneg.vectors.vectors import Vectors
from w2vneg.view.groups import GROUPS, find_groups
from w2vneg.view.word_map import first_words, make_map

pytestmark = pytest.mark.once  # no compiled code


def test_words_are_the_first_or_the_most_frequent():
    vectors = planted(50)
    assert first_words(vectors, 3).words == ["w0", "w1", "w2"]
    vectors.counts = np.arange(50)
    chosen = first_words(vectors, 3)
    assert chosen.words == ["w49", "w48", "w47"]
    np.testing.assert_array_equal(chosen.matrix, vectors[["w49", "w48", "w47"]])
    assert chosen.counts.tolist() == [49, 48, 47]


def test_groups_are_the_planted_ones():
    vectors = planted(1000, groups=GROUPS, noise=0.2)
    groups = find_groups(vectors.unit, 1 / np.arange(1.0, 1001), 4)
    found = groups.of_row
    assert len(groups.typical) == found.max() + 1
    shares = [
        np.bincount(np.arange(1000)[found == group] % GROUPS).max() for group in set(found.tolist())
    ]
    assert sum(shares) / 1000 > 0.9
    sizes = np.bincount(found)
    assert (np.diff(sizes) <= 0).all()
    for group, rows in enumerate(groups.typical):
        assert (found[rows] == group).all()


def test_few_words_have_no_groups():
    word_map = make_map(planted(100), layout="pca")
    assert word_map.group_names == []
    assert not word_map.panels[0].groups.any()


def test_the_same_seed_gives_the_same_map():
    a, b = (make_map(planted(500), layout="pca", seed=3) for _ in range(2))
    np.testing.assert_array_equal(a.panels[0].points, b.panels[0].points)
    np.testing.assert_array_equal(a.panels[0].groups, b.panels[0].groups)
    assert a.group_names == b.group_names
    other = make_map(planted(500), layout="pca", seed=4)
    assert (a.panels[0].groups != other.panels[0].groups).any()


def rotated(vectors, moved=()):
    """Return a rotated copy of vectors in which some words stand where others were."""
    rng = np.random.default_rng(9)
    rotation, _ = np.linalg.qr(rng.normal(size=(vectors.dim, vectors.dim)))
    matrix = vectors.matrix @ rotation.astype(np.float32)
    for one, other in moved:
        matrix[[vectors.index[one], vectors.index[other]]] = matrix[
            [vectors.index[other], vectors.index[one]]
        ]
    return Vectors(vectors.words, matrix)


def test_two_models_are_aligned_and_what_moved_is_named():
    vectors = planted(600, groups=20, noise=0.3)
    word_map = make_map(
        rotated(vectors, [("w100", "w103")]), vectors, names=("old", "new"), layout="pca"
    )
    old, new = word_map.panels
    assert (old.name, new.name) == ("old", "new")
    assert {word for word, _ in word_map.moved[:2]} == {"w100", "w103"}
    others = np.setdiff1d(np.arange(600), [100, 103])
    np.testing.assert_allclose(old.points[others], new.points[others], atol=0.05)
    assert np.linalg.norm(old.points[100] - new.points[100]) > 0.1


def test_models_that_cannot_be_compared_are_refused():
    with pytest.raises(UsageError, match="24 and of 10 dimensions"):
        make_map(planted(100), planted(100, dim=10), layout="pca")
    other = planted(100)
    other = Vectors([f"x{i}" for i in range(100)], other.matrix)
    with pytest.raises(DataError, match="0 words in common"):
        make_map(planted(100), other, layout="pca")


def test_no_words_are_refused():
    with pytest.raises(UsageError, match="words=0 must be at least 1|words= must be at least 1"):
        make_map(planted(100), words=0)


def test_it_stops():
    stop = StopFlag()
    stop.set()
    with pytest.raises(Interrupted, match="drawing the map; nothing was written"):
        make_map(planted(300), layout="pca", stop=stop)
