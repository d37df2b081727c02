"""Lines and columns of test-set files."""

from __future__ import annotations

import csv
import os
import re
import stat

from w2vneg.corpus.file_kinds import METADATA, PRINTED, REPORT, VECTORS, recognize_kind
from w2vneg.corpus.plain_text import why_no_plain_text
from w2vneg.corpus.text_bytes import HEAD_BYTES, TO_UTF8
from w2vneg.errors import DataError, UsageError, reason
from w2vneg.evaluation.items import NotATestSet
from w2vneg.vectors.vector_file import input_mode

_LARGEST = 1 << 26


def read_lines(path: str | os.PathLike[str]) -> list[str]:
    """Return the lines of a UTF-8 file, without line ends and byte order mark.

    Raises
    ------
    UsageError
        If there is no such file, or it is a folder.
    DataError
        If it cannot be read.
    NotATestSet
        If it is too large or not UTF-8.
    """
    if stat.S_ISDIR(input_mode(path)):
        raise UsageError(f"{path} is a folder; give a test set")
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason(error)}; check the path") from None
    if len(data) > _LARGEST:
        raise NotATestSet(f"{path} is larger than {_LARGEST >> 20} MB: it is no test set")
    why = why_no_plain_text(data)
    if why is not None:
        raise NotATestSet(f"{path} {why}")
    kind = recognize_kind(data[:HEAD_BYTES])
    if kind in (VECTORS, METADATA, PRINTED, REPORT):
        raise NotATestSet(f"{path} is {kind.name}, not a test set; give a file of text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if kind is not None:
            raise NotATestSet(
                f"{path} is {kind.name}, not a test set; give a file of text"
            ) from None
        raise NotATestSet(f"{path}, byte {error.start}: not UTF-8; convert it: {TO_UTF8}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def split_line(line: str, separator: str) -> list[str] | None:
    """Return the fields of a line, without blanks around them.

    Parameters
    ----------
    line : str
    separator : str
        A tab, semicolon or comma; or a space, which stands for any run of blanks.

    Returns
    -------
    list of str or None
        None if a quotation mark opens a field and does not close it. Marks around a field and
        doubled marks inside it are removed, as in csv.
    """
    line = line.strip()
    if '"' not in line:
        parts = line.split() if separator == " " else line.split(separator)
        return [part.strip() for part in parts]
    if separator == " ":
        line = " ".join(line.split())
    else:  # blanks between a closing mark and the separator are no part of csv
        line = re.sub(f'"[ \\t]+(?={separator})', '"', line)
    try:
        rows = list(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error:
        return None
    return [part.strip() for part in rows[0]]
