"""The walks on a graph as a corpus, drawn as they are trained on: nothing is stored."""

from __future__ import annotations

import functools
import hashlib
import json
import math
import threading

import numpy as np
from numpy.typing import NDArray

from w2vneg.corpus.corpus import Corpus, EvenStarts, Piece
from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.corpus.walk_options import WalkOptions
from w2vneg.corpus.word_table import WordTable
from w2vneg.errors import DataError
from w2vneg.graphs.draw import DEEPWALK, EDGES, NODE2VEC, Walking, count_nodes, draw_walks
from w2vneg.graphs.graph import EdgeGraph
from w2vneg.kernel.alias import build_alias
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress
from w2vneg.system.threads import run_threads

_KINDS = {"deepwalk": DEEPWALK, "node2vec": NODE2VEC, "line1": EDGES, "line2": EDGES}
_PIECE_NODES = 1 << 18
_GOLDEN = (math.sqrt(5) - 1) / 2


class WalkSource:
    """Draws the walks of a graph by their numbers.

    Parameters
    ----------
    graph : EdgeGraph
    options : WalkOptions
    seed : int

    Attributes
    ----------
    count : int
        Walks in an epoch.
    length : int
        Nodes of a walk, at most.
    """

    def __init__(self, graph: EdgeGraph, options: WalkOptions, seed: int) -> None:
        self.graph, self.options, self.seed = graph, options, seed
        self.count = len(graph) * options.per_node
        self.length = options.length
        ends = np.empty((0, 2), np.uint32)
        if options.is_line:
            ends = build_alias(graph.strengths)
        self.walking = Walking(
            rows=graph.rows,
            kind=_KINDS[options.walks],
            length=options.length,
            stride=_stride(len(graph)),
            back=1.0 / (options.p or 1.0),
            far=1.0 / (options.q or 1.0),
            ends=ends,
            ids=np.arange(len(graph), dtype=np.int32),
        )

    def draw(self, first: int, last: int, epoch: int = 0) -> Piece:
        """Return the walks `first` to `last`, the latter excluded, of an epoch."""
        tokens = np.empty((last - first) * self.length, np.int32)
        starts = np.empty(last - first + 1, np.int64)
        rng = np.empty(4, np.uint64)
        with np.errstate(over="ignore"):  # plain Python would warn of wrapping around
            count = draw_walks(self.walking, self._key(epoch), first, last, rng, tokens, starts)
        tokens = tokens[:count]
        # Of the same type as a mapped file, so that no kernel is compiled twice.
        tokens.flags.writeable = starts.flags.writeable = False
        return Piece(tokens, starts, 0, last - first)

    def count_visits(self, threads: int, progress: Progress, stop: StopFlag) -> NDArray[np.int64]:
        """Return how often the walks of the first epoch visit each node, (N,) int64."""
        step = max(1, _PIECE_NODES // self.length)
        pieces = iter(range(0, self.count, step))
        lock = threading.Lock()
        totals = [np.zeros(len(self.graph), np.int64) for _ in range(threads)]
        done = 0
        cancelled = threading.Event()

        def work(counts: NDArray[np.int64]) -> None:
            nonlocal done
            while not (cancelled.is_set() or stop.is_set):
                with lock:
                    first = next(pieces, None)
                if first is None:
                    return
                piece = self.draw(first, min(first + step, self.count))
                count_nodes(piece.tokens, len(piece.tokens), counts)
                with lock:
                    done += piece.size

        progress.start("counting walks", self.count * self.length, "nodes")
        try:
            run_threads(
                [functools.partial(work, counts) for counts in totals],
                lambda: progress.update(done),
                cancel=cancelled.set,
            )
        finally:
            progress.finish()
        stop.check("counting walks")
        return np.sum(totals, axis=0, dtype=np.int64)

    def notes(self) -> list[str]:
        """Return what the user should know about the graph, one line each."""
        graph = self.graph
        kind = "directed" if graph.directed else "undirected"
        if graph.weighted:
            kind += f", weighted; {named('unweighted', True)} ignores the weights"
        size = f"the graph has {len(graph):,} nodes and {graph.edges:,} edges ({kind})"
        notes = [size, *graph.notes]
        ends = int(np.count_nonzero(graph.strengths == 0))
        if self.options.one_way and ends:
            nodes = f"{ends:,} nodes have" if ends > 1 else "1 node has"
            notes.append(
                f"{nodes} no outgoing edge: only the output vectors of such nodes are trained; "
                f"{named('mix_out', 1)} adds output vectors to the exported ones"
            )
        return notes

    def fingerprint(self) -> str:
        """Return a hash of all that the walks depend on, hexadecimal."""
        text = json.dumps([self.options.to_dict(), self.seed, self.graph.directed], sort_keys=True)
        return hashlib.sha256(self.graph.digest() + text.encode()).hexdigest()

    def _key(self, epoch: int) -> np.uint64:
        return np.random.SeedSequence([self.seed, epoch]).generate_state(1, np.uint64)[0]


def _stride(nodes: int) -> int:
    """Return a number near the golden ratio of `nodes` that has no divisor in common with it.

    Starts that far apart are spread evenly over the nodes, whatever their order.
    """
    stride = max(1, round(nodes * _GOLDEN))
    while math.gcd(stride, nodes) > 1:
        stride += 1
    return stride


class WalkCorpus(Corpus):
    """A corpus whose sentences are the walks of a `WalkSource`; each epoch has new ones.

    Parameters
    ----------
    source : WalkSource
        Its nodes are called by the ids of the vocabulary.
    vocabulary, fingerprint, report
        See `Corpus`.
    """

    def __init__(
        self, source: WalkSource, vocabulary: Vocabulary, fingerprint: str, report: IngestReport
    ) -> None:
        super().__init__(vocabulary, EvenStarts(source.count, source.length), fingerprint, report)
        self._source = source
        self.is_text = False
        self.one_matrix = source.options.one_vector
        self.one_way = source.options.one_way
        self.sentence_remedy = "give a graph whose edges can be followed"

    def lengths(self) -> NDArray[np.int64]:
        """Return the length of the walks that meet no dead end."""
        return np.array([self._source.length], np.int64)

    def read(self, first: int, last: int, epoch: int = 0) -> Piece:
        """Draw some walks."""
        return self._source.draw(first, last, epoch)


def walk_corpus(
    source: WalkSource,
    *,
    min_count: int = 1,
    max_vocab: int | None = None,
    vocabulary: Vocabulary | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    stop: StopFlag | None = None,
    at_least: int = 2,
) -> WalkCorpus:
    """Count the nodes of walks and return these as a corpus.

    Parameters
    ----------
    source : WalkSource
        Its ids are set to those of the vocabulary.
    min_count, max_vocab, vocabulary
        Which nodes are kept, by their visits in the first epoch; walks leave out the others.
    threads : int, optional
        Default: all processors that the process may use.
    progress, stop
        Progress reporter and stop flag.
    at_least : int
        Fewer nodes are an error.

    Raises
    ------
    DataError
        Too few nodes are left.
    Interrupted
        `stop` was set.
    """
    graph = source.graph
    visits = source.count_visits(
        threads or processors(), progress or Progress(), stop or StopFlag()
    )
    # A node that single edges have missed in the first epoch may come in a later one.
    visits = np.maximum(visits, 1)
    table = WordTable(len(graph))
    table.add(graph.names)
    kept = np.arange(len(graph))
    if vocabulary is not None:
        wanted = table.add_vocabulary(vocabulary)
        kept = np.sort(wanted[wanted < len(graph)])
    chosen = kept[visits[kept] >= min_count]
    chosen = table.order(chosen, visits[chosen])[:max_vocab]
    if len(chosen) < at_least:
        remedy = (
            f"lower {named('min_count')}" if len(kept) >= at_least else "give names of its nodes"
        )
        raise DataError(
            f"only {len(chosen)} of {len(graph):,} nodes are left, training needs at least "
            f"{at_least}; {remedy}"
        )
    words = Vocabulary(table.words_bytes(chosen), visits[chosen])
    ids = np.full(len(graph), -1, np.int32)
    ids[chosen] = np.arange(len(chosen), dtype=np.int32)
    source.walking = source.walking._replace(ids=ids)
    report = IngestReport(
        tokens_read=int(visits.sum()),
        tokens_kept=words.total,
        distinct_words=len(graph),
        sentences=source.count,
        bytes_read=graph.bytes_read,
        notes=source.notes(),
    )
    report.finish(0.0)
    digest = hashlib.sha256((source.fingerprint() + words.fingerprint).encode()).hexdigest()
    return WalkCorpus(source, words, digest, report)
