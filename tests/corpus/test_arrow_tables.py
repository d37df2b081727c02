"""Tables in Parquet and Arrow files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.tabled_sentences import SENTENCES, fingerprint, sessions, text_of

from w2vneg.errors import DataError, UsageError
from w2vneg.system.option_names import named_as_flags


@pytest.fixture(autouse=True)
def flags() -> Iterator[None]:
    """Messages as the command line has them."""
    with named_as_flags():
        yield


@pytest.fixture
def wanted(tmp_path: Path) -> str:
    """Return the fingerprint of the sentences as a text file."""
    path = tmp_path / "wanted.txt"
    path.write_text(text_of(SENTENCES), encoding="utf-8")
    return fingerprint(path)


def write(path: Path, table: object) -> None:
    import pyarrow
    import pyarrow.feather
    import pyarrow.parquet

    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path)
    elif path.suffix == ".feather":
        pyarrow.feather.write_feather(table, path)
    else:
        with pyarrow.ipc.new_stream(path, table.schema) as writer:  # type: ignore[attr-defined]
            writer.write_table(table)


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow"])
@pytest.mark.parametrize(
    "kind", ["string", "large_string", "dictionary", "list", "list of large", "words in pieces"]
)
def test_arrow(tmp_path: Path, wanted: str, suffix: str, kind: str) -> None:
    pa = pytest.importorskip("pyarrow")
    lines = [" ".join(words) for words in SENTENCES]
    array = {
        "string": lambda: pa.array(lines),
        "large_string": lambda: pa.array([line.replace(" ", "\n", 1) for line in lines], pa.large_string()),
        "dictionary": lambda: pa.array(lines).dictionary_encode(),
        "list": lambda: pa.array(SENTENCES),
        "list of large": lambda: pa.array(SENTENCES, pa.large_list(pa.large_string())),
        "words in pieces": lambda: pa.chunked_array([SENTENCES[:7], SENTENCES[7:]]),
    }[kind]()  # fmt: skip
    path = tmp_path / f"t{suffix}"
    write(path, pa.table({"id": range(len(lines)), "text": array}))
    assert fingerprint(path, column="text") == wanted
    with pytest.raises(UsageError, match=r"--column text$"):
        fingerprint(path)


def test_arrow_sessions(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from datetime import datetime, timedelta

    rows, sentences = sessions(3)
    groups, times, items = map(list, zip(*rows, strict=True))
    (tmp_path / "t.txt").write_text(text_of(sentences))
    stamps = [datetime(2024, 1, 1) + timedelta(seconds=t) for t in times]
    for order in (times, stamps, [float(t) for t in times], [str(t) for t in stamps]):
        write(tmp_path / "t.parquet", pa.table({"s": groups, "t": order, "i": items}))
        found = fingerprint(tmp_path / "t.parquet", column="i", group="s", order="t")
        assert found == fingerprint(tmp_path / "t.txt")


def test_arrow_numbers_are_words(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    write(tmp_path / "l.parquet", pa.table({"w": [[1, 22], [], [22, 1, 1]]}))
    write(tmp_path / "g.parquet", pa.table({"s": [1, 1, 9, 9, 9], "i": [1.0, 22.0, 22.0, 1, 1]}))
    (tmp_path / "t.txt").write_text("1 22\n22 1 1\n")
    wanted = fingerprint(tmp_path / "t.txt")
    assert fingerprint(tmp_path / "l.parquet", column="w") == wanted
    assert fingerprint(tmp_path / "g.parquet", column="i", group="s") == wanted


def test_arrow_rows_that_cannot_be_used(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    path = tmp_path / "t.parquet"
    for cells in (
        ["a b", None, "b c"],
        [["a", "b"], ["x", ""], ["b", "c"]],
        [["a", "b"], [None], ["b", "c"]],
    ):
        write(path, pa.table({"t": cells}))
        with pytest.raises(
            DataError, match=r"t\.parquet, row 2: column 't': an? (missing|empty) value"
        ):
            fingerprint(path, column="t")
        (tmp_path / "t.txt").write_text("a b\nb c\n")
        assert fingerprint(path, column="t", bad_rows="drop") == fingerprint(tmp_path / "t.txt")
    write(path, pa.table({"s": [1, None, 1], "t": [1, 2, None], "i": ["a", "b", "c"]}))
    with pytest.raises(DataError, match=r"row 2: column 's': a missing value"):
        fingerprint(path, column="i", group="s", order="t")
    with pytest.raises(DataError, match=r"only 1 word"):
        fingerprint(path, column="i", group="s", order="t", bad_rows="drop")


def test_arrow_white_space_in_words(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    write(tmp_path / "t.parquet", pa.table({"t": [["new york", "b"], ["b", "c"]]}))
    (tmp_path / "t.txt").write_text("new_york b\nb c\n")
    assert fingerprint(tmp_path / "t.parquet", column="t") == fingerprint(tmp_path / "t.txt")


def test_one_column_for_two_purposes(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    write(tmp_path / "t.parquet", pa.table({"s": [3, 1, 3, 1], "t": [1, 2, 2, 1]}))
    (tmp_path / "t.txt").write_text("3 3\n1 1\n")
    found = fingerprint(tmp_path / "t.parquet", column="s", group="s", order="t")
    assert found == fingerprint(tmp_path / "t.txt")


@pytest.mark.parametrize("suffix", [".feather", ".arrow"])
def test_damaged_arrow(tmp_path: Path, suffix: str) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.feather

    path = tmp_path / f"t{suffix}"
    table = pa.table({"t": ["aaaa bbbb"] * 99})
    if suffix == ".feather":
        pyarrow.feather.write_feather(table, path, compression="uncompressed")
    else:
        write(path, table)
    whole = path.read_bytes()
    offsets = whole.find(bytes(4) + (9).to_bytes(4, "little") + (18).to_bytes(4, "little"))
    broken = bytearray(whole)
    broken[offsets + 8 : offsets + 12] = (1 << 30).to_bytes(4, "little")
    for data in (bytes(broken), whole[:-9] if suffix == ".feather" else whole[:300]):
        path.write_bytes(data)
        with pytest.raises(DataError, match=r"is damaged: .*get it again"):
            fingerprint(path, column="t")
    path.write_bytes(whole.replace(b"aaaa", b"aa\xff\xfe", 1))
    with pytest.raises(DataError, match=r"is damaged: .*get it again"):
        fingerprint(path, column="t")


def test_damaged_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    path = tmp_path / "t.parquet"
    write(path, pa.table({"t": ["a b c d e f"] * 999}))
    whole = path.read_bytes()
    for data in (whole[:-20], whole[: len(whole) // 2], b"PAR1" + bytes(50)):
        path.write_bytes(data)
        with pytest.raises(DataError, match=r"t\.parquet is damaged: .*get it again"):
            fingerprint(path, column="t")
