"""Files that are no text: what w2vneg wrote is left out of folders, other kinds are named."""

import json
import pickle
import re
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, compiled_only, refused

from w2vneg.corpus.file_kinds import METADATA, VECTORS, VOCABULARY, recognize_kind

SENTENCE = "the king and the queen of the city love the big river\n"
TINY = ("--min-count", 1, "--dim", 3, "--threads", 1, "--epochs", 1, "--no-cache")

#: First bytes, name and remedy.
KINDS = {
    "fastText": (struct.pack("<ii", 793712314, 12) + bytes(60), "fastText", "trained on"),
    "finalfusion": (b"FiFu" + bytes(60), "finalfusion", "trained on"),
    "GGUF": (b"GGUF\3\0\0\0" + bytes(40), "GGUF", "UTF-8 text"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(40), "HDF5", "export"),
    "SQLite": (b"SQLite format 3\0" + bytes(40), "SQLite", "export"),
    "Parquet": (b"PAR1\x15\x04" + bytes(40), "Parquet", "export"),
    "Arrow": (b"ARROW1\0\0" + bytes(40), "Arrow", "export"),
    "pickle": (pickle.dumps({"a": 1}), "pickle", "UTF-8 text"),
    "old Word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "office document", "plain text"),
    "RTF": (b"{\\rtf1\\ansi hello}\n", "RTF", "plain text"),
    "PDF": (b"%PDF-1.7\n", "PDF", "pdftotext"),
    "web page": (b"<!DOCTYPE html>\n<html>404", "web page", "download the file again"),
    "XML": (b"<?xml version='1.0'?>\n<TEI>", "XML", "export its text"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip", "unpack"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_files_are_named(tmp_path: Path, kind: str) -> None:
    data, name, remedy = KINDS[kind]
    path = tmp_path / "c.txt"
    path.write_bytes(data)
    refused(call("vocab", path), 1, path, name, "not text", remedy)
    refused(call("vocab", tmp_path), 1, path)  # nor is it left out in silence


@pytest.mark.parametrize(
    "text",
    [
        "cat\nthe\n", "GGUF is a format\n", "PAR1 and PAR2\n", "<s> the king </s>\n", "(dp1\n",
        "07070 is a number\n", "the 1 2\nof 3 4\n", "2 2 is four\n", "{a} b\n", "word\tone\n",
        "1 1\n", "3 2\nmen in a boat\n", "version 2\n", "<mediawiki/> is a tag\n<p>\n"[13:],
    ],
)  # fmt: skip
def test_text_is_not_taken_for_another_kind(text: str) -> None:
    assert recognize_kind(text.encode()) is None


DUMP = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/">\n<page><title>A</title><ns>0</ns>'
    "<revision><text>The king and the queen of the city love the big river very much.</text>"
    "</revision></page>\n</mediawiki>\n"
)


@compiled_only
def test_mediawiki_dump_and_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "wiki.xml"
    path.write_text(DUMP)
    outcome = call("vocab", path)
    refused(outcome, 1, "a MediaWiki dump")
    command = re.search(r"w2vneg (corpus clean \S+ -o NEW\.txt)", outcome.err)
    assert command
    new = tmp_path / "new.txt"
    assert call(*command[1].replace("NEW.txt", str(new)).split()).code == 0
    assert "queen" in call("vocab", new, "--min-count", 1).out


def test_forms_of_own_outputs_are_recognized() -> None:
    assert recognize_kind(b"king\t5\n") is VOCABULARY
    assert recognize_kind(b"king\t5\nqueen\t3\n") is VOCABULARY
    assert recognize_kind(b'{"tool": "w2vneg 1.0", "words": 3}\n') is METADATA
    assert recognize_kind(b"1 1\nking 0.5\n") is VECTORS
    assert recognize_kind(b"2 2\nking\t0.5\t1\nqueen\t1\t2\n") is VECTORS
    numbers = np.array([0.5, -1], "<f4").tobytes()
    assert recognize_kind(b"1 2\nking " + numbers + b"\n") is VECTORS


@compiled_only
def test_json_of_every_command_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    folder.mkdir()
    (folder / "c.txt").write_text(SENTENCE * 30)
    vectors, text = folder / "v.vec", folder / "c.txt"
    (tmp_path / "q.txt").write_text("king queen the city\n")
    (tmp_path / "s.txt").write_text("king queen 1\nthe city 2\nriver king 3\n")
    calls = {
        "train": ("train", text, "-o", vectors, *TINY),
        "vocab": ("vocab", text, "--min-count", 1),
        "graph": ("graph", text, "--min-count", 1),
        "neighbors": ("neighbors", vectors, "king"),
        "analogy": ("analogy", vectors, "king", "queen", "the"),
        "eval": ("eval", vectors, "--analogies", tmp_path / "q.txt"),
        "samplers": ("samplers",),
        "one sampler": ("samplers", "gneg"),
        "corpora": ("corpus", "list"),
    }
    for name, arguments in calls.items():
        outcome = call(*arguments, "--json")
        assert outcome.code == 0, outcome.err
        path = folder / f"{name}.json"
        path.write_text(outcome.out)
        refused(call("vocab", path), 1, "JSON output of w2vneg, not text")
    told = json.loads(call("vocab", folder, "--min-count", 1, "--json").out)
    assert told["tokens_read"] == 30 * len(SENTENCE.split())
    assert f"{len(calls) + 2} files" in told["left_out"][0]


@compiled_only
@pytest.mark.parametrize(
    ("command", "option", "output"),
    [
        ("train", "-o", "x.vec"), ("train", "-o", "deep/x.bin"), ("train", "--save-vocab", "w.tsv"),
        ("train", "-o", "x.npy"), ("train", "-o", "x.w2v"),
        ("train", "-o", "x.itememb"),
        ("train", "--checkpoint", "state"), ("vocab", "-o", "w.txt"), ("graph", "-o", "g.npz"),
    ],
)  # fmt: skip
def test_output_inside_the_corpus_folder_is_announced(
    tmp_path: Path, command: str, option: str, output: str
) -> None:
    folder = tmp_path / "c"
    (folder / "deep").mkdir(parents=True)
    (folder / "c.txt").write_text(SENTENCE * 30)
    more = TINY if command == "train" else ("--min-count", 1)
    target = folder / output
    outcome = call(command, folder, option, target, *more)
    assert outcome.code == 0, outcome.err
    assert f"{target}: inside the corpus folder {folder}" in outcome.err.splitlines()[0]
    told = json.loads(call("vocab", folder, "--min-count", 1, "--json").out)
    assert told["tokens_read"] == 30 * len(SENTENCE.split())
    # No note for an output next to the folder.
    beside = call(command, folder, option, tmp_path / Path(output).name, *more)
    assert "inside the corpus folder" not in beside.err


@compiled_only
@pytest.mark.skipif(not shutil.which("iconv"), reason="needs iconv")
@pytest.mark.parametrize("codec", ["iso-8859-1", "shift_jis", "cp1251"])
def test_conversion_that_messages_name_works(tmp_path: Path, codec: str) -> None:
    words = {"iso-8859-1": "café déjà", "shift_jis": "日本 語文", "cp1251": "король город"}[codec]
    path, new = tmp_path / "c.txt", tmp_path / "new.txt"
    path.write_bytes(f"{words} here\n".encode(codec) * 9)
    outcome = call("vocab", path, "--encoding-errors", "strict")
    command = re.search(r"iconv .* > NEW", outcome.err)
    assert command
    text = command[0].replace("ENCODING", codec).replace("FILE", str(path)).replace("NEW", str(new))
    subprocess.run(text, shell=True, check=True)
    outcome = call("vocab", new, "--encoding-errors", "strict", "--json")
    assert words.split()[0] in outcome.out


@compiled_only
@pytest.mark.skipif(not shutil.which("iconv"), reason="needs iconv")
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_command_that_converts_to_utf8_works(tmp_path: Path, codec: str) -> None:
    path, new = tmp_path / "c.txt", tmp_path / "new.txt"
    path.write_bytes(("words of another encoding\n" * 9).encode(codec))
    found = re.search(r"iconv .* NEW", call("vocab", path).err)
    assert found
    command = found[0].replace("FILE", str(path)).replace("NEW", str(new))
    subprocess.run(command, shell=True, check=True)
    assert "another" in call("vocab", new, "--min-count", 9).out
