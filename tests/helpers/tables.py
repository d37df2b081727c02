"""Tables for the fuzz tests: valid ones, odd ones, damaged ones."""

import io
import json

from hypothesis import strategies as st

from helpers.damaged_inputs import PACKERS, WORDS, biased, damage, seldom

NAMES = ["session", "item", "time", "text"]
ODD = [
    "", " ", "a b", 'say "hi"', "a,b", "a;b", "tab\there", "two\nlines", "nan", "None", "NULL", "1e5",
    "-5", "007", "3.0", "\u200b", "\ud800", "'", '"', "x" * 3000, "\0", "\x1b[2J",
]  # fmt: skip
TIMES = ["1", "2", "10", "2024-01-05", "2024-01-05T10:00:00Z", "1e9", "yesterday", "", "-3", "nan"]
PLAIN_VALUES = [
    None,
    True,
    3,
    3.5,
    2**70,
    ["the", "cat"],
    ["the", 3],
    [],
    ["a", None],
    {"a": 1},
    "",
]


def table(draw):
    """Return the format and the bytes of a table with the columns of `NAMES`."""
    kind = draw(biased(["csv", "tsv", "jsonl", "csv", "tsv", "jsonl", "parquet", "arrow"]))
    rows = [_row(draw) for _ in range(draw(st.integers(0, 8)))]
    rows *= draw(biased([1, 3, 40]))
    if kind == "jsonl":
        data = _json_lines(draw, rows)
    elif kind in ("parquet", "arrow"):
        data = _arrow(rows, kind)
    else:
        data = _delimited(draw, rows, "\t" if kind == "tsv" else draw(biased([",", ";"])))
    if seldom(draw, 4):
        data = damage(draw, data)
    if seldom(draw, 8):
        data = draw(biased(PACKERS))(data)
    return kind, data


def _row(draw):
    session = draw(biased(["a", "b", "a", "b", "c", "", "nan"]))
    item = draw(biased(ODD if seldom(draw, 5) else WORDS))
    time = draw(biased(TIMES if seldom(draw, 4) else TIMES[:3]))
    text = " ".join(draw(biased(WORDS)) for _ in range(draw(st.integers(0, 5))))
    return [session, item, time, draw(biased(ODD)) if seldom(draw, 8) else text]


def _delimited(draw, rows, delimiter):
    lines = [NAMES, *rows] if not seldom(draw, 6) else rows
    quoted = draw(st.booleans())
    text = []
    for row in lines:
        cells = row if not seldom(draw, 12) else [*row[: draw(st.integers(0, 4))], "more"]
        special = ('"', "\n", "\r", delimiter)
        text.append(delimiter.join(
            '"' + cell.replace('"', '""') + '"' if quoted and any(s in cell for s in special) else cell
            for cell in cells
        ))  # fmt: skip
    data = draw(biased(["\n", "\r\n", "\r"])).join(text).encode("utf-8", "surrogatepass")
    encoding = draw(biased(["", "", "", "utf-8-sig", "utf-16", "latin-1"]))
    if encoding:
        data = data.decode("utf-8", "replace").encode(encoding, "replace")
    return data


def _json_lines(draw, rows):
    lines = []
    for row in rows:
        cells = dict(zip(NAMES, row, strict=True))
        if draw(st.booleans()):
            cells["words"] = row[3].split(" ")
        if seldom(draw, 6):
            cells[draw(biased([*NAMES, "words"]))] = draw(biased(PLAIN_VALUES))
        if seldom(draw, 12):
            cells.pop(draw(biased(NAMES)))
        lines.append(json.dumps(cells, ensure_ascii=draw(st.booleans())))
        if seldom(draw, 20):
            lines.append(
                draw(
                    biased(["[1, 2]", "3", "{", "", "null", "NaN", '{"a": NaN}', '"x"', "[" * 9999])
                )
            )
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _arrow(rows, kind):
    """Return the bytes of a table of Arrow, or, where pyarrow is missing, what begins like one."""
    try:
        import pyarrow
        from pyarrow import feather, parquet
    except ImportError:
        return b"PAR1" + b"\0" * 40 + b"PAR1" if kind == "parquet" else b"ARROW1\0\0" + b"\0" * 40
    clean = [[c.encode("utf-8", "replace").decode() for c in row] for row in rows]
    columns = dict(zip(NAMES, zip(*clean, strict=True) if clean else [[]] * 4, strict=True))
    content = pyarrow.table(
        {
            **columns,
            "words": pyarrow.array(
                [row[3].split(" ") for row in clean], pyarrow.list_(pyarrow.string())
            ),
        }
    )
    file = io.BytesIO()
    parquet.write_table(content, file) if kind == "parquet" else feather.write_feather(
        content, file
    )
    return file.getvalue()
