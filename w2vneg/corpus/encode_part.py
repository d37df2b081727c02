"""Encode the part of a corpus that one of several ranks reads."""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from w2vneg.corpus import cache as corpus_cache
from w2vneg.corpus.build_vocabulary import build_vocabulary
from w2vneg.corpus.encoded import CorpusWriter, EncodedCorpus, map_array, open_folder, write_folder
from w2vneg.corpus.fingerprint import TokenHash, corpus_fingerprint
from w2vneg.corpus.options import IngestOptions
from w2vneg.corpus.report import IngestReport
from w2vneg.corpus.sources import CorpusFile, corpus_name
from w2vneg.corpus.workers import read_corpus
from w2vneg.corpus.write_tokens import write_tokens
from w2vneg.system.ranks import Ranks

#: Counts of a report that those of the parts add up to.
_ADDED = (
    "tokens_read", "invalid_utf8", "too_long", "control_bytes", "byte_order_marks", "bytes_read",
    "tokens_kept", "sentences",
)  # fmt: skip
_FIRST = ("first_invalid", "first_control", "unsegmented")
_PIECE = 1 << 20


def encode_part(
    part: list[CorpusFile],
    sources: list[CorpusFile],
    options: IngestOptions,
    began: float,
    *,
    cache: bool,
) -> EncodedCorpus:
    """Read a part, choose the words with the other ranks, and encode it; collective.

    Parameters
    ----------
    part : list of CorpusFile
        What this rank reads; may be empty.
    sources : list of CorpusFile
        The whole corpus, or, with ``options.own_files``, the part.
    options : IngestOptions
    began : float
        When the work began, as `time.perf_counter` has it.
    cache : bool

    Returns
    -------
    EncodedCorpus
        Tokens and sentences of the part; vocabulary, fingerprint and report of the whole.
    """
    ranks, name = options.ranks, corpus_name(sources)
    mark = f"rank {ranks.rank} of {ranks.size}{', own files' if options.own_files else ''}"
    key = corpus_cache.cache_key(sources, options, mark) if cache else None
    found = None if key is None else corpus_cache.find(key, part)
    known = ranks.meet({"whole": None if found is None else found.fingerprint})
    if found is not None and len({note["whole"] for note in known}) == 1:
        found.display_name = name
        return found
    with corpus_cache.work_folder(part) as folder:
        reading = read_corpus(part, options, name, folder)
        with contextlib.closing(reading):
            words = build_vocabulary(reading, options, at_least=2)
            written = write_tokens(reading, words, options, folder)
        vocabulary = words.vocabulary.fingerprint
        whole = _fingerprint(written, folder / "starts", vocabulary, ranks)
        report = _report_of_all(reading.report, ranks)
        report.finish(time.perf_counter() - began)
        write_folder(folder, words.vocabulary, written.fingerprint(vocabulary), report, whole)
        if found is not None and key is not None:
            corpus_cache.remove(key)
        path = corpus_cache.store(folder, key)
        corpus = open_folder(path, temporary=path == folder)
        corpus.display_name = name
        return corpus


def _fingerprint(written: CorpusWriter, starts_path: Path, vocabulary: str, ranks: Ranks) -> str:
    """Return the fingerprint of the whole corpus: that of one process that read it all."""
    starts = map_array(starts_path, "<i8")[1:]
    own = written.tokens_hash
    notes = ranks.meet(
        {"tokens": own.count, "hashes": own.values(), "sentences": len(starts)},
    )
    tokens, hashed = TokenHash(), hashlib.sha256(np.zeros(1, np.int64).data)
    for rank, note in enumerate(notes):
        before = tokens.count
        tokens.add(np.array(note["hashes"], np.uint64), int(note["tokens"]))
        # The starts go to rank 0 alone, a piece at a time.
        for low in range(0, int(note["sentences"]), _PIECE):
            piece = starts[low : low + _PIECE] if rank == ranks.rank else starts[:0]
            given, _ = ranks.exchange(
                np.ascontiguousarray(piece), [len(piece)] + [0] * (ranks.size - 1)
            )
            hashed.update((given + before).data)
    fingerprint = corpus_fingerprint(tokens, hashed.digest(), vocabulary)
    return str(ranks.meet({"fingerprint": fingerprint})[0]["fingerprint"])


def _report_of_all(own: IngestReport, ranks: Ranks) -> IngestReport:
    reports = [IngestReport(**note) for note in ranks.meet(own.to_dict())]
    total = replace(own)
    for name in _ADDED:
        setattr(total, name, sum(getattr(report, name) for report in reports))
    for name in _FIRST:
        known = [getattr(report, name) for report in reports]
        setattr(total, name, next((place for place in known if place is not None), None))
    total.notes = list(dict.fromkeys(note for report in reports for note in report.notes))
    return total
