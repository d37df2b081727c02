"""Which files make a corpus, and what their first bytes show."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
from pathlib import Path

import pytest
import zstandard

from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES, detect_format
from w2vneg.corpus.file_identity import check_unchanged
from w2vneg.corpus.sources import find_sources
from w2vneg.corpus.text_bytes import SEPARATOR_CLASS, WHITE_SPACE, check_text, is_separator
from w2vneg.errors import DataError, UsageError


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

    @pytest.mark.skipif(os.name != "posix", reason="symbolic links")
    def test_symbolic_links_are_followed_to_files(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        (tmp_path / "target").write_bytes(b"text")
        (folder / "link").symlink_to(tmp_path / "target")
        (folder / "dangling").symlink_to(tmp_path / "nothing")
        (folder / "loop").symlink_to(folder)
        assert [s.path for s in find_sources([folder])] == [str(folder / "link")]
        with pytest.raises(UsageError, match="no such file"):
            find_sources([folder / "dangling"])

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
