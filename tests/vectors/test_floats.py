"""The compiled printer against NumPy's shortest decimals, and the parser against the printer."""

import re
from decimal import Decimal

import numpy as np
import pytest

from w2vneg.kernel.jit import INTERPRETED
from w2vneg.vectors.format import Table
from w2vneg.vectors.formats.word2vec_text import write_rows
from w2vneg.vectors.parse_floats import ROW_LEFT, parse_rows
from w2vneg.vectors.print_floats import WIDTH

COUNT = 3_000 if INTERPRETED else 300_000


LAYOUT = re.compile(
    r"-?((0|[1-9][0-9]{0,8})\.(0|[0-9]*[1-9])|[1-9](\.[0-9]{0,7}[1-9])?e[-+]?[0-9]{2})", re.ASCII
)


def written(numbers: np.ndarray) -> list[str]:
    text = bytes(write_rows(Table([b"w"], numbers.reshape(1, -1))))
    assert text.startswith(b"w ")
    assert text.endswith(b"\n")
    return text[2:-1].decode("ascii").split(" ")


def finite(patterns: np.ndarray) -> np.ndarray:
    numbers = patterns.astype(np.uint32).view(np.float32)
    return numbers[np.isfinite(numbers)]


def around(bits: np.ndarray) -> np.ndarray:
    return (bits[:, None] + np.arange(-2, 3)).ravel() & 0xFFFFFFFF


RNG = np.random.default_rng(1)
CASES = {
    "any bits": RNG.integers(0, 2**32, COUNT),
    "denormals": RNG.integers(0, 2**23, COUNT // 5),
    "smallest": np.arange(1000),
    "powers of two": around(np.arange(256) << 23),
    "powers of ten": around(
        np.array([f"1e{n}" for n in range(-44, 39)], np.float32).view(np.uint32).astype(np.int64)
    ),
    "trained": (RNG.standard_normal(COUNT) * 0.3).astype(np.float32).view(np.uint32),
    "whole": np.arange(0, 1 << 24, 8191).astype(np.float32).view(np.uint32),
    "large whole": (10.0 ** RNG.uniform(7, 17, COUNT // 5)).astype(np.float32).view(np.uint32),
    "few digits": (RNG.integers(-9999, 9999, COUNT // 5) / 1000).astype(np.float32).view(np.uint32),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_prints_the_decimals_of_numpy(name: str) -> None:
    numbers = finite(CASES[name])
    assert len(numbers) > 100
    texts = written(numbers)
    assert [Decimal(t) for t in texts] == [Decimal(str(x)) for x in numbers]
    # Equal values could still differ in trailing zeros.
    assert not [t for t in texts if LAYOUT.fullmatch(t) is None]
    assert max(map(len, texts)) < WIDTH


@pytest.mark.parametrize("name", CASES)
def test_parses_printed_decimals_bit_for_bit(name: str) -> None:
    numbers = finite(CASES[name])
    numbers = numbers[: len(numbers) // 4 * 4].reshape(-1, 4)
    data = np.frombuffer(write_rows(Table([b"w"] * len(numbers), numbers)), np.uint8)
    out = np.empty_like(numbers)
    bounds = np.empty((2, len(numbers)), np.int64)
    left = np.empty(len(numbers), np.uint8)
    assert parse_rows(data, 0, len(data), out, bounds[0], bounds[1], left) == len(numbers)
    good = left != ROW_LEFT
    assert (out[good].view(np.uint32) == numbers[good].view(np.uint32)).all()
    if name in ("trained", "whole", "few digits"):
        assert good.all()


def test_prints_words_before_their_numbers() -> None:
    matrix = np.array([[1, 2], [-0.0, 1e-45], [3e38, 0.1]], np.float32)
    padded = np.zeros((3, 16), np.float32)
    padded[:, :2] = matrix
    text = bytes(write_rows(Table([b"a", "ü".encode(), b"ccc"], padded[:, :2])))
    assert text.decode() == "a 1.0 2.0\nü -0.0 1e-45\nccc 3e+38 0.1\n"
