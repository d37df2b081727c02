"""gensim's Word2Vec with the same hyperparameters, as a reference."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.samplers.proposals.unigram import NS_EXPONENT
from w2vneg.training.loops import with_sentences
from w2vneg.vectors.vectors import Vectors

#: Sentences that are read at a time.
_SENTENCES = 1000


@dataclass(frozen=True)
class GensimResult:
    """Result of `train_gensim`.

    Attributes
    ----------
    vectors : Vectors
    tokens : int
        Tokens read, over all epochs.
    seconds : float
        Time of the training.
    build_seconds : float
        Time of building the vocabulary.
    mode : {"corpus_file", "sentences"}
        How the corpus was read.
    """

    vectors: Vectors
    tokens: int
    seconds: float
    build_seconds: float
    mode: str


class _Sentences:
    """The encoded corpus as gensim reads it: lists of words, repeatable for each epoch."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus, self.words = corpus, corpus.vocabulary.words

    def __iter__(self) -> Iterator[list[str]]:
        words, sentences = self.words, len(self.corpus.starts) - 1
        for begin in range(0, sentences, _SENTENCES):
            tokens, starts, first, last = self.corpus.read(
                begin, min(begin + _SENTENCES, sentences)
            )
            borders = starts[first : last + 1].tolist()
            for low, high in zip(borders[:-1], borders[1:], strict=True):
                yield [words[i] for i in tokens[low:high].tolist()]


def train_gensim(
    corpus: Corpus,
    config: TrainConfig,
    threads: int,
    plain_file: Path | None,
    on_epoch: Callable[[float, Vectors, float], None] | None = None,
) -> GensimResult:
    """Train word vectors with gensim.

    Parameters
    ----------
    corpus : Corpus
        Read as sentences if there is no `plain_file`.
    config : TrainConfig
        The options that both tools have; the others are ignored.
    threads : int
    plain_file : Path, optional
        The corpus as one plain text file, which gensim reads in its fast ``corpus_file`` mode.
    on_epoch : callable, optional
        Called after each epoch with the completed share of the training, the vectors, and the
        seconds of training so far; the time it takes itself is not counted.
    """
    from gensim.models import Word2Vec
    from gensim.models.callbacks import CallbackAny2Vec

    config = with_sentences(config, corpus.lengths())
    paused = 0.0
    began = 0.0

    class EpochCallback(CallbackAny2Vec):  # type: ignore[misc]  # gensim has no types
        done = 0

        def on_epoch_end(self, model: Any) -> None:
            nonlocal paused
            self.done += 1
            if on_epoch is None:
                return
            at = time.perf_counter()
            on_epoch(self.done / config.epochs, _vectors(model), at - began - paused)
            paused += time.perf_counter() - at

    model = Word2Vec(
        vector_size=config.dim,
        window=config.window,
        shrink_windows=not config.fixed_window,
        min_count=config.min_count,
        max_final_vocab=config.max_vocab,
        sg=1,
        hs=0,
        negative=config.negatives,
        ns_exponent=config[NS_EXPONENT],
        sample=config.sample,
        alpha=config.lr,
        workers=threads,
        epochs=config.epochs,
        seed=config.seed,
    )
    source: dict[str, Any] = (
        {"corpus_file": str(plain_file)} if plain_file else {"corpus_iterable": _Sentences(corpus)}
    )
    at = time.perf_counter()
    model.build_vocab(**source)
    build_seconds = time.perf_counter() - at
    began = time.perf_counter()
    model.train(
        **source,
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=config.epochs,
        callbacks=[EpochCallback()],
    )
    seconds = time.perf_counter() - began - paused
    return GensimResult(
        vectors=_vectors(model),
        tokens=int(model.corpus_total_words) * config.epochs,
        seconds=seconds,
        build_seconds=build_seconds,
        mode="corpus_file" if plain_file else "sentences",
    )


def _vectors(model: Any) -> Vectors:
    """Return a copy of a gensim model's vectors."""
    return Vectors(list(model.wv.index_to_key), np.array(model.wv.vectors))
