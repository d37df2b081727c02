"""Torn and malicious files of every format: one line that names the file, or what was meant."""

import json
import random
import struct
from pathlib import Path

import numpy as np
import pytest

from w2vneg import load_vectors
from w2vneg.errors import DataError, W2vnegError
from w2vneg.vectors import write_vectors
from w2vneg.vectors.formats import formats_by_key, output_files

WORDS = ["the", "of", "wörd", "x", "rare"]
MATRIX = np.arange(15, dtype=np.float32).reshape(5, 3) / 7 + 0.1
COUNTS = np.array([9, 7, 5, 3, 1])
#: Bytes that are likely to matter: lengths, signs, separators, the largest numbers.
#: Formats whose files may end after any row, number or matrix, without a sign that more is missing.
OPEN_ENDED = {"glove", "recbole", "word2vec-text", "tensorboard", "numpy", "fasttext"}
ODD = [
    b"\0",
    b"\xff",
    b"\xff\xff\xff\x7f",
    b"\xff" * 8,
    b"\x7f",
    b"\n",
    b" ",
    b"{",
    b"9" * 20,
    b"-",
]


def formats() -> list[object]:
    missing = []
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        missing = ["parquet"]
    skip = pytest.mark.skip(reason="pyarrow is an optional library")
    return [pytest.param(k, marks=skip if k in missing else ()) for k in formats_by_key()]


def written(folder: Path, key: str) -> list[Path]:
    """Write vectors and return their files, that of the numbers first."""
    path = folder / ("m" if formats_by_key()[key].main_file else "v.x")
    write_vectors(path, WORDS, MATRIX, counts=COUNTS, w_out=MATRIX, to=key)
    return [Path(name) for name in output_files(path, key)]


def answered(path: Path, **options: bool) -> bool:
    """Return whether a file is read; it must be read soundly, or refused in one line."""
    try:
        vectors = load_vectors(path, **options)
    except W2vnegError as error:
        assert "\n" not in str(error)
        assert str(path.parent) in str(error) or "needs" in str(error)
        return False
    assert len(vectors.words) == len(vectors.matrix) == len(set(vectors.words)) > 0
    assert np.isfinite(vectors.matrix).all()
    assert vectors.counts is None or len(vectors.counts) == len(vectors)
    return True


@pytest.mark.parametrize("key", formats())
@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.stress)])
def test_truncation(tmp_path: Path, key: str, step: int) -> None:
    main, *others = written(tmp_path, key)
    for path in (main, *others):
        data = path.read_bytes()
        for end in range(0, len(data), step):
            path.write_bytes(data[:end])
            # Text ends anywhere, and nothing reads the end of a model or the list of modules.
            if answered(main) and key not in OPEN_ENDED and path.name != "modules.json":
                assert end >= len(data.rstrip(b"\n")), end
            if step == 1 or end % 2:
                answered(main, skip_bad_rows=True)
        path.write_bytes(data)
    assert answered(main)


@pytest.mark.parametrize("key", formats())
@pytest.mark.parametrize("times", [12, pytest.param(500, marks=pytest.mark.stress)])
def test_random_damage(tmp_path: Path, key: str, times: int) -> None:
    draw = random.Random(f"{key} {times}")
    files = written(tmp_path, key)
    for _ in range(times):
        path = draw.choice(files)
        data = bytearray(whole := path.read_bytes())
        for _ in range(draw.randint(1, 3)):
            at = draw.randrange(len(data))
            piece = draw.choice([*ODD, bytes([draw.randrange(256)])])
            kind = draw.randrange(3)
            if kind == 0:
                data[at : at + len(piece)] = piece
            elif kind == 1:
                data[at:at] = piece
            else:
                del data[at : at + draw.randint(1, 9)]
        path.write_bytes(data)
        for options in ({}, {"skip_bad_rows": True}, {"encoding_errors": "replace"}):
            answered(files[0], **options)
        path.write_bytes(whole)


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        load_vectors(path)
    return str(caught.value)


