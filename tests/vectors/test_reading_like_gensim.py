"""Odd but legal vector files, read by gensim and by us: the same words and the same bits.

`DIFFERENCES` lists every case in which the two differ, with the reason.
"""

import gzip
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from w2vneg.errors import DataError
from w2vneg.vectors import read_vectors

ROW = np.array([0.25, -1.5], "<f4").tobytes()


def gensim_reads(path: Path, binary: bool, **options: str) -> tuple[list[str], np.ndarray] | None:
    """Return words and numbers as gensim reads them; None if it raises an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            loaded = KeyedVectors.load_word2vec_format(str(path), binary=binary, **options)
        except (ValueError, EOFError, IndexError):
            return None
    return loaded.index_to_key, loaded.vectors


def assert_same(path: Path, binary: bool) -> None:
    theirs = gensim_reads(path, binary)
    ours = read_vectors(path)
    assert theirs is not None
    assert ours.words == theirs[0]
    assert ours.matrix.tobytes() == theirs[1].astype(np.float32).tobytes()


TEXTS = {
    "word2vec.c": "2 2\nthe 0.250000 -1.500000 \ncat 1.000000 0.000000 \n",
    "fastText": "2 2\n</s> 0.25 -1.5 \n, 1 0 \n",
    "gensim": "2 2\nthe 0.25 -1.5\ncat 1e-05 3.1415927\n",
    "CR LF": "2 2\r\nthe 0.25 -1.5\r\ncat 1 2\r\n",
    "no newline at the end": "2 2\nthe 0.25 -1.5\ncat 1 2",
    "space and no newline at the end": "2 2\nthe 0.25 -1.5 \ncat 1 2 ",
    # CellProfiler issue 1211, tribuo issue 30
    "blank lines at the end": "2 2\nthe 0.25 -1.5\ncat 1 2\n\n\n",
    "several spaces at the ends": "2 2\nthe 0.25 -1.5   \ncat 1 2\t\n",
    "spaces in the header": " 2  2 \nthe 0.25 -1.5\ncat 1 2\n",
    "tab in the header": "2\t2\nthe 0.25 -1.5\ncat 1 2\n",
    "zeros in the header": "002 02\nthe 0.25 -1.5\ncat 1 2\n",
    "numbers as words": "3 2\n1 0.25 -1.5\n-1e5 1 2\nnan 1 2\n",
    "no-break spaces": "2 2\na\u00a0b 0.25 -1.5\n\u3000 1 2\n",
    "spellings": "2 4\na +1 .5 5. 1E+02\nb -0 1e-45 00012.5 16777217\n",
    "many digits": f"1 2\na 0.{'1' * 300} 1.00000017881393432617187501\n",
    "one dimension": "2 1\na 1\nb 2\n",
    "marks as words": '4 1\n" 1\n# 2\n: 3\n\\ 4\n',
    "byte 0": "1 1\na\0b 1\n",
    "composed and decomposed": "2 1\n\u00e9 1\ne\u0301 2\n",
}
BINARIES = {
    "gensim": b"2 2\nthe " + ROW + b"cat " + ROW,
    "word2vec.c": b"2 2\nthe " + ROW + b"\ncat " + ROW + b"\n",
    "no newline at the end": b"2 2\nthe " + ROW + b"\ncat " + ROW,
    # tribuo issue 30
    "one more newline": b"2 2\nthe " + ROW + b"cat " + ROW + b"\n",
    "newlines at the end": b"2 2\nthe " + ROW + b"\ncat " + ROW + b"\n\n\n",
    "CR LF in the header": b"2 2\r\nthe " + ROW + b"cat " + ROW,
    "spaces in the header": b" 2  2 \nthe " + ROW + b"cat " + ROW,
    "numbers as words": b"2 2\n1 " + ROW + b"-0.5 " + ROW,
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("suffix", [".vec", ".vec.gz"])
def test_reads_text_as_gensim_does(tmp_path: Path, name: str, suffix: str) -> None:
    data = TEXTS[name].encode()
    path = tmp_path / f"v{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    assert_same(path, False)


@pytest.mark.parametrize("name", BINARIES)
@pytest.mark.parametrize("suffix", [".bin", ".bin.gz"])
def test_reads_binary_as_gensim_does(tmp_path: Path, name: str, suffix: str) -> None:
    data = BINARIES[name]
    path = tmp_path / f"v{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    assert_same(path, True)


def odd_file(rng: np.random.Generator, binary: bool) -> bytes:
    """A legal file in a form that some program could write."""
    rows, dim = (int(n) for n in rng.integers(1, 7, 2))
    letters = list("abcxyz019.,-+'#_éß漢\u00a0")
    words = {"".join(rng.choice(letters, rng.integers(1, 6))) for _ in range(rows)}
    header = str(rng.choice(["{} {}", "{}  {}", " {} {}", "{}\t{}", "{} {} "]))
    end = str(rng.choice(["\n", "\r\n"]))
    data = (header.format(len(words), dim) + end).encode()
    if binary:
        newline = [b"", b"\n"][rng.integers(2)]
        for word in words:
            numbers = rng.standard_normal(dim).astype("<f4").tobytes()
            data += word.encode() + b" " + numbers + newline
        return data + [b"", b"\n"][rng.integers(2)]
    end = str(rng.choice(["", " ", "  "])) + end
    spelling = str(rng.choice(["{:.6f}", "{!r}", "{:.3g}", "{:+e}", "{:.17g}", "{:.0f}"]))
    lines = []
    for word in words:
        numbers = [spelling.format(float(x)) for x in rng.standard_normal(dim) * 10]
        lines.append(" ".join([word, *numbers]))
    data += (end.join(lines) + end).encode()
    return data.rstrip() if rng.random() < 0.3 else data + b"\n" * rng.integers(3)


@pytest.mark.slow
@pytest.mark.parametrize("binary", [False, True])
def test_reads_generated_files_as_gensim_does(tmp_path: Path, binary: bool) -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        # Some binary numbers of one dimension look like text: there the suffix decides.
        path = tmp_path / ("v.bin" if binary else "v.vec")
        path.write_bytes(odd_file(rng, binary))
        assert_same(path, binary)


@dataclass
class Difference:
    """A file that the two read differently.

    Parameters
    ----------
    data : bytes
        The file.
    theirs : list of str or None
        The words that gensim returns; None if it refuses the file.
    ours : list of str or None
        The same for us, without options.
    skipping : list of str
        The words that we read with ``skip_bad_rows``.
    reason : str
        Why ours is right.
    """

    data: bytes
    theirs: list[str] | None
    ours: list[str] | None
    skipping: list[str]
    reason: str


LOSES = "gensim ignores rows without a word; the header or the file is damaged"
DIFFERENCES = {
    "words that contain spaces": Difference(
        b"2 2\nnew york 0.5 1\nbig 5 1 2\n", None, ["new york", "big 5"], ["new york", "big 5"],
        "gensim itself writes such files; the header says where the word ends",
    ),
    "tabs between fields": Difference(
        b"2 2\na\t0.5\t1\nb\t1\t2\n", None, ["a", "b"], ["a", "b"],
        "no word contains a tab, so the row has one meaning",
    ),
    "duplicate word": Difference(
        b"3 1\na 1\na 2\nb 3\n", ["a", "b"], None, ["a", "b"],
        "gensim drops a row with nothing but a log message; we do on request, and say so",
    ),
    "more rows than announced": Difference(
        b"1 1\na 1\nb 2\n", ["a"], None, ["a", "b"], LOSES
    ),
    "not finite": Difference(
        b"2 1\na nan\nb 1\n", ["a", "b"], None, ["b"],
        "similarities with NaN are NaN; allow_nonfinite=True reads it",
    ),
    "beyond float32": Difference(
        b"2 1\na 1e400\nb 1\n", ["a", "b"], None, ["b"], "gensim reads infinity"
    ),
    "underscore in a number": Difference(
        b"2 1\na 1_0\nb 1\n", ["a", "b"], None, ["b"], "Python reads 10, the C tools 1"
    ),
    "digits of another script": Difference(
        "2 1\na ２\nb 1\n".encode(), ["a", "b"], None, ["b"], "Python reads 2, the C tools 0"
    ),
    "empty word": Difference(
        b"2 1\n 1\nb 1\n", ["", "b"], None, ["b"], "the C tools would take the number for the word"
    ),
    "form feed in a word": Difference(
        b"2 1\na\x0cb 1\nb 1\n", ["a\x0cb", "b"], None, ["b"],
        "the C tools end a word at white space and would read wrong numbers",
    ),
    "Latin-1 word": Difference(
        b"2 1\ncaf\xe9 1\nb 1\n", None, None, ["b"], "both refuse; we can leave out the row"
    ),
    "truncated": Difference(
        b"3 1\na 1\nb 1000\n", None, None, ["a", "b"], "both refuse; we can read what is there"
    ),
    "blank line between rows": Difference(
        b"2 1\na 1\n\nb 1\n", None, None, ["a", "b"], "both refuse; we can leave it out"
    ),
    "sign in the header": Difference(
        b"+2 1\na 1\nb 1\n", ["a", "b"], None, [], "no program writes it"
    ),
}  # fmt: skip
BINARY_DIFFERENCES = {
    "duplicate word": Difference(
        b"3 2\na " + ROW + b"a " + ROW + b"b " + ROW, ["a", "b"], None, ["a", "b"],
        "as in text",
    ),
    "data after the last row": Difference(
        b"1 2\na " + ROW + b"b " + ROW, ["a"], None, [], LOSES
    ),
    "not finite": Difference(
        b"2 2\na " + np.array([1, np.nan], "<f4").tobytes() + b"b " + ROW, ["a", "b"], None, ["b"],
        "as in text",
    ),
    "truncated": Difference(
        b"2 2\na " + ROW + b"b " + ROW[:3], None, None, ["a"],
        "both refuse; we can read what is there",
    ),
    "empty word": Difference(
        b"2 2\n " + ROW + b"b " + ROW, ["", "b"], None, ["b"], "as in text"
    ),
    "newline after some rows": Difference(
        b"3 2\na " + ROW + b"\nb " + ROW + b"c " + ROW + b"\n", ["a", "b", "c"], None, ["a"],
        "no program writes a mixture; that the newline is missing shows damage",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENCES)
def test_differs_from_gensim_in_text(tmp_path: Path, name: str) -> None:
    check(tmp_path / "v.vec", DIFFERENCES[name], False)


@pytest.mark.parametrize("name", BINARY_DIFFERENCES)
def test_differs_from_gensim_in_binary(tmp_path: Path, name: str) -> None:
    check(tmp_path / "v.bin", BINARY_DIFFERENCES[name], True)


def check(path: Path, case: Difference, binary: bool) -> None:
    assert case.reason
    path.write_bytes(case.data)
    theirs = gensim_reads(path, binary)
    assert (theirs and [w for w in theirs[0] if w is not None]) == case.theirs
    assert ours(path) == case.ours
    assert (ours(path, skip_bad_rows=True) or []) == case.skipping


def ours(path: Path, **options: bool) -> list[str] | None:
    try:
        return read_vectors(path, **options).words  # type: ignore[arg-type]
    except DataError:
        return None


def test_replaces_other_encodings_as_gensim_does(tmp_path: Path) -> None:
    for name, data in (
        ("v.vec", b"2 1\ncaf\xe9 1\n\xe9t\xe9 2\n"),
        ("v.bin", b"2 2\ncaf\xe9 " + ROW + b"\xe9t\xe9 " + ROW),
    ):
        (tmp_path / name).write_bytes(data)
        for errors in ("replace", "ignore"):
            theirs = gensim_reads(tmp_path / name, name == "v.bin", unicode_errors=errors)
            assert theirs
            assert read_vectors(tmp_path / name, encoding_errors=errors).words == theirs[0]
