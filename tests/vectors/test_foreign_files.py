"""Kinds of files that are recognized but not read: the message names the kind and a remedy.

Wherever a remedy can be carried out here, its test does so on the same file and then reads it.
"""

import bz2
import gzip
import io
import json
import lzma
import pickle
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zstandard
from helpers.commands import call, refused
from helpers.vector_files import TEXT, WHOLE, WORDS, read

from w2vneg.errors import DataError, UsageError
from w2vneg.vectors import load_vectors

NAMES = ["v", "v.vec", "v.bin", "v.txt"]


def refusal(path: Path, data: bytes) -> str:
    """Write a file and return the message with which it is refused."""
    path.write_bytes(data)
    outcome = call("neighbors", path, "the")
    refused(outcome, 1, path)
    with pytest.raises(DataError) as caught:
        load_vectors(path)
    assert outcome.err == f"w2vneg: {caught.value}\n"
    return str(caught.value)


def zipped(*members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for member in members:
            archive.writestr(member, TEXT)
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("v.vec")
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT))
    return file.getvalue()


def saved(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


TENSORS = json.dumps({"embedding": {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]}})
KINDS = {
    # fastText issues 171 and 413, Kyubyong/wordvectors issue 14
    "fastText model": struct.pack("<ii", 793712314, 12) + bytes(60),
    "fastText or floret": struct.pack("<ii", 793712314, 1) + bytes(60),
    "finalfusion": b"FiFu" + struct.pack("<III", 0, 2, 0) + bytes(60),
    "floret table": b"4 2 4 5 2 2166136261 < >\n0 0.5 0.25\n1 0.5 0.25\n",
    "safetensors": struct.pack("<Q", len(TENSORS)) + TENSORS.encode() + bytes(24),
    "NumPy array": saved(np.ones((3, 2))),
    "npz": zipped("a.npy"),
    "GGUF": b"GGUF\x03\0\0\0" + bytes(40),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(40),
    "SQLite": b"SQLite format 3\0" + bytes(80),
    "Arrow": b"ARROW1\0\0" + bytes(40),
    "7-Zip": b"7z\xbc\xaf\x27\x1c\0\4" + bytes(40),
    "RAR": b"Rar!\x1a\x07\x01\0" + bytes(40),
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
    "web page": b"<!DOCTYPE html>\n<html><body>404 not found 1 2 3</body></html>\n",
}


def test_a_damaged_parquet_table_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is an optional library")
    data = b"PAR1\x15\x04" + bytes(40)
    assert "looks like a damaged Parquet file" in refusal(tmp_path / "v", data)


def test_parquet_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "v").write_bytes(b"PAR1\x15\x04" + bytes(40))
    # Before a training, not after it.
    (tmp_path / "c.txt").write_text("a b c\n" * 9)
    outcome = call("train", tmp_path / "c.txt", "-o", tmp_path / "v.parquet", "--min-count", 1)
    refused(outcome, 2, "writing Parquet takes pyarrow; install it: pip install 'w2vneg[tables]'")
    with pytest.raises(
        UsageError, match=r"takes pyarrow; install it: pip install 'w2vneg\[tables\]'"
    ):
        load_vectors(tmp_path / "v")


JSON = ['{"king": [0.5, 1]}', '[{"word": "king"}]', "[[0.5, 1]]", '\n {\n "a": 1}', "{}", '["a"]']


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_names_the_kind_of_a_file(tmp_path: Path, kind: str, name: str) -> None:
    word = kind.removesuffix(" model")
    assert "looks like a" in refusal(tmp_path / name, KINDS[kind])
    assert word in refusal(tmp_path / name, KINDS[kind])
    assert word in refusal(tmp_path / name, gzip.compress(KINDS[kind]))


@pytest.mark.parametrize("text", JSON)
def test_names_json(tmp_path: Path, text: str) -> None:
    assert "looks like JSON" in refusal(tmp_path / "v.vec", text.encode())
    assert "looks like JSON" in refusal(tmp_path / "v", text.encode())


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [[1], {"a": 1}, [], np.ones(2), (1, 2), Path("x")])
def test_names_pickles_of_every_protocol(tmp_path: Path, protocol: int, value: object) -> None:
    message = refusal(tmp_path / "v.bin", pickle.dumps(value, protocol))
    assert "pickle" in message or (protocol < 2 and isinstance(value, tuple))


def test_pickled_vectors_and_their_remedy(tmp_path: Path) -> None:
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(2)
    vectors.add_vectors(WORDS, np.frombuffer(b"".join(WHOLE[1]), np.float32).reshape(3, 2))
    vectors.save(str(tmp_path / "v.kv"))
    message = refusal(tmp_path / "v.kv", (tmp_path / "v.kv").read_bytes())
    assert "pickle" in message
    assert "save_word2vec_format" in message
    KeyedVectors.load(str(tmp_path / "v.kv")).save_word2vec_format(str(tmp_path / "w.vec"))
    assert load_vectors(tmp_path / "w.vec").words == WORDS


