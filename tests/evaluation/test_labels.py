"""Scores on labels: planted groups, plain loops, what is refused, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, refused

from w2vneg.errors import DataError
from w2vneg.evaluation import LabelSet, score_labels
from w2vneg.evaluation.labels import f1
from w2vneg.vectors.vectors import Vectors


def groups(count: int, noise: float, size: int = 30, seed: int = 1) -> Vectors:
    """Return vectors of `count` groups of words around centers; n5 is in group 5 modulo `count`."""
    rng = np.random.default_rng(seed)
    matrix = np.tile(np.eye(count), (size, 1)) + noise * rng.normal(size=(count * size, count))
    return Vectors([f"n{n}" for n in range(count * size)], matrix.astype(np.float32))


def labels_of(vectors: Vectors, count: int) -> dict[str, str]:
    return {word: f"g{n % count}" for n, word in enumerate(vectors.words)}


def test_planted_groups_are_found() -> None:
    vectors = groups(4, 0.1)
    score = score_labels(vectors, labels_of(vectors, 4))
    assert score.shares.mean() == 1
    assert score.micro.tolist() == score.macro.tolist() == [1] * 5
    assert score.chance == pytest.approx(29 / 119)
    assert (score.labels, score.nearest, score.trained, score.several) == (4, 10, 60, 0)


def test_noise_scores_as_chance() -> None:
    vectors = Vectors(
        [f"n{n}" for n in range(2000)],
        np.random.default_rng(1).normal(size=(2000, 8)).astype(np.float32),
    )
    score = score_labels(vectors, labels_of(vectors, 4), seeds=8)
    assert score.shares.mean() == pytest.approx(score.chance, abs=0.015)
    assert score.micro.mean() == pytest.approx(0.25, abs=0.02)
    low, high = score.to_dict(1000, 1)["nearest_share_interval"]
    assert low < score.chance < high


def test_shares_equal_a_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    import w2vneg.evaluation.labels as module

    monkeypatch.setattr(module, "_BATCH_BYTES", 4 * 60 * 7)
    vectors = groups(3, 0.6, 20)
    own = {
        word: (f"g{n % 3}", *(("odd",) if n % 2 else ())) for n, word in enumerate(vectors.words)
    }
    score = score_labels(vectors, LabelSet("x", own))
    for word, share in zip(vectors.words, score.shares, strict=True):
        near = [other for other, _ in vectors.neighbors(word, 10)]
        assert share == np.mean([bool({*own[word]} & {*own[other]}) for other in near])
    common = [bool({*own[a]} & {*own[b]}) for a in own for b in own if a != b]
    assert score.chance == pytest.approx(np.mean(common))
    assert score.several == 30


def test_chance_of_many_combinations_is_close(monkeypatch: pytest.MonkeyPatch) -> None:
    import w2vneg.evaluation.labels as module

    rng = np.random.default_rng(1)
    targets = rng.random((300, 20)) < 0.1
    exact = module._chance(targets)
    monkeypatch.setattr(module, "MOST_LABELS", 10)
    assert module._chance(targets) == pytest.approx(exact, abs=0.01)


def test_as_many_labels_are_predicted_as_a_word_has() -> None:
    # Each dimension is a label: the largest numbers of a row are its labels.
    rng = np.random.default_rng(2)
    targets = rng.random((400, 5)) < 0.4
    targets[np.arange(400), rng.integers(0, 5, 400)] = True
    words = [f"n{n}" for n in range(400)]
    vectors = Vectors(words, (targets * 4 + rng.normal(size=(400, 5)) * 0.1).astype(np.float32))
    own = {
        w: tuple(f"l{i}" for i in np.flatnonzero(t)) for w, t in zip(words, targets, strict=True)
    }
    score = score_labels(vectors, LabelSet("x", own), seeds=2)
    assert score.micro.min() == 1
    assert score.several > 100


def test_f1() -> None:
    truth = np.array([[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0]], bool)
    predicted = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0]], bool)
    micro, macro = f1(truth, predicted)
    assert micro == 4 / 5
    # The last label occurs nowhere.
    assert macro == pytest.approx((2 / 3 + 4 / 5 + 1) / 3)


def test_splits_follow_the_seed_and_not_the_vectors() -> None:
    vectors = groups(3, 0.7)
    labels = labels_of(vectors, 3)
    score = score_labels(vectors, labels, seeds=3)
    assert score_labels(vectors, labels, seeds=3).micro.tolist() == score.micro.tolist()
    assert score_labels(vectors, labels, seeds=2).micro.tolist() == score.micro[:2].tolist()
    assert score_labels(vectors, labels, seeds=3, seed=2).micro.tolist() != score.micro.tolist()
    # In another order of the rows the same words are trained on.
    turned = Vectors(vectors.words[::-1], vectors.matrix[::-1].copy())
    assert score_labels(turned, labels, seeds=3).micro.tolist() == score.micro.tolist()


def test_more_training_is_better() -> None:
    vectors = groups(6, 0.4, 60)
    few, many = (
        score_labels(vectors, labels_of(vectors, 6), train_share=share).micro.mean()
        for share in (0.03, 0.8)
    )
    assert few + 0.05 < many


def test_words_without_a_vector_are_counted() -> None:
    vectors = groups(2, 0.1, 10)
    vectors.matrix[3] = 0
    labels = {**labels_of(vectors, 2), "new": "g0", "other": "g9"}
    score = score_labels(vectors, labels)
    assert (score.unknown, len(score.shares), score.labels) == (3, 19, 2)
    assert score.to_dict(10, 1)["words"] == 22


def test_few_words_have_few_neighbors() -> None:
    vectors = groups(2, 0.1, 3)
    score = score_labels(vectors, labels_of(vectors, 2), seeds=1)
    assert score.nearest == 5
    assert score.shares.tolist() == [0.4] * 6
    assert np.isnan(score.to_dict(10, 1)["micro_f1_interval"]).all()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"x": "a", "y": "b"}, "no node is a word of the vectors \\('x' is not, 'n0' would be\\)"),
        ({"a": "n0", "b": "n1"}, "put the node first on each line"),
        ({"n0": "a", "n1": "a", "n2": "b"}, "2 labels for 3 nodes"),
        ({f"n{n}": "a" for n in range(9)}, "all nodes with a vector have the label 'a'"),
        ({f"n{n}": f"g{n % 5}" for n in range(8)}, "5 labels for 8 nodes.*given to links="),
    ],
)
def test_labels_that_cannot_be_scored(labels: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=f"^the labels: .*{message}"):
        score_labels(groups(2, 0.1), labels)


def test_labels_that_tell_nothing() -> None:
    own = {f"n{n}": (f"g{n % 2}", "1.0") for n in range(9)}
    with pytest.raises(DataError, match="every node has the label '1.0'"):
        score_labels(groups(2, 0.1), LabelSet("x", own))
    vectors = groups(2, 0.1, 2000)
    with pytest.raises(DataError, match="1200 different labels; at most 1000 can be scored"):
        score_labels(vectors, {word: f"g{n % 1200}" for n, word in enumerate(vectors.words)})


def test_the_command(tmp_path: Path) -> None:
    vectors, file = groups(4, 0.5), tmp_path / "l.tsv"
    vectors.save(tmp_path / "v.vec")
    vectors.save(tmp_path / "w.bin")
    file.write_text("".join(f"{w}\t{g}\n" for w, g in labels_of(vectors, 4).items()) + "new\tg1\n")
    arguments = ("eval", tmp_path / "v.vec", tmp_path / "w.bin", "--labels", file)
    outcome = call(*arguments)
    assert outcome.code == 0, outcome
    lines = [line.strip() for line in outcome.out.splitlines()]
    names = ["l.tsv same label, 10 nearest", "l.tsv micro F1", "l.tsv macro F1"]
    shown = [line.split("  ")[0] for line in lines[3:6]]
    assert shown == names
    assert all(line.count("120 of 121") == 2 for line in lines[3:6])
    assert outcome.err.count("1 of 121 nodes of") == 2
    found = json.loads(call(*arguments, "--json", "--train-share", 0.25, "--seeds", 3).out)
    assert (found["train_share"], found["seeds"]) == (0.25, 3)
    score, other = (result["labels"][str(file)] for result in found["vectors"].values())
    assert score == other
    assert score["trained"] == 30
    assert len(score["micro_f1_by_seed"]) == 3
    low, high = score["micro_f1_interval"]
    assert low < score["micro_f1"] < high


@pytest.mark.parametrize(
    ("option", "value"), [("--train-share", "0"), ("--train-share", "1"), ("--seeds", "0")]
)
def test_options_out_of_range(tmp_path: Path, option: str, value: str) -> None:
    refused(call("eval", tmp_path / "v.vec", "--labels", "l", option, value), 2, option)
