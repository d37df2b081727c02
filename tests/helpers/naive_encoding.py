"""The ingest in slow, obvious Python: what the compiled one must agree with."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field

from w2vneg.corpus.encoded import EncodedCorpus

MAX_TOKEN_BYTES = 1000
MAX_SENTENCE = 1000


@dataclass
class Expected:
    words: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    sentences: list[list[int]] = field(default_factory=list)
    report: dict[str, int] = field(default_factory=dict)


def is_utf8(token: bytes) -> bool:
    try:
        token.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def expected(texts: list[bytes], min_count: int = 1, max_vocab: int | None = None) -> Expected:
    """Encode the files' contents."""
    lines: list[bytes] = []
    for text in texts:
        lines += [line.removeprefix(b"\xef\xbb\xbf") for line in re.split(rb"[\r\n]", text)]
    split = [[token for token in re.split(rb"[\0-\x20]+", line) if token] for line in lines]
    tokens = [token for line in split for token in line]
    short = [token for token in tokens if len(token) <= MAX_TOKEN_BYTES]
    counts = Counter(token for token in short if is_utf8(token))
    frequent = [word for word in counts if counts[word] >= min_count]
    words = sorted(frequent, key=lambda word: (-counts[word], word))[:max_vocab]
    ids = {word: i for i, word in enumerate(words)}
    sentences = []
    for line in split:
        kept = [ids[token] for token in line if token in ids]
        sentences += [kept[i : i + MAX_SENTENCE] for i in range(0, len(kept), MAX_SENTENCE)]
    controls = sum(
        byte < 32 and byte not in b"\t\n\v\f\r"
        for text in texts
        for byte in text.removeprefix(b"\xef\xbb\xbf")
    )
    kept_tokens = sum(map(len, sentences))
    invalid = sum(not is_utf8(token) for token in short)
    report = {
        "tokens_read": len(tokens),
        "tokens_kept": kept_tokens,
        "invalid_utf8": invalid,
        "too_long": len(tokens) - len(short),
        "out_of_vocabulary": len(short) - invalid - kept_tokens,
        "control_bytes": controls,
        "sentences": len(sentences),
        "distinct_words": len(counts),
        "bytes_read": sum(map(len, texts)),
    }
    return Expected(
        [word.decode() for word in words], [counts[word] for word in words], sentences, report
    )


def sentences_of(corpus: EncodedCorpus) -> list[list[int]]:
    """Return the sentences as lists of ids."""
    borders = corpus.starts.tolist()
    tokens = corpus.tokens.tolist()
    return [tokens[low:high] for low, high in itertools.pairwise(borders)]


def assert_equal(corpus: EncodedCorpus, oracle: Expected) -> None:
    """Compare all that an encoded corpus says."""
    assert corpus.vocabulary.words == oracle.words
    assert corpus.vocabulary.counts.tolist() == oracle.counts
    assert sentences_of(corpus) == oracle.sentences
    found = corpus.report.to_dict()
    assert {name: found[name] for name in oracle.report} == oracle.report
