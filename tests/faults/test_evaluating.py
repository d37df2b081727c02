"""Rows 54 to 56: vectors without direction, odd test sets, and the same answers as gensim."""

import json
import os

import numpy as np
import pytest
from helpers.commands import call, refused
from helpers.small_vectors import MATRIX, WORDS

from w2vneg.vectors.vectors import write_vectors

PAIRS = "man\tking\t3\nman\twoman\t9\nparis\trome\t8\nking\titaly\t1\nfrance\titaly\t7\n"
QUESTIONS = ": s\nman king woman queen\nparis france rome italy\n: gram1\nman woman king queen\n"


@pytest.fixture
def save(tmp_path):
    """Write a file of vectors; without more, the eight of this module."""

    def write(matrix=MATRIX, words=WORDS, name="v.vec"):
        write_vectors(tmp_path / name, list(words), np.ascontiguousarray(matrix, np.float32))
        return tmp_path / name

    return write


@pytest.fixture
def put(tmp_path):
    """Write a test set, by default of analogies, and return the options that name it."""

    def write(text, name="q.txt", option="--analogies"):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(data)
        return [option, tmp_path / name]

    return write


def pairs(put, text=PAIRS, name="s.tsv"):
    return put(text, name, "--similarity")


def scores(path, *options):
    """Return what ``eval --json`` says of one file."""
    outcome = call("eval", path, *options, "--bootstrap", 50, "--json")
    assert outcome.code == 0, outcome
    assert "NaN" not in outcome.out
    return json.loads(outcome.out)["vectors"][str(path)]


def table(path, *options):
    outcome = call("eval", path, *options, "--bootstrap", 50)
    assert outcome.code == 0, outcome
    assert "nan" not in outcome.out.lower()
    return outcome


@pytest.mark.fault(54)
def test_skips_and_counts_pairs_with_zero_vector(save, put):
    matrix = MATRIX.copy()
    matrix[WORDS.index("italy")] = 0
    path = save(matrix)
    found = scores(path, *pairs(put))["similarity"]["s"]
    assert (found["pairs"], found["zero"], found["missing"]) == (3, 2, 0)
    rest = PAIRS.replace("king\titaly\t1\nfrance\titaly\t7\n", "")
    assert found["spearman"] == scores(path, *pairs(put, rest))["similarity"]["s"]["spearman"]
    assert "3 of 5" in table(path, *pairs(put)).out


@pytest.mark.fault(54)
def test_refuses_vectors_that_are_all_zero(save, put, old):
    path = save(np.zeros((8, 4)))
    refused(call("eval", path, *pairs(put)), 1, path, "zero vector")
    refused(call("neighbors", path, "man"), 1, "'man' is zero")
    refused(call("analogy", path, "man", "king", "woman"), 1, "'man' is zero")


@pytest.mark.fault(54)
@pytest.mark.parametrize(
    "lengths", [np.ones(8), 1 + np.arange(8) / 7, np.geomspace(1e-30, 1e30, 8)]
)
def test_correlation_is_undefined_for_equal_cosines(save, put, lengths):
    # Parallel vectors: their cosines differ by rounding only.
    path = save(np.outer(lengths, [0.1, 0.7, -0.3]))
    found = scores(path, *pairs(put))["similarity"]["s"]
    assert found["pairs"] == 5
    assert [found[k] for k in ("spearman", "pearson", "low", "high")] == [None] * 4
    assert "undefined" in table(path, *pairs(put)).out


@pytest.mark.fault(54)
@pytest.mark.parametrize("rating", ["5", "0.1", "1e308", "0"])
def test_correlation_is_undefined_for_equal_ratings(save, put, rating):
    text = "".join(line.rsplit("\t", 1)[0] + f"\t{rating}\n" for line in PAIRS.splitlines())
    found = scores(save(), *pairs(put, text))["similarity"]["s"]
    assert [found[k] for k in ("spearman", "pearson")] == [None, None]
    assert "undefined" in table(save(), *pairs(put, text)).out


