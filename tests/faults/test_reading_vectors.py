"""Rows 49 to 51: false headers, damaged and foreign files give a one-line error, not wrong vectors.

Most files go directly to the reader, for speed; some of each row also through the command line.
"""

import gzip
import os
import pickle
import resource
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import INJECTED, call, refused, run
from helpers.vector_files import TEXT, WHOLE, WORDS, all_refuse, layouts, read

from w2vneg.errors import DataError, ResourceError, UsageError
from w2vneg.vectors import read_vectors, write_vectors


@pytest.mark.parametrize("name", layouts())
def test_reads_complete_file(tmp_path: Path, name: str) -> None:
    assert read(tmp_path / name, layouts()[name]) == WHOLE


@pytest.mark.fault(50)
@pytest.mark.parametrize("name", layouts())
def test_refuses_file_truncated_at_any_offset(tmp_path: Path, name: str) -> None:
    data = layouts()[name]
    for end in range(len(data)):
        INJECTED["files cut"] += 1
        least = len(data) - 1 if name == "c.bin" else data.rfind(b" ") + 2
        if data.endswith(b"\n") and end >= least:
            # Only the newline, or digits that other numbers lack as well: no reader can tell.
            words, numbers = read(tmp_path / name, data[:end])
            assert (words, numbers[:2]) == (WORDS, WHOLE[1][:2])
            notes = read_vectors(tmp_path / name).notes
            assert name == "c.bin" or "no newline" in notes[0]
            continue
        # Without the magic number of gzip, the rest is not a file of vectors either.
        with pytest.raises(DataError) as caught:
            read(tmp_path / name, data[:end])
        assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("name", layouts())
def test_flipped_byte_gives_vectors_or_error(tmp_path: Path, name: str) -> None:
    data = layouts()[name]
    messages: list[str] = []
    for offset in range(len(data)):
        for mask in (0x01, 0x80, 0xFF, 0x2A):
            flipped = bytearray(data)
            flipped[offset] ^= mask
            INJECTED["bytes flipped"] += 1
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


@pytest.mark.fault(50)
@pytest.mark.parametrize("name", layouts())
def test_refuses_trailing_bytes(tmp_path: Path, name: str) -> None:
    for more in (b"x", b"\nx", b"\n\nx\n", b"\0y", b"y 1 2\n"):
        with pytest.raises(DataError):
            read(tmp_path / name, layouts()[name] + more)


@pytest.mark.parametrize("name", [n for n in layouts() if not n.endswith(".gz")])
def test_reads_file_with_newlines_at_its_end(tmp_path: Path, name: str) -> None:
    for more in (b"\n", b"\n\n\n", b"\r\n", b"\n \n\t\n"):
        if name.endswith(".vec") or not more.strip(b"\r\n"):
            data = layouts()[name] + more
            for path, content in ((name, data), (f"{name}.gz", gzip.compress(data))):
                assert read(tmp_path / path, content) == WHOLE
                assert read_vectors(tmp_path / path).notes == []


