"""Files of vectors as the C tools read them: by fields, without a second guess."""

import numpy as np


def read_text(path):
    """Read words and numbers as ``fscanf("%s")`` would: fields between ASCII blanks."""
    head, rest = path.read_bytes().split(b"\n", 1)
    rows, dim = map(int, head.split())
    fields = rest.split()
    assert len(fields) == rows * (dim + 1)
    words = [word.decode() for word in fields[:: dim + 1]]
    numbers = [fields[row * (dim + 1) + 1 : (row + 1) * (dim + 1)] for row in range(rows)]
    return words, np.array(numbers, np.float64).astype(np.float32)


def read_binary(path):
    """Read as word2vec's distance.c does: bytes up to a blank, newlines skipped; then floats."""
    data = path.read_bytes()
    at = data.index(b"\n") + 1
    rows, dim = map(int, data[:at].split())
    words, numbers = [], []
    for _ in range(rows):
        blank = data.index(b" ", at)
        words.append(data[at:blank].replace(b"\n", b"").decode())
        at = blank + 1 + 4 * dim
        numbers.append(np.frombuffer(data[blank + 1 : at], "<f4"))
    assert data[at:].strip(b"\n") == b""
    return words, np.array(numbers)
