"""Next items of held-out sessions: ranks, scores, what is left out, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, refused

from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.read_sentences import read_sentences
from w2vneg.errors import DataError
from w2vneg.evaluation import score_next_items
from w2vneg.vectors.vectors import Vectors

#: Items on a circle, one a degree: the nearest of an item are known.
CIRCLE = Vectors(
    [f"i{n}" for n in range(100)],
    np.stack([np.cos(np.radians(range(100))), np.sin(np.radians(range(100)))], 1).astype(np.float32)
    * np.linspace(1, 9, 100, dtype=np.float32)[:, None],
)


def test_ranks() -> None:
    sessions = [["x", "i0", "i1"], ["i0", "i10"], ["i99", "i88"], ["i50", "i99"]]
    score = score_next_items(CIRCLE, iter(sessions))
    # From i50 all but i0 are nearer than i99, which is as far as i1.
    assert score.ranks.tolist() == [1, 10, 11, 98]
    assert score.hit_rate == 0.5
    assert score.reciprocal_rank == pytest.approx((1 + 1 / 10) / 4)


def test_equal_vectors_are_no_hits() -> None:
    same = Vectors(list("abcdefghijklmnop"), np.ones((16, 3), np.float32))
    assert score_next_items(same, [["a", "b"]]).ranks.tolist() == [15]


def test_against_a_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    import w2vneg.evaluation.next_items as module

    monkeypatch.setattr(module, "_BATCH_BYTES", 4 * 50 * 7)
    draw = np.random.default_rng(1)
    vectors = Vectors([str(i) for i in range(50)], draw.normal(size=(50, 4)).astype(np.float32))
    sessions = [[str(i) for i in draw.integers(0, 50, 3)] for _ in range(60)]
    score = score_next_items(vectors, sessions)
    expected = []
    for _, before, last in sessions:
        if before != last:
            near = [word for word, _ in vectors.neighbors(before, 49)]
            expected.append(near.index(last) + 1)
    assert score.ranks.tolist() == expected
    assert score.sessions == 60


def test_what_is_left_out_is_counted() -> None:
    sessions = [["i1"], ["i1", "?"], ["?", "i1"], ["i2", "i2"], ["?", "i1", "i2"]]
    score = score_next_items(CIRCLE, sessions)
    assert (score.short, score.unknown, score.repeated, len(score.ranks)) == (1, 2, 1, 1)
    with pytest.raises(DataError, match="of 4 sessions 1 have one item, 2 end with items that"):
        score_next_items(CIRCLE, sessions[:-1])


def test_intervals_hold_the_scores() -> None:
    draw = np.random.default_rng(2)
    sessions = [[f"i{a}", f"i{b}"] for a, b in draw.integers(0, 100, (400, 2)) if a != b]
    score = score_next_items(CIRCLE, sessions)
    for (low, high), value in zip(
        score.intervals(2000, 1), (score.hit_rate, score.reciprocal_rank), strict=True
    ):
        # The normal approximation of both ends.
        outcomes = (
            score.ranks <= 10
            if value == score.hit_rate
            else np.where(score.ranks <= 10, 1 / score.ranks, 0)
        )
        wide = 1.96 * np.std(outcomes) / np.sqrt(len(score.ranks))
        assert low == pytest.approx(value - wide, abs=wide / 4)
        assert high == pytest.approx(value + wide, abs=wide / 4)


def test_sentences_of_text_and_tables_are_the_same(tmp_path: Path) -> None:
    text, table = tmp_path / "t.txt", tmp_path / "t.csv"
    text.write_bytes(b"\xef\xbb\xbfa b\r\n\r\nc\rd e")
    table.write_text("s,i\n1,a\n2,c\n1,b\n3,d\n3,e\n")
    expected = [["a", "b"], ["c"], ["d", "e"]]
    assert list(read_sentences([text])) == expected
    assert list(read_sentences([table], InputOptions(column="i", group="s"))) == expected


def test_the_command(tmp_path: Path) -> None:
    vectors, text, table = tmp_path / "v.vec", tmp_path / "held.txt", tmp_path / "held.csv"
    CIRCLE.save(vectors)
    text.write_text("i0 i1\ni0 i10\ni99 i88\ni50 i99\nnew i1\n")
    table.write_text(
        "session,i\n1,i0\n2,i0\n2,i10\n1,i1\n3,i99\n3,i88\n4,i50\n4,i99\n5,new\n5,i1\n"
    )
    outcome = call("eval", vectors, "--items", text)
    assert outcome.code == 0, outcome
    assert "held.txt HR@10" in outcome.out
    assert "4 of 5" in outcome.out
    assert "0.275 [" in outcome.out  # MRR@10
    found = [
        json.loads(call("eval", vectors, "--items", file, *options, "--json").out)["vectors"]
        for file, options in ((text, ()), (table, ("--column", "i", "--group", "session")))
    ]
    scores = [next(iter(result.values()))["items"] for result in found]
    assert scores[0][str(text)] == scores[1][str(table)]
    assert scores[0][str(text)]["hr@10"] == 0.5
    refused(call("eval", vectors, "--items", table), 2, "--group session --column i")
    refused(call("eval", vectors, "--items", tmp_path / "no"), 2, "no such file")
    text.write_text("q r\n")
    refused(call("eval", vectors, "--items", text), 1, "held.txt cannot be scored")
