"""Files of labels and of links: separators, comments, and what is refused with which remedy."""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import pytest

from w2vneg.errors import W2vnegError
from w2vneg.evaluation import read_labels, read_links


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "f.txt"


@pytest.mark.parametrize(
    ("data", "labels"),
    [
        (b"a x\nb y\n", {"a": ("x",), "b": ("y",)}),
        (b"\xef\xbb\xbfa  x\r\n\r\n b y\r\n", {"a": ("x",), "b": ("y",)}),
        (b"a x\rb y", {"a": ("x",), "b": ("y",)}),
        (b"# a comment\n#\n#tag x\n#b #c\n", {"#tag": ("x",), "#b": ("#c",)}),
        (b"new york\tlarge city\nb\ty, z\n", {"new york": ("large city",), "b": ("y, z",)}),
        (b'a,"x, y"\n"b ""c""",z\n', {"a": ("x, y",), 'b "c"': ("z",)}),
        (b"a x y\nb y\na z\na x\n", {"a": ("x", "y", "z"), "b": ("y",)}),
        (b'"a" x\n', {'"a"': ("x",)}),
        ("caf\u00e9\tx\n\u00a0 \ty\n".encode(), {"caf\u00e9": ("x",)}),
    ],
)
def test_labels_are_read(file: Path, data: bytes, labels: dict[str, tuple[str, ...]]) -> None:
    file.write_bytes(data)
    if b"\xc2\xa0" in data:  # a name of blanks alone is no node
        with pytest.raises(W2vnegError, match="line 2"):
            read_labels(file)
        return
    assert read_labels(file).labels == labels
    assert read_labels(file).name == "f"


def test_links_are_read(file: Path) -> None:
    file.write_text("# FromNodeId\tToNodeId\n1\t2\n2\t3\t0.5\n")
    assert list(read_links(file)) == [("1", "2"), ("2", "3")]
    file.write_text("b a {'weight': 1}\nb,c a\n")
    assert list(read_links(file)) == [("b", "a"), ("b,c", "a")]


def test_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("a b\n" * 9999,))
    writer.start()
    assert sum(1 for _ in read_links(pipe)) == 9999
    writer.join()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "has no labels; write a node and its label on each line"),
        (b"\n# nothing\n", "has no labels"),
        (b"a x\nb\n", "line 2: expected a node and its label"),
        (b"a\tx\n\ty\n", "line 2: expected a node and its label"),
        (b"a,x\nb,\n", "line 2: expected a node and its label"),
        (b'a,x\n"b,y\n', "line 2: a quotation mark is not closed"),
        (b"a x\ncaf\xe9 y\n", "line 2: not UTF-8; convert it: iconv"),
        (b"a " + b"x" * (1 << 20) + b"\n", "line 1: more than a million characters"),
        (gzip.compress(b"a x\n", mtime=0), "is a gzip file; decompress it: gunzip < FILE > NEW"),
        ("a x\n".encode("utf-16"), "looks like UTF-16"),
        (b"PK\x03\x04" + bytes(40), "is a zip archive; give a file of labels"),
        (bytes(range(256)) * 9, "f.txt"),
    ],
)
def test_other_files_are_refused(file: Path, data: bytes, message: str) -> None:
    file.write_bytes(data)
    with pytest.raises(W2vnegError) as caught:
        read_labels(file)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"), [("", "has no links"), ("a b\nc\n", "line 2: expected two nodes")]
)
def test_other_links_are_refused(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(W2vnegError, match=message):
        list(read_links(file))


def test_places_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(W2vnegError, match="is a folder; give a list of links"):
        list(read_links(tmp_path))
    with pytest.raises(W2vnegError, match="no such file"):
        read_labels(tmp_path / "none")
    with pytest.raises(W2vnegError, match="binary|zero|NUL|not text"):
        list(read_links("/dev/zero"))


def test_numbers_of_nodes_are_no_vectors_and_no_vocabulary(file: Path) -> None:
    file.write_text("3 1\n0 2\n1 1\n2 2\n")
    assert len(read_labels(file).labels) == 4
    file.write_text("a\t9\nb\t8\nc\t7\n")
    assert read_labels(file).labels["b"] == ("8",)
