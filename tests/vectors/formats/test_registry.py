"""The table of formats: outputs by suffix, inputs by content, and formats that are not rows."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from w2vneg import vectors
from w2vneg.errors import DataError, UsageError
from w2vneg.vectors import formats as registry
from w2vneg.vectors import output_help, read_vectors, write_vectors
from w2vneg.vectors.format import Contents, Format, ReadOptions, Table
from w2vneg.vectors.vector_file import VectorFile, open_vector_file

MATRIX = np.arange(6000, dtype=np.float32).reshape(3000, 2)
WORDS = [f"w{i}" for i in range(3000)]


def read(file: VectorFile, options: ReadOptions) -> Contents:
    """Magic number, size of the words, shape; all numbers; all words as JSON."""
    _, length, rows, dim = struct.unpack("<8s3Q", file.read(32))
    matrix = np.frombuffer(file.read(4 * rows * dim), np.float32).reshape(rows, dim)
    words = json.loads(file.read(length))
    return Contents(words[: options.limit], matrix[: options.limit])


def names(table: Table) -> bytes:
    return json.dumps([word.decode() for word in table.words]).encode()


TENSOR = Format(
    name="tensor",
    summary="numbers first, words at the end",
    suffixes=(".tensor",),
    recognize=lambda head, suffix: head.startswith(b"TENSOR\0\0"),
    priority=1,
    read=read,
    write_start=lambda t: struct.pack("<8s3Q", b"TENSOR\0\0", len(names(t)), *t.matrix.shape),
    write_rows=lambda part: np.ascontiguousarray(part.matrix).tobytes(),
    write_end=names,
    file_bytes=lambda word_bytes, rows, dim: 32 + word_bytes + 4 * rows * dim,
)
#: No header: recognizes whatever is left.
ANYTHING = replace(
    TENSOR, name="anything", suffixes=(), write_rows=None, recognize=lambda *_: True, priority=-1
)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    """Return a function that replaces the table of formats, in the order in which they are given."""

    def replace_table(*table: Format) -> None:
        monkeypatch.setattr(registry, "formats", lambda: table)

    return replace_table


OURS = registry.formats()


@pytest.mark.parametrize("more", ["", ".gz"])
def test_a_format_need_not_consist_of_rows(tmp_path: Path, use, more: str) -> None:
    use(*OURS, TENSOR)
    path = tmp_path / f"v.tensor{more}"
    write_vectors(path, WORDS, MATRIX)
    again = read_vectors(path)
    assert again.words == WORDS
    assert (again.matrix == MATRIX).all()
    assert read_vectors(path, limit=2).words == WORDS[:2]


def test_a_format_may_have_no_start(tmp_path: Path, use) -> None:
    bare = replace(TENSOR, write_start=None, write_end=None)
    use(bare, *OURS)
    write_vectors(tmp_path / "v.tensor", WORDS, MATRIX)
    assert (tmp_path / "v.tensor").read_bytes() == MATRIX.tobytes()
    write_vectors(tmp_path / "v.tensor.gz", WORDS, MATRIX)
    with open_vector_file(tmp_path / "v.tensor.gz") as file:
        assert file.read(1 << 20) == MATRIX.tobytes()


def test_higher_priority_is_tried_first(tmp_path: Path, use) -> None:
    use(ANYTHING, *OURS, TENSOR)
    write_vectors(tmp_path / "v.tensor", ["a"], MATRIX[:1])
    write_vectors(tmp_path / "v.vec", ["a"], MATRIX[:1])
    (tmp_path / "v.odd").write_bytes(b"odd")
    recognized = {}
    for name in ("v.tensor", "v.vec", "v.odd"):
        with open_vector_file(tmp_path / name) as file:
            recognized[name] = registry.recognize(file).name
    assert recognized == {"v.tensor": "tensor", "v.vec": "word2vec text", "v.odd": "anything"}


def test_a_format_that_is_only_read_is_no_output(use) -> None:
    use(*OURS, ANYTHING)
    assert "anything" not in output_help()
    assert "anything" in registry.table_help()
    with pytest.raises(UsageError):
        registry.format_of("v.anything")


def test_a_format_that_is_only_written_is_not_read(tmp_path: Path, use) -> None:
    use(*OURS, replace(TENSOR, read=None))
    write_vectors(tmp_path / "v.tensor", ["a"], MATRIX[:1])
    with pytest.raises(DataError, match="unknown file format.*TENSOR.*word2vec text"):
        read_vectors(tmp_path / "v.tensor")


def test_refuses_two_formats_of_one_suffix(use) -> None:
    use(*OURS, replace(TENSOR, suffixes=(".bin",)))
    with pytest.raises(ValueError, match="word2vec binary and tensor both claim .bin"):
        registry.output_suffixes()


def test_lists_the_default_format_first() -> None:
    assert OURS[0].suffixes[0] == registry.DEFAULT_SUFFIX
    assert registry.format_of("/dev/stdout") == (OURS[0], False)


def test_lists_suffixes_for_an_unknown_one(tmp_path: Path) -> None:
    for name in ("v", "v.gz", "v.pkl", "v.vec.bz2"):
        with pytest.raises(UsageError, match=r"\.vec, \.txt, .*\.bin.*\.gz may follow"):
            registry.format_of(tmp_path / name)


def test_reads_lines_across_blocks(tmp_path: Path) -> None:
    lines = [b"x" * n for n in (0, 5, 3_000_000, 1, 0)]
    for end in (b"\n", b"\r\n"):
        for last in (b"", end):
            (tmp_path / "v").write_bytes(end.join([*lines, b"end"]) + last)
            with open_vector_file(tmp_path / "v") as file:
                assert list(file.lines()) == [*lines, b"end"]


def test_exports_its_public_names() -> None:
    for name in vectors.__all__:
        assert getattr(vectors, name) is not None
    with pytest.raises(AttributeError):
        vectors.nothing  # noqa: B018
