"""What the fuzz test feeds: valid inputs of every kind, mixed with what does not belong, damaged.

Each function takes the `draw` of a Hypothesis strategy and returns bytes or arguments.
"""

import bz2
import gzip
import lzma
import struct
from xml.sax.saxutils import escape

import numpy as np
import zstandard
from hypothesis import strategies as st

from w2vneg.samplers import all_options, method_options
from w2vneg.system.option_names import flag

WORDS = ["the", "cat", "dog", "wörd", "日本", "</s>", "1", "-", "THE", "ﬁ", "a\u2028b", "\u00a0"]
PACKERS = [
    lambda data: gzip.compress(data, 1, mtime=0),
    lambda data: bz2.compress(data, 1),
    lambda data: lzma.compress(data, preset=0),
    lambda data: zstandard.ZstdCompressor(level=1).compress(data),
]
MAGICS = [
    b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\x93NUMPY",
    b"\x80\x04\x95", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xd8\xff\xe0",
]  # fmt: skip
SEPARATORS = [
    b" ",
    b" ",
    b" ",
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b"\0",
    b"\x0b",
    b"",
    b"\xc2\xa0",
]
#: For any option: what is no number, no number of this kind, or in no range.
WILD = [
    "", " ", "0", "-0", "-1", "1", "7", "+5", "nan", "-inf", "inf", "1e400", "1e-400", "1e3", "0.5",
    "9" * 22, "9" * 5000, "-" + "9" * 30, "1_0", "١٢", "0x10", "True", "None", "a\nb", "\udcff",
    "--json", "..", "*", "%s", "{}",
]  # fmt: skip

biased = st.sampled_from  # the first values come first when Hypothesis simplifies


def seldom(draw, times):
    """Return whether one of so many is drawn; the simplest is that it is not."""
    return draw(st.integers(1, times)) == times


def damage(draw, data, most=4):
    """Change some bytes: flip, cut off, insert, leave out, repeat, exchange lines."""
    data = bytearray(data)
    for _ in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.integers(0, 6))
        if kind == 0 and data:
            data[at] ^= draw(st.integers(1, 255))
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            data[at:at] = draw(st.binary(max_size=6))
        elif kind == 3:
            del data[at : at + draw(st.integers(1, 20))]
        elif kind == 4:
            data[at:at] = data[at : at + draw(st.integers(1, 40))]
        elif kind == 5:
            lines = bytes(data).split(b"\n")
            a, b = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            lines[a], lines[b] = lines[b], lines[a]
            data = bytearray(b"\n".join(lines))
        else:
            data[at:at] = draw(biased(MAGICS))
    return bytes(data)


def token(draw):
    if not seldom(draw, 6):
        return draw(biased(WORDS)).encode()
    kind = draw(st.integers(7, 11))
    if kind == 7:
        return draw(st.binary(min_size=1, max_size=8))
    if kind == 8:
        return draw(st.text(max_size=6)).encode("utf-8", "surrogatepass")
    if kind == 9:  # at the edges of the longest token
        return b"x" * draw(biased([49, 50, 999, 1000, 1001, 5000]))
    if kind == 10:
        return ("é" * draw(st.integers(1, 600))).encode()[draw(st.integers(0, 1)) :]
    return draw(biased(MAGICS))


def text(draw):
    """A corpus of lines, lines repeated so that words become frequent."""
    separators = SEPARATORS if seldom(draw, 3) else SEPARATORS[:6]
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        count = draw(st.integers(1, 6))
        line = b"".join(token(draw) + draw(biased(separators)) for _ in range(count))
        lines.append(line * draw(biased([5, 1, 2, 300])))
    data = b"\n".join(lines)
    if seldom(draw, 15):
        encoding = draw(biased(["utf-16", "utf-16-be", "utf-32", "latin-1", "utf-8-sig"]))
        data = data.decode("utf-8", "replace").encode(encoding, "replace")
    return data


def packed(draw, data):
    """Compressed, perhaps twice, perhaps as a member among others."""
    for _ in range(draw(biased([1, 1, 1, 2]))):
        packer = draw(biased(PACKERS))
        data = packer(data) + (packer(b"the cat ") if seldom(draw, 4) else b"")
    return data


def corpus(draw):
    """Text, damaged or not, packed or not, or no text at all."""
    if seldom(draw, 10):
        return draw(biased([b"", *MAGICS])) + draw(st.binary(max_size=300))
    if seldom(draw, 12):
        return bomb(draw, 1 << 20)
    data = text(draw)
    if seldom(draw, 3):
        data = damage(draw, data)
    if seldom(draw, 3):
        data = packed(draw, data)
        if seldom(draw, 2):
            data = damage(draw, data)
    return data


