"""Reading the lines of edge lists, against a plain parser, and the formats that are in use."""

import bz2
import gzip
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.text_bytes import MAX_TOKEN_BYTES
from w2vneg.corpus.walk_options import WalkOptions
from w2vneg.errors import DataError, UsageError
from w2vneg.graphs import edge_file
from w2vneg.graphs.edge_file import read_edges
from w2vneg.graphs.edge_lines import (
    ANY,
    BAD,
    CONTROL,
    EMPTY,
    FIRST_BAD,
    FIRST_STATUS,
    GOOD,
    LINE,
    NAMES,
    NO_NUMBER,
    NO_WEIGHT,
    NOT_POSITIVE,
    STATE_SIZE,
    TOO_FEW,
    TOO_LONG,
    TOO_MANY,
    WEIGHTED,
    read_lines,
)
from w2vneg.kernel.jit import INTERPRETED

NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def naive_line(line, columns):
    """What is wrong with a line; its two names and its weight. Names None: a comment or blank."""
    line = line.strip(b" \t")
    if not line or line[:1] in b"#%":
        return GOOD, None, None
    # Blanks around one comma belong to it.
    fields = re.split(rb"[ \t]*,[ \t]*|[ \t]+", line)
    weight = None
    for number, field in enumerate(fields):
        if number and number == columns:
            last = number == len(fields) - 1
            return EMPTY if last and not field else TOO_MANY, None, None
        if any(byte < 32 for byte in field):
            return CONTROL, None, None
        if not field:
            return EMPTY, None, None
        if number < 2 and len(field) > MAX_TOKEN_BYTES:
            return TOO_LONG, None, None
        if number == 2 and columns == WEIGHTED:
            if not NUMBER.fullmatch(field):
                return NO_NUMBER, None, None
            with np.errstate(over="ignore"):
                weight = np.float32(float(field))
            if not 0 < weight < np.inf:
                return NOT_POSITIVE, None, None
    if len(fields) < 2:
        return TOO_FEW, None, None
    if len(fields) < columns:
        return NO_WEIGHT, None, None
    return GOOD, fields[:2], weight


def naive_lines(text, columns, drop):
    lines = re.split(rb"\r\n|\r|\n", text)
    if lines and not lines[-1]:
        lines.pop()
    pairs, weights, bad = [], [], []
    for number, line in enumerate(lines, 1):
        status, names, weight = naive_line(line, columns)
        if status != GOOD:
            bad.append((number, status))
            if not drop:
                return pairs, weights, bad, number
        elif names is not None:
            pairs.append(names)
            weights.append(weight)
    return pairs, weights, bad, len(lines)


pieces = st.sampled_from([
    b"a", b"b", b"12", b"-3", b"1.5", b".5e2", b"1e999", b"1e-60", b"0", b"nan", b"inf", b"1.2.3", b"5.",
    b"+7", b"e", b"1e", b"1e+", b".", b"-", b" ", b"  ", b"\t", b",", b" , ", b",,", b"#", b"%", b"\n", b"\n",
    b"\r\n", b"\r", b"\0", b"\x1b", "é".encode(), b"a" * (MAX_TOKEN_BYTES + 1), b"123456789012345678901234",
    b"0.000000000000000000000001234", b"a b\n", b"a b 2\n", b"a,b,3\r\n",
])  # fmt: skip


@settings(deadline=None, max_examples=60 if INTERPRETED else 500)
@example([b"a b 2\n", b"a b\n"], WEIGHTED, False)
@example([b"a b 1\n", b"c,,d 1\n", b"e f 0\n"], WEIGHTED, True)
@given(
    st.lists(pieces, min_size=1, max_size=25),
    st.sampled_from([NAMES, WEIGHTED, ANY]),
    st.booleans(),
)
def test_lines_are_read_as_a_plain_parser_reads_them(parts, columns, drop):
    text = b"".join(parts)
    pairs, weights, bad, lines = naive_lines(text, columns, drop)
    data = np.full(len(text) + 8, 32, np.uint8)
    data[: len(text)] = np.frombuffer(text, np.uint8)
    state = np.zeros(STATE_SIZE, np.int64)
    found = np.zeros(len(text) + 1, np.float32)
    with np.errstate(over="ignore"):
        count = read_lines(data, len(text), columns, drop, found, state)
    assert (count, state[LINE], state[BAD]) == (len(pairs), lines, len(bad))
    if bad:
        assert (state[FIRST_BAD], state[FIRST_STATUS]) == bad[0]
    if drop or not bad:
        names = [line.split() for line in re.split(rb"[\r\n]", data.tobytes())]
        assert [pair for pair in names if pair] == pairs
    if columns == WEIGHTED:
        assert found[:count] == pytest.approx(weights, rel=1e-6)


