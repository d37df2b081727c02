"""Text that cannot be used, damage, and failures of the system."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
import zstandard
from helpers.odd_corpora import COMPRESSIONS, write

from w2vneg.corpus.encode import encode
from w2vneg.corpus.paths_or_sentences import Paths
from w2vneg.errors import (
    DataError,
    Interrupted,
    OutputError,
    ResourceError,
    UsageError,
    W2vnegError,
)
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress


class TestErrors:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "no tokens in"),
            (b" \n\t\r\n  ", "no tokens in"),
            (b"a b c a\n", r"lower min_count="),
            (b"a a a a a\n", "at least 2"),
            ("words in another encoding ".encode("utf-16"), "UTF-16"),
            ("words in another encoding ".encode("utf-16-le"), "UTF-16"),
            ("words in another encoding ".encode("utf-16-be"), "UTF-16"),
            (bytes(range(256)) * 20, "binary"),
            (b"\x7fELF\x02\x01\x01" + b"\0" * 57 + b"\x03\0>\0\x01\0\0\0", "binary|UTF-16"),
            (b"\xff\xff \xfe\xfe", r"not UTF-8 \(first"),
            (b"x" * 5000, "longer than 1000"),
        ],
    )
    def test_unusable_files(
        self, tmp_path: Path, own_cache: Path, content: bytes, message: str
    ) -> None:
        path = write(tmp_path, content)
        with pytest.raises(DataError, match=message) as caught:
            encode([path], min_count=5)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert not own_cache.exists() or not list(own_cache.iterdir()), "nothing is left behind"

    def test_rare_words_name_the_largest_count(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="occurs 7 times, the most frequent 3 times"):
            encode([write(tmp_path, b"a a a b b")], min_count=7)

    def test_bad_paths(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no such file") as caught:
            encode([tmp_path / "missing.txt"])
        assert caught.value.exit_code == 2
        with pytest.raises(DataError, match="no text files in folder"):
            encode([tmp_path])
        with pytest.raises(UsageError, match="no corpus"):
            encode(Paths([]))
        with pytest.raises(UsageError, match="the corpus is empty; give paths, or sentences"):
            encode([])
        with pytest.raises(UsageError, match="cannot read"):
            encode([write(tmp_path, b"x") / "below-a-file"])
        with pytest.raises(UsageError, match="cannot read"):
            encode(Paths(["nul\0byte"]))
        with pytest.raises(UsageError, match="twice"):
            encode(["-", "-"])

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read all")
    def test_unreadable(self, tmp_path: Path) -> None:
        path = write(tmp_path, b"a b")
        path.chmod(0)
        with pytest.raises(UsageError, match="Permission denied"):
            encode([path])

    @pytest.mark.parametrize("suffix", list(COMPRESSIONS))
    @pytest.mark.slow
    def test_truncated_at_every_byte(self, tmp_path: Path, suffix: str) -> None:
        content = COMPRESSIONS[suffix](b"some words that are repeated, the words, " * 4)
        path = tmp_path / f"c.{suffix}"
        for size in range(len(content)):
            path.write_bytes(content[:size])
            with pytest.raises(DataError, match=r"truncated|does not begin|damaged") as caught:
                encode([path], min_count=1, cache=False, threads=1)
            assert str(path) in str(caught.value)

    @pytest.mark.slow
    @pytest.mark.parametrize("suffix", list(COMPRESSIONS))
    def test_every_flipped_byte_gives_a_corpus_or_one_line(
        self, tmp_path: Path, suffix: str
    ) -> None:
        compress = COMPRESSIONS[suffix]
        if suffix == "zst":
            compress = zstandard.ZstdCompressor(write_checksum=True).compress
        content = compress(b"some words that are repeated, the words, " * 4)
        path = tmp_path / f"c.{suffix}"
        messages = []
        for at in range(len(content)):
            path.write_bytes(content[:at] + bytes([content[at] ^ 0x40]) + content[at + 1 :])
            try:
                encode([path], min_count=1, cache=False, threads=1).close()
            except (DataError, ResourceError) as error:
                messages.append(str(error))
        assert not [message for message in messages if "\n" in message]
        assert len(messages) > len(content) // 2

    def test_trailing_garbage(self, tmp_path: Path) -> None:
        path = write(tmp_path, gzip.compress(b"the words the words") + b"garbage", "c.gz")
        with pytest.raises(DataError, match="damaged"):
            encode([path], min_count=1, cache=False)

    def test_changed_while_reading(self, tmp_path: Path) -> None:
        class Meddler(Progress):
            def __init__(self, change: str) -> None:
                self.change = change

            def start(self, phase: str, total: float | None, unit: str) -> None:
                if phase != "reading corpus":
                    return
                if self.change == "grow":
                    with open(path, "ab") as file:
                        file.write(b"more")
                elif self.change == "shrink":
                    os.truncate(path, 10)
                elif self.change == "replace":
                    path.unlink()
                    path.write_bytes(b"c d " * 1000)
                else:
                    path.unlink()

        for change in ("grow", "shrink", "replace", "delete"):
            for compressed in (False, True):
                content = b"a b " * 1000
                path = write(tmp_path, gzip.compress(content) if compressed else content)
                with pytest.raises(W2vnegError, match=r"changed while reading|cannot read"):
                    encode([path], min_count=1, progress=Meddler(change), block_bytes=100)

    def test_stopped(self, tmp_path: Path, own_cache: Path) -> None:
        stop = StopFlag()

        class Stopper(Progress):
            def __init__(self, phase: str) -> None:
                self.phase = phase

            def start(self, phase: str, total: float | None, unit: str) -> None:
                if phase == self.phase:
                    stop.set()

        path = write(tmp_path, b"a b " * 1000)
        for phase in ("reading corpus", "encoding corpus"):
            stop = StopFlag()
            with pytest.raises(Interrupted):
                encode([path], min_count=1, stop=stop, progress=Stopper(phase), block_bytes=100)
            assert not list(own_cache.iterdir())

    def test_a_failing_thread_ends_all(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_cache: Path
    ) -> None:
        from w2vneg.corpus.word_table import WordTable

        def fail(*_: object) -> None:
            raise RuntimeError("planted")

        monkeypatch.setattr(WordTable, "tokenize", fail)
        with pytest.raises(RuntimeError, match="planted"):
            encode([write(tmp_path, b"a b " * 1000)], threads=3, block_bytes=100)
        assert not list(own_cache.iterdir())

    @pytest.mark.slow
    @pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_FSIZE as on Linux")
    def test_disk_full(self, tmp_path: Path) -> None:
        path = write(tmp_path, b"a b c d " * 100_000)
        # A cache of its own, but for the kernels: other tests add to that of the session.
        cache = tmp_path / "cache"
        cache.mkdir()
        (cache / "kernels").symlink_to(Path(os.environ["W2VNEG_CACHE_DIR"]) / "kernels")
        code = f"""
            import os, resource, pathlib
            from w2vneg.corpus.encode import encode
            from w2vneg.errors import OutputError
            cache = pathlib.Path(os.environ["W2VNEG_CACHE_DIR"]) / "corpora"
            before = set(cache.iterdir()) if cache.exists() else set()
            encode([{str(path)!r}], min_count=1, max_tokens=100, cache=False).close()
            for limit in (0, 100, 1_000_000):
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
                try:
                    encode([{str(path)!r}], min_count=1)
                except OutputError as error:
                    assert "W2VNEG_CACHE_DIR" in str(error), error
                else:
                    raise SystemExit(f"no error at {{limit}}")
                assert set(cache.iterdir()) == before
        """
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=120,
            env={**os.environ, "W2VNEG_CACHE_DIR": str(cache)},
        )  # fmt: skip

    def test_cache_folder_is_a_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("W2VNEG_CACHE_DIR", str(write(tmp_path, b"", "file")))
        with encode([write(tmp_path, b"a b")], min_count=1) as corpus:
            assert len(corpus.tokens) == 2

    def test_no_room_anywhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import tempfile

        def refuse(**_: object) -> str:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(tempfile, "mkdtemp", refuse)
        with pytest.raises(OutputError, match="No space left"):
            encode([write(tmp_path, b"a b")], min_count=1)

    def test_bad_options_are_refused(self, tmp_path: Path) -> None:
        path = write(tmp_path, b"a b")
        with pytest.raises(UsageError, match="drop"):
            encode([path], encoding_errors="ignore", cache=False)
        with pytest.raises(UsageError, match="at least 1"):
            encode([path], max_tokens=0, cache=False)


def test_refused_threads_give_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(ResourceError, match="threads="):
        encode([write(tmp_path, b"a b a b\n")], min_count=1, cache=False, threads=2)
