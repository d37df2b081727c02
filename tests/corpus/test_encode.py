"""The ingest against a slow oracle, in every form that text comes in."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zstandard
from helpers.naive_encoding import assert_equal, expected, sentences_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from w2vneg.corpus.decompress import detect_format
from w2vneg.corpus.encode import count, encode, encode_sentences
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.paths_or_sentences import Paths
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import (
    DataError,
    Interrupted,
    OutputError,
    ResourceError,
    UsageError,
    W2vnegError,
)
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named_as_flags
from w2vneg.system.progress import Progress

# Lengths around the key sizes of the table, cut characters, all kinds of separators.
PIECES = [
    b"a", b"the", b"x" * 7, b"y" * 8, b"z" * 9, b"w" * 15, b"v" * 16, b"v" * 15 + b"u", b"u" * 17,
    b"v" * 16 + b"1", b"v" * 16 + b"2", b"t" * 24, b"s" * 25, b"r" * 40, b"\xc3\xa9", b"\xe2\x82",
    b"\xf0\x9f\x98\x80", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xc2\xa0",
    b"\xe2\x80\xa8", b"\xc2\x85", b"\x7f", b" ", b" ", b" ", b"  ", b"\t", b"\v", b"\f", b"\n",
    b"\r\n", b"\r", b"\n\n", b"\0", b"\x01", b"\x1f", b"</s>", b"\xef\xbb\xbf",
    b"L" * 1001, b"M" * 1000, b"N" * 1016,
]  # fmt: skip

TEXT = (
    "the quick brown fox jumps over the lazy dog\n"
    "naïve café — Übergrößenträger 日本語 the fox\r\n"
    "the end, of a rather-long-hyphenated-compound-word and the dog\r"
    "</s> 1 2 - the\n\n   \nlast line without an end: the dog"
) * 3


def write(folder: Path, data: bytes, name: str = "corpus.txt") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


COMPRESSIONS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("W2VNEG_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "corpora"


class TestOracle:
    @pytest.mark.slow
    @settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        pieces=st.lists(st.sampled_from(PIECES), max_size=60),
        block=st.integers(1, 40),
        threads=st.integers(1, 3),
        min_count=st.integers(1, 2),
    )
    @example(pieces=[b"\xef\xbb\xbf", b"a"], block=1, threads=2, min_count=1)
    @example(pieces=[b"L" * 1001], block=1, threads=1, min_count=1)
    def test_any_bytes_cut_anywhere(
        self, tmp_path: Path, pieces: list[bytes], block: int, threads: int, min_count: int
    ) -> None:
        # The last line keeps two words in the vocabulary.
        data = b"".join(pieces) + b"\nthe the a a"
        oracle = expected([data], min_count)
        path = write(tmp_path, data)
        try:
            corpus = encode(
                [path], min_count=min_count, threads=threads, cache=False, block_bytes=block
            )
        except DataError as error:
            message = str(error)
        else:
            with corpus:
                assert_equal(corpus, oracle)
            return
        assert "binary" in message or "UTF-16" in message

    @settings(
        max_examples=100,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(data=st.binary(max_size=300), block=st.integers(1, 64), compressed=st.booleans())
    def test_random_bytes_give_a_corpus_or_one_line(
        self, tmp_path: Path, data: bytes, block: int, compressed: bool
    ) -> None:
        oracle = expected([data])
        path = write(tmp_path, gzip.compress(data) if compressed else data)
        try:
            corpus = encode([path], min_count=1, threads=2, cache=False, block_bytes=block)
        except W2vnegError as error:
            message = str(error)
        else:
            with corpus:
                assert_equal(corpus, oracle)
            return
        assert "\n" not in message
        assert str(path) in message
        if "no tokens" in message:
            assert oracle.report["tokens_read"] == 0
        elif "is left" in message or "usable" in message:
            assert len(oracle.words) < 2
        elif "cannot be used" in message:
            assert max(map(len, oracle.words)) > 8
        elif detect_format(data) == "plain":
            assert "binary" in message or "UTF-" in message or "not text" in message

    @pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
    def test_every_form_equals_plain(self, tmp_path: Path, block: int) -> None:
        data = TEXT.encode()
        oracle = expected([data])
        fingerprints = set()
        for suffix, compress in {"txt": bytes, **COMPRESSIONS}.items():
            path = write(tmp_path, compress(data), f"c.{suffix}")
            with encode([path], min_count=1, cache=False, block_bytes=block, threads=2) as corpus:
                assert_equal(corpus, oracle)
                fingerprints.add(corpus.fingerprint)
            # The content tells what it is, not the name.
            hidden = write(tmp_path, compress(data), "nameless")
            with encode([hidden], min_count=1, cache=False, block_bytes=block) as corpus:
                assert_equal(corpus, oracle)
        assert len(fingerprints) == 1

    def test_result_is_independent_of_threads(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(5)
        words = [f"w{int(i)}" for i in rng.zipf(1.3, 60_000) % 10_000]
        lines = [" ".join(words[i : i + 17]) for i in range(0, len(words), 17)]
        path = write(tmp_path, "\n".join(lines).encode())
        results = []
        for threads in (1, 2, 5):
            with encode(
                [path], min_count=2, threads=threads, cache=False, block_bytes=4096
            ) as corpus:
                results.append(
                    (corpus.fingerprint, corpus.tokens.tolist(), corpus.starts.tolist(),
                     corpus.vocabulary.words, corpus.vocabulary.fingerprint)
                )  # fmt: skip
        assert results[0] == results[1] == results[2]
        oracle = expected([path.read_bytes()], 2)
        assert results[0][3] == oracle.words

    def test_many_words_grow_the_table(self, tmp_path: Path) -> None:
        # Long words with a common beginning differ only beyond their sixteen-byte prefix.
        words = [f"w{i}" for i in range(30_000)] + [f"a-common-prefix-{i}" for i in range(5000)]
        data = (" ".join(words) + "\n" + " ".join(reversed(words))).encode()
        path = write(tmp_path, data)
        with encode([path], min_count=1, threads=2, cache=False, block_bytes=50_000) as corpus:
            assert_equal(corpus, expected([data]))

    @pytest.mark.parametrize("separator", [" ", "\n"])
    @pytest.mark.slow
    def test_sentence_borders(self, tmp_path: Path, separator: str) -> None:
        # Around the longest sentence, with words outside the vocabulary between.
        for length in (999, 1000, 1001, 2000, 2001, 3500):
            words = [f"{'ab'[i % 2]} rare{i}" for i in range(length)]
            data = (" ".join(words) + separator + "a b").encode()
            path = write(tmp_path, data)
            for block in (37, 1 << 20):
                with encode([path], min_count=2, cache=False, block_bytes=block) as corpus:
                    assert_equal(corpus, expected([data], 2))
                    assert np.diff(corpus.starts).max() <= 1000

    def test_max_vocab(self, tmp_path: Path) -> None:
        path = write(tmp_path, TEXT.encode())
        with encode([path], min_count=1, max_vocab=4, cache=False) as corpus:
            assert_equal(corpus, expected([TEXT.encode()], 1, 4))

    def test_max_tokens(self, tmp_path: Path) -> None:
        data = b"a b a b c d\n" * 50
        for name, content in (("c.txt", data), ("c.gz", gzip.compress(data))):
            path = write(tmp_path, content, name)
            for limit in (4, 5, 123):
                with encode(
                    [path], min_count=1, max_tokens=limit, cache=False, block_bytes=16
                ) as corpus:
                    assert corpus.report.tokens_read == limit == len(corpus.tokens)
                    assert corpus.starts[-1] == limit
                    ids = [corpus.vocabulary.words[t] for t in corpus.tokens]
                    assert ids == (data.decode().split() * 2)[:limit]


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


class TestGivenVocabulary:
    def test_counts_are_of_this_corpus(self, tmp_path: Path) -> None:
        given_words = Vocabulary.from_counts(
            {"the": 9, "fox": 50, "absent": 99, "Übergrößenträger": 1, "a word": 3}
        )
        with encode(
            [write(tmp_path, TEXT.encode())], vocabulary=given_words, cache=False
        ) as corpus:
            assert corpus.vocabulary.words == ["the", "fox", "Übergrößenträger"]
            counts = [TEXT.split().count(word) for word in corpus.vocabulary.words]
            assert corpus.vocabulary.counts.tolist() == counts
            assert corpus.report.absent_words == 2
            assert corpus.report.tokens_kept == sum(counts) == len(corpus.tokens)

    def test_equals_the_corpus_it_came_from(self, tmp_path: Path) -> None:
        path = write(tmp_path, TEXT.encode())
        with encode([path], min_count=2, cache=False) as first:
            first.vocabulary.save(tmp_path / "words")
            loaded = Vocabulary.load(tmp_path / "words")
            with encode([path], vocabulary=loaded, cache=False) as second:
                assert second.fingerprint == first.fingerprint

    @pytest.mark.parametrize(
        ("min_count", "max_vocab", "words"),
        [(2, None, ["b", "c", "d"]), (3, None, ["b", "c"]), (1, 2, ["b", "c"]), (2, 2, ["b", "c"])],
    )
    def test_other_options_choose_among_the_words(
        self, tmp_path: Path, min_count: int, max_vocab: int | None, words: list[str]
    ) -> None:
        given_words = Vocabulary.from_counts({"b": 1, "c": 2, "d": 3, "e": 4, "yak": 5, "a b": 6})
        path = write(tmp_path, b"a a a a a b b b b c c c d d e\n")
        with encode(
            [path], vocabulary=given_words, min_count=min_count, max_vocab=max_vocab, cache=False
        ) as corpus:
            assert corpus.vocabulary.words == words
            report = corpus.report
            assert (report.absent_words, report.first_absent) == (2, ["yak"])
            assert report.rare_words == {1: 0, 2: 1, 3: 2}[min_count]
            notes = "\n".join(report.warnings())
            assert "left out 2 words of the given vocabulary that do not occur" in notes
            assert "yak" in notes
            assert ("min_count=" in notes) == (min_count > 1)

    def test_too_rare_words_name_the_option(self, tmp_path: Path) -> None:
        words = Vocabulary.from_counts({"a": 1, "b": 1})
        path = write(tmp_path, b"a a b\n")
        with pytest.raises(DataError, match="occurs 9 times.*most frequent 2 times; lower min_c"):
            encode([path], vocabulary=words, min_count=9, cache=False)
        encode([path], vocabulary=words, min_count=1, cache=False).close()

    def test_nothing_in_common(self, tmp_path: Path) -> None:
        words = Vocabulary.from_counts({"x": 1, "y": 1})
        with pytest.raises(DataError, match=r"no word of the vocabulary \(2 words\)"):
            encode([write(tmp_path, b"a b")], vocabulary=words)


class TestSentences:
    def test_options_apply_as_to_text(self) -> None:
        sentences = [["a", "b"]] * 300
        with encode_sentences(sentences, max_tokens=10) as corpus:
            assert corpus.report.tokens_read == 10
        with pytest.raises(UsageError, match="encoding_errors='nonsense'"):
            encode_sentences(sentences, encoding_errors="nonsense")
        with pytest.raises(UsageError, match="max_tokens=0 is out"):
            encode_sentences(sentences, max_tokens=0)
        words = Vocabulary.from_counts({"b": 1, "a": 2, "c": 3})
        with encode_sentences([["a", "b", "b", "c"]], vocabulary=words, max_vocab=2) as corpus:
            assert corpus.vocabulary.words == ["b", "a"]

    def test_marks_of_words_are_kept(self) -> None:
        with encode_sentences([["\ufeffa", "b"]] * 2, min_count=1) as corpus:
            assert corpus.vocabulary.words == ["b", "\ufeffa"]

    def test_equals_text(self, tmp_path: Path) -> None:
        lines = [line.split() for line in TEXT.splitlines()]
        joined = "\n".join(" ".join(line) for line in lines)
        with (
            encode([write(tmp_path, joined.encode())], min_count=1, cache=False) as of_file,
            encode_sentences((iter(line) for line in lines), min_count=1) as of_lists,
        ):
            assert of_lists.fingerprint == of_file.fingerprint
            assert sentences_of(of_lists) == sentences_of(of_file)

    def test_words_stay_as_they_are(self) -> None:
        words = ["\ufeffbom", "a\u00a0b", "\u2028", "日本", "\x7f", "</s>"]
        with encode_sentences([words, [], words], min_count=1) as corpus:
            words_read = [[corpus.vocabulary.words[i] for i in s] for s in sentences_of(corpus)]
        assert words_read == [words, words]

    @pytest.mark.parametrize(
        "bad", ["", "a b", "a\n", "\t", "nul\0", 7.0, None, "\ud800", b"bytes"]
    )
    def test_unusable_words_are_refused(self, bad: object) -> None:
        with pytest.raises(UsageError, match="sentence 1"):
            encode_sentences([["fine"], ["fine", bad]], min_count=1)  # type: ignore[list-item]

    def test_one_string_is_not_a_corpus(self) -> None:
        with pytest.raises(UsageError, match=r"\[corpus\]"):
            encode_sentences("a string")
        with encode_sentences(["a string"], min_count=1) as corpus:
            assert corpus.vocabulary.words == ["a", "string"]
        with pytest.raises(DataError, match="no tokens in the sentences"):
            encode_sentences([[], []])


class TestResult:
    def test_arrays_are_mapped_and_read_only(self, tmp_path: Path) -> None:
        with encode([write(tmp_path, TEXT.encode())], min_count=1) as corpus:
            assert corpus.tokens.dtype == np.int32
            assert corpus.starts.dtype == np.int64
            assert not corpus.tokens.flags.writeable
            assert corpus.tokens.flags.c_contiguous
            before = corpus.tokens.tolist(), corpus.starts.tolist()
            for low, high in ((0, len(corpus.tokens)), (3, 3), (0, 1), (2, 30)):
                corpus.release(low, high)
                assert (corpus.tokens.tolist(), corpus.starts.tolist()) == before

    def test_usable_after_close(self, tmp_path: Path, own_cache: Path) -> None:
        corpus = encode([write(tmp_path, TEXT.encode())], min_count=1, cache=False)
        corpus.close()
        corpus.close()
        assert not list(own_cache.iterdir())
        assert corpus.tokens.max() == len(corpus.vocabulary) - 1

    def test_fingerprint_tells_content(self, tmp_path: Path) -> None:
        texts = [
            b"a b c a b",
            b"a b\nc a b",
            b"a c b a b",
            b"a b d a b",
            b"a b c a b c",
            b"b a c a b",
        ]
        prints = {}
        for i, text in enumerate(texts):
            with encode([write(tmp_path, text, f"{i}")], min_count=1, cache=False) as corpus:
                prints[corpus.fingerprint] = text
        assert len(prints) == len(texts)
        with encode([write(tmp_path, b" a  b c\ta b\n\n", "other")], min_count=1) as corpus:
            assert prints[corpus.fingerprint] == texts[0]

    def test_count_equals_encode(self, tmp_path: Path) -> None:
        path = write(tmp_path, TEXT.encode())
        vocabulary, report = count([path], min_count=2, threads=2, block_bytes=50)
        with encode([path], min_count=2, cache=False) as corpus:
            assert vocabulary.fingerprint == corpus.vocabulary.fingerprint
            for name in ("tokens_read", "tokens_kept", "out_of_vocabulary", "distinct_words"):
                assert getattr(report, name) == getattr(corpus.report, name)

    def test_progress_adds_up(self, tmp_path: Path) -> None:
        class Listener(Progress):
            phases: list[tuple[str, float | None]] = []  # noqa: RUF012
            done = 0.0

            def start(self, phase: str, total: float | None, unit: str) -> None:
                self.phases.append((phase, total))

            def update(self, done: float, **figures: float) -> None:
                self.done = done

        path = write(tmp_path, b"a b " * 1000)
        listener = Listener()
        encode([path], min_count=1, cache=False, progress=listener, block_bytes=64).close()
        assert [phase for phase, _ in listener.phases] == ["reading corpus", "encoding corpus"]
        assert listener.phases[0][1] == 4000
        assert listener.done == listener.phases[1][1]

    def test_gensim_counts_the_same(self, tmp_path: Path) -> None:
        from gensim.models import Word2Vec

        rng = np.random.default_rng(3)
        words = [f"w{int(i)}" for i in rng.zipf(1.2, 50_000) % 3000]
        lines = [" ".join(words[i : i + 20]) for i in range(0, len(words), 20)]
        path = write(tmp_path, ("\n".join(lines) + "\n").encode())
        model = Word2Vec(min_count=5)
        model.build_vocab(corpus_file=str(path))
        with encode([path], min_count=5, cache=False) as corpus:
            theirs = {w: model.wv.get_vecattr(w, "count") for w in model.wv.index_to_key}
            ours = dict(
                zip(corpus.vocabulary.words, corpus.vocabulary.counts.tolist(), strict=True)
            )
        assert ours == theirs


MEMORY = """
import sys, numpy as np
from w2vneg.corpus.encode import encode
from w2vneg.corpus.input_options import InputOptions
from w2vneg.system.option_names import named_as_flags
encode([sys.argv[1]], min_count=1, max_tokens=1000, cache=False).close()
corpus = encode(sys.argv[2:], threads=2, cache=False)
for low in range(0, len(corpus.tokens), 100_000):
    corpus.tokens[low : low + 100_000].max()
    corpus.release(low, low + 100_000)
