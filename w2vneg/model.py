"""The Python API: one class from text to vectors, on which the command line is a thin layer."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from time import monotonic
from typing import Any

import numpy as np

from w2vneg.config import COMMON, TrainConfig
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.paths_or_sentences import Paths, paths_or_sentences
from w2vneg.corpus.sentence_lines import Tokenizer
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import UsageError
from w2vneg.samplers import configure, parts, training_method
from w2vneg.system.atomic_files import is_stream
from w2vneg.system.durations import parse_duration
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.limits import File
from w2vneg.system.option_names import choice, named
from w2vneg.system.processors import processors
from w2vneg.system.progress import Progress
from w2vneg.training.checkpoint import Checkpointer, Snapshot
from w2vneg.vectors.vectors import Vectors
from w2vneg.vectors.write import file_bytes, write_manifest, write_vectors
from w2vneg.version import __version__

Corpus = str | os.PathLike[str] | Paths | Iterable[Any]


class SkipGram:
    """Skip-gram with negative sampling.

    Parameters
    ----------
    **options
        The options of ``w2vneg train`` by their Python names: ``dim``, ``window``, ``negatives``,
        ``sampler``, ``epochs``, ``lr``, ``min_count``, ``max_vocab``, ``sample``, ``threads``,
        ``seed`` and the others of `w2vneg.config.TrainConfig`, and those of the sampler's methods.

    Raises
    ------
    UsageError
        If an option does not exist, is out of range, or has no effect with this sampler.

    Attributes
    ----------
    config : TrainConfig
        The checked options.
    vocabulary : Vocabulary or None
        After `fit`: words and counts.
    manifest : dict
        After `fit`: the metadata that `save` writes, as JSON values.
    words : list of str
        After `fit`: the vocabulary, most frequent first.
    vectors : Vectors
        After `fit`: words, their vectors, counts and `w_out`; ``vectors.matrix`` is the (V, dim)
        float32 array.

    Examples
    --------
    >>> model = SkipGram(dim=20, min_count=1, epochs=1, threads=1)
    >>> model.fit([["a", "b", "a", "c"]]).vectors.shape
    (3, 20)
    """

    def __init__(self, **options: Any) -> None:
        self.config = configure(**options)
        self.manifest: dict[str, Any] = {}
        self.vocabulary: Vocabulary | None = None
        self._vectors: Vectors | None = None

    @classmethod
    def of(cls, config: TrainConfig) -> SkipGram:
        """Return an untrained model with a configuration."""
        model = cls()
        model.config = config
        return model

    def fit(
        self,
        corpus: Corpus,
        *,
        tokenizer: Tokenizer | str | None = None,
        column: Any = None,
        group: str | None = None,
        order: str | None = None,
        input: InputOptions | None = None,
        vocabulary: Vocabulary | None = None,
        min_count: int | None = None,
        cache: bool = True,
        encoding_errors: str = "drop",
        max_tokens: int | None = None,
        checkpointer: Checkpointer | None = None,
        resume: Snapshot | None = None,
        time: float | str | None = None,
        save_to: str | os.PathLike[str] | None = None,
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> SkipGram:
        """Train on a corpus and return self.

        Parameters
        ----------
        corpus : path, list of paths, or iterable of sentences
            One ``str`` or ``os.PathLike`` is the path of a text file or folder (see
            `w2vneg.corpus.encode.encode`); so is each element of a list or tuple of paths. Every
            other iterable holds sentences: a list, a generator, a class with ``__iter__``, a
            column of pandas, polars, Arrow or Hugging Face, a NumPy array, an open text file. It
            is read once, in the calling thread, in bounded memory.

            A sentence is an iterable of words, each a ``str`` or a whole number, or a ``str``,
            which is split into words. The strings of a list or tuple are paths if all of them
            exist, otherwise sentences. The same sentences give the same vectors, with one thread
            and the same seed, however they come in.
        tokenizer : str or callable, optional
            Splits text into words: the name of a tokenizer (``"unicode"``, ``"chars"``, ``"jieba"``,
            ``"icu"``), or, for sentences that are strings, a function from a string to an iterable
            of words. Default: at white space (the bytes 0x00 to 0x20).
        column : str, optional
            Read the sentences from this column of a table (in memory, or in files of CSV, TSV,
            JSON lines, Parquet or Arrow), of a data set of Hugging Face, or of an iterable of dicts.
        group, order : str, optional
            For tables in files: each group of rows with the same value in column `group` is a
            sentence, ordered by the numbers or dates in column `order`. ``SkipGram(sample=0,
            min_count=1)`` suits such sentences.
        input : InputOptions, optional
            All options of reading files, instead of `column`, `group`, `order` and the name of a
            tokenizer.
        vocabulary : Vocabulary, optional
            Restrict the training to these words; the options ``min_count`` (if it is not at its
            default) and ``max_vocab`` choose among them.
        min_count : int, optional
            Overrides the option of this name, even its default where a vocabulary is given.
        checkpointer, resume
            See `w2vneg.training.train.train` and `w2vneg.training.checkpoint`.
        time : float or str, optional
            Train as well as possible in about this time: seconds, or ``"90s"``, ``"10m"``, ``"2h"``.
            It includes reading the corpus. The speed is measured; epochs, and what the preset
            sets, follow from it and are in the manifest.
        save_to : path, optional
            Where the vectors will be saved; refused before the training if they do not fit on the
            disk.
        cache, encoding_errors, max_tokens, progress, stop
            See `w2vneg.corpus.encode.encode`; sentences are never cached.

        Raises
        ------
        W2vnegError
            On any expected failure, with a one-line message; the model is unchanged. A
            `UsageError` if the corpus is nothing that can be read, or can be understood in two
            ways.
        KeyboardInterrupt
            Ctrl-C ends every phase within a second; the model is unchanged.
        Exception
            Whatever the iterable, a sentence or the tokenizer raises; the model is unchanged.
        """
        from w2vneg.corpus.encode import encode, encode_sentences
        from w2vneg.training.advice import advice
        from w2vneg.training.budget import within
        from w2vneg.training.methods import train

        began = monotonic()
        limit = None if time is None else parse_duration(str(time), "time")
        samples = training_method(self.config).samples
        if limit is not None and not samples:
            raise UsageError(
                f"{named('time')} has no effect with {choice('method', self.config.method)}, which "
                "trains for a number of sweeps"
            )
        progress = progress or Progress()
        config = self.config
        if min_count is None and (
            vocabulary is None or config.min_count != COMMON["min_count"].default
        ):
            min_count = config.min_count
        reading = input or InputOptions(
            column=column if isinstance(column, str) else None,
            group=group,
            order=order,
            tokenizer=tokenizer if isinstance(tokenizer, str) else "whitespace",
        )
        given = paths_or_sentences(
            corpus,
            tokenizer=None if isinstance(tokenizer, str) else tokenizer,
            column=column,
            input=reading,
        )
        options: dict[str, Any] = {
            "min_count": min_count,
            "max_vocab": config.max_vocab,
            "vocabulary": vocabulary,
            "threads": config.threads,
            "encoding_errors": encoding_errors,
            "max_tokens": max_tokens,
            "progress": progress,
            "stop": stop,
        }
        if isinstance(given, Paths):
            encoded = encode(given.paths, cache=cache, input=reading, **options)
        else:
            for note in given.notes:
                progress.note(note)
            encoded = encode_sentences(given.source, **options)
        with encoded:
            for warning in encoded.report.warnings():
                progress.note(warning)
            budget = None
            if limit is not None:
                left = limit - (monotonic() - began)
                budget = within(encoded, config, left, progress=progress, stop=stop or StopFlag())
                config = budget.config
            result = train(
                encoded,
                config,
                progress=progress,
                stop=stop,
                checkpointer=checkpointer,
                resume=resume,
                outputs=[] if save_to is None else [_output(save_to, encoded.vocabulary, config)],
            )
            config, curve = result.config, result.curve.means()
            vectors = Vectors(
                encoded.vocabulary.words,
                result.exported(config.mix_out),
                counts=encoded.vocabulary.counts,
                w_out=result.w_out,
            )
            manifest = {
                "tool": f"w2vneg {__version__}",
                "config": config.to_dict(),
                "threads": config.threads or processors(),
                "corpus": {"fingerprint": encoded.fingerprint, **encoded.report.to_dict()},
                "vocabulary": {
                    "words": len(encoded.vocabulary),
                    "tokens": encoded.vocabulary.total,
                    "fingerprint": encoded.vocabulary.fingerprint,
                },
                "training": {
                    "tokens": result.tokens,
                    "tokens_after_subsampling": result.kept,
                    "pairs": result.pairs,
                    "collisions": result.collisions,
                    "fallbacks": result.fallbacks,
                    "sampler": {**(parts(config) if samples else {}), **result.sampler},
                    "loss": None if np.isnan(result.loss) else result.loss,
                    "loss_curve": curve,
                    "seconds": result.seconds,
                    "prepare_seconds": result.prepare_seconds,
                    "words_per_second": result.tokens / result.seconds,
                },
                "advice": (
                    advice(config, encoded.vocabulary.total, result.tokens, curve)
                    if samples
                    else []
                ),
                "versions": _versions(),
            }
            if budget is not None:
                manifest["time"] = {"seconds": limit, "words_per_second": budget.words_per_second}
        # Nothing that can fail or be interrupted comes between these.
        self.vocabulary, self._vectors, self.manifest = encoded.vocabulary, vectors, manifest
        return self

    @property
    def words(self) -> list[str]:
        """The vocabulary, most frequent first."""
        return self.vectors.words

    @property
    def vectors(self) -> Vectors:
        """The trained vectors, which find similar words and answer analogies.

        Raises
        ------
        UsageError
            If the model is not trained.
        """
        if self._vectors is None:
            raise UsageError("not trained yet: call fit first")
        return self._vectors

    def keyed(self) -> Vectors:
        """Return `vectors`, whose former name this is."""
        import warnings

        warnings.warn(
            "SkipGram.keyed() is now the attribute vectors; the old name goes with the next release",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.vectors

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        manifest: bool = True,
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> int:
        """Write the vectors, and their metadata to ``path + '.json'``.

        Parameters
        ----------
        path : str or path
            See `w2vneg.vectors.write.write_vectors`.
        manifest : bool
            Whether to write the metadata.
        progress, stop
            Progress reporter and stop flag; a stopped write leaves an existing file as it is.

        Returns
        -------
        int
            Number of words of 50 bytes or more, which the C tools cannot read.

        Raises
        ------
        UsageError
            If the model is not trained.
        W2vnegError
            As for `w2vneg.vectors.write.write_vectors`.
        """
        vectors = self.vectors
        long_words = write_vectors(
            path, vectors.words, vectors.matrix, progress=progress, stop=stop
        )
        if manifest and not is_stream(path):  # a stream has no folder for a second file
            write_manifest(f"{os.fspath(path)}.json", self.manifest)
        return long_words

    def to_gensim(self) -> Any:
        """Return the vectors as gensim's ``KeyedVectors``, counts included."""
        return self.vectors.to_gensim()


def _output(path: str | os.PathLike[str], vocabulary: Vocabulary, config: TrainConfig) -> File:
    return File(
        path, file_bytes(path, len(vocabulary.blob), len(vocabulary), config.dim), "vectors"
    )


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    names = ("numpy", "numba", "llvmlite")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
