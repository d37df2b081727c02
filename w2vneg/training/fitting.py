"""From an encoded corpus to the vectors and the metadata of a training: what `SkipGram.fit` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.samplers import settled
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import File
from w2vneg.system.progress import Progress
from w2vneg.training.alone import ALONE_TEAM, Alone
from w2vneg.training.budget import within
from w2vneg.training.checkpoint import Checkpointer, Snapshot
from w2vneg.training.continuation import OF_START, Continuation
from w2vneg.training.epochs import Epoch, EpochCalls
from w2vneg.training.manifest import training_manifest
from w2vneg.training.methods import train
from w2vneg.training.rounds import Rounds
from w2vneg.training.start import start_from
from w2vneg.vectors.vectors import Vectors
from w2vneg.vectors.write import file_bytes


@dataclass(frozen=True)
class Fitting:
    """What a training of `w2vneg.model.SkipGram` takes beside the corpus and the configuration.

    Attributes
    ----------
    given : mapping
        The options from which the configuration follows.
    progress : Progress
    stop : StopFlag
    began : float
        When the call began, by `time.monotonic`.
    seconds : float or None
        The time that it may take.
    continued : Continuation or None
        The model that is trained on.
    more_epochs : bool
        Whether a continuation chooses the epochs.
    on_epoch : callable or None
        See `w2vneg.model.SkipGram.fit`.
    checkpointer : Checkpointer or None
    resume : Snapshot or None
        See `w2vneg.training.train.train`.
    save_to : str or None
        Where the vectors will be saved.
    team : Alone
        The ranks that train together.
    """

    given: Mapping[str, Any]
    progress: Progress
    stop: StopFlag
    began: float
    seconds: float | None = None
    continued: Continuation | None = None
    more_epochs: bool = False
    on_epoch: Callable[[Epoch], object] | None = None
    checkpointer: Checkpointer | None = None
    resume: Snapshot | None = None
    save_to: str | None = None
    team: Alone = ALONE_TEAM

    def fit(self, corpus: Corpus, config: TrainConfig) -> tuple[Vectors, dict[str, Any]]:
        """Train on a corpus; return the vectors and the manifest.

        Raises
        ------
        W2vnegError, KeyboardInterrupt
            See `w2vneg.model.SkipGram.fit`.
        """
        note, vocabulary = self.progress.note, corpus.vocabulary
        more: dict[str, Any] = {}
        if self.seconds is not None:
            left = self.seconds - (monotonic() - self.began)
            asked = config
            config, speed = within(corpus, asked, left, progress=self.progress, stop=self.stop)
            if self.continued is not None:
                config = self.continued.within_epochs(asked, config, corpus)
            more["time"] = {"seconds": self.seconds, "words_per_second": speed}
        elif self.continued is not None and self.more_epochs:
            config = self.continued.with_epochs(config, corpus, note)
        start, init, rounds = None, self.given.get("init"), None
        if self.continued is not None:
            start = self.continued.start(corpus, config, note)
            config = self.continued.with_rounds(config, self.resume is not None)
            rounds = Rounds(config.rounds or 1, start)
        elif isinstance(init, Vectors):
            start = start_from(init, vocabulary, config, note, repr(init))
        calls = None
        if self.on_epoch is not None:
            chosen = settled(config, vocabulary.total)
            epochs = chosen.epochs * (chosen.rounds or 1)
            calls = EpochCalls(self.on_epoch, replace(chosen, epochs=epochs), vocabulary)
        result = train(
            corpus,
            config,
            progress=self.progress,
            stop=self.stop,
            milestones=calls.milestones if calls else (),
            on_milestone=calls.on_milestone if calls else None,
            checkpointer=self.checkpointer,
            resume=self.resume,
            outputs=self._outputs(corpus, config),
            team=self.team,
            **({} if start is None else {"start": start}),
            **({} if rounds is None else {"rounds": rounds}),
        )
        if self.continued is not None and start is not None:
            more["continued"] = self.continued.finish(corpus, start, result)
        if calls is not None:
            calls.end(result)
        config = result.config
        manifest = {**training_manifest(corpus, config, result, result.curve.means()), **more}
        lasting = {name: self.given[name] for name in self.given if name not in OF_START}
        vectors = Vectors(
            vocabulary.words,
            result.exported(config.mix_out),
            counts=vocabulary.counts,
            w_out=result.w_out,
            w_in=result.w_in if config.mix_out else None,
            training={**manifest, "options": lasting},
        )
        return vectors, manifest

    def _outputs(self, corpus: Corpus, config: TrainConfig) -> list[File]:
        """Return what will be written, for the check of the disk."""
        if self.save_to is None:
            return []
        words = corpus.vocabulary
        size = file_bytes(self.save_to, len(words.blob), len(words), config.dim, w_out=True)
        return [File(self.save_to, size, "vectors")]
