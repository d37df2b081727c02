"""Name objects of Python that are no sentences, with a remedy.

Libraries are recognized by the names of their classes, so that none of them has to be installed.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from numbers import Number
from typing import Any

from w2vneg.errors import UsageError, visible

#: Libraries whose graphs can be iterated, which gives their nodes.
_GRAPHS = ("networkx", "igraph", "graph_tool", "rustworkx")


def quoted(value: object) -> str:
    """Return an object as it appears in messages: short, and on one line."""
    return visible(" ".join(reprlib.repr(value).split()))


def is_missing(value: object) -> bool:
    """Return whether a value stands for a missing one: None, NaN, or pandas' NA and NaT."""
    if value is None:
        return True
    if isinstance(value, float):
        return value != value
    return type(value).__name__ in ("NAType", "NaTType")


def is_iterable(value: Any) -> bool:
    """Return whether an object can be iterated, without running its code."""
    if getattr(value, "ndim", None) == 0:  # an array that is one number
        return False
    return hasattr(type(value), "__iter__") or hasattr(type(value), "__getitem__")


def class_of(value: object, *modules: str) -> str:
    """Return the names of the classes of an object that come from some libraries, with blanks.

    Parameters
    ----------
    value : object
    *modules : str
        Names of top-level packages.
    """
    known = [c for c in type(value).__mro__ if c.__module__.split(".")[0] in modules]
    return " ".join(c.__name__ for c in known)


def column_names(table: Any) -> list[Any]:
    """Return the names of the columns of a table or data set, as far as it tells."""
    names = getattr(table, "column_names", None)
    if names is None:
        names = getattr(table, "columns", None)
    if names is None and isinstance(table, Mapping):
        names = table
    return [] if names is None else list(names)


def is_table(value: object) -> bool:
    """Return whether an object is a table of a library for data frames."""
    names = {c.__name__ for c in type(value).__mro__}
    return bool(names & {"DataFrame", "LazyFrame"}) or bool(
        {"Table", "RecordBatch"} & set(class_of(value, "pyarrow").split())
    )


def is_dataset(value: object) -> bool:
    """Return whether an object is a data set of Hugging Face: an iterable of rows."""
    return bool({"Dataset", "IterableDataset"} & set(class_of(value, "datasets").split()))


def refuse_foreign(corpus: Any) -> None:
    """Raise `UsageError` if an object can be iterated but is not an iterable of sentences.

    Parameters
    ----------
    corpus : object
        What was given as a corpus.
    """
    problem = _problem(corpus)
    if problem is not None:
        raise UsageError(f"{problem[0]} is not a corpus; {problem[1]}")


def _problem(corpus: Any) -> tuple[str, str] | None:
    """Return what an object is and the remedy; None if it may be an iterable of sentences."""
    name = type(corpus).__name__
    if corpus is None:
        return "None", "give a path or sentences, each a list of words"
    if isinstance(corpus, bytes | bytearray | memoryview):
        return name, "decode it, for sentences with: corpus.decode().splitlines()"
    if isinstance(corpus, Number):
        return f"the number {corpus!r}", "give a path or sentences, each a list of words"
    if {"DatasetDict", "IterableDatasetDict"} & set(class_of(corpus, "datasets").split()):
        return f"a {name} of several data sets", f"give one of them: corpus[{_first(corpus)}]"
    if isinstance(corpus, Mapping):
        return f"a {name}", "if its values are sentences, give corpus.values()"
    if isinstance(corpus, set | frozenset):
        return f"a {name}, which has no order,", "give sorted(corpus)"
    if "GroupBy" in class_of(corpus, "pandas"):
        return f"a {name}", "make each group a sentence, with .agg(list)"
    if is_table(corpus):
        if "LazyFrame" in class_of(corpus, "polars"):
            return f"a {name}", "give a column of corpus.collect()"
        return f"a {name}", f"give a column: corpus[{_text_column(corpus)}]"
    if is_dataset(corpus):
        known = " or ".join(map(repr, column_names(corpus)))
        return "a data set of rows", f"name a column: column={known or 'NAME'}"
    if _is_graph(corpus):
        if class_of(corpus, "networkx"):
            return f"a {name}", "give walks on it: w2vneg.walks(graph)"
        return f"a {name}", (
            "give walks on it: w2vneg.walks(PATH) of a file of its edges, or of a graph of networkx"
        )
    if class_of(corpus, "scipy"):
        return f"a {name}", "if it is a graph, give walks on it: w2vneg.walks(matrix)"
    if not is_iterable(corpus):
        return f"{quoted(corpus)}", "give a path or an iterable of sentences, each a list of words"
    return None


def _is_graph(corpus: Any) -> bool:
    if class_of(corpus, *_GRAPHS):
        return True
    return all(hasattr(corpus, name) for name in ("nodes", "edges", "neighbors"))


def _text_column(table: Any) -> str:
    """Return the name of the first column that may hold sentences, as code."""
    names = column_names(table)
    for name in names:
        cell: Any = next(iter(table[name]), None)
        cell = cell.as_py() if hasattr(cell, "as_py") else cell
        if hasattr(cell, "__iter__"):
            return repr(name)
    return _first(names)


def _first(names: Any) -> str:
    return next((repr(name) for name in names), "NAME")
