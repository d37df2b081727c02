"""The sentences of files one after the other, for what is read once and not trained on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.inputs import list_inputs
from w2vneg.corpus.text_bytes import BOM, SEPARATOR_CLASS
from w2vneg.system.interrupt import StopFlag

_PIECE_BYTES = 1 << 20
_LINE_END = re.compile(rb"[\r\n]")
_WORD = re.compile(f"[^{SEPARATOR_CLASS}]+".encode())


def read_sentences(
    paths: Sequence[str | os.PathLike[str]],
    options: InputOptions | None = None,
    stop: StopFlag | None = None,
) -> Iterator[list[str]]:
    """Yield the words of each line that is not blank; memory holds one line.

    Parameters
    ----------
    paths : sequence of str or path
        As for `w2vneg.corpus.encode.encode`.
    options : InputOptions, optional
        How they are read.
    stop : StopFlag, optional
        Ends the reading.

    Raises
    ------
    UsageError, DataError, Interrupted
        As for `w2vneg.corpus.encode.encode`.
    """
    sources, _ = list_inputs(paths, options or InputOptions(), stop)
    for source in sources:
        stream = source.open(stop or StopFlag())
        try:
            rest = b""
            while data := stream.read(_PIECE_BYTES):
                *lines, rest = _LINE_END.split(rest + data)
                yield from filter(None, map(_words, lines))
            if words := _words(rest):
                yield words
        finally:
            stream.close()


def _words(line: bytes) -> list[str]:
    found = _WORD.findall(line.removeprefix(BOM))
    return [word.decode("utf-8", "replace") for word in found]
