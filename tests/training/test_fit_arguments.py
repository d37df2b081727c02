"""Arguments of `SkipGram.fit` as users give them: understood, or refused in one line that helps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.commands import compiled_only

from w2vneg import SkipGram
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError, UsageError, W2vnegError
from w2vneg.training.checkpoint import Checkpointer

pytestmark = compiled_only

SENTENCES = [["the", "king", "and", "the", "queen"], ["the", "city"]] * 20
SMALL: dict[str, Any] = {"min_count": 1, "epochs": 1, "dim": 3, "threads": 1}


def fit(corpus: Any = SENTENCES, **options: Any) -> SkipGram:
    return SkipGram(**SMALL).fit(corpus, **options)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.txt").write_text("".join(" ".join(words) + "\n" for words in SENTENCES))


@pytest.mark.parametrize(
    "words", [{"king": 9, "queen": 5}, Vocabulary.from_counts({"king": 1, "queen": 1})]
)
def test_vocabulary_in_every_form(words: Any) -> None:
    # gensim issues 1549 and 160
    assert sorted(fit(vocabulary=words).words) == ["king", "queen"]
    Vocabulary.from_counts({"king": 3, "queen": 2}).save("w.tsv")
    assert sorted(fit("c.txt", vocabulary="w.tsv").words) == ["king", "queen"]
    assert sorted(fit("c.txt", vocabulary=Path("w.tsv")).words) == ["king", "queen"]


def test_words_alone_are_no_vocabulary() -> None:
    with pytest.raises(UsageError, match=r"give dict\.fromkeys\(words, 1\)"):
        fit(vocabulary=["king", "queen"])
    assert sorted(fit(vocabulary=dict.fromkeys(["king", "queen"], 1)).words) == ["king", "queen"]


def test_folder_of_checkpoints_is_resumed() -> None:
    wanted = fit("c.txt", checkpointer=Checkpointer("state", 600)).vectors.matrix
    assert np.array_equal(fit("c.txt", resume="state").vectors.matrix, wanted)
    with pytest.raises(DataError, match="nothing to resume"):
        fit("c.txt", resume="nowhere")


def test_progress_may_be_true_or_false(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.txt").write_bytes(Path("c.txt").read_bytes() + b"caf\xe9\n")
    fit("odd.txt", progress=False)
    assert capsys.readouterr().err == ""
    fit("odd.txt", progress=True)
    assert "dropped 1 token that is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"progress": 3}, "progress= must be true, false or a Progress, not 3"),
        ({"stop": True}, "stop= must be a StopFlag, not True"),
        ({"resume": 3}, "resume= must be a folder of checkpoints or a Snapshot, not 3"),
        (
            {"checkpointer": "state"},
            "not 'state'; give w2vneg.training.checkpoint.Checkpointer(FOLDER, SECONDS)",
        ),
        ({"vocabulary": 3}, "vocabulary= must be"),
        ({"threads": 2}, "threads= is an argument of SkipGram(), not of fit()"),
        ({"colum": "a"}, "fit() has no argument 'colum'; did you mean 'column'?"),
        ({"format": "csv"}, "format= is for files, but the corpus holds sentences; leave it out"),
        ({"bad_rows": "drop"}, "bad_rows= is for files"),
        ({"quotes": False}, "quotes= is for files"),
        ({"lower": True}, "leave out tokenizer=, lower= and nfc=, or give strings"),
    ],
)  # fmt: skip
def test_other_values_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        fit(**options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_text_in_memory_is_prepared() -> None:
    assert fit(["The King", "the Queen"] * 9, lower=True).words == ["the", "king", "queen"]
    composed = fit(["caf\u00e9 b", "cafe\u0301 b"] * 9, nfc=True).words
    assert sorted(composed) == ["b", "caf\u00e9"]


def works_as_the_message_says(path: str, wrong: dict[str, Any], right: dict[str, Any]) -> str:
    """Check that the message names the arguments of the right call; return it."""
    with pytest.raises(W2vnegError) as caught:
        fit(path, **wrong)
    message = str(caught.value)
    for name, value in right.items():
        if name not in wrong:
            spelled = f"{name}={value!r}" if isinstance(value, str) else f"{name}={value}"
            assert spelled in message
    assert fit(path, **right).words
    return message


def test_remedies_of_tables_are_arguments() -> None:
    Path("t.csv").write_text("my text,n\nthe king,1\nthe queen,2\n" * 5)
    works_as_the_message_says("t.csv", {}, {"column": "my text"})
    works_as_the_message_says("t.csv", {}, {"format": "text"})
    Path("t.dat").write_bytes(Path("t.csv").read_bytes())
    works_as_the_message_says("t.dat", {"column": "n"}, {"column": "my text", "format": "csv"})
    Path("q.csv").write_text('a\n"the king\nthe queen\n')
    works_as_the_message_says("q.csv", {"column": "a"}, {"column": "a", "quotes": False})
    Path("r.csv").write_text("a,b\nthe king,1\nthe\nthe king and queen,2\n")
    works_as_the_message_says("r.csv", {"column": "a"}, {"column": "a", "bad_rows": "drop"})
    Path("d.json").write_text("the king and the queen\n" * 5)
    works_as_the_message_says("d.json", {}, {"format": "text"})
    Path("s.jsonl").write_text(
        json.dumps({"s": "a", "i": 3}) + "\n" + json.dumps({"s": "a", "i": 4})
    )
    assert fit("s.jsonl", column="i", group="s").words == ["3", "4"]


@pytest.mark.parametrize(
    ("corpus", "remedy"),
    [
        (lambda: enumerate(SENTENCES), lambda corpus: (sentence for _, sentence in corpus)),
        (lambda: [Path("c.txt"), ["a", "b"]], lambda corpus: [corpus[0]]),
        (lambda: [["a", "b"], Path("c.txt")], lambda corpus: [corpus[0]]),
        (lambda: [SENTENCES, SENTENCES], lambda corpus: [s for part in corpus for s in part]),
    ],
)  # fmt: skip
def test_remedies_of_sentences(corpus: Any, remedy: Any) -> None:
    with pytest.raises(UsageError, match="alone|chain.from_iterable"):
        fit(corpus())
    assert fit(remedy(corpus())).words
