"""Rows 52 and 53: numbers that are not finite or at the limits of float32; malformed words."""

from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, refused
from helpers.vector_files import all_refuse, read

from w2vneg.errors import DataError, UsageError
from w2vneg.vectors import read_vectors


@pytest.mark.fault(50, 52, 53)
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"a .1 2 3 4\nbb .4 4 5 6\n", "more than 3"),
        (b"aaaaaaa 1 2\nb 4 5 6\n", "row 1"),
        (b"aaaaaaaaa 7\nb 4 5 6\n", "row 1"),
        (b"a 1 2 3\n\nb 4 5 6\n", "row 2.*blank"),
        (b"a\t\t1 2 3\nb 4 5 6\n", "row 1"),
        (b"a\v1 2 3\nb 4 5 6\n", "row 1"),
        (b"a\tb 1 2 3\nb 4 5 6\n", "row 1.*white space"),
        (b"a  1 2 3\nb 4 5 6\n", "row 1.*two spaces"),
        (b"a 1  2 3\nb 4 5 6\n", "row 1"),
        (b" 1 2 3\nb 4 5 6000\n", "row 1"),
        (b"a 1 2 x\nb 4 5 6\n", "row 1.*'x' is not a number"),
        (b"a 1 2 3\nb 0x1p3 5 6\n", "row 2.*'0x1p3'"),
        (b"a 1_0 2 3\nb 4 5 6\n", "row 1.*'1_0'"),
        ("a 1 ２ 3\nb 4 5 6\n".encode(), "row 1"),
        (b"a 1 2 3\nb 4 nan 6\n", "row 2.*not finite"),
        (b"a 1 2 3\nb 4 -inf 6\n", "row 2.*not finite"),
        (b"a 1 2 3\nb 4 1e400 6\n", "row 2.*not finite"),
        (b"a 1 2 3\nb 4 3.5e38 6\n", "row 2.*not finite"),
        (b"a 1 2 3\na 4 5 6\n", "row 2.*row 1"),
        (b"a 1 2 3\n\xe9t\xe9 4 5 6\n", "row 2.*UTF-8"),
        (b"a 1 2 3e\nb 4 5 6\n", "row 1"),
        (b"a 1 2 .\nb 4 5 6\n", "row 1"),
        (b"a 1 2 --3\nb 4 5 6\n", "row 1"),
    ],
)
def test_names_malformed_row(tmp_path: Path, body: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path / "v.vec", b"2 3\n" + body)


@pytest.mark.slow
@pytest.mark.fault(52, 53)
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"a nan 1\nb 1 2\n", "row 1: number 1 of 2 is not finite"),
        (b"a 1 2\nb 1 -Infinity\n", "row 2: number 2 of 2 is not finite"),
        (b"a 1 1e400\nb 1 2\n", "not finite in float32: 1e400"),
        (b"a 1 0x1p-3\nb 1 2\n", "'0x1p-3' is not a number"),
        (b"a 1 2\na 3 4\n", "row 2: the word 'a' is a duplicate of row 1"),
        (b" 1 2\nb 33 44\n", "row 1: the word is empty"),
    ],
)
def test_every_command_names_malformed_row(
    tmp_path: Path, old: Path, body: bytes, message: str
) -> None:
    (tmp_path / "v.vec").write_bytes(b"2 2\n" + body)
    all_refuse(tmp_path / "v.vec", old, message)


@pytest.mark.fault(52)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_every_command_refuses_numbers_not_finite(tmp_path: Path, old: Path, bad: float) -> None:
    row = np.array([1, bad], "<f4").tobytes()
    (tmp_path / "v.bin").write_bytes(b"1 2\na " + row)
    all_refuse(tmp_path / "v.bin", old, "row 1: number 2 is not finite")


@pytest.mark.fault(52)
def test_keeps_negative_zero_and_denormals(tmp_path: Path) -> None:
    bits = np.array([[0x80000000, 1, 0x80000001], [0x007FFFFF, 0x7F7FFFFF, 0]], np.uint32)
    names = ["a.vec", "b.bin", "c.vec.gz", "d.bin.gz", "e.txt"]
    (tmp_path / names[0]).write_bytes(
        b"2 3\nx -0.0 1e-45 -1e-45\ny 1.1754942e-38 3.4028235e+38 0\n"
    )
    for source, target in zip(names, names[1:], strict=False):
        assert call("convert", tmp_path / source, tmp_path / target).code == 0
        assert (read_vectors(tmp_path / target).matrix.view(np.uint32) == bits).all()


@pytest.mark.fault(52)
def test_reads_numbers_not_finite_on_request(tmp_path: Path) -> None:
    (tmp_path / "v.vec").write_bytes(b"1 4\na nan -Infinity 1e400 2\n")
    row = read_vectors(tmp_path / "v.vec", allow_nonfinite=True).matrix[0]
    assert np.isnan(row[0])
    assert row[1:].tolist() == [-np.inf, np.inf, 2]
    data = b"1 2\na " + np.array([np.nan, 1], "<f4").tobytes()
    (tmp_path / "v.bin").write_bytes(data)
    with pytest.raises(DataError, match=r"row 1.*not finite"):
        read_vectors(tmp_path / "v.bin")
    assert read_vectors(tmp_path / "v.bin", allow_nonfinite=True).matrix[0, 1] == 1


def test_reads_invalid_utf8_on_request(tmp_path: Path) -> None:
    for name, data in (
        ("v.vec", b"1 1\n\xe9t\xe9 1\n"),
        ("v.bin", b"1 1\n\xe9t\xe9 " + np.ones(1, "<f4").tobytes()),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError, match=r"row 1.*UTF-8"):
            read_vectors(tmp_path / name)
        assert read_vectors(tmp_path / name, encoding_errors="replace").words == ["\ufffdt\ufffd"]
        assert read_vectors(tmp_path / name, encoding_errors="ignore").words == ["t"]
        for wrong in ("surrogateescape", "nonsense"):
            with pytest.raises(UsageError):
                read_vectors(tmp_path / name, encoding_errors=wrong)


