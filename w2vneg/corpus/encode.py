"""Text to an encoded corpus in one pass over the bytes, with all threads.

Each thread numbers the words of its blocks in a table of its own and writes the numbers to a spool
file. When all text has been read the tables are merged, the vocabulary is chosen, and the blocks
are translated to ids in corpus order, so that the result does not depend on the threads. Memory
holds the distinct words and a few blocks, whatever the size of the corpus.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from w2vneg.corpus import cache as corpus_cache
from w2vneg.corpus.build_vocabulary import build_vocabulary
from w2vneg.corpus.encode_part import encode_part
from w2vneg.corpus.encoded import EncodedCorpus, open_folder, write_folder
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.inputs import list_inputs
from w2vneg.corpus.options import BLOCK_BYTES, IngestOptions, least_count
from w2vneg.corpus.parts import part_of
from w2vneg.corpus.paths_or_sentences import Corpus, Sentences, understand
from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.sentence_lines import Tokenizer
from w2vneg.corpus.sentences import SentenceSource, raising_callers_errors, sentence_source
from w2vneg.corpus.sources import CorpusFile, corpus_name
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.corpus.workers import read_corpus
from w2vneg.corpus.write_tokens import write_tokens
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.system.ranks import ALONE, Ranks


def encode(
    corpus: Corpus | Sentences,
    *,
    tokenizer: Tokenizer | str | None = None,
    column: Any = None,
    group: str | None = None,
    order: str | None = None,
    min_count: int | None = None,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
    earlier: Vocabulary | None = None,
    threads: int | None = None,
    cache: bool = True,
    encoding_errors: str = "drop",
    max_tokens: int | None = None,
    block_bytes: int = BLOCK_BYTES,
    input: InputOptions | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
    ranks: Ranks = ALONE,
    own_files: bool = False,
) -> EncodedCorpus:
    """Read text, tables or sentences and return them encoded.

    A line (LF, CRLF or CR) is a sentence, cut where it is longer than 1000 kept tokens. Tokens are
    separated by bytes up to 0x20. Tokens that are not UTF-8 or longer than 1000 bytes are dropped
    and counted.

    Parameters
    ----------
    corpus : path, list of paths, or iterable of sentences
        Text files or tables (plain, gzip, bzip2, xz, zstandard), folders, pipes, addresses, or
        ``-`` for stdin; or sentences, which are read as `encode_sentences` does. What is a path
        and what is a sentence, `w2vneg.model.SkipGram.fit` says.
    tokenizer, column, group, order
        See `w2vneg.model.SkipGram.fit`.
    min_count : int, optional
        Words that occur less often are left out. Default: 5; with `vocabulary` or `group`, 1.
    max_vocab : int, optional
        Keep only this many words, the most frequent.
    vocabulary : Vocabulary, optional
        Use only these words. They are counted in this corpus and ordered by these counts;
        `min_count` and `max_vocab` then choose among them. Words that do not occur here are left
        out.
    earlier : Vocabulary, optional
        The vocabulary of earlier texts, which this one continues: its words stay, and those that
        this text alone would have are added. The counts are those of all texts (see
        `w2vneg.corpus.corpus.Corpus.earlier`).
    threads : int, optional
        Default: all processors that the process may use.
    cache : bool
        Store the result for later runs on the unchanged files, and use what an earlier run
        stored. Pipes, stdin and sentences are never cached.
    encoding_errors : {"drop", "strict"}
        Tokens that are not UTF-8 are dropped and counted, or are an error.
    max_tokens : int, optional
        Read only the first tokens, up to this number (with one thread).
    block_bytes : int
        How much text a thread takes at a time; no effect on the result.
    input : InputOptions, optional
        All options of reading files, instead of `column`, `group`, `order` and the name of a
        tokenizer.
    progress : Progress, optional
        Progress reporter.
    stop : StopFlag, optional
        Stop flag.
    ranks : Ranks
        Where several read one corpus together: each reads a part of it, if it can be divided.
    own_files : bool
        Whether each rank is given the files of its own part.

    Returns
    -------
    EncodedCorpus
        Close it when done; a corpus that is not cached is deleted then.

    Raises
    ------
    UsageError, DataError, OutputError, ResourceError
        One line that names the file and the remedy.
    Interrupted
        `stop` was set.
    """
    began = time.perf_counter()
    given, reading = understand(
        corpus, tokenizer=tokenizer, column=column, group=group, order=order, input=input
    )
    options = IngestOptions(
        min_count=least_count(min_count, vocabulary, reading),
        max_vocab=max_vocab,
        vocabulary=vocabulary,
        earlier=earlier,
        threads=threads,
        encoding_errors=encoding_errors,
        max_tokens=max_tokens,
        block_bytes=block_bytes,
        progress=progress or Progress(),
        stop=stop or StopFlag(),
        input=reading,
        ranks=ranks,
        own_files=own_files,
    )
    if isinstance(given, Sentences):
        encoded = _encode_sentences(given, options, began)
    else:
        sources, left_out = list_inputs(given.paths, reading, options.stop)
        encoded = _encode(sources, options, began, cache=cache)
        encoded.report.left_out = left_out
    if earlier is not None:
        encoded.add_counts(earlier)
    return encoded


def encode_sentences(
    sentences: Iterable[Any] | SentenceSource,
    *,
    tokenizer: Tokenizer | None = None,
    column: Any = None,
    min_count: int | None = None,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
    threads: int | None = None,
    encoding_errors: str = "drop",
    max_tokens: int | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> EncodedCorpus:
    """Encode sentences from Python.

    The same sentences give the same corpus as a text file with one of them a line, whatever they
    come in.

    Parameters
    ----------
    sentences : iterable
        Sentences: all are strings, or all are iterables of words. It is read once, in the calling
        thread, in bounded memory. A word is a str or a whole number, which stands for its
        decimals. It must not be empty nor contain white space or control characters.
    tokenizer : callable, optional
        Splits a sentence that is a string into words. Default: at the separators of a text file.
    column : object, optional
        Read this column of a table (pandas, polars, Arrow), of a data set of Hugging Face, or of
        any iterable of dicts.
    min_count, max_vocab, vocabulary, threads, max_tokens, progress, stop
        As for `encode`.
    encoding_errors : {"drop", "strict"}
        As for `encode`. Words of Python are text already, so that both mean the same.

    Returns
    -------
    EncodedCorpus
        Close it when done; it is never cached.

    Raises
    ------
    UsageError
        Naming what is no corpus, or the first sentence that cannot be used.
    DataError, OutputError, ResourceError, Interrupted
        As for `encode`.
    Exception
        Whatever the iterable, a sentence or the tokenizer raises.
    """
    began = time.perf_counter()
    options = IngestOptions(
        min_count=least_count(min_count, vocabulary),
        max_vocab=max_vocab,
        vocabulary=vocabulary,
        threads=threads,
        encoding_errors=encoding_errors,
        max_tokens=max_tokens,
        progress=progress or Progress(),
        stop=stop or StopFlag(),
    )
    if not isinstance(sentences, SentenceSource):
        sentences = sentence_source(sentences, tokenizer=tokenizer, column=column)
    return _encode_sentences(Sentences(sentences, []), options, began)


def count(
    corpus: Corpus,
    *,
    tokenizer: Tokenizer | str | None = None,
    column: Any = None,
    group: str | None = None,
    order: str | None = None,
    min_count: int | None = None,
    max_vocab: int | None = None,
    threads: int | None = None,
    encoding_errors: str = "drop",
    max_tokens: int | None = None,
    block_bytes: int = BLOCK_BYTES,
    input: InputOptions | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> tuple[Vocabulary, IngestReport]:
    """Count the words of a corpus without writing anything.

    Parameters
    ----------
    corpus, tokenizer, column, group, order, min_count, max_vocab, threads, encoding_errors
    max_tokens, block_bytes, input, progress, stop
        As for `encode`.

    Returns
    -------
    vocabulary : Vocabulary
    report : IngestReport
        ``sentences`` is 0: they are not counted.

    Raises
    ------
    UsageError, DataError, ResourceError, Interrupted
        As for `encode`.
    """
    began = time.perf_counter()
    given, reading = understand(
        corpus, tokenizer=tokenizer, column=column, group=group, order=order, input=input
    )
    options = IngestOptions(
        min_count=least_count(min_count, None, reading),
        max_vocab=max_vocab,
        threads=threads,
        encoding_errors=encoding_errors,
        max_tokens=max_tokens,
        block_bytes=block_bytes,
        progress=progress or Progress(),
        stop=stop or StopFlag(),
        input=reading,
    )
    sources: list[CorpusFile]
    left_out: list[str] = []
    if isinstance(given, Sentences):
        _show(given.notes, options)
        sources = [given.source]
    else:
        sources, left_out = list_inputs(given.paths, reading, options.stop)
    found = raising_callers_errors(lambda: read_corpus(sources, options, corpus_name(sources)))
    vocabulary = build_vocabulary(found, options).vocabulary
    found.report.tokens_kept = vocabulary.total
    found.report.left_out = left_out
    found.report.finish(time.perf_counter() - began)
    return vocabulary, found.report


def _encode_sentences(given: Sentences, options: IngestOptions, began: float) -> EncodedCorpus:
    _show(given.notes, options)
    options = replace(options, ranks=ALONE)  # every rank has been given all sentences
    corpus = raising_callers_errors(lambda: _encode([given.source], options, began, cache=False))
    corpus.sentence_remedy = "give each sentence as a list of all its words"
    return corpus


def _show(notes: list[str], options: IngestOptions) -> None:
    for note in notes:
        options.progress.note(note)


def _encode(
    sources: list[CorpusFile], options: IngestOptions, began: float, *, cache: bool
) -> EncodedCorpus:
    """Read the text, choose the words, write the corpus, and open it, unless it is cached."""
    name = corpus_name(sources)
    if options.ranks.size > 1:
        part = part_of(sources, options)
        if part is not None:
            return encode_part(part, sources, options, began, cache=cache)
        options = replace(options, ranks=ALONE)  # every rank reads it all
    key = corpus_cache.cache_key(sources, options) if cache else None
    if key is not None:
        cached = corpus_cache.find(key, sources)
        if cached is not None:
            cached.display_name = name
            return cached
    with corpus_cache.work_folder(sources) as folder:
        reading = read_corpus(sources, options, name, folder)
        with contextlib.closing(reading):
            words = build_vocabulary(reading, options, at_least=2)
            written = write_tokens(reading, words, options, folder)
            fingerprint = written.fingerprint(words.vocabulary.fingerprint)
        reading.report.finish(time.perf_counter() - began)
        write_folder(folder, words.vocabulary, fingerprint, reading.report)
        path = corpus_cache.store(folder, key)
        corpus = open_folder(path, temporary=path == folder)
        corpus.display_name = name
        return corpus


__all__ = ["count", "encode", "encode_sentences"]
