"""Files that are almost right: harmless forms are read, bad rows are skipped on request.

The forms and the damage are those of public reports, which the tests name.
"""

import json
import os
import re
import resource
import threading
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, refused, run
from helpers.vector_files import read

from w2vneg.errors import DataError
from w2vneg.vectors import read_vectors, write_vectors

FLAG = "--skip-bad-rows"
ARGUMENT = "skip_bad_rows=True"


def binary_rows(words: list[bytes], end: bytes = b"", dim: int = 2) -> bytes:
    """Rows with the numbers 1, 1.5, ..., 2, 2.5, ... and so on."""
    numbers = np.arange(dim, dtype="<f4") / 2
    return b"".join(w + b" " + (numbers + i + 1).tobytes() + end for i, w in enumerate(words))


@pytest.mark.parametrize(
    ("words", "separator"),
    [
        (["windows 10", "big 5", "1 1"], " "),  # gensim issues 388, 2795 and 2881
        (["1", "10 000", "windows 3.1", "a", "b"], " "),
        (["new york", ". . .", "1 1/2", "-1 -1", "1e5 2"], " "),
        (["a", "b c", "7"], "\t"),  # spaCy issue 4270
        (["big 5", "1 1", "wörd"], "\t"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", "\t\n", "  \n"])
def test_splits_rows_from_the_right(
    tmp_path: Path, words: list[str], separator: str, end: str
) -> None:
    matrix = np.arange(5 * len(words), dtype=np.float32).reshape(-1, 5) / 8
    rows = [separator.join([w, *map(str, v)]) + end for w, v in zip(words, matrix, strict=True)]
    for header in (f"{len(words)} 5", f"{len(words)}{separator}5"):
        for last in (end, ""):
            text = header + end + "".join(rows).removesuffix(end) + last
            found, numbers = read(tmp_path / "v.vec", text.encode())
            assert found == words
            assert numbers == [v.tobytes() for v in matrix]


def test_takes_a_single_tab_for_a_separator(tmp_path: Path) -> None:
    words, _ = read(tmp_path / "v.vec", b"3 2\na\t1 2\nb 1\t2\nc d\t1 2\n")
    assert words == ["a", "b", "c d"]


def test_header_with_too_few_dimensions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.vec"
    path.write_text("3 2\na 0.5 1 2.5\nb 0.1 1 0\nnew york 1e-05 2 3\n")
    with pytest.raises(DataError, match="more than 2 numbers.*3 of 3 rows") as caught:
        read_vectors(path)
    assert ARGUMENT not in str(caught.value)
    obey_header(path, str(caught.value))
    assert read_vectors(path).words == ["a", "b", "new york"]


def obey_header(path: Path, message: str) -> None:
    """Replace the first line by the one that a message asks for."""
    wanted = re.search(r"the first line must be '(\d+ \d+)'", message)
    assert wanted, message
    path.write_bytes(wanted[1].encode() + b"\n" + path.read_bytes().partition(b"\n")[2])


@pytest.mark.parametrize("count", [1, 2, 40_000])
def test_header_with_too_few_rows_is_refused(tmp_path: Path, count: int) -> None:
    path = tmp_path / "v.vec"
    path.write_text("2 2\na 1 2\nb 1 2\n" + "".join(f"c{i} 1 2\n" for i in range(count)) + "\n")
    with pytest.raises(DataError, match="more data after row 2") as caught:
        read_vectors(path)
    # Both remedies of the message.
    assert ARGUMENT in str(caught.value)
    skipping = read_vectors(path, skip_bad_rows=True)
    obey_header(path, str(caught.value))
    assert read_vectors(path).words == skipping.words
    assert len(skipping) == count + 2
    assert skipping.matrix.tolist() == [[1, 2]] * (count + 2)
    assert skipping.notes == [f"{path}: {count + 2} rows, but the header announces 2"]


BAD = {
    "a": b"a 7 7",  # fastText issues 648 and 167: duplicates
    "two": b"two 1",
    "ten": b"ten 1 x",
    "nan": b"n nan 1",
    "inf": b"i 1 -inf",
    "latin": b"caf\xe9 1 1",
    "empty": b" 1 1",
    "tab": b"a\tb 1 1",
    "spaces": b"a  b 1 1",
    "huge": b"h 1 1e400",
}


def test_skips_bad_rows_of_text_on_request(tmp_path: Path, old: Path) -> None:
    rows = [b"a 1 2", *BAD.values(), b"", b"b 3 4", b"the 5 6"]
    path = tmp_path / "v.vec"
    path.write_bytes(b"13 2\n" + b"\n".join(rows) + b"\n")
    refused(call("convert", path, old), 1)
    vectors = read_vectors(path, skip_bad_rows=True)
    assert vectors.words == ["a", "b", "the"]
    assert vectors.matrix.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert vectors.index == {"a": 0, "b": 1, "the": 2}
    (note,) = vectors.notes
    assert note.startswith(f"{path}: skipped {len(BAD)} rows: row 3: 1 number instead of 2; row 4")
    assert note.endswith("; ...")
    for arguments in (
        ["neighbors", path, "the", "--json"],
        ["analogy", path, "a", "b", "the", "--json"],
        ["convert", path, tmp_path / "w.bin"],
    ):
        outcome = call(*arguments, FLAG)
        assert outcome.code == 0, outcome
        assert outcome.err == f"w2vneg: {note}\n"
        if "--json" in arguments:
            json.loads(outcome.out)
    again = read_vectors(tmp_path / "w.bin")
    assert (again.words, again.notes) == (vectors.words, [])


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("at", [1, 2, 50, 99, 120])
def test_one_bad_row_and_its_remedy(tmp_path: Path, bad: str, at: int) -> None:
    rows = [b"a 1 2", *(b"w%d %d 4" % (i, i) for i in range(120))]
    words = [row.split()[0].decode() for row in rows]
    rows.insert(at, BAD[bad])
    path = tmp_path / "v.vec"
    path.write_bytes(b"122 2\n" + b"\n".join(rows))
    with pytest.raises(DataError, match=f"row {at + 1}: .*{ARGUMENT}"):
        read_vectors(path)
    vectors = read_vectors(path, skip_bad_rows=True)
    assert vectors.words == words
    assert vectors.matrix[1:, 0].tolist() == list(range(120))
    assert f"skipped 1 row: row {at + 1}: " in vectors.notes[-1]
    limited = read_vectors(path, skip_bad_rows=True, limit=at + 1)
    assert limited.words == words[:at]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_skips_bad_rows_of_binary_on_request(tmp_path: Path, end: bytes) -> None:
    good = [b"a", b"b", b"the"]
    bad = [b"a", b"caf\xe9", b"", b"x\ty", b"new york"]
    order = [good[0], *bad, *good[1:]]
    data = bytearray(b"10 8\n" + binary_rows(order, end, dim=8))
    for number, word in ((np.nan, b"nan "), (np.inf, b"inf ")):
        data += word + np.array([1, number] * 4, "<f4").tobytes() + end
    path = tmp_path / "v.bin"
    path.write_bytes(data)
    with pytest.raises(DataError):
        read_vectors(path)
    vectors = read_vectors(path, skip_bad_rows=True)
    assert vectors.words == ["a", "b", "the"]
    assert vectors.matrix[:, 0].tolist() == [1, 7, 8]
    assert vectors.notes[0].startswith(f"{path}: skipped 7 rows: row 3: the word b'caf")
    for number in range(1, 10):
        assert len(read_vectors(path, skip_bad_rows=True, limit=number)) >= 1


@pytest.mark.parametrize(("name", "end"), [("v.vec", b"\n"), ("g.bin", b""), ("c.bin", b"\n")])
def test_reads_the_whole_rows_of_a_truncated_file(tmp_path: Path, name: str, end: bytes) -> None:
    # gensim issue 3360, fastText issue 452: half of a download.
    words = [b"w%d" % i for i in range(400)]
    if name == "v.vec":
        data = b"400 2\n" + b"".join(b"%s 1.25 2.5\n" % word for word in words)
    else:
        data = b"400 2\n" + binary_rows(words, end)
    path = tmp_path / name
    path.write_bytes(data[: len(data) // 2 - 1])
    outcome = call("convert", path, tmp_path / "o.bin")
    refused(outcome, 1, "truncated", FLAG)
    for limit in (1, 100, 150):
        outcome = call("convert", path, tmp_path / "o.bin", "--limit", limit)
        assert (outcome.code, outcome.err) == (0, "")
        assert read_vectors(tmp_path / "o.bin").words == [f"w{i}" for i in range(limit)]
    refused(call("convert", path, tmp_path / "p.bin", "--limit", 300), 1, "truncated")
    outcome = call("convert", path, tmp_path / "o.bin", FLAG)
    assert outcome.code == 0
    assert outcome.err.count("\n") >= 1
    assert "400" in outcome.err
    whole = read_vectors(tmp_path / "o.bin")
    assert 190 <= len(whole) <= 210
    assert whole.words == [f"w{i}" for i in range(len(whole))]
    full = tmp_path / f"full{path.suffix}"
    full.write_bytes(data)
    assert (whole.matrix == read_vectors(full).matrix[: len(whole)]).all()


@pytest.mark.slow
@pytest.mark.parametrize("binary", [False, True])
def test_reads_the_whole_rows_of_a_truncated_gzip_file(tmp_path: Path, binary: bool) -> None:
    rng = np.random.default_rng(1)
    words = [f"w{i}" for i in range(30_000)]
    matrix = rng.standard_normal((len(words), 4)).astype(np.float32)
    path = tmp_path / ("v.bin.gz" if binary else "v.vec.gz")
    write_vectors(path, words, matrix)
    data = path.read_bytes()
    for cut in (len(data) - 1, len(data) - 9, len(data) // 2):
        path.write_bytes(data[:cut])
        with pytest.raises(DataError, match=f"(damaged gzip|truncated).*{ARGUMENT}"):
            read_vectors(path)
        part = read_vectors(path, limit=10_000)
        assert part.words == words[:10_000]
        assert (part.matrix == matrix[:10_000]).all()
        whole = read_vectors(path, skip_bad_rows=True)
        assert len(whole) > 10_000
        assert whole.words == words[: len(whole)]
        assert (whole.matrix == matrix[: len(whole)]).all()
        assert whole.notes


def test_remedies_of_other_messages_work(tmp_path: Path) -> None:
    path = tmp_path / "v.vec"
    path.write_bytes(b"2 1\na 1\n\nb 1\n")
    with pytest.raises(DataError, match="row 2: blank line; remove it"):
        read_vectors(path)
    assert read(path, path.read_bytes().replace(b"\n\n", b"\n"))[0] == ["a", "b"]
    pipe = tmp_path / "pipe.vec"
    os.mkfifo(pipe)
    with pytest.raises(DataError, match="not a regular file; copy it to one first"):
        read_vectors(pipe)
    copier = threading.Thread(target=lambda: (tmp_path / "copy").write_bytes(pipe.read_bytes()))
    copier.start()
    pipe.write_bytes(path.read_bytes())
    copier.join()
    assert read_vectors(tmp_path / "copy").words == ["a", "b"]


@pytest.mark.slow
def test_limit_reads_a_file_larger_than_memory(tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(b"4000000 500\n" + binary_rows([b"a", b"b"], dim=500))
    os.truncate(path, 8_100_000_000)  # a sparse file: takes no disk space

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))

    target = tmp_path / "o.vec"
    refused(run("convert", path, target, limits=limited), 1, "of memory; w2vneg convert --limit")
    assert run("convert", path, target, "--limit", 2, limits=limited).code == 0
    assert read_vectors(target).words == ["a", "b"]


@pytest.mark.parametrize("errors", ["replace", "ignore"])
@pytest.mark.parametrize("binary", [False, True])
def test_words_in_another_encoding_and_their_remedy(
    tmp_path: Path, errors: str, binary: bool
) -> None:
    # gensim issues 496, 567 and 3043: several Latin-1 words that differ in one letter.
    words = [b"caf\xe9", b"caf\xe8", b"caf", b"\xe9", b"\xe0", "café".encode(), b"caf\xe9s"]
    if binary:
        data = b"7 2\n" + binary_rows(words)
    else:
        data = b"7 2\n" + b"".join(b"%s %d 1\n" % (w, i) for i, w in enumerate(words))
    path = tmp_path / "v.dat"
    path.write_bytes(data)
    for command in (["neighbors", path, "caf"], ["convert", path, tmp_path / "o.vec"]):
        outcome = call(*command)
        refused(outcome, 1, "row 1", "is not UTF-8", "convert --encoding-errors replace")
    target = tmp_path / "o.vec"
    assert call("convert", path, target, "--encoding-errors", errors).code == 0
    expected = {
        "replace": ["caf\ufffd", "caf\\xe8", "caf", "\ufffd", "\\xe0", "café", "caf\ufffds"],
        "ignore": ["caf\\xe9", "caf\\xe8", "caf", "\\xe9", "\\xe0", "café", "cafs"],
    }
    assert read_vectors(target).words == expected[errors]
    assert (read_vectors(target).matrix == read_vectors(path, encoding_errors=errors).matrix).all()
    assert call("neighbors", target, "caf").code == 0
    assert read_vectors(path, skip_bad_rows=True).words == ["caf", "café"]


def test_duplicates_in_another_encoding_stay_duplicates(tmp_path: Path) -> None:
    path = tmp_path / "v.vec"
    path.write_bytes(b"3 1\ncaf\xe9 1\nb 2\ncaf\xe9 3\n")
    with pytest.raises(DataError, match=r"row 3.*duplicate of row 1.*skip_bad_rows=True"):
        read_vectors(path, encoding_errors="replace")
    vectors = read_vectors(path, encoding_errors="replace", skip_bad_rows=True)
    assert vectors.words == ["caf\ufffd", "b"]


def test_file_without_a_usable_row_is_refused(tmp_path: Path) -> None:
    for data in (b"2 2\na nan 1\nb 1 inf\n", b"2 2\n\xe9 1 1\n\xe8 1 1\n", b"1 2\n 11 2\n"):
        (tmp_path / "v.vec").write_bytes(data)
        with pytest.raises(DataError, match="row 1") as caught:
            read_vectors(tmp_path / "v.vec")
        assert ARGUMENT not in str(caught.value)
        with pytest.raises(DataError, match="skipped . row"):
            read_vectors(tmp_path / "v.vec", skip_bad_rows=True)


def test_last_row_without_newline_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "v.vec"  # liblouis issue 1071
    path.write_bytes(b"2 2\na 1 2\nb 3 4.25")
    outcome = call("neighbors", path, "a")
    assert outcome.code == 0
    assert "the last row has no newline" in outcome.err
    assert read_vectors(path).matrix[1].tolist() == [3, 4.25]
    path.write_bytes(b"3 2\na 1.25 2.25\nb 3 4.25")
    with pytest.raises(DataError, match="row 2 of 3 lacks its newline"):
        read_vectors(path)
    # The number may be incomplete, so the row is not used.
    assert read_vectors(path, skip_bad_rows=True).words == ["a"]


def test_bad_rows_across_many_blocks(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    count = 60_000
    bad = set(rng.choice(count, 500, replace=False).tolist())
    lines = [
        f"w{i} nan {i} {'0.25 ' * 20}" if i in bad else f"w{i} 1 {i} {'0.25 ' * 20}"
        for i in range(count)
    ]
    path = tmp_path / "v.vec"
    path.write_text(f"{count // 2} 22\n" + "\n".join(lines) + "\n")
    vectors = read_vectors(path, skip_bad_rows=True)
    good = [i for i in range(count) if i not in bad]
    assert vectors.words == [f"w{i}" for i in good]
    assert vectors.matrix[:, 1].tolist() == good
    assert (vectors.matrix[:, 2:] == 0.25).all()
    assert "skipped 500 rows" in vectors.notes[-1]


@pytest.mark.parametrize("header", ["2 8", "20 7", "17 7", "19 9", "30 4", "12 12", "60 3"])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_wrong_header_of_binary_is_refused(tmp_path: Path, header: str, end: bytes) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(header.encode() + b"\n" + binary_rows([b"w%d" % i for i in range(20)], end, 8))
    with pytest.raises(DataError) as caught:
        read_vectors(path)
    assert ARGUMENT not in str(caught.value)
    assert "encoding_errors=" not in str(caught.value)
    with pytest.raises(DataError):
        read_vectors(path, skip_bad_rows=True)