@pytest.mark.fault(53)
def test_reads_words_with_spaces_in_text(tmp_path: Path) -> None:
    path = tmp_path / "v.vec"
    path.write_bytes(b"3 2\nnew york 1 0.1\nsan josE 1 0.2\nrome 1 0.3\n")
    outcome = call("neighbors", path, "new york", "-n", 1)
    assert outcome.code == 0
    assert "san josE" in outcome.out
    # In binary they could not be read back, so they are not written.
    outcome = call("convert", path, tmp_path / "v.bin")
    refused(outcome, 1, "'new york'", "read back", "w2vneg convert --join-spaces _")
    assert call("convert", path, tmp_path / "v.bin", "--join-spaces", "_").code == 0
    joined = read_vectors(tmp_path / "v.bin")
    assert joined.words == ["new_york", "san_josE", "rome"]
    assert joined.matrix.tobytes() == read_vectors(path).matrix.tobytes()


@pytest.mark.fault(53)
def test_joins_words_to_different_words_only(tmp_path: Path) -> None:
    # spaCy issue 3674, gensim issues 388, 2795 and 2881
    path = tmp_path / "v.vec"
    path.write_bytes(b"4 2\nbig 5 1 2\n1 1 1 2\n. . . 3 4\nbig_5 1 2\n")
    outcome = call("convert", path, tmp_path / "w.vec", "--join-spaces", "_")
    refused(outcome, 1, "'big 5' and 'big_5' would both become 'big_5'", "other characters")
    assert call("convert", path, tmp_path / "w.vec", "--join-spaces", "::").code == 0
    assert read_vectors(tmp_path / "w.vec").words == ["big::5", "1::1", ".::.::.", "big_5"]
    for bad in ("", " ", "a b", "\t"):
        refused(call("convert", path, tmp_path / "x.vec", "--join-spaces", bad), 2, "--join-spaces")
    with pytest.raises(DataError, match=r"Vectors\.join_spaces"):
        read_vectors(path).save(tmp_path / "x.vec")
    assert not (tmp_path / "x.vec").exists()


@pytest.mark.fault(53)
@pytest.mark.parametrize("suffix", [".vec", ".bin"])
def test_drops_words_that_are_not_utf8_on_request(tmp_path: Path, suffix: str) -> None:
    # gensim issues 496, 567 and 3043
    path = tmp_path / f"v{suffix}"
    numbers = (b"1 2", b"3 4", b"5 6")
    if suffix == ".bin":
        numbers = tuple(np.array([i, i + 1], "<f4").tobytes() for i in (1, 3, 5))
    words = (b"a", b"caf\xe9", b"b")
    rows = (word + b" " + row + b"\n" for word, row in zip(words, numbers, strict=True))
    path.write_bytes(b"3 2\n" + b"".join(rows))
    outcome = call("convert", path, tmp_path / "w.vec", "--encoding-errors", "drop")
    assert outcome.code == 0
    assert "skipped 1 row: row 2: the word b'caf\\xe9' is not UTF-8" in outcome.err
    assert read_vectors(tmp_path / "w.vec").words == ["a", "b"]
    assert read_vectors(tmp_path / "w.vec").matrix.tolist() == [[1, 2], [5, 6]]
    # Other bad rows are refused all the same.
    (tmp_path / "x.vec").write_bytes(b"3 2\na 1 2\ncaf\xe9 1 2\na 3 4\n")
    with pytest.raises(DataError, match="duplicate"):
        read_vectors(tmp_path / "x.vec", encoding_errors="drop")


@pytest.mark.fault(53)
def test_refuses_word_with_space_in_binary_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for dim in (3, 25, 100):
        for words in (["new york", "b"], ["a", "b c"], ["a", "b", "san josé", "d"]):
            matrix = rng.standard_normal((len(words), dim)).astype("<f4")
            for end in (b"", b"\n"):
                rows = [
                    w.encode() + b" " + r.tobytes() + end
                    for w, r in zip(words, matrix, strict=True)
                ]
                with pytest.raises(DataError):
                    read(tmp_path / "v.bin", b"%d %d\n" % matrix.shape + b"".join(rows))
                refused(call("convert", tmp_path / "v.bin", tmp_path / "w.vec"), 1, "row")
                assert not (tmp_path / "w.vec").exists()


@pytest.mark.fault(53)
def test_refuses_duplicate_words_in_binary_file(tmp_path: Path) -> None:
    row = np.ones(2, "<f4").tobytes()
    with pytest.raises(DataError, match=r"row 2.*row 1"):
        read(tmp_path / "v.bin", b"2 2\na " + row + b"a " + row)


@pytest.mark.fault(53)
def test_writes_no_word_that_cannot_be_read_back(tmp_path: Path, old: Path) -> None:
    longest = 65_535
    for length in (longest, longest + 1, 70_000):
        (tmp_path / "v.vec").write_bytes(b"1 2\n" + b"x" * length + b" 1 2\n")
        for name in ("o.bin", "o.vec"):
            outcome = call("convert", tmp_path / "v.vec", tmp_path / name)
            if length > longest:
                refused(outcome, 1, f"has {length} bytes", "read back")
                continue
            assert outcome.code == 0
            assert read_vectors(tmp_path / name).words == ["x" * length]
            (tmp_path / name).unlink()
    refused(call("convert", tmp_path / "v.vec", old), 1, "read back")
