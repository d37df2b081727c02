"""The faults that w2vneg survives, and the table of them in README.md.

A test says which faults it injects with ``@pytest.mark.fault(14)``. This module has the texts of the
rows and writes the table::

    python tests/faults/fault_table.py            # rewrite README.md
    python tests/faults/fault_table.py --check    # only compare; exit code 1 if it is out of date
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

HERE = Path(__file__).parent
README = HERE / "README.md"
BEGIN = "| # | fault | answer | tests |\n|---|---|---|---|\n"

#: Number of the row to (the fault, how w2vneg answers it).
FAULTS = {
    1: ("missing or unreadable file, a folder without text",
        "one line and exit 2 (an empty folder: 1) before anything is written"),
    2: ("empty file, or only white space", '"no tokens in FILE"'),
    3: ("every word rarer than `--min-count`", "names the largest count and `--min-count`"),
    4: ("one word", '"training needs at least 2", and what would help'),
    5: ("two words and more negatives than words; no pairs", 'trains; "no training pairs"'),
    6: ("bytes that are not UTF-8",
        "tokens dropped and counted, the first located; `--encoding-errors strict` stops there"),
    7: ("byte order mark; UTF-16", "removed; named, with how to convert it"),
    8: ("NUL and control bytes", "separate words, counted; the C tools read the result"),
    9: ("CRLF, lone CR, no final newline", "the same vocabulary"),
    10: ("NBSP, U+2028, U+0085, U+3000", "part of words: only ASCII white space separates"),
    11: ("one line of 100 MB", "split into sentences of 1,000 words without loss, memory bounded"),
    12: ("one token of 1 GB", "dropped and counted, memory bounded"),
    13: ("more distinct words than fit into memory",
         "one line with advice before the system kills the process"),
    14: ("archives truncated, damaged, misnamed, bombs; dumps",
         "named; read as a stream, `--max-tokens` ends it"),
    15: ("a file that grows, shrinks, is replaced or vanishes while it is read",
         '"changed while reading"'),
    16: ("standard input, pipes", "encoded as they come; refused where a corpus is read twice"),
    17: ('`</s>`, "1 2", words that look like a header', "ordinary words that survive a round trip"),
    18: ("equal counts", "ordered by bytes, independent of the hash seed"),
    19: ("values outside every range, text for a number, 10^22",
         "exit 2; names option, range and value"),
    20: ("unknown samplers, options of another sampler", "exit 2 with the list or a similar name"),
    21: ("matrices, tables, graphs larger than memory",
         "refused with both sizes; container limits count"),
    22: ("more than 2^31 tokens or numbers", "64-bit offsets reach them"),
    23: ("an output that is an input or another output; two runs with one output",
         "refused; the last complete one wins"),
    24: ("output folder missing, read-only, name too long", "refused before the corpus is read"),
    25: ("too little free disk space",
         "refused with both sizes before reading and before training"),
    26: ("Ctrl-C at any moment, twice; a closed terminal",
         "within a second, exit 130 (129); the second one at once"),
    27: ("SIGTERM", "the same with 143"),
    28: ("SIGKILL at any moment",
         "old or complete files; temporary files removed by the next start; resumes to the same bytes"),
    29: ("SIGSTOP, clocks set back", "continues; only monotonic clocks measure"),
    30: ("an exception in one thread", "the others stop, the error itself is shown, nothing is saved"),
    31: ("NaN, infinity, exploding vectors",
         "detected within half a second, word and position named, nothing saved"),
    32: ("scores of +-200 and far beyond",
         "the sigmoid saturates at 0 and 1 without a warning, NaN stays"),
    33: ("threads that cannot start", "one line: lower `--threads`"),
    34: ("ids out of range in a table", "cannot be built"),
    35: ("weights of zero, NaN, one word", "refused when the table is built"),
    36: ("words without neighbors, a collapsed generator", "unigram noise instead, counted and reported"),
    37: ("the same random numbers in two threads", "all streams differ"),
    38: ("more threads than processors or sentences", "every token once"),
    39: ("no Numba; a cache folder that is missing, damaged or full", "one line; compiles again"),
    40: ("any file operation fails",
         "one line; old or complete files; no temporary file; checkpoints only cost a note"),
    41: ("links, pipes, devices, closed pipes",
         "links stay, devices are written to, a reader may close the pipe"),
    42: ("closed streams, ASCII terminals", "words are escaped, no traceback"),
    43: ("words of 50 bytes and more", "written, counted in a note"),
    44: ("checkpoints truncated, flipped, forged", '"not a usable checkpoint"'),
    45: ("checkpoints of another version, text, vocabulary, option",
         "refused by the first difference; threads may change"),
    46: ("a finished training resumed, epochs changed",
         "says so; follows the longer schedule only on request"),
    47: ("interrupted and resumed", "with one thread the same bytes, for every sampler"),
    48: ("the newest of two checkpoints damaged", "the one before, with a note"),
    49: ("headers that do not match the file", "compared with the file before memory is allocated"),
    50: ("vectors truncated anywhere, trailing bytes",
         "an error with row or byte; both binary layouts are read"),
    51: ("another format, a pickle", "named by its first bytes; nothing is unpickled"),
    52: ("NaN, infinity, denormals", "refused; denormals kept exactly"),
    53: ("words that are empty, duplicate or contain spaces",
         "refused with the row; in text, spaces are resolved from the right"),
    54: ("zero and constant vectors", 'skipped and counted; "undefined"'),
    55: ("damaged test sets", "used and skipped lines counted; none usable is an error"),
    56: ("case, answers that are words of the question", "as gensim on the same files"),
}  # fmt: skip


def marked_tests() -> dict[int, dict[str, list[str]]]:
    """Return row to test file to the names of its marked tests, in the order of the files."""
    found: dict[int, dict[str, list[str]]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
                    for row in map(ast.literal_eval, mark.args):
                        found.setdefault(row, {}).setdefault(path.stem, []).append(node.name)
    return found


def table() -> str:
    """Return the table as Markdown."""
    marked = marked_tests()
    lines = []
    for row, (fault, answer) in FAULTS.items():
        tests = "; ".join(
            f"**{file.removeprefix('test_')}**: "
            + ", ".join(name.removeprefix("test_") for name in names)
            for file, names in marked.get(row, {}).items()
        )
        lines.append(f"| {row} | {fault} | {answer} | {tests} |\n")
    return BEGIN + "".join(lines)


def up_to_date() -> str:
    """Return README.md with the table of the present tests."""
    return README.read_text(encoding="utf-8").partition(BEGIN)[0] + table()


if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        README.write_text(up_to_date(), encoding="utf-8")
    elif README.read_text(encoding="utf-8") != up_to_date():
        sys.exit("tests/faults/README.md is out of date: run python tests/faults/fault_table.py")