def safetensors(described: object, data: bytes = b"") -> bytes:
    head = json.dumps(described).encode()
    return struct.pack("<Q", len(head)) + head + data


def tensor(dtype: str, shape: list[int], *place: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": list(place)}


def test_headers_that_promise_too_much_take_no_memory(tmp_path: Path) -> None:
    huge = 1 << 40
    path = tmp_path / "v"
    words = tensor("U8", [2], 24, 26)
    for matrix, data in (
        (tensor("F32", [huge, huge], 0, 4 * huge * huge % (1 << 61)), b""),
        (tensor("F32", [huge, 3], 0, 12 * huge), bytes(26)),
        (tensor("F32", [2, 3], 0, 23), bytes(26)),
        (tensor("F32", [2, 3], 4, 28), bytes(26)),
        (tensor("F32", [2, 3], 24, 0), bytes(26)),
        (tensor("F32", [2, -3], 0, 24), bytes(26)),
        (tensor("F32", [True, 3], 0, 24), bytes(26)),
    ):
        assert "damaged" in (why := refusal(path, safetensors({"w_in": matrix, "words": words}, data))) or "truncated" in why  # fmt: skip
    assert "without vectors" in refusal(
        path, safetensors({"w_in": tensor("F32", [6], 0, 24)}, bytes(24))
    )
    assert "damaged header" in refusal(path, struct.pack("<Q", 100) + b"{" + b"[" * 99)
    for shape in (f"({huge}, {huge})", f"({huge}, 1)", "(2, 3, 4)", "()"):
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        data = b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header
        (tmp_path / "v.words.txt").write_text("a\n")
        assert refusal(path, data)
    magic = struct.pack("<ii", 793712314, 12)
    arguments = struct.pack("<12id", 3, 5, 5, 1, 5, 1, 2, 2, 0, 0, 0, 100, 1e-4)
    dictionary = struct.pack("<3i2q", 1 << 30, 1 << 30, 0, 9, -1)
    assert "truncated" in refusal(path, magic + arguments + dictionary + bytes(40))
    dictionary = struct.pack("<3i2q", 1, 1, 0, 9, -1) + b"a\0" + struct.pack("<qb", 1, 0)
    matrix = struct.pack("<?qq", False, huge, 3)
    assert "truncated" in refusal(path, magic + arguments + dictionary + matrix + bytes(4))
    fifu = b"FiFu" + struct.pack("<III", 0, 1, 1) + struct.pack("<IQQ", 1, 8, huge)
    assert "damaged" in refusal(path, fifu + bytes(90))


def test_lines_too_short_for_the_first_rows_take_no_memory(tmp_path: Path) -> None:
    row = b"a " + b" ".join([b"0.5"] * 1000) + b"\n"
    assert "too short" in refusal(tmp_path / "v", row * 10 + b"\n" * 200_000 + b"x\n")


def test_rows_without_a_header_are_checked(tmp_path: Path) -> None:
    rows = [f"w{i} 0.5 0.25 {i}" for i in range(30)]
    path = tmp_path / "v"
    rows[20] = "w20 0.5"
    assert "row 21: 1 number instead of 3" in refusal(path, "\n".join(rows).encode())
    vectors = load_vectors(path, skip_bad_rows=True)
    assert len(vectors) == 29
    assert "announces" not in " ".join(vectors.notes)


@pytest.mark.parametrize("key", formats())
def test_a_failed_write_leaves_the_old_files(tmp_path: Path, key: str) -> None:
    files = written(tmp_path, key)
    before = [path.read_bytes() for path in files]
    target = tmp_path / ("m" if formats_by_key()[key].main_file else "v.x")
    bad = MATRIX.copy()
    bad[3, 1] = np.nan
    with pytest.raises(W2vnegError, match="not finite"):
        write_vectors(target, WORDS, bad, to=key)
    with pytest.raises(W2vnegError, match="white space"):
        write_vectors(target, ["a b", *WORDS[1:]], MATRIX, to=key)
    assert [path.read_bytes() for path in files] == before
    assert sorted(p for p in tmp_path.rglob("*") if p.is_file()) == sorted(files)
