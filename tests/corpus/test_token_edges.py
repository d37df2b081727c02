"""Begin and end of tokens, against a regular expression."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.corpus.token_edges import WINDOW_WORDS, find_edges
from w2vneg.corpus.tokenizer import EDGES_SIZE, LINE_END, PADDING
from w2vneg.corpus.word_table import WordTable
from w2vneg.kernel.bits import load_bytes, lowest_bit
from w2vneg.kernel.jit import kernel

WINDOW = 8 * WINDOW_WORDS
PIECE = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b" ", b"\n", b"  \t ", b"a", b"word ", b"\x80\xff", b"\x1f!", b"\x20\x21"]),
    st.integers(1, 2 * WINDOW).map(lambda n: b"x" * n),
    st.integers(1, 2 * WINDOW).map(lambda n: b" " * n),
    st.integers(1, WINDOW // 2).map(lambda n: b"a " * n),
)


@kernel
def edges_of(data8, position, last, edges):
    return find_edges(data8, position, last, edges)


@kernel
def loaded(words, position):
    return load_bytes(words, position)


@kernel
def bit_of(word):
    return lowest_bit(word)


def padded(text: bytes) -> np.ndarray:
    data = np.full((len(text) + PADDING + 7) & ~7, 32, np.uint8)
    data[: len(text)] = np.frombuffer(text, np.uint8)
    return data


@settings(deadline=None)
@given(text=st.lists(PIECE, max_size=12).map(b"".join), start=st.integers(0, 40))
def test_edges_are_those_of_the_text(text: bytes, start: int) -> None:
    start = min(start, len(text))
    text = b" " * start + text[start:]
    data = padded(text)
    last = min((start >> 3) + WINDOW_WORDS - 1, len(text) >> 3)
    edges = np.empty(EDGES_SIZE, np.int64)
    with np.errstate(over="ignore"):
        count = edges_of(data.view(np.uint64), start, last, edges)
    window = data[: 8 * (last + 1)].tobytes()
    expected = [at for m in re.finditer(rb"[^\x00-\x20]+", window) for at in m.span()]
    if expected and expected[-1] == len(window):
        expected.pop()  # goes on behind the window
    assert edges[:count].tolist() == expected


@settings(deadline=None, max_examples=50)
@given(
    text=st.lists(PIECE, max_size=8).map(b"".join),
    limit=st.one_of(st.just(1 << 60), st.integers(1, 40)),
    stop=st.integers(0, 4 * WINDOW),
)
def test_tokens_and_line_ends_are_those_of_the_text(text: bytes, limit: int, stop: int) -> None:
    stop = min(stop, len(text))
    data = padded(text)
    table = WordTable(1)
    out = np.empty(len(text) + 1, np.int32)
    count = table.tokenize(data, 0, stop, len(text), limit, out, 0)
    expected: list[bytes | int] = []
    tokens = controls = too_long = 0
    for match in re.finditer(rb"[\x00-\x20]|[^\x00-\x20]+", text):
        if match.start() >= stop or tokens == limit:
            break
        piece = match[0]
        if piece in (b"\n", b"\r"):
            if not expected or expected[-1] != LINE_END:
                expected.append(LINE_END)
        elif piece[0] <= 32:
            controls += piece not in (b" ", b"\t", b"\v", b"\f")
        else:
            tokens += 1
            too_long += len(piece) > 1000
            if len(piece) <= 1000:
                expected.append(piece)
    words = table.words_bytes(np.arange(len(table))).split(b"\n")
    assert [words[n] if n >= 0 else n for n in out[:count].tolist()] == expected
    counters = table.counters()
    assert (counters.tokens, counters.too_long) == (tokens, too_long)
    assert counters.control_bytes == controls


@pytest.mark.parametrize("position", range(17))
def test_eight_bytes_from_any_position(position: int) -> None:
    data = np.arange(1, 33, dtype=np.uint8)
    expected = int.from_bytes(data[position : position + 8].tobytes(), "little")
    assert int(loaded(data.view(np.uint64), position)) == expected


@pytest.mark.parametrize("bit", range(64))
def test_lowest_bit(bit: int) -> None:
    assert bit_of(np.uint64(1 << bit)) == bit
    assert bit_of(np.uint64((1 << 64) - (1 << bit))) == bit
