"""Reading of vectors from a file, whose format is recognized by its content."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np

from w2vneg.errors import DataError, ResourceError, UsageError, W2vnegError
from w2vneg.system.option_names import named
from w2vneg.vectors.format import ENCODING_ERRORS, Contents, ReadOptions, ReadReport, RowError
from w2vneg.vectors.formats import recognize
from w2vneg.vectors.vector_file import fewer_rows, legible_words, open_vector_file
from w2vneg.vectors.vectors import Vectors

__all__ = ["load_vectors", "read_vectors"]

#: Number of rows that are tried before a message recommends skipping bad rows.
_TRIED_ROWS = 100


def load_vectors(
    path: str | os.PathLike[str],
    *,
    limit: int | None = None,
    allow_nonfinite: bool = False,
    encoding_errors: str = "strict",
    skip_bad_rows: bool = False,
) -> Vectors:
    """Read a file of vectors, plain or gzip; the format is recognized by the content.

    Parameters
    ----------
    path : str or path
    limit : int, optional
        Read only the first `limit` rows.
    allow_nonfinite : bool
        Accept NaN and infinity.
    encoding_errors : {"strict", "drop", "replace", "ignore"}
        Refuse words that are not UTF-8, leave out their rows, or replace or remove invalid bytes. A word that would become empty, or equal to another
        one, is spelled with its bytes, as in ``caf\\xe9``.
    skip_bad_rows : bool
        Leave out rows that cannot be used, such as duplicates and numbers that are not finite, and
        what a truncated file lacks. `Vectors.notes` says how many, and why.

    Returns
    -------
    Vectors

    Raises
    ------
    UsageError
        If there is no such file, or an option is not valid.
    DataError
        If the content violates the format; the message names the file and the row.
    ResourceError
        If the vectors do not fit into memory.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"{named('limit')} must be at least 1, not {limit}")
    if encoding_errors not in ENCODING_ERRORS:
        known = ", ".join(ENCODING_ERRORS)
        raise UsageError(f"{named('encoding_errors', encoding_errors)}: choose from {known}")
    options = ReadOptions(limit, allow_nonfinite, encoding_errors, skip_bad_rows)
    try:
        return _read(path, options)
    except DataError as error:
        if skip_bad_rows or not _skipping_helps(path, options):
            raise
        remedy = f"{named('skip_bad_rows', True)} reads the other rows"
        raise DataError(f"{error}; {remedy}") from None


#: The former name of `load_vectors`.
read_vectors = load_vectors


def _read(path: str | os.PathLike[str], options: ReadOptions) -> Vectors:
    with open_vector_file(path) as file:
        reader = recognize(file).read
        assert reader is not None, "only formats with a reader are recognized"
        try:
            found = reader(file, options)
            found.words = legible_words(found.words, options.encoding_errors)
            found, index = _without_duplicates(file.path, found, options)
        except MemoryError:
            raise ResourceError(f"{file.path}: out of memory; {fewer_rows()}") from None
    notes = options.report.notes(file.path)
    if not found.words:
        raise DataError(notes[-1] if notes else f"{file.path}: no vectors")
    vectors = Vectors(
        found.words,
        found.matrix,
        notes,
        found.counts,
        found.w_out,
        found.w_in,
        found.training,
    )
    vectors.__dict__["index"] = index  # fills the cached property: it was needed for the check
    return vectors


def _skipping_helps(path: str | os.PathLike[str], options: ReadOptions) -> bool:
    """Return whether most of the first rows of a file can be read if bad rows are skipped."""
    limit = min(_TRIED_ROWS, options.limit or _TRIED_ROWS)
    trial = replace(options, limit=limit, skip_bad_rows=True, report=ReadReport())
    try:
        good = len(_read(path, trial))
    except W2vnegError:
        return False
    return good > trial.report.skipped


def _without_duplicates(
    path: str, found: Contents, options: ReadOptions
) -> tuple[Contents, dict[str, int]]:
    """Return contents, and word to row; the first of equal words is the one to keep."""
    index = {word: row for row, word in enumerate(found.words)}
    if len(index) == len(found.words):
        return found, index
    first: dict[str, int] = {}
    rows: list[int] = []
    for row, word in enumerate(found.words):
        if word in first:
            problem = f"the word {word!r} is a duplicate of row {first[word] + 1}"
            options.bad_row(RowError(path, row, problem))
            continue
        first[word] = row
        rows.append(row)
    found = found.take(np.array(rows, np.int64))
    return found, {word: row for row, word in enumerate(found.words)}
