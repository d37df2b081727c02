"""Text to encoded corpus in one pass over the bytes, with all threads.

Each thread numbers the words of its blocks in a table of its own and leaves the numbers in a spool
file. When all text has been seen the tables are merged, the vocabulary is chosen, and the blocks
are translated to ids in corpus order, so that the result does not depend on the threads. Memory
holds the distinct words and a few blocks, whatever the size of the corpus.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from w2vneg.config import bounds
from w2vneg.corpus import cache as corpus_cache
from w2vneg.corpus.blocks import BLOCK_BYTES, BlockReader, ByteStream
from w2vneg.corpus.build_vocabulary import choose_words, merge_tables
from w2vneg.corpus.encoded import EncodedCorpus, IngestReport, open_folder, write_folder
from w2vneg.corpus.sentences import SentenceStream
from w2vneg.corpus.sources import BOM, Source, check_unchanged, find_sources
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.corpus.word_table import word_limit_explained
from w2vneg.corpus.workers import NO_LIMIT, Reading, read_corpus, shown
from w2vneg.corpus.write_tokens import translate
from w2vneg.errors import DataError, OutputError, UsageError, W2vnegError, suggest
from w2vneg.system.atomic_files import unfinished
from w2vneg.system.cache_dir import cache_folder
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import File, check_disk
from w2vneg.system.progress import Progress

# Clocks of file systems tick every few ms. A file written this recently could be written once
# more without a later time of change, and the cache would not notice.
_TICK_S = 0.02

_SAMPLES, _SAMPLE_BYTES = 16, 1 << 16
#: Samples may mislead, and a full disk is survived: rather that than a false alarm.
_RATHER_LESS = 0.8
_MORE_ROOM = "make room or set W2VNEG_CACHE_DIR to a folder with more"


def encode(
    paths: Sequence[str | os.PathLike[str]],
    *,
    min_count: int = 5,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
    threads: int | None = None,
    cache: bool = True,
    encoding_errors: str = "drop",
    max_tokens: int | None = None,
    block_bytes: int = BLOCK_BYTES,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> EncodedCorpus:
    """Read text and return it encoded.

    A line (LF, CRLF or CR) is a sentence, cut where it is longer than 1000 kept tokens. Tokens are
    separated by bytes up to 0x20. Tokens that are not UTF-8 or longer than 1000 bytes are dropped
    and counted.

    Parameters
    ----------
    paths : sequence of str or path
        Text files (plain, gzip, bzip2, xz, zstandard), folders, pipes, or ``-`` for stdin.
    min_count : int
        Words that occur less often are left out.
    max_vocab : int, optional
        At most so many words, the most frequent.
    vocabulary : Vocabulary, optional
        Use these words instead of `min_count` and `max_vocab`. They are counted anew in this
        corpus and ordered by the new counts; those that do not occur here are left out.
    threads : int, optional
        Default: all processors that the process may use.
    cache : bool
        Keep the result for later runs on the unchanged files, and use what an earlier run kept.
        Pipes and stdin are never kept.
    encoding_errors : {"drop", "strict"}
        Tokens that are not UTF-8 are dropped and counted, or end the reading.
    max_tokens : int, optional
        Read only so many tokens (with one thread).
    block_bytes : int
        How much text a thread takes at a time; no effect on the result.
    progress, stop
        Reports, and the wish to end.

    Returns
    -------
    EncodedCorpus
        To be closed: without `cache` its files are removed then.

    Raises
    ------
    UsageError, DataError, OutputError, ResourceError
        One line that names the file and the remedy.
    Interrupted
        `stop` was set.
    """
    began = time.perf_counter()
    sources = find_sources(paths)
    key = None
    if cache and not any(source.is_stream for source in sources):
        key = corpus_cache.cache_key(
            sources,
            {
                "min_count": None if vocabulary else min_count,
                "max_vocab": None if vocabulary else max_vocab,
                "vocabulary": vocabulary.fingerprint if vocabulary else None,
                "encoding_errors": encoding_errors,
                "max_tokens": max_tokens,
            },
        )
        found = corpus_cache.find(key)
        if found is not None:
            found.shown = shown(sources)
            return found
        _let_clocks_tick(sources)
    with _work_folder() as folder:
        _check_room(sources, folder)
        reading, report = _read(
            sources, folder, threads, encoding_errors, max_tokens, block_bytes, progress, stop
        )
        return _finish(
            reading, report, folder, key, min_count, max_vocab, vocabulary, began, progress, stop
        )


def encode_sentences(
    sentences: Iterable[Iterable[str]],
    *,
    min_count: int = 5,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> EncodedCorpus:
    """Encode sentences that are already split into words.

    Parameters
    ----------
    sentences : iterable of iterables of str
        Read once. A word must not be empty nor hold blanks or control characters.
    min_count, max_vocab, vocabulary, threads, progress, stop
        As for `encode`.

    Returns
    -------
    EncodedCorpus
        To be closed; it is never kept in the cache.

    Raises
    ------
    UsageError
        Naming the first sentence that is not a list of words.
    """
    began = time.perf_counter()
    stream = SentenceStream(sentences)
    sources = [Source(stream.path, "sentences")]
    opened: dict[str, ByteStream] = {stream.path: stream}
    with _work_folder() as folder:
        reading, report = _read(
            sources, folder, threads, "strict", None, BLOCK_BYTES, progress, stop, opened
        )
        return _finish(
            reading, report, folder, None, min_count, max_vocab, vocabulary, began, progress, stop
        )


def count(
    paths: Sequence[str | os.PathLike[str]],
    *,
    min_count: int = 5,
    max_vocab: int | None = None,
    threads: int | None = None,
    encoding_errors: str = "drop",
    max_tokens: int | None = None,
    block_bytes: int = BLOCK_BYTES,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> tuple[Vocabulary, IngestReport]:
    """Count the words of a corpus; writes nothing.

    Parameters
    ----------
    paths, min_count, max_vocab, threads, encoding_errors, max_tokens, block_bytes, progress, stop
        As for `encode`.

    Returns
    -------
    vocabulary : Vocabulary
    report : IngestReport
        ``sentences`` is 0: they are not looked at.
    """
    began = time.perf_counter()
    sources = find_sources(paths)
    reading, report = _read(
        sources, None, threads, encoding_errors, max_tokens, block_bytes, progress, stop
    )
    with word_limit_explained(reading.shown):
        merged = merge_tables(reading.tables, report, reading.shown)
        vocabulary, _ = choose_words(merged, min_count, max_vocab, None, report, reading.shown)
    report.tokens_kept = vocabulary.total
    report.finish(time.perf_counter() - began)
    return vocabulary, report


def _read(
    sources: list[Source],
    folder: Path | None,
    threads: int | None,
    encoding_errors: str,
    max_tokens: int | None,
    block_bytes: int,
    progress: Progress | None,
    stop: StopFlag | None,
    opened: dict[str, ByteStream] | None = None,
) -> tuple[Reading, IngestReport]:
    """Read all text; return what the threads found, and the report so far."""
    if encoding_errors not in ("drop", "strict"):
        raise UsageError(
            f"encoding errors {encoding_errors!r}: {suggest(encoding_errors, ['drop', 'strict'])}"
        )
    if max_tokens is not None and not 1 <= max_tokens <= NO_LIMIT:
        allowed = bounds(1, NO_LIMIT)
        raise UsageError(f"--max-tokens {max_tokens} is out of range: {allowed}")
    stop = stop or StopFlag()
    # The first block must hold the byte order mark and the first byte of a token.
    block_bytes = max(len(BOM) + 1, block_bytes)
    reader = BlockReader(sources, block_bytes, stop, opened)
    report = IngestReport()
    with contextlib.closing(reader):
        reading = read_corpus(
            reader,
            sources,
            folder,
            threads=1 if max_tokens else threads,
            strict=encoding_errors == "strict",
            max_tokens=max_tokens,
            block_bytes=block_bytes,
            progress=progress or Progress(),
            stop=stop,
        )
    try:
        for source in sources:
            check_unchanged(source)
    except DataError:
        reading.close()
        raise
    report.bytes_read = reading.size
    report.first_invalid = reading.first_invalid
    return reading, report


def _finish(
    reading: Reading,
    report: IngestReport,
    folder: Path,
    key: str | None,
    min_count: int,
    max_vocab: int | None,
    given: Vocabulary | None,
    began: float,
    progress: Progress | None,
    stop: StopFlag | None,
) -> EncodedCorpus:
    """Choose the words, write the corpus, and open it."""
    with contextlib.closing(reading):
        with word_limit_explained(reading.shown):
            merged = merge_tables(reading.tables, report, reading.shown)
            vocabulary, ids = choose_words(
                merged, min_count, max_vocab, given, report, reading.shown, at_least=2
            )
        fingerprint = translate(
            reading, ids, folder, vocabulary.fingerprint, report, progress or Progress(), stop
        )
    report.finish(time.perf_counter() - began)
    write_folder(folder, vocabulary, fingerprint, report)
    place = folder if key is None else corpus_cache.place(folder, key)
    corpus = open_folder(place, temporary=place == folder)
    corpus.shown = reading.shown
    return corpus


def _check_room(sources: list[Source], folder: Path) -> None:
    """Refuse a corpus whose word numbers the disk cannot hold, judging by samples of its files.

    Compressed files and pipes do not tell beforehand how much they hold.
    """
    plain = [source for source in sources if source.is_plain]
    taken = tokens = lines = 0
    for source in plain[:: len(plain) // _SAMPLES + 1]:
        with contextlib.suppress(OSError), open(source.path, "rb") as text:
            head = text.read(_SAMPLE_BYTES)
            taken, tokens, lines = (
                taken + len(head),
                tokens + len(head.split()),
                lines + head.count(b"\n"),
            )
    if taken:
        # Each token is written twice in 4 bytes, each line once in 4 and once in 8.
        share = (8 * tokens + 12 * lines) / taken
        needed = int(_RATHER_LESS * share * sum(source.size for source in plain))
        check_disk([File(folder, needed, "the encoded corpus")], _MORE_ROOM)


def _let_clocks_tick(sources: list[Source]) -> None:
    """Wait until no file can be changed without its time of change telling."""
    youngest = max(source.identity[1] for source in sources)
    age = time.time() - youngest / 1e9
    if 0 <= age < _TICK_S:
        time.sleep(_TICK_S - age)


@contextlib.contextmanager
def _work_folder() -> Iterator[Path]:
    """Make a folder for what does not fit into memory; it is removed on failure."""
    base = cache_folder("corpora")
    try:
        folder = Path(tempfile.mkdtemp(prefix=corpus_cache.unfinished_prefix(), dir=base))
    except OSError as error:
        raise _no_room(base or Path(tempfile.gettempdir()), error) from None
    with unfinished(folder):
        try:
            yield folder
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise _no_room(folder.parent, error) from None
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _no_room(folder: Path, error: OSError) -> W2vnegError:
    reason = error.strerror or str(error)
    return OutputError(f"cannot write the encoded corpus to {folder}: {reason}; {_MORE_ROOM}")


__all__ = ["count", "encode", "encode_sentences"]