def bomb(draw, most):
    """A small file that unpacks to much."""
    unit = draw(biased([b"\0", b"a ", b"a\n", b"x", b"the cat "]))
    return draw(biased(PACKERS))(unit * (draw(st.integers(most // 2, most)) // len(unit)))


def number(draw):
    """A number as a file of vectors may hold it, or nearly."""
    if seldom(draw, 40):
        return draw(biased(["nan", "inf", "1e400", "0x1p3", "1_0", "", "-", "1e", "٣", "1,5"]))
    value = np.float32(draw(st.floats(width=32, allow_nan=False, allow_infinity=False)))
    return draw(biased([str, "{:.6f}".format, "{:.9g}".format, "{:e}".format]))(value)


def vectors(draw, valid=False):
    """A file of vectors, text or binary, plain or gzip, and unless `valid` with some fault."""
    if not valid and seldom(draw, 12):
        return draw(st.binary(max_size=200))
    dim, count = draw(st.integers(1, 5)), draw(st.integers(1, 7))
    words = draw(st.lists(biased(WORDS), min_size=count, max_size=count, unique=True))
    binary = draw(st.booleans())
    header = f"{count} {dim}"
    if not valid and seldom(draw, 5):
        wrong = [draw(st.integers(0, 9)) for _ in range(2)]
        header = draw(biased(
            [f"{wrong[0]} {wrong[1]}", f"{count}", f"{count} {dim} 1", "2000000000 300", f"{10**30} {dim}",
             f"{count}  {dim}", f"-{count} {dim}", f"{count} {2**61}", " ", f"{2**32 + count} {dim}"]
        ))  # fmt: skip
    if not valid and seldom(draw, 5):
        words[-1] = draw(biased(["", "two words", words[0], "x" * 70_000, "\udcff", "a\tb"]))
    raw = [word.encode("utf-8", "surrogateescape") for word in words]
    finite = st.one_of(st.floats(0.125, 100, width=32), st.floats(-100, 100, width=32))
    if binary:
        end = draw(biased([b"", b"\n"]))
        numbers = st.floats(width=32) if not valid and seldom(draw, 5) else finite
        rows = [
            word + b" " + struct.pack(f"<{dim}f", *(draw(numbers) for _ in range(dim))) + end
            for word in raw
        ]
    else:
        end = draw(biased([b"\n", b"\r\n", b" \n"]))
        cells = [
            [f"{draw(finite):.9g}" if valid else number(draw) for _ in range(dim)] for _ in raw
        ]
        rows = [
            b" ".join([word, *(cell.encode() for cell in row)]) + end
            for word, row in zip(raw, cells, strict=True)
        ]
    data = header.encode() + b"\n" + b"".join(rows)
    if valid:
        return gzip.compress(data, 1, mtime=0) if draw(st.booleans()) else data
    if seldom(draw, 2):
        data = damage(draw, data, 2)
    if seldom(draw, 3):
        data = gzip.compress(data, 1, mtime=0)
        if seldom(draw, 2):
            data = damage(draw, data, 2)
    return data


def questions(draw):
    """Analogies with sections, lines of wrong width, odd marks."""
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        if seldom(draw, 5):
            lines.append(draw(biased([": s", ":", ": gram1", "::", ":s", "#", ""])))
            continue
        width = 4 if not seldom(draw, 5) else draw(st.integers(0, 6))
        separator = draw(biased([" ", "\t", "  "]))
        lines.append(separator.join(draw(biased(WORDS)) for _ in range(width)))
    return _as_file(draw, lines)


def ratings(draw):
    """Word pairs, in the forms such files have and in some that they have not."""
    lines = []
    separator = draw(biased(["\t", ",", ";", " "]))
    for _ in range(draw(st.integers(1, 12))):
        cells = [draw(biased(WORDS)) for _ in range(2)]
        rating = draw(biased(["1", "2.5", "7", "3.25", "-1e308", "1e308", "0"]))
        more = []
        if seldom(draw, 5):
            odd = biased(["new york", '"the"', "", "cat"])
            cells = draw(st.lists(odd, max_size=3))
            rating = draw(biased(["7,5", "nan", "1e400", "1_0", "", "x", "N"]))
            more = draw(st.lists(biased(["N", "3", "4.5", "9" * 400]), max_size=3))
        lines.append(separator.join([*cells, rating, *more]))
    return _as_file(draw, lines)


def labels(draw):
    """Nodes with their labels, or nearly."""
    separator = draw(biased([" ", "\t", ","]))
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        width = 1 if not seldom(draw, 4) else draw(st.integers(0, 4))
        given = [draw(biased(["a", "b", "1", "2", "", "é"])) for _ in range(width)]
        lines.append(separator.join([draw(biased(WORDS)), *given]))
    return _as_file(draw, lines * draw(biased([1, 1, 3])))


def links(draw):
    """Pairs of nodes, with weights or without, or nearly."""
    separator = draw(biased([" ", "\t", ","]))
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        nodes = [draw(biased(WORDS)) for _ in range(2 if not seldom(draw, 8) else 1)]
        weight = [draw(biased(["1", "0.5", "-1", "x", "nan"]))] if seldom(draw, 4) else []
        lines.append(separator.join([*nodes, *weight]))
    return _as_file(draw, lines)


def _as_file(draw, lines):
    data = draw(biased(["\n", "\r\n", "\r"])).join(lines).encode()
    data = draw(biased([b"", b"", b"\xef\xbb\xbf"])) + data + draw(biased([b"\n", b""]))
    return damage(draw, data, 3) if seldom(draw, 5) else data


MARKUP = [
    "one two three four five. ", "Six seven eight nine ten. ", "[[a|b]] ", "{{x|y", "}}", "{|", "|}", "<ref>", "</ref>", "<!--",
    "<math>", "&#1114112;", "&#55296;", "[http://a.b c]", "[http://a b ", "[", "]", "\n* x\n",
    "\n== h ==\n", "é", "&nosuch;", "&amp;", "| a || b\n", "[[File:a|b", "<nowiki>", "\u2028",
]  # fmt: skip
HEADS = [
    "<mediawiki>", '<mediawiki xmlns="http://m/">', '<?xml version="1.0"?><mediawiki>', "",
    '<?xml version="1.0" encoding="euc-jp"?><mediawiki>',
    '<?xml version="1.0" encoding="no-such"?><mediawiki>',
    '<?xml version="1.0" encoding="utf-16"?><mediawiki>',
    '<!DOCTYPE a [<!ENTITY b "cccc">]><mediawiki>',
]  # fmt: skip


def dump(draw):
    """A MediaWiki dump with odd markup, damaged or not, packed or not."""
    pages = []
    for _ in range(draw(st.integers(1, 4))):
        count = draw(st.integers(1, 8))
        body = "".join(draw(biased(MARKUP)) * draw(biased([1, 1, 1, 30])) for _ in range(count))
        body = body if seldom(draw, 8) else escape(body)  # as it is, it is hardly XML
        namespace = draw(biased(["0", "0", "0", "1", "", "x"]))
        pages.append(
            f"<page><title>T</title><ns>{namespace}</ns><revision><text>{body}</text></revision>"
            "</page>"
        )
    head = draw(biased(HEADS if seldom(draw, 5) else HEADS[:3]))
    data = (head + "".join(pages) + draw(biased(["</mediawiki>", ""]))).encode()
    if seldom(draw, 4):
        data = damage(draw, data, 2)
    if seldom(draw, 3):
        data = draw(biased(PACKERS[:2]))(data)
        if seldom(draw, 3):
            data = damage(draw, data, 2)
    return data


def counts(draw):
    """A file of words and counts."""
    lines = []
    fault = seldom(draw, 4)
    for word in draw(st.lists(biased(WORDS), min_size=1, max_size=6, unique=not fault)):
        numbers = ["1", "5", "9" * 18, "0", "-1", "9" * 30, "x"]
        count = draw(biased(numbers if fault else numbers[:3]))
        lines.append(word.encode() + draw(biased([b"\t", b" "])) + count.encode())
    data = b"\n".join(lines)
    return damage(draw, data, 1) if fault else data


#: Largest values that are tried of options which cost time or memory.
MOST = {
    "dim": 64, "epochs": 2, "negatives": 64, "window": 100, "candidates": 64, "threads": 4,
    "gneg_steps": 3, "gneg_window": 20, "ace_dim": 64, "ace_candidates": 64,
}  # fmt: skip
#: Each combination of these is compiled anew.
PARTS = ("proposal", "weighting", "loss")


def train_options(draw, all_parts=False):
    """Options of a training, seldom one that is out of its range."""
    declared = {n: o for n, o in all_options().items() if all_parts or n not in PARTS}
    sampler = draw(biased(declared["sampler"].choices))
    names = draw(st.lists(biased(sorted(declared)), max_size=5, unique=True))
    wild = draw(biased(sorted(declared))) if seldom(draw, 6) else None
    options = {"sampler": sampler, "min_count": draw(biased([1, 1, 2, 5]))}
    for name in ["epochs", "dim", *names]:
        option = declared[name]
        _, owners = method_options().get(name, (option, ()))
        unread = owners and not all_parts and sampler not in " ".join(o.name for o in owners)
        if unread and not seldom(draw, 9):
            continue  # it would be refused
        if option.kind is bool:
            options[name] = None
        elif option.kind is str:
            options[name] = draw(biased(option.choices or ["no-such-graph.npz"]))
        elif option.kind is int:
            low = int(option.low)
            high = int(min(option.high, MOST.get(name, option.high)))
            options[name] = draw(
                st.one_of(st.integers(low, min(high, low + 3)), st.integers(low, high))
            )
        else:
            usual = st.floats(max(option.low, 0.01), min(option.high, 1))
            edges = biased([option.low, option.high, 5e-324])
            options[name] = draw(st.one_of(usual, usual, edges, st.floats(option.low, option.high)))
    if wild is not None:
        options[wild] = draw(biased(WILD))
    return [flag(n) if v is None else f"{flag(n)}={v}" for n, v in options.items()]


def options_of(draw, table):
    """Some options of a command, values as in `table`, seldom one that is wild.

    Parameters
    ----------
    table : dict
        Option to the values that it is given; an empty list: it takes none.
    """
    chosen = []
    names = draw(st.lists(biased(sorted(table)), max_size=4, unique=True))
    wild = names[0] if names and seldom(draw, 8) else None
    for option in names:
        values = table[option]
        chosen += [option, draw(biased(WILD if option == wild else values))] if values else [option]
    return chosen
