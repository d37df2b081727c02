"""Commands that messages on files of vectors name are run on the same files, and mend them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from w2vneg.errors import DataError
from w2vneg.vectors import read_vectors

FILES = {
    "two spaces": "2 2\na  1  2\nb 2 3\n",
    "space before the word": "2 2\n a 1 2\nb 2 3\n",
    "aligned columns": "2 2\na   1.5  2\nbcd 2   -3\n",
    "carriage returns": "2 2\ra 1 2\rb 2 3\r",
    "byte order mark": "\ufeff2 2\na 1 2\nb 2 3\n",
}


@pytest.mark.parametrize("name", FILES)
def test_command_of_the_message_mends_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("v.vec").write_text(FILES[name], encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_vectors("v.vec")
    found = re.search(r"(?:sed|tr|tail) .*? > NEW", str(caught.value))
    assert found, str(caught.value)
    command = found[0].replace("FILE", "v.vec").replace("NEW", "new.vec")
    subprocess.run(command, shell=True, check=True)
    vectors = read_vectors("new.vec")
    assert len(vectors.words) == 2
    assert vectors.matrix.shape == (2, 2)


def test_decimal_commas_are_named(tmp_path: Path) -> None:
    path = tmp_path / "v.vec"
    path.write_text("1 2\na,b 1,5 2\n")
    with pytest.raises(DataError, match="'1,5' is not a number; write a decimal point"):
        read_vectors(path)
    path.write_text(path.read_text().replace("1,5", "1.5"))
    assert read_vectors(path).words == ["a,b"]