@pytest.mark.slow
@pytest.mark.fault(50)
@pytest.mark.parametrize("name", ["v.vec", "gensim.bin", "c.bin", "v.bin.gz"])
def test_every_command_refuses_wrong_length(tmp_path: Path, old: Path, name: str) -> None:
    data = layouts()[name]
    for damaged in (data[:-9], data[: len(data) // 2], data[:5], data + b"x"):
        (tmp_path / name).write_bytes(damaged)
        all_refuse(tmp_path / name, old)


@pytest.mark.fault(50)
def test_refuses_mixture_of_binary_layouts(tmp_path: Path) -> None:
    a, b = (word + b" " + np.ones(2, "<f4").tobytes() for word in (b"a", b"b"))
    c = b"c " + np.ones(2, "<f4").tobytes()
    for rows in (a + b"\n" + b + c, a + b + b"\n" + c + b"\nx"):
        with pytest.raises(DataError, match="row|after"):
            read(tmp_path / "v.bin", b"3 2\n" + rows)
    for rows in (a + b"\n" + b, a + b + b"\n"):  # the last row is free
        assert read(tmp_path / "v.bin", b"2 2\n" + rows)[0] == ["a", "b"]


LIES = [
        "2 2", "4 2", "3 1", "3 3", "0 2", "3 0", "-3 2", "3 -2", "3.0 2", "3 2 2", "3", "",
        "3_0 2", "1_000 2", "３ 2", "+3 2", "3\v2", "2000000000 300",
        "9" * 18 + " " + "9" * 9, "9" * 40 + " 2", "1 99999999999", "99999999999 1", "three 2", "3 2\0",
        "\ufeff3 2", "3 2" + " " * 80, "3 " + "0" * 80 + "2",
]  # fmt: skip


@pytest.mark.fault(49)
@pytest.mark.parametrize("name", ["v.vec", "gensim.bin", "c.bin"])
@pytest.mark.parametrize("header", LIES)
def test_refuses_wrong_header(tmp_path: Path, name: str, header: str) -> None:
    data = header.encode() + b"\n" + layouts()[name].partition(b"\n")[2]
    with pytest.raises(DataError) as caught:
        read(tmp_path / name, data)
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("name", ["v.vec", "gensim.bin", "c.bin"])
@pytest.mark.parametrize("header", [" 3 2", "3  2", "3\t2", "3 2 ", "3 2\t", "03 2"])
def test_reads_header_with_more_white_space(tmp_path: Path, name: str, header: str) -> None:
    data = header.encode() + b"\n" + layouts()[name].partition(b"\n")[2]
    assert read(tmp_path / name, data) == WHOLE


@pytest.mark.fault(49)
@pytest.mark.parametrize("header", ["2 2", "4 2", "-3 2", "0 2", "3.0 2", "3 2 2", "1_000 2"])
@pytest.mark.slow
def test_every_command_refuses_wrong_header(tmp_path: Path, old: Path, header: str) -> None:
    for name in ("v.vec", "c.bin"):
        data = header.encode() + b"\n" + layouts()[name].partition(b"\n")[2]
        (tmp_path / name).write_bytes(data)
        all_refuse(tmp_path / name, old)


@pytest.mark.fault(49)
@pytest.mark.parametrize("name", ["v.vec", "v.bin", "v.vec.gz"])
@pytest.mark.parametrize("header", [b"2000000000 300\n", b"100000 250\n", b"1 25000000\n"])
@pytest.mark.slow
def test_checks_size_before_allocating_memory(
    tmp_path: Path, old: Path, name: str, header: bytes
) -> None:
    data = header + layouts()["v.vec" if ".vec" in name else "c.bin"][4:]
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    all_refuse(tmp_path / name, old, "the header says", "bytes, but the file")
    tracemalloc.start()
    try:
        outcome = call("neighbors", tmp_path / name, "the")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    refused(outcome, 1, "header")
    assert peak < 1 << 20  # the matrix would take 100 MB


@pytest.mark.fault(49)
def test_refuses_matrix_larger_than_memory(tmp_path: Path, old: Path) -> None:
    limit = 6 << 30
    path = tmp_path / "v.bin"
    path.write_bytes(b"4000000 500\n")
    os.truncate(path, 8_100_000_000)  # a sparse file: takes no disk space

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    outcome = run("convert", path, old, limits=limited)
    refused(outcome, 1, path, "8.0 GB of memory", "--limit")


@pytest.mark.fault(49)
def test_refuses_endless_first_line(tmp_path: Path) -> None:
    (tmp_path / "v.vec").write_bytes(b"3 " + b"2" * 10_000_000)
    with pytest.raises(DataError, match="not a word2vec header"):
        read_vectors(tmp_path / "v.vec")


class Trap:
    """Creates a folder if it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_pickle_trap_works(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Trap(tmp_path / "trace")))
    assert (tmp_path / "trace").exists()


@pytest.mark.fault(51)
@pytest.mark.parametrize("name", ["v.vec", "v.bin", "v", "v.vec.gz"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.slow
def test_never_opens_pickle(tmp_path: Path, old: Path, name: str, protocol: int) -> None:
    trace = tmp_path / "trace"
    data = pickle.dumps(Trap(trace), protocol)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    all_refuse(tmp_path / name, old, "pickle")
    assert not trace.exists()


@pytest.mark.fault(51)
def test_names_other_formats(tmp_path: Path) -> None:
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
        refused(
            call("convert", tmp_path / "v.vec", tmp_path / "w.vec"), 1, tmp_path / "v.vec", name
        )
        assert not (tmp_path / "w.vec").exists()


@pytest.mark.fault(51)
def test_recognizes_format_by_content(tmp_path: Path) -> None:
    for name, data in layouts().items():
        for other in ("v", "x.vec", "x.bin", "x.vec.gz"):
            assert read(tmp_path / other, data) == WHOLE, (name, other)


@pytest.mark.fault(51)
@pytest.mark.parametrize("name", ["v.bin", "v.vec", "v.bin.gz"])
@pytest.mark.slow
def test_reads_binary_numbers_that_look_like_text(tmp_path: Path, name: str) -> None:
    words = [b"the", b"cat", b"dog", b"fox"]
    for odd in (b"\xb2\xaf .", b"\n 1\n", b" 0.5", b"nan\n", b" 7 8", b" 1 \n", b"1234"):
        for dim in (1, 2, 3):
            for end in (b"", b"\n"):
                for at in range(4 * dim):
                    parts = [b"\x01\x02\x83="] * (4 * dim)
                    parts[at] = odd
                    rows = [b"".join(parts[i * dim : (i + 1) * dim]) for i in range(4)]
                    body = b"".join(w + b" " + r + end for w, r in zip(words, rows, strict=True))
                    data = b"4 %d\n" % dim + body
                    packed = gzip.compress(data) if ".gz" in name else data
                    assert read(tmp_path / name, packed) == ([w.decode() for w in words], rows)


@pytest.mark.fault(51)
def test_recognizes_text_with_long_rows(tmp_path: Path) -> None:
    row = b" 0.125" * 2000
    for word in (b"a", b"new york city"):
        for name in ("v.vec", "v.bin"):
            words, _ = read(tmp_path / name, b"1 2000\n" + word + row + b"\n")
            assert words == [word.decode()]


@pytest.mark.fault(51)
def test_refuses_path_that_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_vectors(tmp_path / "missing.vec")
    with pytest.raises(UsageError, match="folder"):
        read_vectors(tmp_path)
    os.mkfifo(tmp_path / "pipe.vec")
    with pytest.raises(DataError, match="regular"):
        read_vectors(tmp_path / "pipe.vec")


def test_refuses_endless_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"row 1"):
        read(tmp_path / "v.vec", b"1 2\n" + b"a" * 10_000_000)
    with pytest.raises(DataError, match=r"row 1"):
        read(tmp_path / "v.bin", b"1 2\n" + b"a" * 10_000_000)


def test_names_damaged_row_far_inside(tmp_path: Path) -> None:
    count = 40_000
    matrix = np.random.default_rng(2).standard_normal((count, 8)).astype(np.float32)
    path = tmp_path / "v.vec"
    write_vectors(path, [f"w{i}" for i in range(count)], matrix)
    lines = path.read_bytes().split(b"\n")
    lines[33_333] = lines[33_333].replace(b".", b",", 1)
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(DataError, match=r"row 33333:"):
        read_vectors(path)
