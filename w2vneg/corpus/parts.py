"""Divide the files of a corpus among ranks: plain ones by bytes, others whole."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate

from w2vneg.corpus.options import IngestOptions
from w2vneg.corpus.sources import CorpusFile
from w2vneg.errors import DataError, UsageError, reason
from w2vneg.system.option_names import named

#: A rank's part is at most so many times its share, and a line, or all ranks read everything.
_UNEVEN, _LINE = 1.25, 4096
#: Bytes searched for the end of a line. Where there is none, a part begins inside a line.
_LONGEST_LINE = 16 << 20
_PIECE = 1 << 16


def part_of(sources: list[CorpusFile], options: IngestOptions) -> list[CorpusFile] | None:
    """Return what this rank reads; None if the corpus cannot be divided, so that all read it all.

    The parts of all ranks, one after the other, are the corpus.

    Parameters
    ----------
    sources : list of CorpusFile
    options : IngestOptions

    Raises
    ------
    UsageError
        The corpus can be read only once.
    DataError
        A file cannot be read.
    """
    ranks = options.ranks
    if options.own_files:
        return sources
    for source in sources:
        if source.is_stream:
            raise UsageError(
                f"{source.display_name} can be read by one of several ranks only; give a file, or "
                f"{named('shards')} and a file for each rank"
            )
    if options.max_tokens is not None or options.input.group is not None:
        return None
    total = sum(source.size for source in sources)
    begins = [0, *accumulate(source.size for source in sources)]
    cuts = [_cut(sources, begins, total * rank // ranks.size) for rank in range(ranks.size)]
    cuts.append((len(sources), 0))
    parts = [_between(sources, low, high) for low, high in zip(cuts, cuts[1:], strict=False)]
    largest = max(sum(source.length for source in part) for part in parts)
    if largest > _UNEVEN * total / ranks.size + _LINE:
        return None
    return parts[ranks.rank]


def _cut(sources: list[CorpusFile], begins: list[int], offset: int) -> tuple[int, int]:
    """Return the file and the byte in it that a part begins with, at `offset` or soon after."""
    index = min(len(sources) - 1, bisect_right(begins, offset) - 1)
    inside = offset - begins[index]
    if inside == 0:
        return index, 0
    if not sources[index].is_plain:
        return index + 1, 0
    at = _line_end(sources[index], inside)
    return (index, at) if at < sources[index].size else (index + 1, 0)


def _between(
    sources: list[CorpusFile], low: tuple[int, int], high: tuple[int, int]
) -> list[CorpusFile]:
    part = []
    for index in range(low[0], min(high[0] + 1, len(sources))):
        source = sources[index]
        begin = low[1] if index == low[0] else 0
        end = high[1] if index == high[0] else source.size
        if not source.is_plain and end == source.size:
            part.append(source)
        elif source.is_plain and end > begin:
            part.append(replace(source, begin=begin, end=end))
    return part


def _line_end(source: CorpusFile, offset: int) -> int:
    """Return the first byte after the line that `offset` lies in; `offset` if that is too long."""
    try:
        with open(source.path, "rb") as file:
            # A line that ends just before the offset is complete.
            at = offset - 1
            file.seek(at)
            while at < offset + _LONGEST_LINE:
                data = file.read(_PIECE)
                if not data:
                    return source.size
                found = data.find(b"\n")
                if found < 0 and b"\r" in data[:-1]:  # the last may be followed by LF
                    found = data.find(b"\r")
                if found >= 0:
                    return at + found + 1
                at += len(data)
    except OSError as error:
        raise DataError(f"cannot read {source.path}: {reason(error)}; copy it first") from None
    return offset


__all__ = ["part_of"]
