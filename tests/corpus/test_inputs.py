"""What a corpus consists of: names of any kind, files that are not what they are named, idle options."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from helpers.commands import call, compiled_only, refused

from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.inputs import list_inputs
from w2vneg.errors import UsageError

pytestmark = compiled_only

SENTENCE = "the king and the queen of the city love the big river\n"
TINY = ("--min-count", 1, "--dim", 3, "--threads", 1, "--epochs", 1)
#: Names of files that a shell would take apart.
ODD_NAMES = ["with blank", "it's", 'say "hi"', "$HOME", "a;b", "-x", "*"]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def as_told(outcome, start):
    """Return the command that a message names, as the arguments that a shell makes of it."""
    return shlex.split(re.search(rf"{start} .*?(?=$|; |, and )", outcome.err, re.M)[0])


@pytest.mark.parametrize("name", ODD_NAMES)
def test_commands_of_messages_have_names_quoted(name):
    Path("./" + name + ".txt").write_text(SENTENCE * 9)
    corpus, vectors = f"./{name}.txt", f"./{name}.vec"
    outputs = ("-o", vectors, "--save-vocab", f"./{name}.tsv")
    assert call("train", corpus, *outputs, *TINY).code == 0
    words = as_told(call("vocab", vectors), "w2vneg neighbors")
    assert words == ["w2vneg", "neighbors", vectors, "WORD"]
    assert call(*words[1:3], "king").code == 0
    words = as_told(call("vocab", f"./{name}.tsv"), "w2vneg train")
    assert call("train", corpus, *words[3:], *TINY).code == 0
    Path(f"./{name}.csv").write_text("n,my text\n1,the king\n2,the queen\n")
    words = as_told(call("vocab", f"./{name}.csv"), "--column")
    assert words == ["--column", "my text"]
    assert call("vocab", f"./{name}.csv", *words, "--min-count", 1).code == 0


def test_file_whose_name_begins_with_a_hyphen():
    Path("-x.txt").write_text(SENTENCE * 9)
    refused(call("vocab", "-x.txt"), 2, "for the file of that name write ./-x.txt")
    assert call("vocab", "./-x.txt").code == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.json", SENTENCE * 9),
        ("d.jsonl", "[" + SENTENCE * 9),
        ("d.csv", 'the "king and the queen\n' * 9),
        ("d.tsv", '"the king and the queen\n' * 9),
        ("d.csv", SENTENCE * 9),
    ],
)
def test_text_that_is_named_like_a_table(name, text):
    Path(name).write_text(text)
    outcome = call("vocab", name)
    refused(outcome, outcome.code, name)
    if "jq " not in outcome.err:  # what begins like a JSON array is taken for one
        assert "; to read it as plain text: --format text" in outcome.err
    assert call("vocab", name, "--format", "text", "--min-count", 1).code == 0


@pytest.mark.parametrize("program", ["gunzip", "bunzip2", "unxz", "unzstd"])
def test_compressed_table_is_decompressed_as_the_message_says(program):
    import bz2
    import gzip
    import lzma
    import shutil

    import zstandard

    if not shutil.which(program):
        pytest.skip(f"needs {program}")
    pack = {
        "gunzip": gzip.compress, "bunzip2": bz2.compress, "unxz": lzma.compress,
        "unzstd": zstandard.compress,
    }[program]  # fmt: skip
    Path("t.parquet").write_bytes(pack(b"PAR1" + bytes(50)))
    outcome = call("vocab", "t.parquet", "--column", "text")
    refused(outcome, 1, "t.parquet is compressed as a whole")
    command = re.search(rf"{program} < FILE > NEW", outcome.err)[0]
    command = command.replace("FILE", "t.parquet").replace("NEW", "new.parquet")
    subprocess.run(command, shell=True, check=True)
    assert Path("new.parquet").read_bytes() == b"PAR1" + bytes(50)


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        ({"bad_rows": "drop"}, "bad_rows="), ({"header": False}, "header="),
        ({"quotes": False}, "quotes="),
    ],
)  # fmt: skip
def test_options_of_tables_without_a_table(options, flag):
    Path("c.txt").write_text(SENTENCE)
    with pytest.raises(UsageError, match=f"{flag} has no effect: no table is read; leave it out"):
        list_inputs(["c.txt"], InputOptions(**options))
    Path("t.jsonl").write_text('{"text": "a b"}\n')
    reading = InputOptions(column="text", **options)
    if flag == "bad_rows=":
        assert list_inputs(["t.jsonl"], reading)[0]
    else:
        with pytest.raises(UsageError, match="no table is CSV or TSV"):
            list_inputs(["t.jsonl"], reading)
    Path("t.csv").write_text("text,n\na b,1\n")
    assert list_inputs(["t.jsonl", "t.csv"], reading)[0]


@pytest.mark.parametrize("command", ["vocab", "graph", "phrases", "train", "compare", "tune"])
@pytest.mark.parametrize("name", ["two words", "two\nlines", "many words of a text"])
def test_arguments_of_the_command_line_are_paths(command, name):
    refused(call(command, "missing", name), 2, "no such file: ", "missing; check the path")


def test_a_first_row_that_is_no_header():
    rows = [f"{'long ' * 20}row {n},{SENTENCE.strip()}" for n in range(9)]
    Path("t.csv").write_text("\n".join(rows) + "\n")
    remedy = "its first row seems to be no header: --no-header --column 1; to read it as plain text"
    refused(call("vocab", "t.csv"), 2, "'long long", "...', ", remedy)
    outcome = call("vocab", "t.csv", "--no-header", "--column", "2", "--json")
    assert json.loads(outcome.out)["tokens_read"] == 9 * len(SENTENCE.split())


def test_flags_of_tables_without_a_table():
    Path("c.txt").write_text(SENTENCE * 9)
    for flags in (["--no-header"], ["--no-quotes"], ["--bad-rows", "drop"]):
        refused(call("vocab", "c.txt", *flags), 2, f"{flags[0]} has no effect", "leave it out")
    assert call("vocab", "c.txt").code == 0


@pytest.mark.parametrize("command", ["vocab", "neighbors", "eval"])
def test_tables_that_were_printed_are_no_text(command):
    Path("c.txt").write_text(SENTENCE * 9)
    assert call("train", "c.txt", "-o", "v.vec", *TINY).code == 0
    Path("s.tsv").write_text("king\tqueen\t1\ncity\triver\t2\nking\tcity\t3\n")
    printed = {
        "vocab": ["vocab", "c.txt"],
        "neighbors": ["neighbors", "v.vec", "king"],
        "eval": ["eval", "v.vec", "--similarity", "s.tsv", "--bootstrap", 5],
    }[command]
    Path("out.txt").write_text(call(*printed).out)
    what = "out.txt is a table printed by w2vneg, not"
    refused(call("vocab", "out.txt"), 1, what, "give the text that it describes")
    refused(call("eval", "v.vec", "--similarity", "out.txt"), 1, what)
    refused(call("train", "c.txt", *TINY, "--vocab", "out.txt"), 1, what, "w2vneg vocab CORPUS")
    Path("folder").mkdir()
    Path("folder/out.txt").write_text(call(*printed).out)
    Path("folder/c.txt").write_text(SENTENCE * 9)
    outcome = call("vocab", "folder")
    assert outcome.code == 0
    assert "1 file of word vectors or other output of w2vneg" in outcome.err


def test_own_outputs_are_no_test_sets_and_no_dumps():
    Path("c.txt").write_text(SENTENCE * 9)
    assert call("train", "c.txt", "-o", "v.vec", *TINY).code == 0
    for option in ("--analogies", "--similarity"):
        refused(call("eval", "v.vec", option, "v.vec"), 1, "v.vec is a file of word vectors, not a")
        refused(call("eval", "v.vec", option, "v.vec.json"), 1, "JSON output of w2vneg, not a")
    refused(call("corpus", "clean", "v.vec", "-o", "x.txt"), 1, "not a MediaWiki dump; give one")
    assert not Path("x.txt").exists()


def test_exported_vectors_are_left_out_of_a_folder():
    Path("f").mkdir()
    Path("f/c.txt").write_text(SENTENCE * 9)
    assert call("train", "f/c.txt", "-o", "f/v.vec", *TINY).code == 0
    for name in (
        "a.npy",
        "b.safetensors",
        "c.glove.txt",
        "c2.glove.txt.gz",
        "d.fifu",
        "e.itememb",
        "g.tsv",
        "h.w2v",
    ):
        outcome = call("convert", "f/v.vec", f"f/{name}")
        assert outcome.code == 0, outcome.err
    assert call("convert", "f/v.vec", "f/ft.bin", "--to", "fasttext").code == 0
    outcome = call("vocab", "f", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["tokens_read"] == 9 * len(SENTENCE.split())
    assert "2 files of vectors for TensorBoard (f/g.metadata.tsv, f/g.tsv)" in outcome.err
    refused(call("vocab", "f/c.glove.txt"), 1, "f/c.glove.txt is a file of word vectors")


def test_unfinished_downloads_are_no_text():
    """Those of earlier versions, with a file that says where they came from."""
    Path("data.bin.part").write_bytes(bytes(range(256)))
    Path("data.bin.part.json").write_text("{}")
    Path("a.txt").write_text("a b a b a b\n" * 9)
    found = json.loads(call("vocab", ".", "--json").out)
    assert found["words"] == 2
    (note,) = found["left_out"]
    assert note == (
        "left out of .: 2 files of unfinished downloads (./data.bin.part, ./data.bin.part.json)"
    )
    Path("data.bin.part.json").unlink()
    refused(call("vocab", "."), 1, "./data.bin.part is a binary file")
