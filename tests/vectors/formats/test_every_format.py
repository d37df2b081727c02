"""The contract of a file format, checked for every format of the package."""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call

from w2vneg.errors import DataError
from w2vneg.vectors import file_bytes, load_vectors, output_help, write_vectors
from w2vneg.vectors.format import Format, without_gzip
from w2vneg.vectors.formats import (
    format_of,
    formats,
    formats_by_key,
    output_files,
    output_suffixes,
    table_help,
)

try:
    import pyarrow
except ImportError:
    pyarrow = None

#: Formats that a library reads and writes.
OPTIONAL = pytest.mark.skipif(pyarrow is None, reason="pyarrow is an optional library")
PLAIN = [pytest.param(s, marks=OPTIONAL if s == ".parquet" else ()) for s in output_suffixes()]
SUFFIXES = [
    pytest.param(s + more, marks=OPTIONAL if s == ".parquet" else ())
    for s in output_suffixes()
    for more in ("", ".gz")
]
WORDS = ["</s>", "1", "-", "wörd", "a\u00a0b", "a\0b", "a\u2028b", "\u3000", "é" * 30]
EXTREMES = np.array(
    [0.0, -0.0, 1e-45, -1e-45, 1.1754944e-38, 3.4028235e38, 0.1, 1 / 3, 123456.7, 1e9, -9.9e-5]
    + [float(i) for i in range(7)],
    np.float32,
).reshape(9, 2)


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool((a.view(np.uint32) == b.view(np.uint32)).all())


def agree(a: np.ndarray, b: np.ndarray, suffix: str) -> bool:
    """Whether numbers are the same, in formats that hold lengths apart nearly the same."""
    if format_of(f"v{suffix}")[0].is_exact:
        return same_bits(a, b)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=5e-7, atol=1e-37))


def words_of(path: Path) -> Path:
    """The file that holds the words."""
    return Path(output_files(path)[-1])


