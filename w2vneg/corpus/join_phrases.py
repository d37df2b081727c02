"""An encoded corpus with its phrases joined to single words, in memory."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from w2vneg.corpus.encoded import EncodedCorpus
from w2vneg.corpus.fingerprint import TokenHash, corpus_fingerprint
from w2vneg.corpus.phrases import find_phrases
from w2vneg.corpus.remap import hash_tokens
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress


def join_phrases(
    corpus: EncodedCorpus,
    passes: int,
    *,
    min_count: int,
    max_vocab: int | None,
    progress: Progress,
    stop: StopFlag,
) -> EncodedCorpus:
    """Return a corpus whose phrases are words, with a vocabulary of its own.

    Parameters
    ----------
    corpus : EncodedCorpus
        Of all words (``min_count=1``).
    passes : int
        See `w2vneg.corpus.phrases.find_phrases`, whose other options keep their defaults.
    min_count, max_vocab : int
        Choose the words, phrases included.
    progress, stop

    Raises
    ------
    DataError
        If no word is left.
    """
    found = find_phrases(corpus, passes=passes, progress=progress, stop=stop)
    progress.note(f"{len(found.phrases):,} phrases")
    counts = np.bincount(found.tokens, minlength=len(found.words)).tolist()
    vocabulary = Vocabulary.from_counts(
        zip(found.words, counts, strict=True), min_count=max(1, min_count), max_vocab=max_vocab
    )
    if not len(vocabulary):
        why = corpus.report.why_no_words(corpus.display_name, min_count, max(counts))
        raise DataError(why)
    old = {word: i for i, word in enumerate(found.words)}
    new_ids = np.full(len(found.words), -1, np.int32)
    new_ids[[old[word] for word in vocabulary.words]] = np.arange(len(vocabulary))
    ids = new_ids[found.tokens]
    kept = ids >= 0
    ends = np.concatenate([[0], np.cumsum(kept)])[found.starts]
    starts = np.ascontiguousarray(ends[np.concatenate([[True], np.diff(ends) > 0])], np.int64)
    tokens = np.ascontiguousarray(ids[kept])
    hashes = np.zeros(2, np.uint64)
    hash_tokens(tokens, hashes)
    token_hash = TokenHash()
    token_hash.add(hashes, len(tokens))
    digest = hashlib.sha256(starts.astype("<i8").tobytes()).digest()
    report = replace(
        corpus.report,
        tokens_kept=len(tokens),
        out_of_vocabulary=len(ids) - len(tokens),
        sentences=len(starts) - 1,
    )
    joined = EncodedCorpus(
        vocabulary,
        tokens,
        starts,
        corpus_fingerprint(token_hash, digest, vocabulary.fingerprint),
        report,
    )
    joined.display_name, joined.sentence_remedy = corpus.display_name, corpus.sentence_remedy
    return joined
