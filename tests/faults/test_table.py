"""The table in README.md says what these files hold: every row, every test, none that is gone."""

import re
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
ROWS = range(1, 57)


def marked():
    """Return row to tests, as the comments above the tests say (``# row 6``, ``# rows 26, 27``)."""
    found = defaultdict(set)
    for path in HERE.glob("test_*.py"):
        rows = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if comment := re.match(r"# rows? ([0-9]+(?:(?:, | and | to )[0-9]+)*)", line):
                rows = [int(number) for number in re.findall(r"[0-9]+", comment[1])]
                if " to " in comment[1]:
                    rows = list(range(rows[0], rows[-1] + 1))
            if test := re.match(r"def test_(\w+)", line):
                for row in rows:
                    found[row].add((path.stem.removeprefix("test_"), test[1]))
                rows = []
    return found


def table():
    """Return row to tests, as README.md lists them."""
    found = {}
    for line in (HERE / "README.md").read_text(encoding="utf-8").splitlines():
        if cells := re.fullmatch(r"\| ([0-9]+) \| (.+) \| (.+) \| (.+) \|", line):
            tests = set()
            for part in cells[4].split("; "):
                name, _, listed = part.partition(": ")
                tests |= {(name.strip("*"), test) for test in listed.split(", ")}
            found[int(cells[1])] = tests
    return found


def test_every_row_has_tests_and_the_table_names_them_all():
    listed, found = table(), marked()
    assert sorted(listed) == list(ROWS)
    assert sorted(found) == list(ROWS)
    for row in ROWS:
        assert listed[row] == found[row], f"row {row}"
