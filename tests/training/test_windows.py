"""Windows: drawn at random, fixed, or the whole sentence."""

from __future__ import annotations

import numpy as np
import pytest

from w2vneg import SkipGram
from w2vneg.config import COMMON
from w2vneg.errors import UsageError
from w2vneg.samplers import configure
from w2vneg.training.loops import mean_pairs, with_sentences

EPOCHS = 2
LENGTHS = [1, 2, 3, 8, 30, 2, 61]


@pytest.fixture(scope="module")
def sentences() -> list[list[str]]:
    draw = np.random.default_rng(1)
    return [[f"w{i}" for i in draw.integers(0, 20, length)] for length in LENGTHS]


def pairs(sentences: list[list[str]], **options: object) -> int:
    model = SkipGram(
        dim=4, epochs=EPOCHS, min_count=1, sample=0, threads=1, lr=0.001, **options
    ).fit(sentences)
    assert np.isfinite(model.vectors.matrix).all()
    return int(model.manifest["training"]["pairs"])


def expected(window: int) -> int:
    within = sum(
        min(p, window) + min(length - 1 - p, window) for length in LENGTHS for p in range(length)
    )
    return EPOCHS * within


@pytest.mark.parametrize("form", ["block", "window"])
class TestPairs:
    @pytest.mark.parametrize("window", [1, 5, 40, 100])
    def test_fixed_windows_have_all_pairs(self, sentences, form: str, window: int) -> None:
        found = pairs(sentences, form=form, window=window, fixed_window=True)
        assert found == expected(window)

    @pytest.mark.parametrize("window", [0, "session"])
    def test_the_window_of_a_session_is_all_of_it(self, sentences, form: str, window) -> None:
        assert pairs(sentences, form=form, window=window) == expected(max(LENGTHS))

    def test_other_windows_shrink(self, sentences, form: str) -> None:
        found = pairs(sentences, form=form, window=5)
        mean = sum(expected(radius) for radius in range(1, 6)) / 5
        assert found == pytest.approx(mean, rel=0.1)
        assert found < expected(5)


def test_a_window_of_one_is_fixed_anyway(sentences) -> None:
    options = {"dim": 4, "epochs": 1, "min_count": 1, "threads": 1, "window": 1}
    shrinking = SkipGram(**options).fit(sentences)
    fixed = SkipGram(**options, fixed_window=True).fit(sentences)
    assert shrinking.vectors.matrix.tobytes() == fixed.vectors.matrix.tobytes()


def test_a_whole_session_is_its_longest_fixed_window() -> None:
    lengths = np.array(LENGTHS)
    config = with_sentences(configure(window=0), lengths)
    assert (config.window, config.fixed_window) == (60, True)
    assert with_sentences(configure(window=7), lengths) == configure(window=7)
    # A word has as many pairs as the sentences allow, not as the longest would.
    assert mean_pairs(config, lengths) == expected(60) / EPOCHS / lengths.sum()
    assert mean_pairs(configure(window=7)) == 8
    assert mean_pairs(configure(window=7, fixed_window=True)) == 14


def test_the_word_for_it() -> None:
    assert configure(window="session").window == 0
    assert COMMON["window"].parse("session") == 0
    for wrong in (-1, 1001, "sessions"):
        with pytest.raises(UsageError, match="window="):
            configure(window=wrong)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["block", "window"])
@pytest.mark.parametrize("dim", [16, 100])
def test_the_longest_window_stays_finite_at_the_default_rate(form: str, dim: int) -> None:
    # gensim issue 3159, wang2vec issue 8
    draw = np.random.default_rng(1)
    ranks = np.minimum(draw.zipf(1.2, (30, 1000)), 2000)
    sentences = [[f"w{rank}" for rank in line] for line in ranks]
    lengths = {}
    for window in (5, 1000):
        options = {"dim": dim, "epochs": 1, "min_count": 1, "threads": 1, "form": form}
        matrix = SkipGram(**options, window=window).fit(sentences).vectors.matrix
        assert np.isfinite(matrix).all()
        lengths[window] = np.linalg.norm(matrix, axis=1).mean()
    assert lengths[1000] < 10 * lengths[5] + 5


def test_items_of_the_same_sessions_are_near_whatever_their_distance() -> None:
    draw = np.random.default_rng(3)
    # Half of a session is of one of ten groups, half is any item.
    sessions = []
    for _ in range(400):
        group = int(draw.integers(10))
        items = [*(10 * draw.integers(20, size=15) + group), *draw.integers(200, size=15)]
        draw.shuffle(items)
        sessions.append([int(item) for item in items])
    model = SkipGram(dim=24, epochs=5, min_count=1, sample=0, threads=1, window="session").fit(
        sessions
    )
    vectors = model.vectors
    near = [
        int(word) % 10 == int(other) % 10
        for word in vectors.words
        for other, _ in vectors.neighbors(word, 10)
    ]
    assert np.mean(near) > 0.9
