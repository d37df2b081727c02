"""`w2vneg.encode`: a corpus that is read once and trained on often, whatever it is read from."""

from __future__ import annotations

from typing import Any

from w2vneg.corpus.corpus import Corpus
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.paths_or_sentences import Corpus as Given
from w2vneg.corpus.sentence_lines import Tokenizer
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.graphs.any_input import encode_input, understand_input
from w2vneg.graphs.walks import Walks
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress


def encode(
    corpus: Given | Walks,
    *,
    tokenizer: Tokenizer | str | None = None,
    column: Any = None,
    group: str | None = None,
    order: str | None = None,
    min_count: int | None = None,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
    threads: int | None = None,
    cache: bool = True,
    encoding_errors: str = "drop",
    max_tokens: int | None = None,
    seed: int = 1,
    input: InputOptions | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> Corpus:
    """Read text, tables, sentences or the edges of a graph, and return them as a corpus.

    Parameters
    ----------
    corpus : path, list of paths, iterable of sentences, or Walks
        As for `w2vneg.SkipGram.fit`. Files of edges are those with such a suffix, or with
        ``input=InputOptions(format="edges")``.
    tokenizer, column, group, order, input
        See `w2vneg.SkipGram.fit`.
    min_count, max_vocab, vocabulary, threads, cache, encoding_errors, max_tokens, progress, stop
        See `w2vneg.corpus.encode.encode`. For graphs the default of `min_count` is 1, `cache` and
        `encoding_errors` have no effect, and `max_tokens` is refused.
    seed : int
        Of the walks on a graph in files.

    Returns
    -------
    EncodedCorpus or WalkCorpus
        Tokens in memory-mapped files; or the walks on a graph, which are drawn when they are read,
        others in each epoch. Close it when done.

    Raises
    ------
    UsageError, DataError, OutputError, ResourceError
        One line that names the file and the remedy.
    Interrupted
        `stop` was set.
    """
    given, reading = understand_input(
        corpus, tokenizer=tokenizer, column=column, group=group, order=order, input=input
    )
    return encode_input(
        given,
        input=reading,
        seed=seed,
        min_count=min_count,
        max_vocab=max_vocab,
        vocabulary=vocabulary,
        threads=threads,
        cache=cache,
        encoding_errors=encoding_errors,
        max_tokens=max_tokens,
        progress=progress,
        stop=stop,
    )
