"""Choose what fits into a time: epochs, learning rate, negatives and subsampling."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NamedTuple

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.errors import UsageError
from w2vneg.samplers import Sampler, SamplerContext, build_sampler, training_method
from w2vneg.samplers.presets import learning_rate, settled
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import choice, named
from w2vneg.system.progress import Progress
from w2vneg.training.loops import with_sentences
from w2vneg.training.train import train

#: Length of a trial, and the largest share of the time that all trials may take.
_TRIAL_S, _TRIAL_SHARE = 1.0, 0.1
#: Share of the remaining time that is planned; the rest is for what cannot be foreseen.
_PLANNED = 0.93
#: Seconds to write a number of a vector.
_WRITE_S = 4e-8
#: With fewer epochs than this, the preset `fast` learns more in the same time.
_FEW_EPOCHS = 3
_MOST_EPOCHS = 1_000_000
_NAMED = ("epochs", "lr", "negatives", "sample")


class Budget(NamedTuple):
    """A configuration that fits into a time, and how it was found.

    Attributes
    ----------
    config : TrainConfig
        Settled; training with it takes about the time that was left.
    words_per_second : float
        As measured with these options.
    """

    config: TrainConfig
    words_per_second: float


def within(
    corpus: Corpus,
    config: TrainConfig,
    seconds: float,
    *,
    progress: Progress,
    stop: StopFlag,
) -> Budget:
    """Return the configuration that makes the best use of a time.

    A short training, whose result is thrown away, measures the rate.

    Parameters
    ----------
    corpus : Corpus
    config : TrainConfig
        Its epochs are replaced; of the options that are not settled, all are chosen.
    seconds : float
        What is left for building the sampler, the trial, the training and writing the vectors.
    progress, stop
        Progress reporter and stop flag.

    Raises
    ------
    UsageError
        If there is not enough time for one epoch; the message says how much is needed. If the
        training has no epochs.
    W2vnegError
        As for `w2vneg.training.train.train`.
    """
    if not training_method(config).samples:
        raise UsageError(
            f"{named('time')} has no effect with {choice('method', config.method)}, which trains for a "
            "number of sweeps"
        )
    tokens, words = corpus.vocabulary.total, corpus.words_here
    writing = _WRITE_S * len(corpus.vocabulary) * config.dim
    left = seconds - writing
    trial = max(0.05, min(_TRIAL_S, left * _TRIAL_SHARE / 2))
    progress.start("measuring the speed", None, "")
    rate, left = _measure(corpus, settled(config, tokens), trial, left, stop)
    chosen = settled(config, tokens)
    if config.unsettled and _epochs(left, rate, words) < _FEW_EPOCHS:
        fast = settled(replace(config, preset="fast"), tokens)
        chosen = replace(fast, preset=config.preset)
        rate, left = _measure(corpus, chosen, trial, left, stop)
    progress.finish()
    epochs = _epochs(left, rate, words)
    if epochs < 1:
        needed = seconds - left + words / rate / _PLANNED
        possible = max(1, int(left * _PLANNED * rate * 0.9))
        raise UsageError(
            f"one epoch takes about {needed:.3g} s in all, more than {named('time')} allows; give more "
            f"time, or read less of the corpus: {named('max_tokens', possible)}"
        )
    epochs = min(epochs, _MOST_EPOCHS)
    lr = chosen.lr
    if "lr" in config.unsettled:
        lr = learning_rate(words * epochs)
    final = replace(chosen, epochs=epochs, lr=lr)
    options = " ".join(named(name, getattr(final, name)) for name in _NAMED)
    progress.note(f"{rate / 1e6:.2f} M words/s, so {left:.3g} s are enough for {options}")
    return Budget(final, rate)


def _epochs(left: float, rate: float, tokens: int) -> int:
    return int(left * _PLANNED * rate / tokens)


def _measure(
    corpus: Corpus, config: TrainConfig, seconds: float, left: float, stop: StopFlag
) -> tuple[float, float]:
    """Return the words/s of a short training, and the time that is left for a real one."""
    # Where the training starts does not change its speed.
    config = replace(config, init=None, freeze=False, freeze_first=None, rounds=None)
    began = time.monotonic()
    complete = with_sentences(config, corpus.lengths())
    # Built before the training, whose time it would count against.
    built = build_sampler(
        SamplerContext(complete, corpus.vocabulary.counts, corpus, Progress(), stop)
    )
    building = time.monotonic() - began

    def sampler_for(context: SamplerContext) -> Sampler:
        return built if context.config == complete else build_sampler(context)

    result = train(corpus, config, stop=stop, seconds=seconds, sampler_for=sampler_for)
    # A real training builds its sampler again. Compilation, once for a version, does not count.
    left -= 2 * building + result.prepare_seconds + result.seconds
    return result.tokens / result.seconds, left
