"""Options of other tools are answered with ours, in the spelling of whoever asks."""

import inspect

import pytest
from helpers.commands import call, refused

from w2vneg import SkipGram
from w2vneg.config import flag
from w2vneg.errors import UsageError
from w2vneg.samplers import all_options, foreign_hint
from w2vneg.samplers.foreign_names import FOREIGN

pytestmark = pytest.mark.once  # no compiled code


def test_the_table_leads_to_options_that_exist():
    options = all_options()
    for name, foreign in FOREIGN.items():
        assert name not in options
        assert foreign.ours in options or (not foreign.ours and foreign.note), name


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        (("-size", 100), "--dim"),
        (("--vector_size", 100), "--dim"),
        (("--vector-size=100",), "--dim"),
        (("-minCount", 1), "--min-count"),
        (("-negative", 5), "--negatives"),
        (("-iter", 5), "--epochs"),
        (("--workers", 4), "--threads"),
        (("-thread", 4), "--threads"),
        (("-ws", 5), "--window"),
        (("-t", 1e-4), "--sample"),
        (("-binary", 1), "-o FILE.bin"),
        (("--sg", 1), "leave it out"),
        (("-cbow", 0), "leave it out"),
        (("-hs", 0), "leave it out"),
        (("-alpha", 0.05), "--lr"),
        (("--alpha", 0.75), "--ns-exponent"),
        (("-read-vocab", "f"), "--vocab FILE"),
    ],
)
def test_train_answers_with_our_option(tmp_path, given, ours):
    text = tmp_path / "c.txt"
    text.write_text("a b c\n" * 20)
    refused(call("train", text, *given), 2, str(given[0]).partition("=")[0], ours)
    assert [path.name for path in tmp_path.iterdir()] == ["c.txt"]


def test_our_own_options_are_never_taken_for_foreign(tmp_path):
    for option in all_options().values():
        assert foreign_hint(option.flag, flags=True) is None, option.name


def test_python_is_answered_with_python_names():
    for name, ours in (("vector_size", "dim"), ("workers", "threads"), ("sg", "skip-gram")):
        with pytest.raises(UsageError, match=f"{name} of .*{ours}") as caught:
            SkipGram(**{name: 1})
        assert "--" not in str(caught.value)


def test_options_of_gensims_word2vec_are_all_answered():
    from gensim.models import Word2Vec

    options = all_options()
    unanswered = {
        name
        for name in inspect.signature(Word2Vec.__init__).parameters
        if name not in options and foreign_hint(name, flags=True) is None
    }
    # Hooks into gensim's own machinery.
    assert unanswered <= {
        "self", "trim_rule", "hashfxn", "batch_words", "callbacks", "comment", "null_word",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("command", "ours"),
    [("skipgram", "train"), ("most_similar", "neighbors"), ("nn", "neighbors"),
     ("compute-accuracy", "eval"), ("word-analogy", "analogy"), ("vocab_count", "vocab")],
)  # fmt: skip
def test_commands_of_other_tools_are_answered(command, ours):
    refused(call(command, "x"), 2, f"no command '{command}'", f"w2vneg {ours}")


def test_compare_answers_in_its_settings(tmp_path):
    text = tmp_path / "c.txt"
    text.write_text("a b c\n" * 20)
    refused(call("compare", text, "--set", "vector_size=5"), 2, "--set", "--dim here")
    assert flag("dim") == "--dim"
