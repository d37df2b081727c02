"""Documents to means of the vectors of their words: what a model has of scikit-learn's transformers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from w2vneg.corpus.documents import document_words
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.sentence_lines import Tokenizer
from w2vneg.corpus.tokenizers import splitter
from w2vneg.errors import UsageError
from w2vneg.vectors.vectors import Vectors


class DocumentMeans:
    """Means of the vectors of documents, for a class that has `vectors` and `fit`."""

    _tokenizer: Tokenizer | None
    _reading: InputOptions

    @property
    def vectors(self) -> Vectors:
        """The trained vectors."""
        raise NotImplementedError

    def fit(self, corpus: Any, y: Any = None, **options: Any) -> Any:
        """Train."""
        raise NotImplementedError

    def transform(self, documents: Iterable[Any], *, column: Any = None) -> npt.NDArray[np.float32]:
        """Return a vector for each document: the mean of its words', rare ones weighing more.

        Parameters
        ----------
        documents : iterable
            Of strings, split as in the training, or of iterables of words. Words that were not
            trained are left out.
        column : object, optional
            Read this column of a table.

        Returns
        -------
        (n, dim) float32 array
            Zero for documents without a known word. See `w2vneg.vectors.vectors.Vectors.mean_vector`
            for the weights.

        Raises
        ------
        UsageError
            If the model is not trained, or `documents` are none.
        """
        vectors, tokenizer = self.vectors, self._tokenizer
        if tokenizer is None and self._reading.prepares:
            tokenizer = splitter(self._reading)
        words = document_words(documents, tokenizer=tokenizer, column=column)
        return vectors.mean_vectors(words)

    def fit_transform(
        self, documents: Iterable[Any], y: Any = None, **options: Any
    ) -> npt.NDArray[np.float32]:
        """Train on documents and return their vectors; see `fit`, for its options, and `transform`.

        Parameters
        ----------
        documents : iterable
            Strings, or iterables of words; not paths.
        y : object, optional
            Without effect.
        **options
            Of `fit`.
        """
        if isinstance(documents, str | os.PathLike):
            raise UsageError("fit_transform takes documents, not a file; use fit, then transform")
        kept = documents if hasattr(documents, "__len__") else list(documents)
        self.fit(kept, y, **options)
        return self.transform(kept, column=options.get("column"))

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the dimensions that `transform` returns, for scikit-learn."""
        return np.array([f"skipgram{i}" for i in range(self.vectors.dim)], object)
