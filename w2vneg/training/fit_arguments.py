"""Arguments of a training in Python as users give them: made what the training takes, or refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.paths_or_sentences import Sentences
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import UsageError, suggest
from w2vneg.samplers import all_options
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.system.progress_bar import reporting
from w2vneg.training.checkpoint import Checkpointer, Snapshot, newest

#: Options of reading that apply to sentences in memory, or are refused for them elsewhere.
_OF_SENTENCES = ("column", "group", "order", "tokenizer", "lower", "nfc")


def checked(
    vocabulary: Any, resume: Any, checkpointer: Any, stop: Any, progress: Any
) -> tuple[Vocabulary | None, Snapshot | None]:
    """Return the vocabulary and what to resume; raise `UsageError` for what is of another type."""
    _check_helpers(checkpointer, stop, progress)
    return _as_vocabulary(vocabulary), _as_snapshot(resume, progress)


def _as_vocabulary(vocabulary: Any) -> Vocabulary | None:
    """Return a vocabulary; a path is read, a dict has words and counts.

    Raises
    ------
    UsageError
        It is none of these.
    DataError
        The file is no vocabulary.
    """
    if vocabulary is None or isinstance(vocabulary, Vocabulary):
        return vocabulary
    if isinstance(vocabulary, str | os.PathLike):
        return Vocabulary.load(vocabulary)
    if isinstance(vocabulary, Mapping):
        return Vocabulary.from_counts(dict(vocabulary), min_count=0)
    raise UsageError(
        f"vocabulary= must be a Vocabulary, the path of one, or a dict of words and their counts, not "
        f"a {type(vocabulary).__name__}; for words alone give dict.fromkeys(words, 1)"
    )


def _as_snapshot(resume: Any, progress: Progress | bool | None) -> Snapshot | None:
    """Return what to resume; of a folder of checkpoints the newest one.

    Raises
    ------
    UsageError
        It is neither a snapshot nor a path.
    DataError
        The folder has no usable checkpoint.
    """
    if resume is None or isinstance(resume, Snapshot):
        return resume
    if isinstance(resume, str | os.PathLike):
        with reporting(progress) as shown:
            return newest(resume, shown.note)
    raise UsageError(f"resume= must be a folder of checkpoints or a Snapshot, not {resume!r}")


def _check_helpers(checkpointer: Any, stop: Any, progress: Any) -> None:
    """Raise `UsageError` if these are not what a training calls."""
    if checkpointer is not None and not isinstance(checkpointer, Checkpointer):
        raise UsageError(
            f"checkpointer= must be a Checkpointer, not {checkpointer!r}; give "
            "w2vneg.training.checkpoint.Checkpointer(FOLDER, SECONDS)"
        )
    if stop is not None and not isinstance(stop, StopFlag):
        raise UsageError(f"stop= must be a StopFlag, not {stop!r}")
    if progress is not None and not isinstance(progress, Progress | bool):
        raise UsageError(f"progress= must be true, false or a Progress, not {progress!r}")


def reading_options(
    given: InputOptions | None, own: Mapping[str, Any], others: Mapping[str, Any]
) -> InputOptions | None:
    """Return how files are read; None: as the arguments of `fit` for it say.

    Parameters
    ----------
    given : InputOptions or None
        All of it.
    own : mapping
        The arguments of `fit` for it: ``column``, ``group``, ``order``, ``tokenizer``.
    others : mapping
        Its other keyword arguments: fields of `InputOptions`.

    Raises
    ------
    UsageError
        There is no such argument, or a value is not allowed.
    """
    known = {field.name for field in fields(InputOptions)}
    for name in others:
        if name in known:
            continue
        if name in all_options():
            raise UsageError(f"{name}= is an argument of SkipGram(), not of fit()")
        raise UsageError(f"fit() has no argument {name!r}; {suggest(name, sorted(known))}")
    if not others:
        return given
    if given is None:
        # A column of a table in memory may be anything, and a tokenizer a function.
        named: dict[str, Any] = {k: v for k, v in own.items() if isinstance(v, str)}
        given = InputOptions(**named)
    return replace(given, **others)


def check_used(given: Any, options: InputOptions) -> None:
    """Raise `UsageError` for options of files if the corpus is sentences in memory."""
    if not isinstance(given, Sentences):
        return
    default = InputOptions()
    for field in fields(InputOptions):
        if field.name in _OF_SENTENCES:
            continue
        if getattr(options, field.name) != getattr(default, field.name):
            raise UsageError(
                f"{field.name}= is for files, but the corpus holds sentences; leave it out"
            )
