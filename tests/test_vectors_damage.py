"""Damaged and foreign files: one line of explanation, never wrong vectors, never a crash."""

import gzip
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from w2vneg.errors import DataError, ResourceError, UsageError
from w2vneg.vectors import read_vectors, write_vectors

WORDS = ["the", "wörd", "x"]
MATRIX = np.array([[0.25, -1.5], [3.1415927, 1e-3], [-0.0625, 12345.67]], np.float32)
TEXT = b"3 2\nthe 0.25 -1.5\nw\xc3\xb6rd 3.1415927 0.001\nx -0.0625 12345.67\n"


def layouts() -> dict[str, bytes]:
    rows = [
        w.encode() + b" " + r.astype("<f4").tobytes() for w, r in zip(WORDS, MATRIX, strict=True)
    ]
    return {
        "v.vec": TEXT,
        "crlf.vec": TEXT.replace(b"\n", b"\r\n"),
        "gensim.bin": b"3 2\n" + b"".join(rows),
        "c.bin": b"3 2\n" + b"".join(row + b"\n" for row in rows),
        "v.vec.gz": gzip.compress(TEXT, mtime=0),
        "v.bin.gz": gzip.compress(b"3 2\n" + b"".join(rows), mtime=0),
    }


def read(path: Path, data: bytes, **options: object) -> tuple[list[str], list[bytes]]:
    path.write_bytes(data)
    vectors = read_vectors(path, **options)  # type: ignore[arg-type]
    return vectors.words, [row.tobytes() for row in vectors.matrix]


WHOLE = (WORDS, [row.tobytes() for row in MATRIX])


@pytest.mark.parametrize("name", layouts())
def test_whole_files_are_read(tmp_path: Path, name: str) -> None:
    assert read(tmp_path / name, layouts()[name]) == WHOLE


@pytest.mark.parametrize("name", layouts())
def test_a_file_cut_at_any_offset_is_an_error(tmp_path: Path, name: str) -> None:
    data = layouts()[name]
    for end in range(len(data)):
        # The magic of gzip cut away leaves nothing that could be vectors either.
        with pytest.raises(DataError) as caught:
            read(tmp_path / name, data[:end])
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", layouts())
def test_a_flipped_byte_gives_vectors_or_an_error(tmp_path: Path, name: str) -> None:
    data = layouts()[name]
    messages: list[str] = []
    for place in range(len(data)):
        for mask in (0x01, 0x80, 0xFF, 0x2A):
            flipped = bytearray(data)
            flipped[place] ^= mask
            try:
                words, rows = read(tmp_path / name, bytes(flipped))
            except (DataError, ResourceError) as error:
                messages.append(str(error))
                continue
            assert len(set(words)) == len(words) == len(rows)
            assert all(words)
            assert np.isfinite(np.frombuffer(b"".join(rows), np.float32)).all()
    assert messages
    assert not any("\n" in message for message in messages)


@pytest.mark.parametrize("name", layouts())
def test_bytes_added_at_the_end_are_an_error(tmp_path: Path, name: str) -> None:
    for more in (b"x", b"\n", b"\n\n", b" ", b"y 1 2\n"):
        with pytest.raises(DataError):
            read(tmp_path / name, layouts()[name] + more)


@pytest.mark.parametrize("name", ["v.vec", "gensim.bin", "c.bin"])
@pytest.mark.parametrize(
    "header",
    [
        "2 2", "4 2", "3 1", "3 3", "0 2", "3 0", "-3 2", "3 -2", "3.0 2", "3 2 2", "3", "", " 3 2",
        "3  2", "3\t2", "3_0 2", "３ 2", "+3 2", "3 2 ", "2000000000 300", "9" * 18 + " " + "9" * 9,
        "9" * 40 + " 2", "1 99999999999", "99999999999 1", "three 2", "3 2\0", "\ufeff3 2",
    ],
)  # fmt: skip
def test_headers_that_lie(tmp_path: Path, name: str, header: str) -> None:
    data = header.encode() + b"\n" + layouts()[name].partition(b"\n")[2]
    with pytest.raises(DataError) as caught:
        read(tmp_path / name, data)
    assert str(tmp_path / name) in str(caught.value)


