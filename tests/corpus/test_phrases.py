"""Phrases: those of gensim's Phrases, and the text with them joined."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.commands import call, refused

from w2vneg import SkipGram, load_vectors
from w2vneg.cli import phrases as cli
from w2vneg.corpus import phrases as module
from w2vneg.corpus.encode import encode
from w2vneg.corpus.phrases import PhrasedCorpus, find_phrases
from w2vneg.errors import UsageError


@pytest.fixture(scope="module")
def sentences() -> list[list[str]]:
    """Text at random, with pairs and a triple that belong together."""
    draw = random.Random(5)
    words = [f"w{i}" for i in range(60)]
    weights = [1 / (i + 1) for i in range(60)]
    lines = []
    for _ in range(2500):
        line: list[str] = []
        for word in draw.choices(words, weights, k=draw.randint(0, 12)):
            line += draw.choices(
                [[word], ["new", "york"], ["new", "york", "city"], ["a", "a", "a"], ["rare", word]],
                [30, 2, 1, 1, 1],
            )[0]
        lines.append(line)
    return [line for line in lines if line]


@pytest.fixture(scope="module")
def text(sentences: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("phrases") / "c.txt"
    path.write_text("".join(" ".join(line) + "\n" for line in sentences))
    return path


def ours(text: Path, **options: Any) -> PhrasedCorpus:
    with encode([text], min_count=1, cache=False) as corpus:
        return find_phrases(corpus, **options)


def lines_of(found: PhrasedCorpus) -> list[list[str]]:
    texts = [found.words[token] for token in found.tokens.tolist()]
    bounds = found.starts.tolist()
    return [texts[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]


CASES = [
    {"min_count": 5, "threshold": 1.0},
    {"min_count": 1, "threshold": 1.0},
    {"min_count": 40, "threshold": 0.01},
    {"min_count": 5, "threshold": 0.3, "score": "npmi"},
    {"min_count": 20, "threshold": -0.5, "score": "npmi"},
]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_phrases_are_those_of_gensim(sentences: Any, text: Path, case: dict[str, Any]) -> None:
    from gensim.models.phrases import Phrases

    score = {"word2vec": "default", "npmi": "npmi"}[case.get("score", "word2vec")]
    options = {"min_count": case["min_count"], "threshold": case["threshold"], "scoring": score}
    theirs = Phrases(sentences, **options)
    found = ours(text, **case)
    expected = theirs.export_phrases()
    assert expected
    assert {p.text: pytest.approx(p.score) for p in found.phrases} == expected
    assert all(p.count == theirs.vocab[p.text] for p in found.phrases)
    assert lines_of(found) == [theirs[line] for line in sentences]
    # The second pass reads what the first has joined.
    joined = [theirs[line] for line in sentences]
    second = Phrases(joined, **options)
    twice = ours(text, passes=2, **case)
    assert lines_of(twice) == [second[line] for line in joined]
    # gensim lists longer phrases by the counts of their first and last words, but joins them so.
    assert {p.text for p in twice.phrases} >= {*expected, *second.find_phrases(joined)}


def test_blocks_of_pairs_add_up(text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ours(text)
    monkeypatch.setattr(module, "_BLOCK", 777)
    assert ours(text).phrases == whole.phrases


def test_pairs_are_counted_within_sentences() -> None:
    from w2vneg.system.interrupt import StopFlag
    from w2vneg.system.progress import Progress

    tokens = np.array([0, 1, 0, 1, 1, 0, 2], np.int32)
    starts = np.array([0, 2, 2, 5, 6, 7], np.int64)
    keys, times = module.count_pairs(tokens, starts, 3, Progress(), StopFlag())
    assert dict(zip(keys.tolist(), times.tolist(), strict=True)) == {0 * 3 + 1: 2, 1 * 3 + 1: 1}


def test_options_out_of_range(text: Path) -> None:
    assert cli._SCORES == module.SCORES
    for wrong, message in (
        ({"score": "pmi"}, "choose from word2vec, npmi"),
        ({"score": "npmi", "threshold": 10.0}, "between -1 and 1"),
        ({"min_count": 0}, "min_count= must be at least 1"),
        ({"passes": 0}, "passes= must be at least 1"),
    ):
        with pytest.raises(UsageError, match=message):
            ours(text, **wrong)


def test_the_command_writes_joined_text(sentences: Any, text: Path, tmp_path: Path) -> None:
    target = tmp_path / "joined.txt"
    few = ["--threshold", 1]
    outcome = call("phrases", text, "-o", target, "--passes", 2, "-n", 3, *few)
    assert outcome.code == 0, outcome.err
    assert f"text in {target}" in outcome.out
    assert target.read_text().splitlines() == [
        " ".join(line) for line in lines_of(ours(text, passes=2, threshold=1))
    ]
    told = json.loads(call("phrases", text, "--json", *few).out)
    assert told["phrases"] == len(ours(text, threshold=1).phrases)
    assert "new_york" in {phrase for phrase, _, _ in told["top"]}
    refused(call("phrases", text, "-o", text), 2, "also an input")
    refused(call("phrases", text, "--score", "npmi"), 2, "--threshold 10.0")


def test_training_with_phrases_is_training_on_the_joined_text(
    sentences: Any, tmp_path: Path
) -> None:
    """The planted pairs are made frequent enough for the usual threshold."""
    draw = random.Random(2)
    plain = [[f"x{draw.randrange(400)}" for _ in range(8)] for _ in range(3000)]
    for line in plain[::30]:
        line[3:5] = ["new", "york"]
    text, joined = tmp_path / "c.txt", tmp_path / "j.txt"
    text.write_text("".join(" ".join(line) + "\n" for line in plain))
    assert call("phrases", text, "-o", joined, "--passes", 2).code == 0
    assert "new_york" in joined.read_text()
    options = {"dim": 4, "min_count": 3, "threads": 1, "epochs": 1, "max_vocab": 300}
    one = SkipGram(**options).fit(text, phrases=2, cache=False)
    other = SkipGram(**options).fit(joined, cache=False)
    assert one.words == other.words
    assert "new_york" in one.words
    assert (one.vectors.matrix == other.vectors.matrix).all()
    prints = [model.manifest["corpus"]["fingerprint"] for model in (one, other)]
    assert prints[0] == prints[1]
    assert (
        one.manifest["corpus"]["out_of_vocabulary"] == other.manifest["corpus"]["out_of_vocabulary"]
    )
    with pytest.raises(UsageError, match="phrases= makes new words; leave vocabulary= out"):
        SkipGram().fit(text, phrases=1, vocabulary=one.vocabulary)
    few = ["--dim", 4, "--min-count", 3, "--threads", 1, "--epochs", 1, "--max-vocab", 300]
    outcome = call("train", text, "-o", tmp_path / "v.vec", "--phrases", 2, "--no-cache", *few)
    assert outcome.code == 0, outcome.err
    assert "phrases" in outcome.err
    assert load_vectors(tmp_path / "v.vec").words == one.words
