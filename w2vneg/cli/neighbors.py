"""``w2vneg neighbors``: the nearest neighbors of words and of sums of words."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from w2vneg.cli.options import Number
from w2vneg.cli.query_command import STDIN, QueryCommand, queries, query_of_line
from w2vneg.cli.vector_input import load_vectors, skip_bad_rows_option
from w2vneg.errors import UsageError, W2vnegError

if TYPE_CHECKING:
    from w2vneg.vectors import Vectors

_PROMPT = "word, or king +woman -man> "

_Answers = list[tuple[str, float]]


@click.command("neighbors", cls=QueryCommand)
@click.argument("vectors", type=click.Path())
@click.argument("words", nargs=-1)
@click.option(
    "-n",
    "count",
    type=Number(int, 1),
    default=10,
    show_default=True,
    help="Number of neighbors.",
)
@click.option(
    "--restrict-vocab",
    type=Number(int, 1),
    help="Consider only the N most frequent words (the first N of the file).",
)
@skip_bad_rows_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    vectors: str,
    words: tuple[str, ...],
    count: int,
    restrict_vocab: int | None,
    skip_bad_rows: bool,
    as_json: bool,
) -> None:
    """Show the words with the highest cosine similarity to each WORD.

    Words after it with a sign are added or subtracted: w2vneg neighbors FILE king +woman -man.
    A single - reads such lines from standard input. Without a WORD, a prompt asks for them. After
    two hyphens (--), signs are part of the words.
    """
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    if not words and not is_terminal:
        raise UsageError("give words, or - to read them from standard input")
    if not words and as_json:
        raise UsageError("--json needs words, or - to read them from standard input")
    from w2vneg.cli.output import print_json
    from w2vneg.system.progress_bar import Bar

    loaded = load_vectors(vectors, skip_bad_rows=skip_bad_rows)
    answer = partial(_nearest, loaded, count=count, restrict_vocab=restrict_vocab)
    if words and words != (STDIN,):
        found = {text: answer(terms) for text, terms in queries(words).items()}
        if as_json:
            print_json({"vectors": vectors, "neighbors": found})
        else:
            _show(found)
        return
    found = {}
    failures = 0
    for line in _lines(prompt=not words):
        text, terms = query_of_line(line, loaded.index)
        try:
            found[text] = answer(terms)
        except W2vnegError as error:
            failures += 1
            Bar().note(str(error))
            continue
        if not as_json:
            _show({text: found[text]})
            found.clear()
    if as_json:
        print_json({"vectors": vectors, "neighbors": found})
    if words and failures:
        lines = "1 line" if failures == 1 else f"{failures} lines"
        raise W2vnegError(f"{lines} could not be answered; see above")


def _nearest(
    vectors: Vectors, terms: list[tuple[str, float]], *, count: int, restrict_vocab: int | None
) -> _Answers:
    return vectors.most_similar(terms, topn=count, restrict_vocab=restrict_vocab)


def _lines(prompt: bool) -> Iterator[str]:
    """Yield the lines of standard input that are not blank, one as soon as it is there."""
    if prompt:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 (gives input() a history and editing)
    while True:
        try:
            line = input(_PROMPT) if prompt else sys.stdin.readline() if sys.stdin else ""
        except EOFError:
            print()
            return
        except UnicodeDecodeError:
            raise W2vnegError("standard input is not UTF-8 text; convert it first") from None
        if not prompt and not line:
            return
        if line.strip():
            yield line


def _show(found: dict[str, _Answers]) -> None:
    from w2vneg.cli.output import print_table

    columns = [heading for text in found for heading in (text, "cosine")]
    rows = []
    for i in range(max(len(near) for near in found.values())):
        row: list[str] = []
        for near in found.values():
            row += [near[i][0], f"{near[i][1]:.3f}"] if i < len(near) else ["", ""]
        rows.append(row)
    print_table(columns, rows, left=2 * len(found))
