"""Files of word pairs with human ratings.

A file has one separator throughout. Where a line can be read in two ways with it, the file is
refused with the line's number.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from pathlib import Path

from w2vneg.errors import DataError
from w2vneg.evaluation.items import NotATestSet, SimilaritySet
from w2vneg.evaluation.lines import read_lines, split_line
from w2vneg.system.option_names import named

_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)
_COMMA_NUMBER = re.compile(r"[-+]?[0-9]*,[0-9]+", re.ASCII)
#: "1,234" may be a decimal or more than a thousand.
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)
_BOTH_MARKS = re.compile(r"[-+]?[0-9]+([.,][0-9]+){2,}", re.ASCII)
_WHOLE = re.compile(r"[-+]?[0-9]+", re.ASCII)
_SEPARATORS = "\t;, "

_Rows = list[tuple[int, list[str]]]


def read_similarity(path: str | os.PathLike[str]) -> SimilaritySet:
    """Read lines of word, word, rating, separated by a tab, semicolon, comma or spaces.

    Fields may be quoted as in csv. Words may contain spaces unless spaces separate the columns,
    and ratings a decimal comma unless they are unquoted and commas separate the columns. The
    rating is in the third column, or else in the first later column that has numbers: SimLex-999
    as published has the part of speech in the third. Blank lines and lines that start with ``#``
    are ignored; other lines without a rating, such as a header, are counted as skipped.

    Raises
    ------
    NotATestSet
        If no line is a pair.
    DataError
        If a line can be read in two ways.
    """
    lines = [
        (number, line)
        for number, line in enumerate(read_lines(path), 1)
        if line.strip() and not line.startswith("#")
    ]
    rows, separator = _split(path, lines)
    column = _rating_column(rows)
    _refuse_row_numbers(path, rows, column)
    if separator == ",":
        _refuse_split_decimals(path, lines, rows, column)
    decimal_comma = _decimal_comma(path, rows, column)
    pairs = []
    skipped = []
    for number, row in rows:
        text = row[column] if len(row) > column else ""
        if decimal_comma and _COMMA_NUMBER.fullmatch(text):
            text = text.replace(",", ".")
        if len(row) > column and row[0] and row[1] and _NUMBER.fullmatch(text):
            rating = float(text)
            if math.isfinite(rating):
                pairs.append((row[0], row[1], rating))
                continue
        skipped.append(number)
    if not pairs and 2 * sum(_is_question(line) for _, line in lines) > len(lines):
        raise NotATestSet(
            f"{path} has no word pairs but analogy questions; give it to {named('analogies')}"
        )
    if not pairs:
        raise NotATestSet(f"{path} has no word pairs: expected word, word, rating per line")
    return SimilaritySet(Path(path).stem, pairs, len(skipped), skipped[0] if skipped else 0)


def _split(path: str | os.PathLike[str], lines: list[tuple[int, str]]) -> tuple[_Rows, str]:
    """Return the fields of all lines, and the separator of the file.

    It is the first in the order tab, semicolon, comma, space that yields at least half as many
    pairs as any other.
    """
    every = [[split_line(line, separator) for _, line in lines] for separator in _SEPARATORS]
    counts = [sum(row is not None and _looks_like_pair(row) for row in rows) for rows in every]
    # Blanks inside words and ratings may make pairs of other lines: a tab goes before a space.
    which = next(i for i, count in enumerate(counts) if 2 * count >= max(counts))
    best, most = every[which], counts[which]
    split: _Rows = []
    for (number, _), row in zip(lines, best, strict=True):
        if row is None and 2 * most >= len(lines):
            raise DataError(
                f"{path}, line {number}: a quotation mark is not closed; close it, or, if it is "
                "part of a word, double it and quote the word"
            )
        split.append((number, row or []))
    return split, _SEPARATORS[which]


def _is_question(line: str) -> bool:
    words = line.split()
    return len(words) == 4 and not any(map(_is_number, words))


def _looks_like_pair(row: list[str]) -> bool:
    return len(row) > 2 and bool(row[0] and row[1]) and any(map(_is_number, row[2:]))


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text) or _COMMA_NUMBER.fullmatch(text))


def _rating_column(rows: _Rows) -> int:
    """Return the first column from the third on with numbers in most rows, else the third."""
    numbers = Counter(
        column
        for _, row in rows
        for column, field in enumerate(row)
        if column >= 2 and _is_number(field)
    )
    return min((column for column, n in numbers.items() if 2 * n > len(rows)), default=2)


def _refuse_row_numbers(path: str | os.PathLike[str], rows: _Rows, column: int) -> None:
    """Refuse files whose first column counts the rows, as spreadsheets and data frames have."""
    data = [(number, row) for number, row in rows if len(row) > column and _is_number(row[column])]
    first = [row[0] for _, row in data]
    if (
        column > 2
        and len(data) > 1
        and all(map(_WHOLE.fullmatch, first))
        and (len(set(first)) == len(first))
    ):
        raise DataError(
            f"{path}, line {data[0][0]}: the first column holds numbers, not words; remove that "
            "column"
        )


def _refuse_split_decimals(
    path: str | os.PathLike[str], lines: list[tuple[int, str]], rows: _Rows, column: int
) -> None:
    """Refuse ``love,sex,6,77``: a decimal comma would be taken for a separator."""
    if any(len(row) > column and "." in row[column] for _, row in rows if _looks_like_pair(row)):
        return  # decimal points: a further column is a column
    quoted = {number for number, line in lines if '"' in line}
    header = 0
    if rows and not _looks_like_pair(rows[0][1]):
        header = len(rows[0][1])
    for number, row in rows:
        # A header that names the further column makes it one.
        if number in quoted or len(row) < column + 2 or header > column + 1:
            continue
        if _WHOLE.fullmatch(row[column]) and re.fullmatch("[0-9]+", row[column + 1], re.ASCII):
            text = f"{row[column]},{row[column + 1]}"
            raise DataError(
                f"{path}, line {number}: is {text!r} a decimal comma or two columns? write "
                f"{text.replace(',', '.')}, or name the columns in a header"
            )


def _decimal_comma(path: str | os.PathLike[str], rows: _Rows, column: int) -> bool:
    """Return whether ratings have a decimal comma; refuse files that do not make it clear."""
    ratings = [(number, row[column]) for number, row in rows if len(row) > column]
    comma = [(number, text) for number, text in ratings if _COMMA_NUMBER.fullmatch(text)]
    for number, text in ratings:
        if "," in text and _BOTH_MARKS.fullmatch(text):
            raise DataError(
                f"{path}, line {number}: {text!r} has more than one decimal or thousands mark; "
                "write it with one decimal point"
            )
    if not comma:
        return False
    if any("." in text for _, text in ratings if _NUMBER.fullmatch(text)):
        number, text = comma[0]
        raise DataError(
            f"{path}, line {number}: {text!r} has a comma where other ratings have a decimal "
            "point; write all with points"
        )
    if all(_THOUSANDS.fullmatch(text) for _, text in comma):
        number, text = comma[0]
        raise DataError(
            f"{path}, line {number}: is the comma of {text!r} a decimal or a thousands mark? "
            "write all ratings with a decimal point or without marks"
        )
    return True
