"""Rows 1, 14, 23 and 41 for MediaWiki dumps: whatever the bytes, bounded time and memory."""

import bz2
import gzip
import os
import threading
import tracemalloc

import pytest
from helpers.commands import HANG_S, INJECTED, call, refused, run

from w2vneg.datasets import wikitext

PAGE = "<page><title>T</title><ns>0</ns><revision><text>{}</text></revision></page>"
PROSE = "One two three four five."


def dump(*bodies, head="<mediawiki>"):
    return (head + "".join(PAGE.format(body) for body in bodies) + "</mediawiki>").encode()


@pytest.fixture
def clean(tmp_path):
    """Clean a dump given as bytes."""

    def call_it(data, output):
        (tmp_path / "dump.xml").write_bytes(data)
        return call("corpus", "clean", tmp_path / "dump.xml", "-o", output)

    return call_it


@pytest.mark.fault(14)
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_names_damaged_compressed_dump(clean, old, pack):
    data = pack(dump(*[PROSE + f" Number {i * 7919} of some." for i in range(300)]))
    for at in range(10, len(data) - 8, len(data) // 23):
        flipped = bytearray(data)
        flipped[at] ^= 0x55
        INJECTED.update(["files cut", "bytes flipped"])
        for damaged in (data[:at], bytes(flipped)):
            refused(clean(damaged, old), 1, "dump.xml", "damaged")


@pytest.mark.fault(14)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (dump(PROSE, head='<?xml version="1.0" encoding="euc-jp"?><m>'), "multi-byte encodings"),
        (dump(PROSE, head='<?xml version="1.0" encoding="no-such"?><m>'), "unknown encoding"),
        (dump(PROSE, head='<!DOCTYPE a [<!ENTITY b "ccc">]><m>'), "document type"),
        (dump(PROSE + "&#x110000;"), "invalid character number"),
        (dump(PROSE + "\x01"), "not well-formed"),
        (dump(PROSE).replace(b"One", b"\xff\xfe"), "not well-formed"),
        (dump(PROSE, "</b>"), "mismatched tag"),
        (b"\x93NUMPY", "is a NumPy array (.npy), not a MediaWiki dump"),
        (b"", "no articles"),
        (dump("Short."), "no articles"),
    ],
)
def test_refuses_file_that_is_no_dump(clean, old, data, message):
    refused(clean(data, old), 1, "dump.xml", message)


@pytest.mark.fault(14)
def test_refuses_nested_entities(clean, old):
    levels = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    bomb = f'<!DOCTYPE m [<!ENTITY e0 "{PROSE}">{levels}]><mediawiki>'
    outcome = clean(dump("&e11;", head=bomb), old)
    refused(outcome, 1, "document type")
    assert outcome.seconds < 5


@pytest.mark.slow
@pytest.mark.fault(14)
def test_bounds_memory_for_endless_articles_and_tags(clean, tmp_path, old, monkeypatch):
    monkeypatch.setattr(wikitext, "_MAX_ARTICLE", 1 << 18)
    output = tmp_path / "o.txt"
    assert clean(dump(PROSE), output).code == 0  # imports
    cases = {
        "no articles": b"<m>" + b"<a>bb</a>" * 300_000,  # a tree of it would take 50 MB
        "no end within": b'<a b="' + b"x" * 10_000_000,
        "": dump(PROSE, "word " * 2_000_000, PROSE),
    }
    packed = {message: bz2.compress(data, 1) for message, data in cases.items()}
    del cases
    for message, data in packed.items():
        tracemalloc.start()
        try:
            outcome = clean(data, old if message else output)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 4 << 20, message
        if message:
            refused(outcome, 1, message)
    assert outcome.code == 0
    assert outcome.err.endswith("1 article skipped: too long\n")
    assert output.read_text() == "one two three four five\n" * 2


@pytest.mark.fault(14)
@pytest.mark.parametrize("end", ["", "]", "]]&gt;--&gt;"])
@pytest.mark.parametrize(
    "markup", ["[http://a ", "&lt;ref ", "&lt;!--", "{|", "[[File:a|", "{{", "\n[[de:a]]", "|", "["]
)
def test_reads_unclosed_markup_in_linear_time(clean, tmp_path, markup, end):
    outcome = clean(dump(PROSE, markup * 200_000 + end, PROSE), tmp_path / "o.txt")
    assert outcome.code == 0, outcome
    assert outcome.seconds < 10
    lines = (tmp_path / "o.txt").read_text().splitlines()
    assert lines[0] == lines[-1] == "one two three four five"


@pytest.mark.fault(23)
def test_refuses_output_equal_to_dump(clean, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "dump.xml")
    for output in (tmp_path / "dump.xml", tmp_path / "link"):
        refused(clean(dump(PROSE), output), 2, output)
        assert (tmp_path / "dump.xml").read_bytes() == dump(PROSE)


@pytest.mark.fault(1)
def test_refuses_path_that_is_no_file(tmp_path, old):
    for path, message in (
        (tmp_path / "none.xml", "No such file"),
        (tmp_path, "Is a directory"),
        (tmp_path / ("n" * 300), "too long"),
    ):
        refused(call("corpus", "clean", path, "-o", old), 2, path, message)


@pytest.mark.slow
@pytest.mark.fault(41)
def test_reads_dump_from_pipe(tmp_path):
    outcome = run("corpus", "clean", "/dev/stdin", "-o", tmp_path / "o.txt", data=dump(PROSE))
    assert outcome.code == 0, outcome
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(dump(PROSE)),))
    writer.start()
    assert call("corpus", "clean", pipe, "-o", tmp_path / "p.txt").code == 0
    writer.join(HANG_S)
    for name in ("o.txt", "p.txt"):
        assert (tmp_path / name).read_text() == "one two three four five\n"
