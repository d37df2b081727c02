"""Text that turns into another encoding somewhere: where, into which, and the commands that part it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from w2vneg.corpus.plain_text import why_no_plain_text
from w2vneg.corpus.text_bytes import find_binary, other_encoding, wide_part

HEAD = "the king and the queen of the city\n"
TAILS = {
    "UTF-16LE": [("utf-16-le", b"\xff\xfe"), ("utf-16-le", b"")],
    "UTF-16BE": [("utf-16-be", b"\xfe\xff"), ("utf-16-be", b"")],
    "UTF-32LE": [("utf-32-le", b"\xff\xfe\0\0"), ("utf-32-le", b"")],
    "UTF-32BE": [("utf-32-be", b"\0\0\xfe\xff"), ("utf-32-be", b"")],
}
CASES = [
    (name, *case, lines)
    for name, cases in TAILS.items()
    for case in cases
    for lines in (1, 9, 3000)
]


@pytest.mark.parametrize(("encoding", "codec", "mark", "lines"), CASES)
def test_place_and_encoding_of_another_half(
    tmp_path: Path, encoding: str, codec: str, mark: bytes, lines: int
) -> None:
    first, second = (HEAD * lines).encode(), mark + (HEAD * 20).encode(codec)
    part = wide_part(first + second)
    assert part is not None
    assert (part.start, part.encoding) == (len(first), encoding)
    why = why_no_plain_text(first + second)
    assert why is not None
    assert f"is UTF-8 up to byte {len(first)}, where it begins to look like {encoding}" in why
    if not shutil.which("iconv"):
        return
    path = tmp_path / "mixed.txt"
    path.write_bytes(first + second)
    before, after = part.remedy().split("head -c ")[1].split(", or convert the rest with: ")
    for command, wanted in ((f"head -c {before}", first), (after, (HEAD * 20).encode())):
        run = command.replace("FILE", str(path))
        found = subprocess.run(run, shell=True, check=True, capture_output=True).stdout
        assert found.removeprefix(b"\xef\xbb\xbf") == wanted


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_whole_file_in_another_encoding_has_no_place(codec: str) -> None:
    data = (HEAD * 200).encode(codec)
    assert wide_part(data) is None
    part = find_binary(data)
    assert part is not None
    assert part.start == 0
    if "16" in codec:
        assert other_encoding(data) == part.encoding


@pytest.mark.parametrize("text", [HEAD * 200, "日本 語\n" * 900, "a\0b\n" * 3 + HEAD * 99, ""])
def test_text_is_text(text: str) -> None:
    assert wide_part(text.encode()) is None
    assert find_binary(text.encode()) is None


@pytest.mark.parametrize("junk", [bytes(range(256)) * 40, bytes(9000)])
def test_binary_data_have_a_place(junk: bytes) -> None:
    part = find_binary((HEAD * 500).encode() + junk)
    assert part is not None
    assert part.encoding is None
    assert part.start == len(HEAD) * 500
    assert "tr -d" in part.remedy()
