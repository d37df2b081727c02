"""A corpus from files, whatever they hold: text, tables, or the edges of a graph.

What only graphs need is imported where there is one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from w2vneg.corpus.corpus import Corpus
from w2vneg.corpus.input_options import EDGES, InputOptions
from w2vneg.corpus.paths_or_sentences import Corpus as Given
from w2vneg.corpus.paths_or_sentences import Paths, Sentences, understand
from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.sources import CorpusFile, corpus_name
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import UsageError
from w2vneg.graphs.walks import Walks
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import choice, named
from w2vneg.system.progress import Progress
from w2vneg.system.ranks import ALONE

if TYPE_CHECKING:
    from w2vneg.graphs.walk_corpus import WalkCorpus


def understand_input(
    corpus: Given | Walks, *, input: InputOptions | None = None, **how: Any
) -> tuple[Paths | Sentences | Walks, InputOptions]:
    """Return what a corpus is, and how its files are read.

    Parameters
    ----------
    corpus, input, **how
        As for `w2vneg.corpus.paths_or_sentences.understand`, or walks.

    Raises
    ------
    UsageError
        As for `understand`.
    """
    if isinstance(corpus, Walks):
        return corpus, InputOptions(format=EDGES, walks=corpus.source.options)
    given, reading = understand(corpus, input=input, **how)
    return given, reading.for_files(given.paths) if isinstance(given, Paths) else reading


def encode_input(
    corpus: Given | Sentences | Walks,
    *,
    input: InputOptions | None = None,
    seed: int = 1,
    phrases: int = 0,
    min_count: int | None = None,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
    earlier: Vocabulary | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
    **of_text: Any,
) -> Corpus:
    """Return what is to be trained on as a corpus: text, tables and sentences encoded, graphs as walks.

    Parameters
    ----------
    corpus
        As for `w2vneg.corpus.encode.encode`; files may also be edges, or walks are given.
    input, min_count, max_vocab, vocabulary, earlier, threads, progress, stop
        See `w2vneg.corpus.encode.encode`.
    seed : int
        Of the walks on a graph in files.
    phrases : int
        Join phrases of text in so many passes.
    **of_text
        The other options of `encode`, which have no effect on graphs.

    Returns
    -------
    Corpus
        Close it when done.

    Raises
    ------
    UsageError, DataError, OutputError, ResourceError, Interrupted
        As for `encode` and `w2vneg.graphs.edge_file.read_edges`.
    """
    if phrases and vocabulary is not None:
        raise UsageError(f"{named('phrases')} makes new words; leave {named('vocabulary')} out")
    if earlier is not None:
        for name, given in (("phrases", phrases), ("vocabulary", vocabulary)):
            if given:
                raise UsageError(
                    f"{named(name)} has no effect where a training is continued: the words are those of "
                    "the model and those that the new text adds"
                )
    kept: dict[str, Any] = {
        "min_count": min_count,
        "max_vocab": max_vocab,
        "vocabulary": vocabulary,
        "threads": threads,
        "progress": progress,
        "stop": stop,
    }
    options = input or InputOptions()
    if isinstance(corpus, Paths):
        options = options.for_files(corpus.paths)
    if of_text.get("own_files") and (phrases or of_text.get("max_tokens") is not None):
        idle = "phrases" if phrases else "max_tokens"
        raise UsageError(f"{named(idle)} needs the whole corpus; leave out {named('shards')}")
    if of_text.get("own_files") and (isinstance(corpus, Walks) or options.format == EDGES):
        raise UsageError(
            f"a graph is walked on as a whole: give all ranks all edges, without {named('shards')}"
        )
    if not isinstance(corpus, Walks) and options.format != EDGES:
        return _encode_text(corpus, phrases, input=options, earlier=earlier, **kept, **of_text)
    if earlier is not None:
        raise UsageError(
            f"a training on a graph cannot be continued; start from its vectors with {named('init')}"
        )
    if phrases:
        raise UsageError(f"{named('phrases')} has no effect on graphs; leave it out")
    if of_text.get("max_tokens") is not None:
        raise UsageError(
            f"{named('max_tokens')} has no effect on the edges of a graph; lower "
            f"{named('walks_per_node')} instead"
        )
    kept["min_count"] = 1 if min_count is None else min_count
    if isinstance(corpus, Walks):
        return corpus.corpus(**kept)
    if not isinstance(corpus, Paths):
        raise UsageError(
            f"{choice('format', EDGES)} reads files; for edges in memory give "
            "w2vneg.walks(networkx.Graph(edges))"
        )
    return encode_edges(corpus.paths, options, seed=seed, **kept)


def _encode_text(corpus: Given | Sentences, phrases: int, **options: Any) -> Corpus:
    """Encode text, and join its phrases if so many passes are asked for."""
    from w2vneg.corpus.encode import encode

    if not phrases:
        return encode(corpus, **options)
    from w2vneg.corpus.join_phrases import join_phrases

    # Words that are rare alone may be parts of phrases; ranks find those of the whole corpus.
    whole = {"min_count": 1, "max_vocab": None, "ranks": ALONE}
    with encode(corpus, **{**options, **whole}) as encoded:
        return join_phrases(
            encoded,
            phrases,
            min_count=options["min_count"] or 1,
            max_vocab=options["max_vocab"],
            progress=options["progress"] or Progress(),
            stop=options["stop"] or StopFlag(),
        )


def count_input(
    corpus: Paths,
    *,
    input: InputOptions | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
    **options: Any,
) -> tuple[Vocabulary, IngestReport]:
    """Count the words of files, or the nodes in walks on a graph, without writing anything.

    Parameters
    ----------
    corpus : Paths
    input, seed, progress, stop
        As for `encode_input`.
    **options
        Of `w2vneg.corpus.encode.count`.

    Returns
    -------
    vocabulary : Vocabulary
    report : IngestReport

    Raises
    ------
    UsageError, DataError, ResourceError, Interrupted
        As for `encode_input`.
    """
    reading = (input or InputOptions()).for_files(corpus.paths)
    if reading.format != EDGES:
        from w2vneg.corpus.encode import count

        return count(corpus, input=reading, progress=progress, stop=stop, **options)
    kept = {name: options[name] for name in ("min_count", "max_vocab", "threads")}
    walked = encode_edges(
        corpus.paths, reading, seed=seed, at_least=1, progress=progress, stop=stop, **kept
    )
    return walked.vocabulary, walked.report


def encode_edges(
    paths: Sequence[str | os.PathLike[str]], options: InputOptions, *, seed: int, **kept: Any
) -> WalkCorpus:
    """Return the walks on a graph in files as a corpus.

    Parameters
    ----------
    paths : sequence of str or path
    options : InputOptions
        Of format ``"edges"``.
    seed : int
    **kept
        Other arguments of `walk_corpus`.
    """
    from w2vneg.graphs.walk_corpus import walk_corpus
    from w2vneg.graphs.walk_files import walk_source

    began = time.perf_counter()
    source = walk_source(paths, options, seed, kept.get("progress"), kept.get("stop"))
    corpus = walk_corpus(source, **kept)
    corpus.report.seconds = time.perf_counter() - began
    corpus.display_name = corpus_name([CorpusFile(os.fspath(path), "plain") for path in paths])
    return corpus


__all__ = ["count_input", "encode_edges", "encode_input"]
