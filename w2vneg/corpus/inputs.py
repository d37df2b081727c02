"""Find what a corpus consists of, files of text or tables, as `InputOptions` say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from w2vneg.corpus.file_kinds import NotText
from w2vneg.corpus.folders import list_folder, names
from w2vneg.corpus.input_options import EDGES, InputOptions
from w2vneg.corpus.sources import CorpusFile, list_sources
from w2vneg.errors import DataError, UsageError
from w2vneg.system.option_names import choice

_Paths = Sequence[str | os.PathLike[str]]


def list_inputs(paths: _Paths, options: InputOptions) -> tuple[list[CorpusFile], list[str]]:
    """Return what a corpus consists of, in reading order, and notes on what is left out.

    Parameters
    ----------
    paths : sequence of str or path
        Files, folders, named pipes, or ``"-"`` for stdin.
    options : InputOptions
        Tables are read where they name a column. In a folder, only the tables are read then.

    Raises
    ------
    UsageError
        A file does not exist or cannot be read; a table is given without a column.
    DataError
        A file is not what it has to be.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    if options.walks is not None:
        raise UsageError(
            f"the edges of a graph ({choice('format', EDGES)}) are no sentences; write walks on it to "
            "a file with: w2vneg walks EDGES -o FILE, and give that file"
        )
    if options.column is not None:
        return _tables([os.fspath(path) for path in paths], options)
    for path in paths:
        _refuse_tables(os.fspath(path), options)
    sources, notes = list_sources(paths)
    return _prepared(sources, options), notes


def _prepared(files: Sequence[CorpusFile], options: InputOptions) -> list[CorpusFile]:
    """Return files whose text is tokenized, where the options ask for it."""
    if not options.prepares:
        return list(files)
    from w2vneg.corpus.prepared_file import prepared

    return [prepared(file, options) for file in files]


def _refuse_tables(path: str, options: InputOptions) -> None:
    """Raise `UsageError` for a file, or one in a folder, that is a table by its name."""
    is_folder = os.path.isdir(path)
    for file in list_folder(path).files if is_folder else [path]:
        if options.table_format(file) is not None and (os.path.isfile(file) or file == "-"):
            from w2vneg.corpus.tables.table_file import refuse_table, table_file

            try:
                refuse_table(table_file(file, options))
            except NotText as error:
                if not (is_folder and error.kind.is_output):
                    raise


def _tables(paths: list[str], options: InputOptions) -> tuple[list[CorpusFile], list[str]]:
    from w2vneg.corpus.tables.table_file import TableFile, table_file

    if not paths:
        raise UsageError("no corpus given; name a table, a folder of tables, or - for stdin")
    if paths.count("-") > 1:
        raise UsageError("stdin (-) is given twice but can be read only once")
    tables: list[TableFile] = []
    notes: list[str] = []
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            tables.append(table_file(path, options))
            continue
        content = list_folder(path)
        before, others = len(tables), []
        for file in content.files:
            try:
                if options.table_format(file) is not None:
                    tables.append(table_file(file, options))
                    continue
            except NotText as error:
                if not error.kind.is_output:
                    raise
            others.append(file)
        notes += content.notes()
        if others:
            notes.append(f"left out of {path}: {names(others, 'files that are no tables')}")
        if len(tables) == before:
            raise DataError("; ".join([f"no tables in folder {path}", *notes]))
    if options.group is not None:
        from w2vneg.corpus.tables.sessions import Sessions

        assert options.column is not None
        sessions = Sessions(options.column, options.group, options.order)
        last = len(tables) - 1
        tables = [
            replace(table, sessions=sessions, is_last=number == last)
            for number, table in enumerate(tables)
        ]
    return _prepared(tables, options), notes