REMEDIES: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "gunzip": (gzip.compress(gzip.compress(TEXT)), gzip.decompress),
    "bunzip2": (bz2.compress(TEXT), bz2.decompress),
    "unxz": (lzma.compress(TEXT), lzma.decompress),
    "unzstd": (zstandard.compress(TEXT), zstandard.decompress),
    "zip or .npz archive: unpack it": (
        zipped("v.vec"),
        lambda data: zipfile.ZipFile(io.BytesIO(data)).read("v.vec"),
    ),
    "tar archive: unpack it": (
        tarred(),
        lambda data: tarfile.open(fileobj=io.BytesIO(data)).extractfile("v.vec").read(),  # type: ignore[union-attr]
    ),
    "byte order mark: remove its first 3 bytes": (b"\xef\xbb\xbf" + TEXT, lambda data: data[3:]),
    "iconv -f UTF-16 -t UTF-8": (
        TEXT.decode().encode("utf-16"),
        lambda data: data.decode("utf-16").encode(),
    ),
}


@pytest.mark.parametrize("remedy", REMEDIES)
@pytest.mark.parametrize("name", NAMES)
def test_remedy_gives_a_file_that_is_read(tmp_path: Path, remedy: str, name: str) -> None:
    data, carry_out = REMEDIES[remedy]
    assert remedy in refusal(tmp_path / name, data)
    assert read(tmp_path / name, carry_out(data)) == WHOLE


def shell(message: str, pattern: str, path: Path, target: Path) -> None:
    """Run the command of a message that matches `pattern`, with the names of the files put in."""
    command = re.search(pattern, message)
    assert command, message
    text = (
        command[0].replace("FILE", shlex.quote(str(path))).replace("NEW", shlex.quote(str(target)))
    )
    subprocess.run(text, shell=True, check=True)


@pytest.mark.skipif(not shutil.which("iconv"), reason="needs iconv")
def test_commands_of_remedies_work(tmp_path: Path) -> None:
    path, target = tmp_path / "v.vec", tmp_path / "w.vec"
    shell(refusal(path, TEXT.decode().encode("utf-16")), r"iconv .* NEW", path, target)
    assert load_vectors(target).words == WORDS
    shell(refusal(path, b"\xef\xbb\xbf" + TEXT), r"tail .* NEW", path, target)
    assert load_vectors(target).words == WORDS


GLOVE = {
    "plain": ("the 0.5 1e-05 -2\n, 0 1 2\n. . . 1 2 3\n", ["the", ",", ". . ."]),
    "spaces first": (". . . 0.5 1 2\nnew york 1 2 3\n", [". . .", "new york"]),
    "numbers as words": ("the 0.5 1.5\n1 0.5 1.5\n2 1 1\n", ["the", "1", "2"]),
    "long rows": ("a" + " 0.125" * 3000 + "\nb" + " 1" * 3000 + "\n", ["a", "b"]),
    "no last newline": ("the 0.5 1\nb 1 2", ["the", "b"]),
    "blank lines": ("the 0.5 1\nb 1 2\n\n\n", ["the", "b"]),
    "tabs": ("the\t0.5\t1\nb\t1\t2\n", ["the", "b"]),
    "CR LF": ("the 0.5 1\r\nb 1 2\r\n", ["the", "b"]),
    "many": ("".join(f"w{i} {i} 0.5\n" for i in range(5000)), [f"w{i}" for i in range(5000)]),
}


@pytest.mark.parametrize("case", GLOVE)
def test_glove_text_is_read(tmp_path: Path, case: str) -> None:
    # word2vec-api issue 6, dkpro-core issue 816, conceptnet-numberbatch issue 36
    text, words = GLOVE[case]
    for name in NAMES:
        found, rows = read(tmp_path / name, text.encode())
        assert found == words
        assert read(tmp_path / name, gzip.compress(text.encode())) == (found, rows)
        dim = len(rows[0]) // 4
        assert read(tmp_path / name, f"{len(words)} {dim}\n{text}".encode()) == (found, rows)
        assert load_vectors(tmp_path / name, limit=1).words == words[:1]


@pytest.mark.parametrize(
    "text",
    [
        "3 2 2\nthe 0.5 1\n",
        "the cat\nsat on\n",
        "the 1\ncat 2\n",
        "a 1 2\nb c d\n",
        "x\n",
        "-3 2\na 1 2\n",
    ],
)
def test_other_text_is_not_taken_for_glove(tmp_path: Path, text: str) -> None:
    for name in NAMES:
        assert refusal(tmp_path / name, text.encode())


@pytest.mark.parametrize("word", ["[", "{", "<html", "PAR1", "FiFu", "{}", "c", "(", "BZ"])
def test_words_do_not_make_another_kind(tmp_path: Path, word: str) -> None:
    assert read(tmp_path / "v.vec", f"2 2\n{word} 0.5 1\nb 1 2\n".encode())[0] == [word, "b"]
    assert read(tmp_path / "v.vec", f"{word} 0.5 1\nb 1 2\n".encode())[0] == [word, "b"]


@pytest.mark.parametrize("word", ["-5", "-", "--", "-x", "-nice", "--foo", "-0.5", "---", "-n"])
def test_hint_for_words_that_begin_with_a_hyphen(tmp_path: Path, word: str) -> None:
    path = tmp_path / "v.vec"
    path.write_text(f"3 2\na 1 2\n{word} 1 0\nb 0 1\n")
    for command, more in (("neighbors", []), ("analogy", ["a", "b"])):
        plain = call(command, path, word, *more)
        if word not in ("-", "--", "-n"):
            refused(plain, 2, f"-- {word}")
        assert call(command, path, "--", word, *more).code == 0
    assert "did you mean '--json'?" in call("neighbors", path, "--jsn").err