def test_a_lying_header_in_a_compressed_file_allocates_nothing(tmp_path: Path) -> None:
    data = gzip.compress(b"2000000000 300\n" + TEXT[4:])
    with pytest.raises(DataError, match="header"):
        read(tmp_path / "v.vec.gz", data)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"a 1 2 3 4\nbb 4 5 6\n", "row 1.*more than 3"),
        (b"aaaaaaa 1 2\nb 4 5 6\n", "row 1"),
        (b"aaaaaaaaa 7\nb 4 5 6\n", "row 1"),
        (b"a 1 2 3\n\nb 4 5 6\n", "row 2.*blank"),
        (b"a\t1 2 3\nb 4 5 6\n", "row 1"),
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
def test_malformed_rows_are_named(tmp_path: Path, body: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path / "v.vec", b"2 3\n" + body)


def test_numbers_that_are_not_finite_are_read_when_asked(tmp_path: Path) -> None:
    (tmp_path / "v.vec").write_bytes(b"1 4\na nan -Infinity 1e400 2\n")
    row = read_vectors(tmp_path / "v.vec", allow_nonfinite=True).matrix[0]
    assert np.isnan(row[0])
    assert row[1:].tolist() == [-np.inf, np.inf, 2]
    data = b"1 2\na " + np.array([np.nan, 1], "<f4").tobytes()
    (tmp_path / "v.bin").write_bytes(data)
    with pytest.raises(DataError, match=r"row 1.*not finite"):
        read_vectors(tmp_path / "v.bin")
    assert read_vectors(tmp_path / "v.bin", allow_nonfinite=True).matrix[0, 1] == 1


def test_invalid_utf8_is_read_when_asked(tmp_path: Path) -> None:
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


def test_a_word_with_a_space_in_a_binary_file_is_refused(tmp_path: Path) -> None:
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


def test_duplicates_in_a_binary_file_are_refused(tmp_path: Path) -> None:
    row = np.ones(2, "<f4").tobytes()
    with pytest.raises(DataError, match=r"row 2.*row 1"):
        read(tmp_path / "v.bin", b"2 2\na " + row + b"a " + row)


class Trap:
    """Leaves a trace if it is ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["v.vec", "v.bin", "v"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_are_never_opened(tmp_path: Path, name: str, protocol: int) -> None:
    trace = tmp_path / "trace"
    with pytest.raises(DataError):
        read(tmp_path / name, pickle.dumps(Trap(trace), protocol))
    assert not trace.exists()


def test_other_formats_are_named(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.ones(3))
    with zipfile.ZipFile(tmp_path / "v.npz", "w") as archive:
        archive.writestr("a", "b")
    for data, name in (
        ((tmp_path / "v.npy").read_bytes(), "NumPy"),
        ((tmp_path / "v.npz").read_bytes(), "zip"),
        (pickle.dumps([1], 4), "pickle"),
        (b"\xef\xbb\xbf" + TEXT, "byte order mark"),
        ("3 2".encode("utf-16"), "UTF-16"),
        (gzip.compress(gzip.compress(TEXT)), "gzip"),
        (b"BZh91AY", "bzip2"),
        (b"", "empty"),
    ):
        with pytest.raises(DataError, match=name):
            read(tmp_path / "v.vec", data)


def test_the_content_says_which_format(tmp_path: Path) -> None:
    for name, data in layouts().items():
        for other in ("v", "x.vec", "x.bin", "x.vec.gz"):
            assert read(tmp_path / other, data) == WHOLE, (name, other)


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_vectors(tmp_path / "missing.vec")
    with pytest.raises(UsageError, match="folder"):
        read_vectors(tmp_path)
    os.mkfifo(tmp_path / "pipe.vec")
    with pytest.raises(DataError, match="regular"):
        read_vectors(tmp_path / "pipe.vec")


def test_a_row_without_end_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"row 1"):
        read(tmp_path / "v.vec", b"1 2\n" + b"a" * 10_000_000)
    with pytest.raises(DataError, match=r"row 1"):
        read(tmp_path / "v.bin", b"1 2\n" + b"a" * 10_000_000)


def test_a_damaged_row_far_inside_is_named(tmp_path: Path) -> None:
    count = 40_000
    matrix = np.random.default_rng(2).standard_normal((count, 8)).astype(np.float32)
    path = tmp_path / "v.vec"
    write_vectors(path, [f"w{i}" for i in range(count)], matrix)
    lines = path.read_bytes().split(b"\n")
    lines[33_333] = lines[33_333].replace(b".", b",", 1)
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(DataError, match=r"row 33333:"):
        read_vectors(path)
