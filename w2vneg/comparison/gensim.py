"""gensim's Word2Vec with the same hyperparameters, as the reference."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.encoded import EncodedCorpus
from w2vneg.samplers.proposals.unigram import NS_EXPONENT
from w2vneg.vectors.vectors import Vectors


class _Sentences:
    """The encoded corpus as gensim reads it: lists of words, again for each epoch."""

    def __init__(self, corpus: EncodedCorpus) -> None:
        self.corpus, self.words = corpus, corpus.vocabulary.words

    def __iter__(self) -> Iterator[list[str]]:
        tokens, words = self.corpus.tokens, self.words
        starts = self.corpus.starts.tolist()
        for low, high in zip(starts[:-1], starts[1:], strict=True):
            yield [words[i] for i in tokens[low:high].tolist()]


def train_gensim(
    corpus: EncodedCorpus,
    config: TrainConfig,
    threads: int,
    plain_file: Path | None,
    look: Callable[[float, Vectors, float], None] | None = None,
) -> tuple[Vectors, dict[str, Any]]:
    """Train and return the vectors and figures of the training.

    Parameters
    ----------
    corpus : EncodedCorpus
        Read as sentences where there is no `plain_file`.
    config : TrainConfig
        Of the unigram sampler.
    threads : int
    plain_file : Path, optional
        The corpus as one plain text file: read by gensim's fast ``corpus_file`` mode.
    look : callable, optional
        Called after each epoch with the share of the training, the vectors and the seconds spent.
    """
    from gensim.models import Word2Vec
    from gensim.models.callbacks import CallbackAny2Vec

    looking = [0.0]
    began = [0.0]

    class Look(CallbackAny2Vec):
        done = 0

        def on_epoch_end(self, model: Any) -> None:
            self.done += 1
            if look is None:
                return
            at = time.perf_counter()
            vectors = Vectors(list(model.wv.index_to_key), np.array(model.wv.vectors))
            look(self.done / config.epochs, vectors, at - began[0] - looking[0])
            looking[0] += time.perf_counter() - at

    model = Word2Vec(
        vector_size=config.dim,
        window=config.window,
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
    built = time.perf_counter() - at
    began[0] = time.perf_counter()
    model.train(
        **source,
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=config.epochs,
        callbacks=[Look()],
    )
    seconds = time.perf_counter() - began[0] - looking[0]
    figures = {
        "tokens": int(model.corpus_total_words) * config.epochs,
        "seconds": seconds,
        "prepare_seconds": built,
        "loss": None,
        "sampler": {"mode": "corpus_file" if plain_file else "sentences"},
    }
    return Vectors(list(model.wv.index_to_key), np.array(model.wv.vectors)), figures