@pytest.mark.fault(54)
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [1e-42, 1e-25, 1.0, 1e25, 1e38])
def test_cosines_hold_at_limits_of_float32(save, put, scale):
    ordinary = scores(save(), *put(QUESTIONS), *pairs(put))
    # Half of the rows only: lengths differ by many orders of magnitude.
    matrix = MATRIX.copy()
    matrix[::2] *= np.float32(scale)
    path = save(matrix, name="w.vec")
    found = scores(path, *put(QUESTIONS), *pairs(put))
    tolerance = 1e-6 if scale > 1e-38 else 0.05  # denormals have few digits
    assert found["similarity"]["s"]["pearson"] == pytest.approx(
        ordinary["similarity"]["s"]["pearson"], abs=tolerance
    )
    assert found["analogies"]["q"]["total"]["correct"] == 3
    near = json.loads(call("neighbors", path, "paris", "--json").out)["neighbors"]["paris"]
    assert near[0][0] == "rome"


@pytest.mark.fault(54)
def test_accepts_ratings_at_limits_of_float64(save, put):
    values = ["-1e308", "1e-320", "1.7e308", "0", "1e308"]
    text = "".join(
        line.rsplit("\t", 1)[0] + f"\t{value}\n"
        for line, value in zip(PAIRS.splitlines(), values, strict=True)
    )
    found = scores(save(), *pairs(put, text))["similarity"]["s"]
    assert -1 <= found["pearson"] <= 1
    assert -1 <= found["spearman"] <= 1


@pytest.mark.fault(55)
def test_reports_used_and_skipped_lines(save, put):
    text = ": s\nman king woman queen\nman king woman\na b c d e\nman king woman nobody\n"
    ratings = "word1\tword2\tscore\nman\tking\t3\nman\tnone\t2\nman\tqueen\n"
    outcome = table(save(), *put(text), *pairs(put, ratings))
    assert "1 of 2" in outcome.out
    assert "w2vneg: q: 2 lines skipped: not four words (first: line 3)\n" in outcome.err
    assert "w2vneg: s: 2 lines skipped: not word, word, rating (first: line 1)\n" in outcome.err
    found = scores(save(), *put(text), *pairs(put, ratings))
    assert found["analogies"]["q"]["skipped_lines"] == 2
    assert found["analogies"]["q"]["total"]["skipped"] == 1
    assert found["similarity"]["s"]["skipped_lines"] == 2
    assert found["similarity"]["s"]["missing"] == 1


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (": s\nman king woman\n", "no analogy questions: expected four words"),
        (": s\n", "no analogy questions"),
        ("", "no analogy questions"),
        (": s\nqqq www eee rrr\n", "no question or pair of the test sets has only known words"),
        (b": s\nman king woman quee\xf1\n", "byte 23: not UTF-8"),
        (QUESTIONS.encode("utf-16"), "looks like UTF-16"),
        (b"\x1f\x8b\x08\0\0\0", "gzip file; decompress it"),
    ],
)
def test_refuses_file_without_usable_questions(save, put, text, message):
    options = put(text)
    outcome = call("eval", save(), *options)
    # Where the questions are good but unknown, the vectors are to blame.
    refused(outcome, 1, message, save() if "known words" in message else options[1])


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("man king\nman queen\n", "no word pairs: expected word, word, rating"),
        ("word1\tword2\tscore\n", "no word pairs"),
        ("man\tking\tnan\n", "no word pairs"),
        ("qqq\twww\t1\n", "no question or pair of the test sets has only known words"),
        (b"man\tking\xff\t1\n", "byte 8: not UTF-8"),
    ],
)
def test_refuses_file_without_usable_pairs(save, put, text, message):
    options = pairs(put, text)
    outcome = call("eval", save(), *options)
    refused(outcome, 1, message, save() if "known words" in message else options[1])


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text.replace("\n", "\n\n").rstrip("\n"),
        lambda text: text.upper(),
    ],
)
def test_ignores_byte_order_mark_line_ends_and_case(save, put, change):
    plain = scores(save(), *put(QUESTIONS), *pairs(put))
    changed = scores(save(), *put(change(QUESTIONS)), *pairs(put, change(PAIRS)))
    if "S" in changed["analogies"]["q"]["sections"]:  # names of sections keep their case
        for found in (plain, changed):
            for part in ("sections", "semantic", "syntactic"):
                del found["analogies"]["q"][part]
    assert changed == plain
    assert plain["analogies"]["q"]["total"]["correct"] == 3