peak = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(int(peak[0].split()[1]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
class TestMemory:
    def peak_mb(self, *paths: Path) -> int:
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, str(paths[0]), *map(str, paths)],
            capture_output=True,
            check=True,
            timeout=120,
        )
        return int(done.stdout)

    def test_does_not_grow_with_the_corpus(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(0)
        words = np.array([f"word{i}" for i in range(20_000)])
        lines = words[rng.zipf(1.2, 2_000_000) % 20_000].reshape(-1, 20)
        text = "\n".join(" ".join(line) for line in lines).encode()
        small = write(tmp_path, text)  # 16 MB
        without_lines = write(tmp_path, text.replace(b"\n", b" ") * 6, "one-line")
        bomb = write(tmp_path, gzip.compress(b"a b " * 30_000_000, 6), "bomb.gz")
        zeros = io.BytesIO()
        with zstandard.ZstdCompressor().stream_writer(zeros, closefd=False) as file:
            file.write(b"a b \n" * 100)
            for _ in range(150):
                file.write(b"x" * (1 << 20))
            file.write(b" a b")
        giant_token = write(tmp_path, zeros.getvalue(), "giant.zst")
        base = self.peak_mb(small)
        peaks = {
            "six times": self.peak_mb(*[small] * 6),
            "one line": self.peak_mb(without_lines),
            "bomb": self.peak_mb(bomb),
            "giant token": self.peak_mb(giant_token),
        }
        # Decompressors have windows of some MB; each of these files holds over 90 MB of text.
        assert all(peak < base + 60 for peak in peaks.values()), (base, peaks)


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


def test_none_as_a_sentence_is_refused() -> None:
    with pytest.raises(UsageError, match="sentence 1 is None"):
        encode_sentences([["a", "b"], None, ["c", "d"]], min_count=1)


def test_refused_threads_give_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(ResourceError, match="threads="):
        encode([write(tmp_path, b"a b a b\n")], min_count=1, cache=False, threads=2)


CHINESE = "人工智能是计算机科学的一个分支它企图了解智能的实质并生产出新的智能机器"
WORDS = "the cat sat on the mat and the dog sat on the log"
JOINED = {
    "no-break spaces": WORDS.replace(" ", "\u00a0"),
    "ideographic spaces": CHINESE.replace("的", "\u3000"),
    "thin spaces": WORDS.replace(" ", "\u2009"),
    "zero-width spaces": WORDS.replace(" ", "\u200b"),
}


class TestUnsegmented:
    @pytest.fixture(autouse=True)
    def flags(self) -> Iterator[None]:
        with named_as_flags():
            yield

    @pytest.mark.parametrize("min_count", [1, 5, 99])
    @pytest.mark.parametrize(("name", "line"), JOINED.items(), ids=JOINED)
    def test_joining_blanks_are_named(
        self, tmp_path: Path, name: str, line: str, min_count: int
    ) -> None:
        # fastText issues 862, 327 and 193, gensim issue 2038
        path = write(tmp_path, f"{line}\n".encode() * 20)
        with pytest.raises(DataError, match=f"joined by {name}.*--tokenizer unicode") as caught:
            encode([path], min_count=min_count, cache=False)
        assert "--min-count" not in str(caught.value)
        reading = InputOptions(tokenizer="unicode")
        with encode([path], input=reading, min_count=1, cache=False) as corpus:
            assert corpus.report.unsegmented is None
            assert corpus.report.tokens_read == 20 * (13 if "cat" in line else 4)

    @pytest.mark.parametrize(
        "line",
        [
            CHINESE,
            "人工知能とはコンピューターを使って学習推論判断など人間の知能のはたらきを人工的に実現したもの",
            "ปัญญาประดิษฐ์คือความฉลาดเทียมที่สร้างขึ้นให้กับสิ่งที่ไม่มีชีวิต",
            "人工智能是计算机科学的一个分支。 它企图了解智能的实质， 并生产出新的智能机器。",
        ],
    )
    @pytest.mark.parametrize("min_count", [1, 99])
    def test_scripts_without_blanks(self, tmp_path: Path, line: str, min_count: int) -> None:
        # japanese-words-to-vectors issue 6
        path = write(tmp_path, f"{line}\n".encode() * 20)
        if " " in line and min_count == 1:
            with encode([path], min_count=1, cache=False) as corpus:
                assert "--tokenizer" in "\n".join(corpus.report.warnings())
        else:
            with pytest.raises(
                DataError, match="not separated by blanks.*--tokenizer jieba"
            ) as caught:
                encode([path], min_count=min_count, cache=False)
            assert "--min-count" not in str(caught.value)
        # What a tokenizer does: blanks between words.
        words = " ".join(line[i : i + 2] for i in range(0, len(line), 2))
        path.write_bytes(f"{words}\n".encode() * 20)
        with encode([path], min_count=1, cache=False) as corpus:
            assert corpus.report.unsegmented is None

    @pytest.mark.parametrize(
        "text",
        [
            WORDS,
            "\n".join(WORDS.split()),
            "人工 智能 是 计算机 科学 的 一个 分支",
            "\n".join(CHINESE[i : i + 2] for i in range(0, 30, 2)),
            "10\u00a0km and 5\u00a0kg of text with\u00a0some of them here and there",
            "Donaudampfschifffahrtsgesellschaft Rindfleischetikettierungsgesetz und mehr",
        ],
    )
    def test_segmented_text(self, tmp_path: Path, text: str) -> None:
        path = write(tmp_path, f"{text}\n".encode() * 5)
        assert count([path], min_count=1)[1].unsegmented is None

    def test_lines_that_are_one_word(self, tmp_path: Path) -> None:
        path = write(tmp_path, WORDS.replace(" ", "_").encode() + b"\n")
        with pytest.raises(DataError, match="most of its lines are one word, of 49 characters"):
            encode([path], min_count=5, cache=False)
