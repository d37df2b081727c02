"""What the ingest returns, and the memory that it takes."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zstandard
from helpers.odd_corpora import TEXT, write

from w2vneg.corpus.encode import count, encode
from w2vneg.system.progress import Progress


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