@pytest.mark.fault(55)
def test_scores_questions_without_section(save, put):
    found = scores(save(), *put("man king woman queen\n: gram1\nman woman king queen\n"))
    assert list(found["analogies"]["q"]["sections"]) == ["q", "gram1"]
    assert found["analogies"]["q"]["total"]["total"] == 2


@pytest.mark.fault(55)
def test_keeps_sections_and_test_sets_of_equal_names(save, put, tmp_path):
    (tmp_path / "other").mkdir()
    both = [
        *put(": s\nman king woman queen\n: t\nman king woman queen\n: s\nking man queen woman\n"),
        *put(": u\nman woman king queen\n", "other/q.txt"),
        *put(": u\nman woman king queen\n", "other/q.txt"),
    ]
    found = scores(save(), *both)["analogies"]
    assert list(found) == [str(tmp_path / "q.txt"), str(tmp_path / "other" / "q.txt")]
    sections = found[str(tmp_path / "q.txt")]["sections"]
    assert {name: s["total"] for name, s in sections.items()} == {"s": 2, "t": 1}


@pytest.mark.fault(55)
def test_names_path_without_test_set(save, tmp_path):
    (tmp_path / "empty").mkdir()
    for path, code, message in (
        (tmp_path / "missing.txt", 2, "no such file"),
        (tmp_path / "empty", 2, "has no files"),
        (tmp_path / ("n" * 300), 1, "too long"),
        (save() / "below", 2, "no such file"),
    ):
        for option in ("--analogies", "--similarity"):
            refused(call("eval", save(), option, path), code, path, message)


@pytest.mark.fault(55)
def test_refuses_endless_test_set(save):
    for option in ("--analogies", "--similarity"):
        refused(call("eval", save(), option, "/dev/zero"), 1, "/dev/zero", "larger than 64 MB")


@pytest.mark.fault(55)
def test_reads_test_set_from_pipe(save):
    reading, writing = os.pipe()
    os.write(writing, QUESTIONS.encode())
    os.close(writing)
    try:
        found = scores(save(), "--analogies", f"/dev/fd/{reading}")
    finally:
        os.close(reading)
    assert found["analogies"][str(reading)]["total"]["total"] == 3


@pytest.mark.slow
@pytest.mark.fault(55)
def test_stays_fast_with_one_very_wide_line(save, put):
    # Each column of each line looked at is 10^10 looks.
    text = (
        "a\tb\t" + "x\t" * 100_000 + "\n" + "man\tking\t1\nman\tqueen\t2\nking\tqueen\t3\n" * 30_000
    )
    outcome = call("eval", save(), *pairs(put, text), "--bootstrap", 1, "--json")
    assert outcome.code == 0
    assert outcome.seconds < 20


