"""Words that are hard to show, and a shell: shared by the tests of outputs and of streams."""

import subprocess
import sys

import numpy as np

from helpers.commands import HANG_S, environment
from w2vneg.vectors.vectors import write_vectors

#: In no ASCII, not for a terminal, and rich's markup.
WORDS = ["plain", "日本", "é", "[/b]", "\x1b[2J", "a\u2028b"]
#: Options of a training that takes a blink, of texts so small that subsampling would leave nothing
#: to learn from (which would be told).
TRAIN = [
    "--preset",
    "word2vec",
    "--min-count",
    1,
    "--sample",
    0,
    "--dim",
    4,
    "--epochs",
    1,
    "--threads",
    1,
    "--no-cache",
]


def save_odd_words(path):
    """Write vectors of `WORDS` and return the path."""
    matrix = np.random.default_rng(1).standard_normal((len(WORDS), 3)).astype(np.float32)
    write_vectors(path, WORDS, matrix)
    return path


def shell(script, **variables):
    """Run a shell script in which ``w2vneg`` is this checkout's."""
    done = subprocess.run(
        ["bash", "-c", f'w2vneg() {{ "{sys.executable}" -m w2vneg "$@"; }}\n{script}'],
        capture_output=True, timeout=HANG_S, env=environment(**variables), check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr
