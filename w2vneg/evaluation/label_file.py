"""Files of labels: a node and its labels on a line."""

from __future__ import annotations

import os
from pathlib import Path

from w2vneg.errors import DataError
from w2vneg.evaluation.items import LabelSet
from w2vneg.evaluation.node_rows import read_rows


def read_labels(path: str | os.PathLike[str]) -> LabelSet:
    """Read lines of a node and one label or more.

    Fields are separated by tabs, commas or white space (see `w2vneg.evaluation.node_rows`). A node
    with several labels has them on one line or on several.

    Raises
    ------
    UsageError
        There is no such file.
    DataError
        It cannot be read, holds no labels, or a line has no label.
    """
    labels: dict[str, dict[str, None]] = {}
    for number, (node, *given) in read_rows(path, "a file of labels"):
        own = [label for label in given if label]
        if not own or not node:
            raise DataError(
                f"{path}, line {number}: expected a node and its label, separated by a tab, a comma "
                "or a blank; add the label or remove the line"
            )
        labels.setdefault(node, {}).update(dict.fromkeys(own))
    if not labels:
        raise DataError(f"{path} has no labels; write a node and its label on each line")
    return LabelSet(Path(path).stem, {node: tuple(own) for node, own in labels.items()})
