"""Text to encoded corpus in one pass over the bytes, with all threads.

Each worker numbers the words of its blocks in a table of its own and leaves the numbers in a
spool file. When all text has been seen the tables are merged, the vocabulary is chosen, and the
blocks are translated to ids in corpus order, so that the result does not depend on the threads.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from w2vneg import corpus_cache
from w2vneg import tokenizer as kernels
from w2vneg.cache import cache_folder
from w2vneg.corpus import EncodedCorpus, IngestReport, open_folder, write_folder
from w2vneg.encoding import cut_sentences, remap
from w2vneg.errors import DataError, OutputError, UsageError, W2vnegError
from w2vneg.interrupt import StopFlag
from w2vneg.progress import Progress
from w2vneg.text import BLOCK_BYTES, Block, is_stream, read_blocks, text_files
from w2vneg.vocabulary import Vocabulary
from w2vneg.word_table import WordTable

_NO_LIMIT = 1 << 62


class _Worker:
    """One thread's table and spool file."""

    def __init__(self, folder: Path, number: int) -> None:
        self.table = WordTable()
        self.spool = open(folder / f"spool-{number}", "w+b", buffering=0)  # noqa: SIM115
        self.position = 0
        self.out = np.empty(0, np.int32)

    def tokenize(self, block: Block, strict: bool) -> _Spooled:
        data, start, stop, end = block.load()
        if self.out.size < len(data) + 2:
            self.out = np.empty(len(data) + 2, np.int32)
        state = self.table.state
        state[kernels.OUT] = 0
        state[kernels.FIRST_INVALID] = -1
        self.table.tokenize(data, start, stop, end, _NO_LIMIT, self.out)
        origin = block.start if block.data is not None else max(0, block.start - 1)
        invalid = None
        if state[kernels.FIRST_INVALID] >= 0:
            invalid = (block.name, origin + int(state[kernels.FIRST_INVALID]))
            if strict:
                raise DataError(
                    f"{invalid[0]}, byte {invalid[1]}: not UTF-8; convert the file with iconv, "
                    "or let such tokens be dropped"
                )
        filled = int(state[kernels.OUT])
        if block.ends_file:
            self.out[filled] = kernels.LINE_END
            filled += 1
        content = memoryview(self.out[:filled]).cast("B")
        result = _Spooled(self, self.position, filled, stop - start, invalid)
        while content:
            content = content[self.spool.write(content) :]
        self.position += 4 * filled
        return result


class _Spooled:
    """Where the numbers of one block lie."""

    def __init__(
        self, worker: _Worker, at: int, count: int, size: int, invalid: tuple[str, int] | None
    ) -> None:
        self.worker, self.at, self.count, self.size, self.invalid = worker, at, count, size, invalid

    def read(self) -> np.ndarray:
        data = os.pread(self.worker.spool.fileno(), 4 * self.count, self.at)
        return np.frombuffer(data, np.int32)


