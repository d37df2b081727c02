"""Which files make a corpus, and what their first bytes show."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import zstandard

from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES, detect_format
from w2vneg.corpus.file_identity import check_unchanged
from w2vneg.corpus.file_kinds import NotText, recognize_kind
from w2vneg.corpus.sources import find_sources, holds_file, list_sources
from w2vneg.corpus.text_bytes import SEPARATOR_CLASS, WHITE_SPACE, check_text, is_separator
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError, UsageError
from w2vneg.system.npz import write_archive
from w2vneg.vectors.write import write_manifest, write_vectors


class TestDetectFormat:
    @pytest.mark.parametrize("content", [b"", b"text " * 100])
    def test_compressed(self, content: bytes) -> None:
        assert detect_format(gzip.compress(content)) == "gzip"
        assert detect_format(bz2.compress(content)) == "bzip2"
        assert detect_format(lzma.compress(content)) == "xz"
        assert detect_format(zstandard.ZstdCompressor().compress(content)) == "zstd"
        assert detect_format(content) == "plain"

    @pytest.mark.parametrize("text", [b"BZh9 is how bzip2 files begin", b"PK", b"(\xb5", b"P*M"])
    def test_similar_text_is_plain(self, text: bytes) -> None:
        assert detect_format(text) == "plain"

    def test_suffix_must_match_the_format(self, tmp_path: Path) -> None:
        for suffix in (*COMPRESSED_SUFFIXES, ".GZ"):
            path = tmp_path / f"c{suffix}"
            path.write_bytes(b"plain text")
            with pytest.raises(DataError, match="named like"):
                find_sources([path])


class TestCheckText:
    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"a",
            b"one NUL \0 is no reason" * 1,
            b"nor are \x1b[31mcolors\x1b[0m in a log " * 3,
            "Кириллица в KOI8-R".encode("koi8-r") * 9,
            "日本語".encode("shift-jis") * 99,
            bytes(range(9, 14)) * 99,
        ],
    )
    def test_text(self, text: bytes) -> None:
        check_text(text, "f")

    @pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize("text", ["some words\n" * 30, "größer", "日本語 と words " * 9])
    def test_utf16(self, codec: str, text: str) -> None:
        if codec != "utf-16" and text.startswith("日"):
            text = "and words " + text
        with pytest.raises(DataError, match="UTF-16"):
            check_text(text.encode(codec), "f")

    def test_binary(self) -> None:
        png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\6\0\0\0\\r\xa8f" + bytes(20)
        for content in (png, bytes(range(256)) * 4, b"\x93NUMPY\x01\0" + bytes(500)):
            with pytest.raises(DataError, match="binary"):
                check_text(content, "f")


class TestFindSources:
    def test_folder_is_ordered_by_path(self, tmp_path: Path) -> None:
        for name in ("b.txt", "a/z.txt", "a/b/c.txt", "a.txt", "é.txt", ".hidden", ".git/config"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"text")
        paths = [os.path.relpath(source.path, tmp_path) for source in find_sources([tmp_path])]
        assert paths == ["a.txt", "a/b/c.txt", "a/z.txt", "b.txt", "é.txt"]

    def test_single_path_is_accepted(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"text")
        assert find_sources(str(path)) == find_sources([path]) == find_sources(path)

    def test_binary_file_in_a_folder_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "text").write_bytes(b"text")
        (tmp_path / "image").write_bytes(bytes(range(32)) * 99)
        with pytest.raises(DataError, match="image is a binary file"):
            find_sources([tmp_path])

    def test_changed_file_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"text")
        (source,) = find_sources([path])
        check_unchanged(source.path, source.identity)
        path.write_bytes(b"text and more")
        with pytest.raises(DataError, match="changed while reading"):
            check_unchanged(source.path, source.identity)


class TestSeparators:
    def test_forms_of_the_separators_agree(self) -> None:
        pattern = re.compile(f"[{SEPARATOR_CLASS}]".encode())
        for byte in range(256):
            assert is_separator(byte) == bool(pattern.match(bytes([byte]))) == (byte <= 0x20)

    def test_white_space_is_that_of_c(self) -> None:
        assert sorted(WHITE_SPACE) == [byte for byte in range(256) if bytes([byte]).isspace()]
        assert all(is_separator(byte) for byte in WHITE_SPACE)


def write_outputs(folder: Path) -> list[str]:
    """Write one of each kind of file that w2vneg writes; return their names."""
    words = [f"w{i}" for i in range(40)]
    for dim in (2, 20, 300, 1500):
        matrix = np.random.default_rng(0).normal(size=(40, dim)).astype(np.float32)
        for suffix in (".vec", ".bin", ".vec.gz", ".txt"):
            write_vectors(folder / f"{dim}{suffix}", words, matrix)
    write_manifest(folder / "a.vec.json", {"tool": "w2vneg 1.0", "config": {}})
    Vocabulary.from_counts({"a": 3, "b": 3, "c": 1}).save(folder / "words.tsv")
    (folder / "state").mkdir()
    numbers = np.arange(3)
    write_archive(folder / "state" / "checkpoint-000001.npz", {"manifest": numbers})
    write_archive(folder / "graph.npz", {"format": numbers, "ids": numbers})
    (folder / "index.html").write_text("<!doctype html>\n<title>w2vneg compare</title>\n<p>text")
    (folder / "out.json").write_text('{"output": "a.vec", "tool": "w2vneg 1.0", "config": {}}')
    (folder / "run.json").write_text(f'{{"key": "{"0" * 64}", "training": {{}}}}')
    columns = "arm,seed,seconds,prepare_seconds,tokens,peak_memory,loss,test"
    (folder / "results.csv").write_text(columns + "\na,1,2,3,4,5,6,7\n")
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted((os.path.relpath(path, folder) for path in files), key=os.fsencode)


class TestOwnOutputs:
    def test_left_out_of_a_folder(self, tmp_path: Path) -> None:
        outputs = write_outputs(tmp_path)
        with pytest.raises(
            DataError, match=f"no text files.*{len(outputs)} files of word vectors"
        ) as no:
            find_sources([tmp_path])
        assert "\n" not in str(no.value)
        (tmp_path / "b.txt").write_text("text")
        sources, (note,) = list_sources([tmp_path])
        assert [source.path for source in sources] == [str(tmp_path / "b.txt")]
        assert f"left out of {tmp_path}: {len(outputs)} files" in note
        assert str(tmp_path / outputs[0]) in note
        assert f"and {len(outputs) - 3} more" in note
        for name in outputs:
            assert not holds_file([tmp_path], tmp_path / name)
        assert holds_file([tmp_path], tmp_path / "b.txt")

    def test_refused_by_hand(self, tmp_path: Path) -> None:
        for name in write_outputs(tmp_path):
            path = tmp_path / name
            with pytest.raises(NotText, match="not text; ") as caught:
                find_sources([path])
            assert str(path) in str(caught.value)
            assert caught.value.kind.is_output
            assert holds_file([path], path)

    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"10 5\n",
            b"1984 2\nis the title of a book\nwith two parts\n",
            b"3 4\n5 6 of 7\n8 9 and so on\n",
            b"price 3.50 4.50 and 5.50 dollars\n" * 9,
            b"1 2 3 4 5 6 7 8\n" * 40,
            b"the\t7\nthe\t7\n",
            b"b\t1\na\t2\n",
            b"a word\t3\nother\t2\n",
            b'{"tool": "hammer"}',
            b"PAR1 and 07070 are words\n",
            b"07070 is a number\n",
            b"ustar is a format\n" * 99,
            b"the first line\n" + b"5 3\na 1 2 3\n" * 40,
        ],
    )
    def test_similar_text_is_text(self, tmp_path: Path, text: bytes) -> None:
        assert recognize_kind(text) is None
        (tmp_path / "a").write_bytes(text)
        assert len(list_sources([tmp_path])[0]) == 1


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
class TestLinks:
    def paths(self, folder: Path) -> list[str]:
        return [os.path.relpath(source.path, folder) for source in find_sources([folder])]

    def test_linked_folders_are_read(self, tmp_path: Path) -> None:
        # pytorch-image-models issue 334, fastai issue 2270, walkdir issue 2
        outside, folder = tmp_path / "outside", tmp_path / "folder"
        (outside / "deep").mkdir(parents=True)
        (folder / "sub").mkdir(parents=True)
        for path in (outside / "a", outside / "deep/b", folder / "c", folder / "sub/d"):
            path.write_bytes(b"text")
        (folder / "sub" / "link").symlink_to(outside)
        (folder / "file").symlink_to(outside / "a")
        assert self.paths(folder) == ["c", "file", "sub/d", "sub/link/a", "sub/link/deep/b"]
        assert list_sources([folder])[1] == []
        (tmp_path / "whole").symlink_to(folder)
        assert len(find_sources([tmp_path / "whole"])) == 5

    def test_circles_end_and_are_named(self, tmp_path: Path) -> None:
        for name in ("a", "b", "b/c"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "text").write_bytes(b"text")
        (tmp_path / "a" / "self").symlink_to(tmp_path / "a")
        (tmp_path / "a" / "to-b").symlink_to(tmp_path / "b")
        (tmp_path / "b" / "c" / "up").symlink_to(tmp_path)
        assert self.paths(tmp_path) == ["a/text", "b/c/text", "b/text"]
        (note,) = list_sources([tmp_path])[1]
        assert "3 links to folders that are read already" in note
        assert "a/self" in note
        assert "b/c/up" in note
        # From within a circle, everything is reached, and once.
        assert self.paths(tmp_path / "a") == ["text", "to-b/c/text", "to-b/text"]

    def test_all_left_out_is_named_and_counted(self, tmp_path: Path) -> None:
        (tmp_path / "text").write_bytes(b"text")
        (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
        (tmp_path / "itself").symlink_to(tmp_path / "itself")
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "config").write_bytes(b"text")
        (tmp_path / ".hidden").write_bytes(b"text")
        sources, notes = list_sources([tmp_path])
        assert [source.path for source in sources] == [str(tmp_path / "text")]
        assert [note.removeprefix(f"left out of {tmp_path}: ") for note in notes] == [
            f"2 links to files that do not exist ({tmp_path}/dangling, {tmp_path}/itself)",
            f"1 pipe, socket or device ({tmp_path}/pipe)",
            f"2 hidden names ({tmp_path}/.git, {tmp_path}/.hidden)",
        ]
        with pytest.raises(UsageError, match="no such file"):
            find_sources([tmp_path / "dangling"])


def zipped(text: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("text8", text)
    return file.getvalue()


def tarred(text: bytes, mode: Literal["w:", "w:gz", "w:bz2", "w:xz"], form: int = 1) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode, format=form) as archive:
        member = tarfile.TarInfo("text8")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return file.getvalue()


TEXT = b"some words of text\n" * 400
ARCHIVES = {
    "zip": zipped(TEXT),
    "stored zip": zipped(TEXT, zipfile.ZIP_STORED),
    "zip in gzip": gzip.compress(zipped(TEXT)),
    "tar": tarred(TEXT, "w:", tarfile.USTAR_FORMAT),
    "pax tar": tarred(TEXT, "w:", tarfile.PAX_FORMAT),
    "tgz": tarred(TEXT, "w:gz"),
    "tar.bz2": tarred(TEXT, "w:bz2"),
    "tar.xz": tarred(TEXT, "w:xz"),
    "tar.zst": zstandard.ZstdCompressor().compress(tarred(TEXT, "w:")),
}


class TestArchives:
    @pytest.mark.parametrize("content", ARCHIVES.values(), ids=ARCHIVES)
    def test_remedy_unpacks_the_file(self, tmp_path: Path, content: bytes) -> None:
        path, folder = tmp_path / "file", tmp_path / "unpacked"
        path.write_bytes(content)
        with pytest.raises(NotText, match=r"is a (zip|tar) archive, not text; .*unpack") as caught:
            find_sources([path])
        command = re.search(r"with: (.*?)(, and| \()", str(caught.value))
        assert command is not None
        words = command[1].replace("FOLDER", str(folder)).replace("FILE", str(path)).split()
        if "decompress it, then" in str(caught.value):
            path.write_bytes(gzip.decompress(content))
        if shutil.which(words[0]) is None or (
            content == ARCHIVES["tar.zst"] and shutil.which("zstd") is None
        ):
            pytest.skip(f"needs {words[0]} and zstd")
        folder.mkdir()
        subprocess.run(words, check=True, capture_output=True)
        (source,) = find_sources([folder])
        assert Path(source.path).read_bytes() == TEXT
        with pytest.raises(NotText, match=str(path)):
            find_sources([tmp_path])  # an archive in a folder may hold the text that is meant

    @pytest.mark.parametrize(
        ("head", "name"),
        [
            (b"7z\xbc\xaf\x27\x1c" + bytes(90), "7-Zip"),
            (b"Rar!\x1a\x07\x01\x00" + bytes(90), "RAR"),
            (b"%PDF-1.7\n" + bytes(90), "PDF"),
            (b"PAR1\x15\x04" + bytes(90), "Parquet"),
            (b"SQLite format 3\0" + bytes(90), "SQLite"),
            (b"\x93NUMPY\x01\0" + bytes(90), "NumPy"),
            (b"\x1f\x9d\x90" + bytes(90), "compress"),
            (zipped(b"").replace(b"text8", b"mimetype"[:5]), "zip archive"),
        ],
    )
    def test_other_kinds_are_named(self, head: bytes, name: str) -> None:
        kind = recognize_kind(head)
        assert kind is not None
        assert name in kind.name
        assert kind.remedy
