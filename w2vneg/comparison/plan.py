"""What all runs of a comparison have in common, checked before the first of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from w2vneg.comparison.arms import Arm
from w2vneg.comparison.ranks import check_room
from w2vneg.corpus.addresses import is_address
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.paths_or_sentences import Paths
from w2vneg.datasets.sample import sample_corpus
from w2vneg.errors import UsageError
from w2vneg.evaluation import testsets
from w2vneg.evaluation.coverage import notes_on_sets
from w2vneg.evaluation.score import evaluate
from w2vneg.graphs.any_input import encode_input
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named
from w2vneg.system.progress import Progress
from w2vneg.vectors.vectors import Vectors


@dataclass(frozen=True)
class EncodeOptions:
    """Options of `w2vneg.corpus.encode.encode` that a comparison sets."""

    min_count: int
    max_vocab: int | None
    threads: int | None
    input: InputOptions = field(default_factory=InputOptions)
    max_tokens: int | None = None


@dataclass(frozen=True)
class EvaluationOptions:
    """What the vectors are scored on.

    Attributes
    ----------
    analogies, similarity : list of str
        Absolute paths of files.
    restrict_vocab : int
        Limit analogies to this many of the most frequent words.
    case_sensitive : bool
        Whether words that differ only in case are different words.
    """

    analogies: list[str]
    similarity: list[str]
    restrict_vocab: int
    case_sensitive: bool = False

    @classmethod
    def choose(
        cls,
        analogies: Sequence[str | os.PathLike[str]],
        similarity: Sequence[str | os.PathLike[str]],
        restrict_vocab: int,
        case_sensitive: bool = False,
        *,
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> tuple[EvaluationOptions, list[str]]:
        """Return the test sets in these files and folders, and notes on what is left out of them.

        Without any, those of gensim. All are read once, so that a bad file is refused before hours
        of training.
        """
        if not (analogies or similarity):
            analogies = testsets.default_analogies(progress, stop)
            similarity = testsets.default_similarity(progress, stop)
        questions = testsets.find_analogies(analogies)
        pairs = testsets.find_similarity(similarity)
        skipped = testsets.passed_over(questions, pairs)
        notes = notes_on_sets([*questions.sets, *pairs.sets], skipped)
        files = [[os.path.abspath(path) for path in found.paths] for found in (questions, pairs)]
        return cls(files[0], files[1], restrict_vocab, case_sensitive), notes

    def hashes(self) -> dict[str, str]:
        """Return path to content hash, so that results for a changed file are not reused."""
        return {
            path: hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
            for path in (*self.analogies, *self.similarity)
        }


@dataclass(frozen=True)
class Plan:
    """What all runs of a comparison have in common.

    Attributes
    ----------
    corpus : list of str
        Absolute paths of files and folders.
    fingerprint : str
        Of the encoded corpus.
    tokens, tokens_read : int
        Tokens of the corpus whose words are in the vocabulary, and all tokens.
    encode : EncodeOptions
    evaluation : EvaluationOptions
    milestones : list of float
        Shares of a training, ascending and less than 1, after which it is scored.
    folder : Path
        Of the report: results of runs are in ``runs``, vectors in ``vectors``.
    keep_vectors : bool
        Save the vectors of every run, not only those of each arm's first seed.
    """

    corpus: list[str]
    fingerprint: str
    tokens: int
    tokens_read: int
    encode: EncodeOptions
    evaluation: EvaluationOptions
    milestones: list[float]
    folder: Path
    keep_vectors: bool = False


def make_plan(
    corpus: Sequence[str],
    arms: Sequence[Arm],
    folder: Path,
    evaluation: EvaluationOptions,
    *,
    input: InputOptions | None = None,
    eval_every: float | None = None,
    keep_vectors: bool = False,
    progress: Progress,
    stop: StopFlag,
) -> Plan:
    """Encode the corpus and return the plan of a comparison on it.

    Parameters
    ----------
    corpus : sequence of str
        Files and folders; empty: the sample corpus.
    arms : sequence of Arm
    folder : Path
        Of the report.
    evaluation : EvaluationOptions
    input : InputOptions, optional
        How the corpus is read.
    eval_every : float, optional
        Share of the training between two milestones.
    keep_vectors : bool
    progress, stop
        Progress reporter and stop flag.

    Raises
    ------
    UsageError
        If the arms would be trained on different vocabularies.
    DataError
        If the corpus cannot be read, or has none of the words of the test sets.
    ResourceError
        If the ranks of an arm do not fit into memory together.
    Interrupted
        If `stop` was set.
    """
    if not corpus:
        corpus = [str(sample_corpus(note=progress.note, progress=progress, stop=stop))]
    configs = [arm.config(1) for arm in arms]
    if len({(config.min_count, config.max_vocab) for config in configs}) > 1:
        raise UsageError(
            f"{named('min_count')} and {named('max_vocab')} must be the same for all arms"
        )
    first = configs[0]
    options = EncodeOptions(
        first.min_count, first.max_vocab, first.threads, input or InputOptions()
    )
    paths = [path if is_address(path) else os.path.abspath(path) for path in corpus]
    with encode_input(
        Paths(paths),
        min_count=options.min_count,
        max_vocab=options.max_vocab,
        threads=options.threads,
        input=options.input,
        progress=progress,
        stop=stop,
    ) as encoded:
        for warning in encoded.report.warnings():
            progress.note(warning)
        fingerprint, tokens = encoded.fingerprint, encoded.vocabulary.total
        tokens_read = encoded.report.tokens_read
        _check_known_words(encoded.vocabulary.words, evaluation)
        for arm, config in zip(arms, configs, strict=True):
            if arm.ranks > 1:
                check_room(arm.name, arm.ranks, len(encoded.vocabulary), config.dim)
    milestones = []
    if eval_every is not None:
        steps = int(1 / eval_every + 1e-9)
        milestones = [
            round(eval_every * i, 6) for i in range(1, steps + 1) if eval_every * i < 0.999
        ]
    return Plan(
        paths,
        fingerprint,
        tokens,
        tokens_read,
        options,
        evaluation,
        milestones,
        folder,
        keep_vectors,
    )


def _check_known_words(words: list[str], evaluation: EvaluationOptions) -> None:
    """Refuse a corpus that has none of the words of the test sets, by scoring random vectors."""
    numbers = np.random.default_rng(0).normal(size=(len(words), 2)).astype(np.float32)
    evaluate(
        Vectors(words, numbers),
        evaluation.analogies,
        evaluation.similarity,
        restrict_vocab=evaluation.restrict_vocab,
        case_sensitive=evaluation.case_sensitive,
        bootstrap=1,
    )
