"""The commands that read a corpus take the same options of reading it."""

import json

import pytest
from helpers.commands import call, refused

from w2vneg.comparison.plan import EncodeOptions, EvaluationOptions
from w2vneg.comparison.runs import Task
from w2vneg.corpus.input_options import InputOptions
from w2vneg.samplers import configure

ROWS = [("s1", "a"), ("s2", "x"), ("s1", "b"), ("s2", "y"), ("s1", "x"), ("s3", "a"), ("s3", "b")]
FAST = ("--dim", "4", "--epochs", "1", "--threads", "1", "--seed", "2")


@pytest.fixture
def shop(tmp_path):
    """Return a long table in a folder, beside a text file of its sessions."""
    (tmp_path / "shop.tsv").write_text(
        "session\titem\n" + "".join(f"{session}\t{item}\n" for session, item in ROWS)
    )
    (tmp_path / "shop.txt").write_text("a b x\nx y\na b\n")
    return tmp_path


SESSIONS = ("--column", "item", "--group", "session")


def test_train_writes_the_bytes_of_the_text_file(shop):
    table = call("train", shop / "shop.tsv", *SESSIONS, *FAST)
    assert table.code == 0, table
    assert "--sample 0 --min-count 1" in table.err
    text = call(
        "train", shop / "shop.txt", *FAST, "--sample", "0", "--min-count", "1", "--preset", "word2vec",
        "-o", shop / "text.vec",
    )  # fmt: skip
    assert text.code == 0, text
    assert "--sample 0 " not in text.err
    assert (shop / "shop.vec").read_bytes() == (shop / "text.vec").read_bytes()


def test_options_given_by_hand_win(shop):
    outcome = call("train", shop / "shop.tsv", *SESSIONS, *FAST, "--min-count", "2", "--json")
    assert outcome.code == 0, outcome
    config = json.loads(outcome.out)["config"]
    assert (config["min_count"], config["sample"]) == (2, 0)
    assert "--group the default is --sample 0\n" in outcome.err


def test_vocab_and_graph_read_the_same(shop):
    outcome = call("vocab", shop / "shop.tsv", *SESSIONS, "--json")
    assert json.loads(outcome.out)["top"] == [["a", 2], ["b", 2], ["x", 2], ["y", 1]]
    assert "--group the default is --min-count 1\n" in outcome.err
    assert json.loads(call("vocab", shop / "shop.tsv", *SESSIONS, "--min-count", "2", "--json").out)[
        "words"
    ] == 3  # fmt: skip
    graphs = [
        call("graph", *corpus, "--node", "a", "--json")
        for corpus in (
            (shop / "shop.tsv", *SESSIONS),
            (shop / "shop.txt", "--min-count", "1"),
        )
    ]
    assert graphs[0].code == 0, graphs[0]
    assert graphs[0].out == graphs[1].out


def test_tokenized_text(shop):
    (shop / "raw.txt").write_text('"Hello," he said. hello!\n')
    outcome = call(
        "vocab", shop / "raw.txt", "--tokenizer", "unicode", "--lower", "--min-count", "1", "--json"
    )
    assert json.loads(outcome.out)["top"] == [["hello", 2], ["he", 1], ["said", 1]]


@pytest.mark.parametrize("command", ["train", "vocab", "graph", "compare"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--column"),
        (("--column", "itm"), "did you mean 'item'?"),
        (("--group", "session"), "--column"),
        (("--column", "item", "--format", "cvs"), "'csv'"),
        (("--tokenizer", "unicorn"), "'unicode'"),
    ],
)
def test_mistakes_are_answered_alike(shop, command, options, message, monkeypatch):
    monkeypatch.chdir(shop)  # where compare would write its report
    refused(call(command, shop / "shop.tsv", *options), 2, message)


def test_tables_on_stdin_need_a_format(shop):
    refused(call("vocab", "-", "--column", "item"), 2, "--format csv")
    refused(call("vocab", "-", "--format", "csv"), 2, "--column")


def test_the_processes_of_a_comparison_read_alike():
    reading = InputOptions(column="a", group="b", bad_rows="drop", lower=True)
    task = Task(
        "key", "1", ["x.csv"], EncodeOptions(1, None, None, reading), "w2vneg", configure(), None, [],
        EvaluationOptions([], [], 10), None, "result",
    )  # fmt: skip
    assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task
