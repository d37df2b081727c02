"""Find what a corpus consists of, files of text or tables, as `InputOptions` say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from w2vneg.corpus.addresses import is_address
from w2vneg.corpus.file_kinds import NotText
from w2vneg.corpus.folders import list_folder, names
from w2vneg.corpus.input_options import EDGES, InputOptions
from w2vneg.corpus.sources import CorpusFile, list_sources
from w2vneg.errors import DataError, UsageError
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import choice, either, named

_DEFAULT = InputOptions()
#: Formats with delimiters, quotes, and perhaps without a header.
_DELIMITED = ("csv", "tsv")

_Paths = Sequence[str | os.PathLike[str]]


def list_inputs(
    paths: _Paths, options: InputOptions, stop: StopFlag | None = None
) -> tuple[list[CorpusFile], list[str]]:
    """Return what a corpus consists of, in reading order, and notes on what is left out.

    Parameters
    ----------
    paths : sequence of str or path
        Files, folders, named pipes, ``"-"`` for stdin, or addresses of files and of folders.
    options : InputOptions
        Tables are read where they name a column. In a folder, only the tables are read then.
    stop : StopFlag, optional
        Ends the wait for a network.

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
    stop = stop or StopFlag()
    files = [file for path in paths for file in _expanded(os.fspath(path), options, stop)]
    if options.column is not None:
        return _tables(files, options, stop)
    for file in files:
        _refuse_tables(file, options, stop)
    _refuse_idle(options, ["bad_rows", "header", "quotes"], "no table is read")
    sources, notes = list_sources(files, stop)
    return _prepared(sources, options), notes


def _refuse_idle(options: InputOptions, of_tables: Sequence[str], why: str) -> None:
    """Raise `UsageError` for an option of tables that nothing in the corpus is read with."""
    flags = {
        "bad_rows": named("bad_rows"),
        "header": either("--no-header", "header="),
        "quotes": either("--no-quotes", "quotes="),
    }
    for name in of_tables:
        if getattr(options, name) != getattr(_DEFAULT, name):
            raise UsageError(f"{flags[name]} has no effect: {why}; leave it out")


def _expanded(path: str, options: InputOptions, stop: StopFlag) -> list[str]:
    """Return the addresses of the files in a folder at an address; else the path itself."""
    if not (is_address(path) and (path.endswith("/") or "*" in path)):
        return [path]
    from w2vneg.corpus.remote import files_in

    files = files_in(path, stop)
    if options.column is None:
        return files
    tables = [file for file in files if options.table_format(file) is not None]
    if not tables:
        raise UsageError(f"no tables at {path}; name their format with {named('format')}")
    return tables


def _prepared(files: Sequence[CorpusFile], options: InputOptions) -> list[CorpusFile]:
    """Return files whose text is tokenized, where the options ask for it."""
    if not options.prepares:
        return list(files)
    from w2vneg.corpus.prepared_file import prepared

    return [prepared(file, options) for file in files]


def _refuse_tables(path: str, options: InputOptions, stop: StopFlag) -> None:
    """Raise `UsageError` for a file, or one in a folder, that is a table by its name."""
    is_folder = os.path.isdir(path)
    for file in list_folder(path).files if is_folder else [path]:
        is_there = file == "-" or is_address(file) or os.path.isfile(file)
        if is_there and options.table_format(file) is not None:
            from w2vneg.corpus.tables.table_file import refuse_table, table_file

            try:
                refuse_table(table_file(file, options, stop), stop)
            except NotText as error:
                if not (is_folder and error.kind.is_output):
                    raise


def _tables(
    paths: list[str], options: InputOptions, stop: StopFlag
) -> tuple[list[CorpusFile], list[str]]:
    from w2vneg.corpus.tables.table_file import TableFile, table_file

    if not paths:
        raise UsageError("no corpus given; name a table, a folder of tables, or - for stdin")
    if paths.count("-") > 1:
        raise UsageError("stdin (-) is given twice but can be read only once")
    tables: list[TableFile] = []
    notes: list[str] = []
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            tables.append(table_file(path, options, stop))
            continue
        content = list_folder(path)
        before, others = len(tables), []
        for file in content.files:
            try:
                if options.table_format(file) is not None:
                    tables.append(table_file(file, options, stop))
                    continue
            except NotText as error:
                if not error.kind.is_output:
                    raise
            others.append(file)
        notes += content.notes()
        if others:
            what = names(others, "file that is no table", "files that are no tables")
            notes.append(f"left out of {path}: {what}")
        if len(tables) == before:
            raise DataError("; ".join([f"no tables in folder {path}", *notes]))
    if not any(table.table in _DELIMITED for table in tables):
        _refuse_idle(options, ["header", "quotes"], "no table is CSV or TSV")
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