def gensim_says(path, questions, ratings, restrict):
    """Return (section, correct, asked) and (Pearson, Spearman, share unknown) of gensim."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors.load_word2vec_format(str(path))
    _, sections = vectors.evaluate_word_analogies(str(questions), restrict_vocab=restrict)
    pearson, spearman, unknown = vectors.evaluate_word_pairs(str(ratings))
    return [
        (s["section"], len(s["correct"]), len(s["correct"]) + len(s["incorrect"]))
        for s in sections[:-1]
    ], (pearson[0], spearman[0], unknown)


def cased_case(rng):
    """Words in several cases, questions that repeat words, lines of wrong width, duplicates."""
    base = [f"{'abcde'[i % 5]}w{i}" for i in range(int(rng.integers(5, 25)))]
    words = [
        w for word in base for w in (word, word.upper(), word.capitalize()) if rng.random() < 0.6
    ]
    words = list(dict.fromkeys([*words, *base[:3]]))
    rng.shuffle(words)
    asked = [w.upper() if rng.random() < 0.3 else w for w in [*base, "unknown"]]
    lines = [": one"]
    for _ in range(80):
        line = list(rng.choice(asked, 4))
        if rng.random() < 0.3:
            line[3] = line[int(rng.integers(0, 3))]  # the answer is a word of the question
        lines += [" ".join(line)] * (2 if rng.random() < 0.1 else 1)
        if rng.random() < 0.05:
            lines += ["too few words", ": gram-more"][: int(rng.integers(1, 3))]
    pairs = [[*rng.choice(asked, 2), f"{rng.integers(0, 100) / 10}"] for _ in range(40)]
    return (
        words,
        "\n".join(lines) + "\n",
        "".join("\t".join(pair) + "\n" for pair in [*pairs, pairs[0]]),
    )


@pytest.mark.slow
@pytest.mark.fault(56)
@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")
def test_scores_equal_gensim(save, put):
    right = repeated = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        words, questions, ratings = cased_case(rng)
        restrict = int(rng.integers(4, len(words) + 4))
        path = save(rng.standard_normal((len(words), int(rng.integers(2, 12)))), words)
        options = [*put(questions), *pairs(put, ratings), "--restrict-vocab", restrict]
        found = scores(path, *options)
        wanted, (pearson, spearman, unknown) = gensim_says(path, options[1], options[3], restrict)
        merged = {}
        for name, correct, asked in wanted:  # gensim has a section twice that begins twice
            before = merged.get(name, (0, 0))
            merged[name] = (before[0] + correct, before[1] + asked)
        sections = found["analogies"]["q"]["sections"]
        assert {k: (s["correct"], s["total"]) for k, s in sections.items()} == merged, seed
        one = found["similarity"]["s"]
        assert one["pearson"] == pytest.approx(pearson, abs=1e-6)
        assert one["spearman"] == pytest.approx(spearman, abs=1e-6)
        assert 100 * one["missing"] / (one["missing"] + one["pairs"]) == pytest.approx(unknown)
        right += sum(correct for correct, _ in merged.values())
        repeated += len(merged) < len(wanted)
    assert right > 0
    assert repeated > 0


@pytest.mark.fault(56)
def test_ignores_case_and_uses_most_frequent_spelling(save, put):
    # "King" comes first, so it is what "king" and "KING" mean.
    words = ["man", "King", "woman", "queen", "king", "other"]
    matrix = np.array([[0, 1], [1, 1], [0, -1], [1, -1], [-1, -1], [-1, 0.2]])
    path = save(matrix, words)
    found = scores(path, *put(": s\nMAN king Woman QUEEN\n"))
    assert found["analogies"]["q"]["total"]["correct"] == 1
    # No word of the question is an answer, in whatever case.
    found = scores(path, *put(": s\nman king woman king\nman king woman WOMAN\n"))
    assert found["analogies"]["q"]["total"] == {
        **found["analogies"]["q"]["total"], "correct": 0, "total": 2,
    }  # fmt: skip


@pytest.mark.fault(54, 55)
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--bootstrap", "0"), ("--bootstrap", "-1"), ("--bootstrap", "1000001"),
        ("--bootstrap", "9" * 22), ("--bootstrap", "nan"), ("--restrict-vocab", "0"),
        ("--restrict-vocab", "1e3"), ("--seed", "-1"), ("--seed", "x"), ("--method", "3cosdiv"),
        ("--method", ""),
    ],
)  # fmt: skip
def test_refuses_options_out_of_range(save, put, option, value):
    refused(call("eval", save(), *pairs(put), option, value), 2, option)
