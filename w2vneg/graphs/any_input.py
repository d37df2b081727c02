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
from w2vneg.corpus.options import least_count
from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.sources import CorpusFile, corpus_name
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import UsageError
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named
from w2vneg.system.progress import Progress

if TYPE_CHECKING:
    from w2vneg.graphs.walk_corpus import WalkCorpus, WalkSource


def encode_input(
    paths: Sequence[str | os.PathLike[str]],
    *,
    input: InputOptions | None = None,
    seed: int = 1,
    min_count: int | None = None,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
    **of_text: Any,
) -> Corpus:
    """Return files as a corpus: text and tables encoded, graphs as walks on them.

    Parameters
    ----------
    paths, input, min_count, max_vocab, vocabulary, threads, progress, stop
        See `w2vneg.corpus.encode.encode`.
    seed : int
        Of the walks.
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
    options = (input or InputOptions()).for_files(paths)
    if options.format != EDGES:
        from w2vneg.corpus.encode import encode

        return encode(
            paths,
            min_count=min_count,
            max_vocab=max_vocab,
            vocabulary=vocabulary,
            threads=threads,
            input=options,
            progress=progress,
            stop=stop,
            **of_text,
        )
    if of_text.get("max_tokens") is not None:
        raise UsageError(
            f"{named('max_tokens')} has no effect on the edges of a graph; lower "
            f"{named('walks_per_node')} instead"
        )
    return encode_edges(
        paths,
        options,
        seed=seed,
        min_count=least_count(min_count, vocabulary),
        max_vocab=max_vocab,
        vocabulary=vocabulary,
        threads=threads,
        progress=progress,
        stop=stop,
    )


def count_input(
    paths: Sequence[str | os.PathLike[str]],
    *,
    input: InputOptions | None = None,
    seed: int = 1,
    min_count: int = 5,
    max_vocab: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
    **of_text: Any,
) -> tuple[Vocabulary, IngestReport]:
    """Count the words of files, or the nodes in walks on a graph, without writing anything.

    Parameters
    ----------
    paths, input, seed, min_count, max_vocab, threads, progress, stop, **of_text
        As for `encode_input`, with the other options of `w2vneg.corpus.encode.count`.

    Returns
    -------
    vocabulary : Vocabulary
    report : IngestReport

    Raises
    ------
    UsageError, DataError, ResourceError, Interrupted
        As for `encode_input`.
    """
    options = (input or InputOptions()).for_files(paths)
    kept: dict[str, Any] = {
        "min_count": min_count,
        "max_vocab": max_vocab,
        "threads": threads,
        "progress": progress,
        "stop": stop,
    }
    if options.format != EDGES:
        from w2vneg.corpus.encode import count

        return count(paths, input=options, **kept, **of_text)
    corpus = encode_edges(paths, options, seed=seed, at_least=1, **kept)
    return corpus.vocabulary, corpus.report


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

    began = time.perf_counter()
    source = walk_source(paths, options, seed, kept.get("progress"), kept.get("stop"))
    corpus = walk_corpus(source, **kept)
    corpus.report.seconds = time.perf_counter() - began
    corpus.display_name = corpus_name([CorpusFile(os.fspath(path), "plain") for path in paths])
    return corpus


def walk_source(
    paths: Sequence[str | os.PathLike[str]],
    options: InputOptions,
    seed: int,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> WalkSource:
    """Read the edges of files and return the walks on their graph.

    Raises
    ------
    UsageError, DataError, Interrupted
        See `w2vneg.graphs.edge_file.read_edges`.
    """
    from w2vneg.graphs.edge_file import read_edges
    from w2vneg.graphs.graph import build_graph
    from w2vneg.graphs.walk_corpus import WalkSource

    assert options.walks is not None
    edges = read_edges(paths, options, progress, stop)
    return WalkSource(build_graph(edges, options.walks.directed), options.walks, seed)


__all__ = ["count_input", "encode_edges", "encode_input", "walk_source"]
