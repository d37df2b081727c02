"""Files, folders, pipes and compressed text; marks and bytes that are no text."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.naive_encoding import assert_equal, expected
from helpers.odd_corpora import COMPRESSIONS, TEXT, write

from w2vneg.corpus.encode import encode
from w2vneg.errors import (
    DataError,
    Interrupted,
)
from w2vneg.system.interrupt import StopFlag


class TestInputs:
    def test_several_files_and_a_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "texts"
        (folder / "b").mkdir(parents=True)
        write(folder, b"second the\na", "a2")
        write(folder, b"first the", "a1")
        write(folder / "b", gzip.compress(b"third the a"), "z.gz")
        write(folder, b"hidden " * 9, ".hidden")
        single = write(tmp_path, b"zeroth the no-end", "single.txt")
        texts = [b"zeroth the no-end", b"first the", b"second the\na", b"third the a"]
        with encode([single, folder], min_count=1, cache=False) as corpus:
            assert_equal(corpus, expected(texts))

    def test_thousands_of_small_files(self, tmp_path: Path) -> None:
        texts = [f"file {i % 7} the {i}".encode() for i in range(1500)]
        for i, text in enumerate(texts):
            write(tmp_path, text, f"{i:05d}")
        with encode([tmp_path], min_count=1, cache=False, threads=2) as corpus:
            assert_equal(corpus, expected(texts))

    def test_empty_files_among_others(self, tmp_path: Path) -> None:
        write(tmp_path, b"", "1")
        write(tmp_path, b"a b\nc", "2")
        write(tmp_path, b"", "3")
        with encode([tmp_path], min_count=1, cache=False) as corpus:
            assert_equal(corpus, expected([b"", b"a b\nc", b""]))

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    @pytest.mark.parametrize("kind", ["txt", *COMPRESSIONS])
    def test_named_pipe(self, tmp_path: Path, own_cache: Path, kind: str) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        data = TEXT.encode() * 50
        content = COMPRESSIONS.get(kind, bytes)(data)

        def feed() -> None:
            with open(pipe, "wb", buffering=0) as file:
                file.write(content[:1])  # a format takes more than a byte to tell
                file.write(content[1:])

        writer = threading.Thread(target=feed)
        writer.start()
        with encode([pipe], min_count=1, block_bytes=1000) as corpus:
            assert_equal(corpus, expected([data]))
        writer.join()
        assert not list(own_cache.iterdir()), "what cannot be read again is not cached"

    @pytest.mark.parametrize("kind", ["txt", "gz"])
    @pytest.mark.slow
    def test_stdin(self, kind: str) -> None:
        code = "from w2vneg.corpus.encode import encode; c = encode(['-'], min_count=1); print(c.report)"
        data = TEXT.encode()
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=COMPRESSIONS.get(kind, bytes)(data),
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert f"tokens_kept={expected([data]).report['tokens_kept']}," in done.stdout.decode()

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_silent_pipe_can_be_interrupted(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        stop = StopFlag()
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        with pytest.raises(Interrupted, match="SIGINT"):
            encode([pipe], stop=stop)
        timer.join()

    def test_concatenated_members(self, tmp_path: Path) -> None:
        parts = [b"one two ", b"three the\nfour ", b"five the"]
        for suffix, compress in COMPRESSIONS.items():
            content = b"".join(compress(part) for part in parts)
            if suffix == "gz":
                content += b"\0" * 512  # tar and tapes pad so
            path = write(tmp_path, content, f"c.{suffix}")
            with encode([path], min_count=1, cache=False) as corpus:
                assert_equal(corpus, expected([b"".join(parts)]))

    @pytest.mark.slow
    @pytest.mark.parametrize("block", [4, 5, 6, 7, 11, 1 << 20])
    @pytest.mark.parametrize("compress", [bytes, gzip.compress])
    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\n\n"])
    def test_marks_at_line_starts_are_removed(
        self, tmp_path: Path, block: int, compress: Callable[[bytes], bytes], end: bytes
    ) -> None:
        mark = b"\xef\xbb\xbf"
        # Joined files; a mark inside a word or after a blank belongs to the word.
        lines = [mark + b"word word", mark + b"word other", mark, mark + b" a\xef\xbb\xbfb"]
        lines += [b"the " + mark + b"x", b"plain"] * 3
        data = end.join(lines)
        path = write(tmp_path, compress(data))
        with encode([path], min_count=1, cache=False, block_bytes=block, threads=2) as corpus:
            assert_equal(corpus, expected([data]))
            assert corpus.report.byte_order_marks == 3
            assert any("removed 3 byte order marks" in line for line in corpus.report.warnings())
            assert set(corpus.vocabulary.words) == {
                "word", "other", "a\ufeffb", "the", "\ufeffx", "plain"
            }  # fmt: skip

    @pytest.mark.parametrize("block", [4, 64, 1 << 20])
    def test_first_control_byte_is_located(self, tmp_path: Path, block: int) -> None:
        write(tmp_path, b"the cat\n" * 100, "1")
        data = b"the cat\n" * 50 + b"the\x01cat \x02 \x1f the"
        path = write(tmp_path, data, "2")
        for content, where in ((data, "byte 403"), (gzip.compress(data), "byte 403 of the unpack")):
            path.write_bytes(content)
            with encode(
                [tmp_path], min_count=1, cache=False, block_bytes=block, threads=2
            ) as corpus:
                assert corpus.report.control_bytes == 3
                assert f"{path}, {where}" in str(corpus.report.first_control)

    def test_invalid_utf8_is_counted_and_located(self, tmp_path: Path) -> None:
        data = b"good " * 40 + b"caf\xe9 good fine caf\xe9 \xff"
        for name, content in (("c", data), ("c.gz", gzip.compress(data))):
            path = write(tmp_path, content, name)
            for block in (8, 1000):
                with encode(
                    [path], min_count=1, cache=False, block_bytes=block, threads=2
                ) as corpus:
                    assert corpus.report.invalid_utf8 == 3
                    assert f"{path}, byte 200" in str(corpus.report.first_invalid)
                    assert any("byte 200" in line for line in corpus.report.warnings())
                with pytest.raises(DataError, match=r"byte 200.*not UTF-8"):
                    encode(
                        [path], min_count=1, encoding_errors="strict", block_bytes=block, threads=2
                    )


@pytest.mark.parametrize("kind", ["bz2", "xz"])
class TestSeveralStreams:
    """Files as parallel compressors write them, one stream after the other."""

    def test_all_streams_are_read(self, tmp_path: Path, kind: str) -> None:
        compress = COMPRESSIONS[kind]
        data = b"".join(compress(b"one two one\n") for _ in range(5)) + bytes(8)
        with encode([write(tmp_path, data, "c." + kind)], min_count=1, cache=False) as corpus:
            assert corpus.report.tokens_kept == 15

    def test_damage_in_a_later_stream_is_reported(self, tmp_path: Path, kind: str) -> None:
        compress = COMPRESSIONS[kind]
        first, second = compress(b"one two one\n"), bytearray(compress(b"three four three\n"))
        for index in range(4):
            damaged = bytearray(second)
            damaged[index] ^= 0xFF
            with pytest.raises(DataError, match="damaged"):
                encode([write(tmp_path, first + damaged, "c." + kind)], min_count=1, cache=False)
        for end in range(1, len(second)):
            with pytest.raises(DataError, match="truncated"):
                encode([write(tmp_path, first + second[:end])], min_count=1, cache=False)
