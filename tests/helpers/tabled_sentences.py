"""Sentences, and what tables of them have to give."""

import random
from pathlib import Path

from w2vneg.corpus.encode import encode
from w2vneg.corpus.input_options import InputOptions

SENTENCES = [["ä", "b", "c"], ["b", "12", '"q"'], ["c"], ["ä", "b,;", "c", "ä"]] * 40


def text_of(sentences: list[list[str]]) -> str:
    """Return sentences as a text file."""
    return "".join(" ".join(words) + "\n" for words in sentences)


def fingerprint(path: Path, **options: object) -> str:
    """Return the fingerprint of a file as a corpus."""
    reading = InputOptions(**options)  # type: ignore[arg-type]
    with encode([path], input=reading, min_count=1, cache=False, threads=1) as corpus:
        return corpus.fingerprint


def sessions(seed: int) -> tuple[list[tuple[str, int, str]], list[list[str]]]:
    """Return rows of (session, time, item) in a random order, and the sentences that they make."""
    draw = random.Random(seed)
    rows = [
        (f"s{s}", 1000 * s + t, f"item{draw.randrange(9)}")
        for s in range(30)
        for t in range(draw.randrange(1, 9))
    ]
    draw.shuffle(rows)
    groups: dict[str, list[tuple[int, str]]] = {}
    for session, time, item in rows:
        groups.setdefault(session, []).append((time, item))
    return rows, [[item for _, item in sorted(group)] for group in groups.values()]