def encode(
    paths: list[str | Path],
    *,
    min_count: int = 5,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
    threads: int | None = None,
    cache: bool = True,
    encoding_errors: str = "drop",
    block_bytes: int = BLOCK_BYTES,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> EncodedCorpus:
    """Read text and return it encoded.

    Parameters
    ----------
    paths : list of str or path
        Text files (plain, gzip, bzip2, xz, zstandard), folders, or ``-`` for stdin.
    min_count : int
        Words that occur less often are left out.
    max_vocab : int, optional
        At most so many words, the most frequent.
    vocabulary : Vocabulary, optional
        Use these words instead; they are counted anew in this corpus, in the order of their new
        counts, and those that do not occur here are left out.
    threads : int, optional
        Default: all processors.
    cache : bool
        Keep the result for later runs on the unchanged files, and use what an earlier run kept.
    encoding_errors : {"drop", "strict"}
        Tokens that are not UTF-8 are dropped and counted, or end the reading.
    block_bytes : int
        How much text a thread takes at a time.
    progress, stop
        Reports, and the wish to end.

    Returns
    -------
    EncodedCorpus

    Raises
    ------
    UsageError, DataError, OutputError
        One line that names the file and the remedy.
    """
    began = time.perf_counter()
    stop = stop or StopFlag()
    files = text_files(paths)
    key = None
    streams = any(is_stream(name) for name in files)
    marks = [] if streams else corpus_cache.file_marks(files)
    if cache and not streams:
        words = vocabulary.fingerprint if vocabulary is not None else None
        options = {"min": min_count, "max": max_vocab, "words": words, "errors": encoding_errors}
        key = corpus_cache.cache_key(marks, options)
        found = corpus_cache.find(key)
        if found is not None:
            return found
    folder = _work_folder()
    try:
        with _disk_errors(folder):
            report = IngestReport()
            workers, blocks = _read(
                files, folder, threads, encoding_errors == "strict", block_bytes, report, progress, stop
            )
            if not streams and corpus_cache.file_marks(files) != marks:
                raise DataError("the corpus changed while it was read; run again when it is complete")
            chosen, ids = _choose(workers, files, min_count, max_vocab, vocabulary, report)
            fingerprint = _translate(blocks, ids, folder, report, stop)
            for worker in workers:
                worker.spool.close()
                os.unlink(worker.spool.name)
            report.seconds = time.perf_counter() - began
            write_folder(folder, chosen, fingerprint, report)
        if key is None:
            return open_folder(folder, temporary=True)
        place = corpus_cache.place(folder, key)
        return open_folder(place, temporary=place == folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _work_folder() -> Path:
    base = cache_folder("corpora")
    try:
        return Path(tempfile.mkdtemp(prefix="new-", dir=base))
    except OSError as error:
        raise OutputError(
            f"cannot write {base}: {error.strerror}; set W2VNEG_CACHE_DIR to a folder with room"
        ) from None


@contextlib.contextmanager
def _disk_errors(folder: Path):  # type: ignore[no-untyped-def]
    try:
        yield
    except W2vnegError:
        raise
    except OSError as error:
        raise OutputError(
            f"cannot write {folder}: {error.strerror or error}; set W2VNEG_CACHE_DIR to a folder "
            "with room"
        ) from None


def _read(
    files: list[str],
    folder: Path,
    threads: int | None,
    strict: bool,
    block_bytes: int,
    report: IngestReport,
    progress: Progress | None,
    stop: StopFlag,
) -> tuple[list[_Worker], list[_Spooled]]:
    """Tokenize all files; return the workers and the spooled blocks in corpus order."""
    count = threads or os.cpu_count() or 1
    local = threading.local()
    workers: list[_Worker] = []
    lock = threading.Lock()

    def work(block: Block) -> _Spooled:
        worker = getattr(local, "worker", None)
        if worker is None:
            with lock:
                worker = local.worker = _Worker(folder, len(workers))
                workers.append(worker)
        return worker.tokenize(block, strict)

    total = None if any(is_stream(f) for f in files) else sum(os.path.getsize(f) for f in files)
    blocks: list[_Spooled] = []
    if progress:
        progress.start("reading corpus", total, "bytes")
    with ThreadPoolExecutor(count, "w2vneg-read") as pool:
        waiting: deque[Future[_Spooled]] = deque()
        try:
            for block in read_blocks(files, block_bytes):
                stop.check("reading the corpus")
                waiting.append(pool.submit(work, block))
                # Few blocks wait at a time: a stream may be read faster than it is tokenized.
                while len(waiting) > 2 * count:
                    blocks.append(waiting.popleft().result())
                    report.bytes_read += blocks[-1].size
                    if progress:
                        progress.update(report.bytes_read)
            while waiting:
                stop.check("reading the corpus")
                blocks.append(waiting.popleft().result())
                report.bytes_read += blocks[-1].size
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if progress:
        progress.finish()
    return workers, blocks


def _choose(
    workers: list[_Worker],
    files: list[str],
    min_count: int,
    max_vocab: int | None,
    given: Vocabulary | None,
    report: IngestReport,
) -> tuple[Vocabulary, dict[int, np.ndarray]]:
    """Merge the tables, choose the words; return them and, by worker, the id of each number."""
    shown = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more files"
    if not workers:
        raise DataError(f"no tokens in {shown}; give a file with text")
    # The largest table takes the others in.
    master = max(workers, key=lambda worker: len(worker.table)).table
    counts = master.counts()
    numbers = {}
    for worker in workers:
        if worker.table is master:
            continue
        numbers[id(worker)] = merged = master.merge(worker.table)
        grown = np.zeros(len(master), np.int64)
        grown[: len(counts)] = counts
        np.add.at(grown, merged, worker.table.counts())
        counts = grown
    invalid = master.invalid[: len(counts)].astype(bool)
    states = [worker.table.state for worker in workers]
    report.tokens_read = int(sum(state[kernels.TOKENS] for state in states))
    report.too_long = int(sum(state[kernels.TOO_LONG] for state in states))
    report.control_bytes = int(sum(state[kernels.CONTROLS] for state in states))
    report.invalid_utf8 = int(counts[invalid].sum())
    report.distinct_words = len(counts) - int(invalid.sum())
    if report.tokens_read == 0:
        raise DataError(f"no tokens in {shown}; give a file with text")
    if given is not None:
        blob = np.frombuffer(given.blob.replace(b"\n", b""), np.uint8)
        padded = np.zeros((len(blob) + kernels.PADDING + 15) & ~7, np.uint8)
        padded[: len(blob)] = blob
        lengths = [len(word.encode("utf-8")) for word in given.words]
        candidates = master.add(padded, np.concatenate([[0], np.cumsum(lengths)])).astype(np.int64)
        grown = np.zeros(len(master), np.int64)
        grown[: len(counts)] = counts
        counts = grown
        chosen = candidates[counts[candidates] > 0]
        why = "none of the words of --vocab occur"
    else:
        chosen = np.flatnonzero((counts >= min_count) & ~invalid)
        largest = int(counts[~invalid].max(initial=0))
        why = f"the most frequent word occurs {largest} times, --min-count is {min_count}: lower it"
    if len(chosen) == 0:
        raise DataError(f"no words left in {shown}: {why}")
    chosen = master.order(chosen, counts[chosen])[:max_vocab]
    if len(chosen) < 2:
        raise DataError(
            f"only one word left in {shown}: training needs at least 2; lower --min-count or "
            "raise --max-vocab"
        )
    vocabulary = Vocabulary(master.words_bytes(chosen), counts[chosen])
    by_number = np.full(len(master), -1, np.int32)
    by_number[chosen] = np.arange(len(chosen), dtype=np.int32)
    return vocabulary, {
        id(worker): by_number[numbers[id(worker)]] if id(worker) in numbers else by_number
        for worker in workers
    }


def _translate(
    blocks: list[_Spooled],
    ids: dict[int, np.ndarray],
    folder: Path,
    report: IngestReport,
    stop: StopFlag,
) -> str:
    """Write tokens and sentence starts; return the fingerprint of both."""
    largest = max(block.count for block in blocks)
    tokens = np.empty(largest, np.int32)
    lines = np.empty(largest, np.int64)
    starts = np.empty(2 * largest + 2, np.int64)
    hashes = np.zeros(2, np.uint64)
    sentences = hashlib.sha256()
    position = last = 0
    with (
        open(folder / "tokens", "wb", buffering=0) as token_file,
        open(folder / "starts", "wb") as start_file,
        np.errstate(over="ignore"),
    ):
        start_file.write(np.zeros(1, np.int64).tobytes())
        for block in blocks:
            stop.check("encoding the corpus")
            if block.invalid is not None and report.first_invalid is None:
                report.first_invalid = f"{block.invalid[0]}, byte {block.invalid[1]}"
            table_ids = ids[id(block.worker)]
            kept, ended = remap(block.read(), table_ids, tokens, lines, hashes)
            written, last = cut_sentences(
                lines[:ended], position, position + kept, last, kernels.MAX_SENTENCE, starts
            )
            content = memoryview(tokens[:kept]).cast("B") if kept else memoryview(b"")
            while content:
                content = content[token_file.write(content) :]
            starts_bytes = starts[:written].tobytes()
            start_file.write(starts_bytes)
            sentences.update(starts_bytes)
            report.sentences += written
            position += kept
        if position > last:
            start_file.write(np.array([position], np.int64).tobytes())
            sentences.update(np.array([position], np.int64).tobytes())
            report.sentences += 1
    report.tokens_kept = position
    report.out_of_vocabulary = (
        report.tokens_read - position - report.invalid_utf8 - report.too_long
    )
    return hashlib.sha256(hashes.tobytes() + sentences.digest()).hexdigest()


def encode_sentences(
    sentences: list[list[str]],
    *,
    min_count: int = 5,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
) -> EncodedCorpus:
    """Encode sentences that are already split into words.

    Parameters
    ----------
    sentences : list of lists of str
        A word must not be empty nor hold white space.
    min_count, max_vocab, vocabulary
        As for `encode`.

    Raises
    ------
    UsageError
        Naming the first sentence with something else than words.
    """
    lines = []
    for number, sentence in enumerate(sentences):
        if isinstance(sentence, str):
            raise UsageError(f"sentence {number} is a string; give a list of words")
        for word in sentence:
            if not isinstance(word, str) or word.split() != [word] or min(word) <= " ":
                raise UsageError(f"sentence {number}: {word!r} is not a word without white space")
        lines.append(" ".join(sentence))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sentences"
        path.write_text("\n".join(lines), encoding="utf-8")
        try:
            return encode(
                [path],
                min_count=min_count,
                max_vocab=max_vocab,
                vocabulary=vocabulary,
                cache=False,
                threads=1,
            )
        except DataError as error:
            raise DataError(str(error).replace(str(path), "the sentences")) from None
