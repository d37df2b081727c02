"""The Python API: one class from text to vectors, on which the command line is a thin layer."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from w2vneg.config import COMMON, TrainConfig
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.paths_or_sentences import Corpus
from w2vneg.corpus.sentence_lines import Tokenizer
from w2vneg.corpus.vocabulary import Vocabulary
from w2vneg.errors import DataError, UsageError
from w2vneg.graphs.any_input import encode_input, understand_input
from w2vneg.graphs.walks import Walks
from w2vneg.samplers import configure
from w2vneg.samplers.parameters import Parameters, in_words
from w2vneg.system.atomic_files import is_stream
from w2vneg.system.durations import parse_duration
from w2vneg.system.interrupt import StopFlag, interrupts_kept
from w2vneg.system.option_names import either
from w2vneg.system.progress import Progress
from w2vneg.system.progress_bar import reporting
from w2vneg.training.alone import ALONE_TEAM, Alone
from w2vneg.training.checkpoint import Checkpointer, Snapshot, settings
from w2vneg.training.continuation import OF_START, Continuation
from w2vneg.training.epochs import Epoch
from w2vneg.training.fit_arguments import check_used, checked, reading_options
from w2vneg.training.rounds import check_rounds
from w2vneg.training.start import check_freezing
from w2vneg.vectors.document_means import DocumentMeans
from w2vneg.vectors.mapped import map_model
from w2vneg.vectors.vectors import Vectors
from w2vneg.vectors.write import write_manifest


class SkipGram(Parameters, DocumentMeans):
    """Skip-gram with negative sampling; also a transformer of scikit-learn, from documents to means.

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
        super().__init__(**options)
        self.manifest: dict[str, Any] = {}
        self.vocabulary: Vocabulary | None = None
        self._vectors: Vectors | None = None
        self._name = "the model"
        self._tokenizer: Tokenizer | None = None
        self._reading = InputOptions()

    @classmethod
    def of(cls, config: TrainConfig, given: Mapping[str, Any] | None = None) -> SkipGram:
        """Return an untrained model with a configuration.

        Parameters
        ----------
        config : TrainConfig
        given : mapping, optional
            The options that were given, from which it follows. Default: all that are settled.
        """
        model = cls()
        model.config = config
        options = config.to_dict() if given is None else given
        model._given = {n: options[n] for n in options if n not in config.unsettled}
        return model

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SkipGram:
        """Return the model that `save` wrote to a ``.w2v`` file.

        Its matrices are read-only and mapped into memory: a large model is opened at once, and its
        numbers are read when they are used. Its options are those it was trained with.

        Parameters
        ----------
        path : str or path

        Raises
        ------
        UsageError
            If there is no such file.
        DataError
            If it is damaged, or holds vectors without their training.
        """
        vectors = map_model(path)
        training = vectors.training or {}
        options = training.get("options")
        if not isinstance(options, dict) or vectors.counts is None:
            start = either(f"--init {path}", f"SkipGram(init={os.fspath(path)!r})")
            raise DataError(
                f"{path} holds vectors, but no training that could be continued; start a new one from "
                f"them with {start}"
            )
        try:
            model = cls(**options)
        except UsageError as error:
            raise DataError(
                f"{path} was trained with options of another version: {error}"
            ) from None
        model.vocabulary = Vocabulary(vectors.words, vectors.counts)
        model.manifest = {name: training[name] for name in training if name != "options"}
        model._vectors, model._name = vectors, os.fspath(path)
        return model

    def fit(
        self,
        corpus: Corpus | Walks,
        y: Any = None,
        *,
        tokenizer: Tokenizer | str | None = None,
        column: Any = None,
        group: str | None = None,
        order: str | None = None,
        input: InputOptions | None = None,
        vocabulary: Vocabulary | Mapping[str, int] | str | os.PathLike[str] | None = None,
        min_count: int | None = None,
        phrases: int = 0,
        cache: bool = True,
        encoding_errors: str = "drop",
        max_tokens: int | None = None,
        checkpointer: Checkpointer | None = None,
        resume: Snapshot | str | os.PathLike[str] | None = None,
        time: float | str | None = None,
        save_to: str | os.PathLike[str] | None = None,
        progress: Progress | bool | None = None,
        on_epoch: Callable[[Epoch], object] | None = None,
        update: bool = False,
        stop: StopFlag | None = None,
        team: Alone = ALONE_TEAM,
        **options_of_reading: Any,
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

            For a graph give walks on it, ``walks(graph)`` (see `w2vneg.walks`), or a file of edges
            (see ``docs/graphs.md``). They are drawn during the training, new ones in each epoch.
        y : object, optional
            Without effect; for pipelines of scikit-learn.
        tokenizer : str or callable, optional
            Splits text into words: the name of a tokenizer (``"unicode"``, ``"chars"``, ``"jieba"``,
            ``"icu"``), or, for sentences that are strings, a function from a string to an iterable
            of words. Default: at white space (the bytes 0x00 to 0x20).
        column : str, optional
            Read the sentences from this column of a table (in memory, or in files of CSV, TSV,
            JSON lines, Parquet or Arrow), of a data set of Hugging Face, or of an iterable of dicts.
        group, order : str, optional
            For tables in files: each group of rows with the same value in column `group` is a
            sentence, ordered by the numbers or dates in column `order`. With `group` the default
            is ``SkipGram(preset="word2vec", sample=0, min_count=1)``.
        input : InputOptions, optional
            All options of reading files, instead of `column`, `group`, `order` and the name of a
            tokenizer.
        vocabulary : Vocabulary, path or dict of words and counts, optional
            Restrict the training to these words; the options ``min_count`` (if it is not at its
            default) and ``max_vocab`` choose among them.
        min_count : int, optional
            Overrides the option of this name, even its default where a vocabulary is given.
        phrases : int
            Passes of `w2vneg.corpus.phrases.find_phrases`, whose phrases become words such as
            ``new_york``; not with a vocabulary.
        checkpointer, resume
            See `w2vneg.training.train.train`; `resume` may also be a folder of checkpoints.
        time : float or str, optional
            Train as well as possible in about this time: seconds, or ``"90s"``, ``"10m"``, ``"2h"``.
            It includes reading the corpus. The speed is measured; epochs, and what the preset
            sets, follow from it and are in the manifest.
        save_to : path, optional
            Where the vectors will be saved; refused before the training if they do not fit on the
            disk.
        progress : bool or Progress, optional
            True: a bar in a terminal or notebook, elsewhere a line a minute on stderr, and notes.
        on_epoch : callable, optional
            Called with an `w2vneg.training.epochs.Epoch` at the end of each epoch, while all
            threads wait. What it raises ends the training; the model is unchanged.
        update : bool
            Continue the training of this model with another text: its words and vectors stay, words
            that the text adds are learned, counts add up (see ``docs/continue.md``). What
            `set_params` changed applies; the epochs are more than in a first training if it did not
            set them. `resume` takes up a continuation of the same model that was interrupted.
        cache, encoding_errors, max_tokens, stop, team, **options_of_reading
            See `w2vneg.corpus.encode.encode` (sentences are never cached) and `InputOptions`; `team`
            is a `w2vneg.training.cluster.cluster.Cluster` where several ranks train together.

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
        from w2vneg.training.fitting import Fitting

        began, stop = monotonic(), stop or StopFlag()
        limit = None if time is None else parse_duration(str(time), "time")
        words, snapshot = checked(vocabulary, resume, checkpointer, stop, progress)
        own = {"column": column, "group": group, "order": order, "tokenizer": tokenizer}
        input = reading_options(input, own, options_of_reading)
        given, reading = understand_input(corpus, input=input, **own)
        check_used(given, reading)
        with interrupts_kept(), reporting(progress) as shown:
            config = self._config_for(reading, shown, update, snapshot)
            config = team.check(config, timed=limit is not None, continued=update)
            continued = Continuation.of(self.vectors, config, self._name) if update else None
            check_freezing(config, update or snapshot is not None)
            check_rounds(config, update)
            if min_count is None and (
                words is None or config.min_count != COMMON["min_count"].default
            ):
                min_count = config.min_count
            with encode_input(
                given,
                seed=config.seed,
                phrases=phrases,
                min_count=min_count,
                max_vocab=config.max_vocab,
                vocabulary=words,
                earlier=continued.vocabulary if continued else None,
                threads=config.threads,
                cache=cache,
                encoding_errors=encoding_errors,
                max_tokens=max_tokens,
                input=reading,
                progress=shown,
                stop=stop,
                **team.reading(),
            ) as whole:
                encoded = team.share(whole)
                for warning in encoded.report.warnings():
                    shown.note(warning)
                fitting = Fitting(
                    given=self._given,
                    progress=shown,
                    stop=stop,
                    began=began,
                    seconds=limit,
                    continued=continued,
                    more_epochs=snapshot is None and "epochs" not in self._changed,
                    on_epoch=on_epoch,
                    checkpointer=checkpointer,
                    resume=snapshot,
                    save_to=None if save_to is None else os.fspath(save_to),
                    team=team,
                )
                vectors, trained = fitting.fit(encoded, config)
        # Nothing that can fail or be interrupted comes between these.
        self.vocabulary, self._vectors, self.manifest = encoded.vocabulary, vectors, trained
        self._tokenizer = None if isinstance(tokenizer, str) else tokenizer
        self._reading = reading
        return self

    def _config_for(
        self, reading: InputOptions, progress: Progress, update: bool, resume: Snapshot | None
    ) -> TrainConfig:
        """Return the configuration for what is read: sessions and graphs have defaults of their own."""
        given = self._given
        if update:
            if resume is not None:
                return settings(resume, {n: given[n] for n in given if n in self._changed})
            given = {n: given[n] for n in given if n in self._changed or n not in OF_START}
            return configure(**in_words(given))
        defaults = reading.training_defaults()
        if defaults:
            defaults["preset"] = "word2vec"
        new = {name: value for name, value in defaults.items() if name not in given}
        if not new:
            return self.config
        listed = ", ".join(f"{name}={value!r}" for name, value in new.items())
        progress.note(
            f"{'with group=' if reading.walks is None else 'for graphs'} the default is {listed}"
        )
        return configure(**new, **in_words(given))

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
            See `w2vneg.vectors.write.write_vectors`. A file ``.w2v`` holds the whole model, which
            `load` returns.
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
        long_words = vectors.save(path, progress=progress, stop=stop)
        if manifest and not is_stream(path):  # a stream has no folder for a second file
            write_manifest(f"{os.fspath(path)}.json", self.manifest)
        return long_words

    def to_gensim(self) -> Any:
        """Return the vectors as gensim's ``KeyedVectors``, counts included."""
        return self.vectors.to_gensim()