def contents(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


@pytest.mark.parametrize("form", formats(), ids=lambda form: form.name)
def test_declaration_is_complete(form: Format) -> None:
    assert form.name
    assert form.summary
    assert form.read or form.is_written
    assert form.key in formats_by_key() or not form.is_written
    # Suffixes are how an output selects its format, or --to.
    assert form.is_written or not form.suffixes
    assert form.dtypes[0] == "float32"
    for suffix in form.suffixes:
        assert suffix.startswith(".")
        assert suffix == suffix.lower()
        assert suffix != ".gz"
    assert 0 < form.compressed_share <= 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip_of_words_and_numbers(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    assert write_vectors(path, WORDS, EXTREMES) == 1  # one word of 60 bytes
    vectors = load_vectors(path)
    assert vectors.words == WORDS
    assert vectors.matrix.dtype == np.float32
    assert vectors.matrix.flags.c_contiguous
    assert agree(vectors.matrix, EXTREMES, suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_keeps_the_order_of_many_blocks(tmp_path: Path, suffix: str) -> None:
    matrix = np.random.default_rng(4).standard_normal((5_000, 3)).astype(np.float32)
    words = [f"w{i}" for i in range(len(matrix))]
    path = tmp_path / f"v{suffix}"
    padded = np.zeros((5_000, 16), np.float32)
    padded[:, :3] = matrix
    write_vectors(path, words, padded[:, :3])
    whole = load_vectors(path)
    assert whole.words == words
    assert agree(whole.matrix, matrix, suffix)
    for limit in (1, 2049, 5_000, 6_000):
        part = load_vectors(path, limit=limit)
        assert part.words == words[:limit]
        assert agree(part.matrix, matrix[:limit], suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_recognizes_content_under_any_name(tmp_path: Path, suffix: str) -> None:
    write_vectors(tmp_path / f"v{suffix}", WORDS, EXTREMES)
    data = (tmp_path / f"v{suffix}").read_bytes()
    others = [f"v{other}{more}" for other in output_suffixes() for more in ("", ".gz")]
    for name in ("v", "v.dat", *others):
        (tmp_path / name).write_bytes(data)
        form = format_of(f"v{suffix}")[0]
        for companion, _ in form.companions(str(tmp_path / name), None) if form.companions else []:
            Path(companion).write_bytes(words_of(tmp_path / f"v{suffix}").read_bytes())
        vectors = load_vectors(tmp_path / name)
        assert vectors.words == WORDS, name
        assert agree(vectors.matrix, EXTREMES, suffix), name


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_size_estimate_is_close_and_not_above(tmp_path: Path, suffix: str) -> None:
    matrix = (np.random.default_rng(5).standard_normal((2000, 64)) * 0.2).astype(np.float32)
    words = [f"word{i}" for i in range(2000)]
    path = tmp_path / f"v{suffix}"
    write_vectors(path, words, matrix)
    guess = file_bytes(path, sum(len(word) + 1 for word in words), 2000, 64)
    assert 0.8 < guess / path.stat().st_size <= 1.01


@pytest.mark.parametrize("suffix", PLAIN)
def test_words_that_are_not_utf8_name_their_row(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    write_vectors(path, ["a", "éx"], np.ones((2, 2), np.float32))
    data = words_of(path).read_bytes()
    assert data.count("é".encode()) == 1
    words_of(path).write_bytes(data.replace("é".encode(), b"\xff\xfe"))
    with pytest.raises(DataError, match="row 2.*UTF-8"):
        load_vectors(path)
    assert load_vectors(path, encoding_errors="replace").words == ["a", "\ufffd\ufffdx"]
    assert load_vectors(path, encoding_errors="ignore").words == ["a", "x"]


@pytest.mark.parametrize("suffix", PLAIN)
def test_duplicate_words_name_both_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    write_vectors(path, ["wordA", "b", "wordB"], np.ones((3, 2), np.float32))
    words_of(path).write_bytes(words_of(path).read_bytes().replace(b"wordB", b"wordA"))
    with pytest.raises(DataError, match="row 3: the word 'wordA' is a duplicate of row 1"):
        load_vectors(path)


@pytest.mark.parametrize("suffix", PLAIN)
def test_skips_bad_rows_on_request(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    matrix = np.arange(10, dtype=np.float32).reshape(5, 2)
    write_vectors(path, ["wordA", "b", "wordB", "éx", "c"], matrix)
    data = words_of(path).read_bytes().replace(b"wordB", b"wordA")
    words_of(path).write_bytes(data.replace("é".encode(), b"\xff\xfe"))
    vectors = load_vectors(path, skip_bad_rows=True)
    assert vectors.words == ["wordA", "b", "c"]
    assert agree(vectors.matrix, matrix[[0, 1, 4]], suffix)
    (note,) = vectors.notes
    assert note.startswith(f"{path}: skipped 2 rows: row 4: ")
    assert "duplicate of row 1" in note


@pytest.mark.parametrize("suffix", PLAIN)
def test_refuses_an_empty_file(tmp_path: Path, suffix: str) -> None:
    for name, data in ((f"v{suffix}", b""), (f"v{suffix}.gz", gzip.compress(b""))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError, match="empty"):
            load_vectors(tmp_path / name)


@pytest.mark.parametrize("suffix", PLAIN)
def test_refuses_a_truncated_gzip_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v{suffix}.gz"
    write_vectors(path, WORDS, EXTREMES)
    data = path.read_bytes()
    for end in range(3, len(data), max(1, len(data) // 300)):
        path.write_bytes(data[:end])
        with pytest.raises(DataError):
            load_vectors(path)


@pytest.mark.parametrize("suffix", PLAIN)
def test_compression_is_a_layer_around_the_format(tmp_path: Path, suffix: str) -> None:
    write_vectors(tmp_path / f"v{suffix}", WORDS, EXTREMES)
    write_vectors(tmp_path / f"v{suffix}.gz", WORDS, EXTREMES)
    assert contents(tmp_path / f"v{suffix}.gz") == contents(tmp_path / f"v{suffix}")
    assert without_gzip("v.vec.GZ") == "v.vec"
    assert format_of(f"V{suffix.upper()}.GZ") == (format_of(f"v{suffix}")[0], True)


def test_help_texts_list_every_format() -> None:
    outcome = call("convert", "--help")
    assert outcome.code == 0
    assert output_help() in " ".join(call("train", "--help").out.split())
    for form in formats():
        assert form.name in table_help()
        assert form.name in outcome.out
        for suffix in form.suffixes:
            assert suffix in output_help()
            assert suffix in table_help()
            assert suffix in outcome.out
        assert not form.is_written or form.key in "".join(outcome.out.split())
    assert max(map(len, table_help().splitlines())) <= 78


def test_help_texts_need_no_numpy() -> None:
    code = (
        "import sys, w2vneg.cli.convert\n"
        "from w2vneg.vectors import output_help\n"
        "output_help()\n"
        "heavy = {'numpy', 'numba'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