def edges_in(path, data, **options):
    path.write_bytes(data)
    return edges_of(path, **options)


def edges_of(*paths, **options):
    walks = WalkOptions(unweighted=options.pop("unweighted", False))
    edges = read_edges(paths, InputOptions(format="edges", walks=walks, **options))
    names = edges.table.words_bytes(np.arange(len(edges.table))).decode().split("\n")
    return [
        (names[u], names[v], *([float(weights[i])] if len(weights) else []))
        for source, target, weights in edges.pieces
        for i, (u, v) in enumerate(zip(source, target, strict=True))
    ], edges.notes


PLAIN = [("1", "2"), ("2", "3"), ("3", "1")]
WEIGHED = [("1", "2", 0.5), ("2", "3", 1.5), ("3", "1", 2.0)]
FORMS = {
    "blanks": (b"1 2\n2 3\n3 1\n", PLAIN),
    "no line end": (b"1 2\n2 3\n3 1", PLAIN),
    "byte order mark": (b"\xef\xbb\xbf1 2\r\n2 3\r\n3 1\r\n", PLAIN),
    "old Mac": (b"1 2\r2 3\r3 1\r", PLAIN),
    "SNAP": (b"# Nodes: 3 Edges: 3\n# FromNodeId\tToNodeId\n1\t2\n2\t3\n3\t1\n", PLAIN),
    "KONECT": (b"% sym positive\n% 3 3 3\n1 2 0.5\n2 3 1.5 \n3 1 2\n", WEIGHED),
    "Matrix Market": (
        b"%%MatrixMarket matrix coordinate real general\n% by hand\n3 3 3\n1 2 .5\n2 3 1.5\n3 1 2\n",
        WEIGHED,
    ),
    "Matrix Market without values": (
        b"%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n1 2\n2 3\n3 1\n", PLAIN,
    ),
    "CSV": (b"1,2,0.5\n2, 3, 1.5\n3 ,1,2e0\n", WEIGHED),
    "CSV with a header": (b"source,target,weight\n1,2,0.5\n2,3,1.5\n3,1,2\n", WEIGHED),
    "MUSAE": (b"id_1,id_2\n1,2\n2,3\n3,1\n", PLAIN),
    "a header of other words": (b"paper cites\n1 2\n2 3\n3 1\n", PLAIN),
    "Gephi": (b'"Source"\t"Target"\n1\t2\n2\t3\n3\t1\n', PLAIN),
    "words": (b"from to\nto from\n", [("to", "from")]),
    "gzip": (gzip.compress(b"1 2\n2 3\n3 1\n"), PLAIN),
    "bzip2": (bz2.compress(b"1 2 .5\n2 3 1.5\n3 1 2\n"), WEIGHED),
    "numbers that could be vectors": (b"2 1\n3 1\n4 1\n", [("2", "1"), ("3", "1"), ("4", "1")]),
    "falling numbers, as in a vocabulary": (b"a\t9\nb\t8\nc\t7\n", [("a", "9"), ("b", "8"), ("c", "7")]),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_common_formats_are_read(form, tmp_path):
    data, expected = FORMS[form]
    assert edges_in(tmp_path / "e", data)[0] == expected


def test_a_header_is_noted_and_can_be_an_edge(tmp_path):
    data = b"source target\n1 2\n2 3\n"
    edges, notes = edges_in(tmp_path / "e", data)
    assert edges == [("1", "2"), ("2", "3")]
    assert "read as a header: source target" in notes[0]
    edges, notes = edges_in(tmp_path / "e", data, header=False)
    assert edges[0] == ("source", "target")
    assert not notes


def test_small_pieces_give_the_same(tmp_path, monkeypatch):
    text = b"".join(b"n%d,n%d,%d.5\r\n" % (i % 7, i % 5, i) for i in range(60))
    whole = edges_in(tmp_path / "e", text)[0]
    assert len(whole) == 60
    for size in (17, 18, 19, 64):
        monkeypatch.setattr(edge_file, "_PIECE_BYTES", size)
        assert edges_of(tmp_path / "e")[0] == whole
    (tmp_path / "e").write_bytes(text.replace(b"\r\n", b"\r"))
    for size in (17, 18, 19):
        monkeypatch.setattr(edge_file, "_PIECE_BYTES", size)
        assert edges_of(tmp_path / "e")[0] == whole


def test_several_files_are_one_graph(tmp_path):
    (tmp_path / "a").write_bytes(b"1 2\n")
    (tmp_path / "b").write_bytes(b"# more\n2 3\n")
    assert edges_of(tmp_path / "a", tmp_path / "b")[0] == [("1", "2"), ("2", "3")]
    (tmp_path / "b").write_bytes(b"2 3 .5\n")
    with pytest.raises(DataError, match="b has weights, .*a has no weights; .*unweighted=True"):
        edges_of(tmp_path / "a", tmp_path / "b")
    assert len(edges_of(tmp_path / "a", tmp_path / "b", unweighted=True)[0]) == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no edges in"),
        (b"# nothing\n\n", "no edges in"),
        (b"1 2\n3\n", r"line 2 \('3'\): an edge has two nodes"),
        (b"1 2\n1 2\n1 2 3\n", r"line 3 .*more columns than in the first line"),
        (b"1 2 3\n1 2\n", r"line 2 \('1 2'\): no weight"),
        (b"1 2 3\n1 2 x\n", "line 2 .*the weight is not a number"),
        (b"1 2 3\n\n1 2 {}\n", "line 3 .*the weight is not a number"),
        (b"1 2 3\n1 2 0\n", "line 2 .*must be positive and finite"),
        (b"1 2 3\n1 2 -1\n", "line 2 .*must be positive and finite"),
        (b"1 2 nan\n", "line 1 .*the weight is not a number"),
        (b"1 2 inf\n", "line 1 .*the weight is not a number"),
        (b"1 2 1e300\n", "line 1 .*must be positive and finite"),
        (b"1 2 1e-300\n", "line 1 .*must be positive and finite"),
        (b"1,2\n1,,2\n", "line 2 .*a column is empty"),
        (b"1,2\n1,\n", "line 2 .*a column is empty"),
        (b"1 2\n1 \x002\n", "line 2 .*control character"),
        (b"1 2\n\r\n\xff\xfe 4\n", "line 3: the name of a node is not UTF-8"),
        (b"1 2\n" + b"x" * 1001 + b" 3\n", "line 2 .*more than 1000 bytes"),
        (b"1 2 3 4\n", "4 columns"),
        (b"1;2\n2;3\n", "line 1 .*an edge has two nodes"),
        (b"%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n", "dense matrix"),
        (b"PK\x03\x04" + bytes(40), "zip archive"),
        (bytes(range(256)) * 20, "binary file"),
        ("1 2\n".encode("utf-16"), "UTF-16"),
        (gzip.compress(b"1 2\n" * 500, mtime=0)[:-20], "truncated"),
    ],
)
def test_what_is_no_edge_is_refused_with_its_line(data, message, tmp_path):
    with pytest.raises(DataError, match=message) as caught:
        edges_in(tmp_path / "e", data)
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "e") in str(caught.value)


@pytest.mark.parametrize("bad", [b"3", b"1 2 3", b"1,,2", b"a \x1b"])
def test_lines_that_are_no_edges_can_be_dropped(bad, tmp_path):
    edges, notes = edges_in(tmp_path / "e", b"1 2\n" + bad + b"\n2 3\n", bad_rows="drop")
    assert edges == [("1", "2"), ("2", "3")]
    assert re.search(r"left out 1 line of .* the first is line 2", notes[0])


def test_weights_can_be_ignored(tmp_path):
    data = b"1 2 x\n2 3 0 more\n3 1\n"
    assert edges_in(tmp_path / "e", data, unweighted=True)[0] == PLAIN


def test_a_line_without_an_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(edge_file, "_PIECE_BYTES", 64)
    with pytest.raises(DataError, match="line 2: it does not end within"):
        edges_in(tmp_path / "e", b"1 2\n" + b"1 2 " * 100)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        edges_of(tmp_path / "none")
    with pytest.raises(UsageError, match="is a folder"):
        edges_of(tmp_path)
    (tmp_path / "e.gz").write_bytes(b"1 2\n")
    with pytest.raises(DataError, match="named like a gzip file"):
        edges_of(tmp_path / "e.gz")
