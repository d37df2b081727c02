"""Rows 2 to 10, 17 and 18: what the text of a corpus may hold."""

import gzip
import json
import os
import re
import subprocess
import threading
from collections import Counter

import numpy as np
import pytest
from gensim.models import KeyedVectors
from helpers.commands import call, compiled_only, refused, run
from helpers.strict_readers import read_binary, read_text

from w2vneg import SkipGram, Vocabulary, load_vectors
from w2vneg.errors import DataError, Interrupted, UsageError
from w2vneg.samplers import named_samplers
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress

pytestmark = compiled_only

TINY = ("--min-count", 1, "--dim", 3, "--threads", 1, "--epochs", 1, "--no-cache")
BOM = b"\xef\xbb\xbf"


def write(folder, data, name="text.txt"):
    path = folder / name
    path.write_bytes(data)
    return path


def train(corpus, output, *more):
    return call("train", corpus, "-o", output, *TINY, *more)


def words_of(corpus, *more):
    """Return the words of a corpus with their counts, as ``vocab -o`` saves them, and stderr."""
    table = corpus.parent / "words.tsv"
    outcome = call("vocab", corpus, "-o", table, "--min-count", 1, *more)
    assert outcome.code == 0, outcome.err
    lines = table.read_bytes().removesuffix(b"\n").split(b"\n")
    pairs = (line.split(b"\t") for line in lines)
    return {word: int(count) for word, count in pairs}, outcome.err


@pytest.mark.fault(2)
@pytest.mark.parametrize("form", ["plain", "gzip", "folder", "pipe"])
@pytest.mark.parametrize("text", [b"", b"\n \n\t\r\n  ", BOM, b" \0\x01\n"])
def test_names_text_without_tokens(tmp_path, old, form, text):
    path = tmp_path / "blank"
    if form == "folder":
        path.mkdir()
        write(path, text, "a")
        write(path, b"", "b")
    elif form == "pipe":
        os.mkfifo(path)
        threading.Thread(target=path.write_bytes, args=[text]).start()
    else:
        path.write_bytes(gzip.compress(text) if form == "gzip" else text)
    refused(train(path, old), 1, path, "no tokens", "give a file with text")


@pytest.mark.slow
@pytest.mark.fault(2)
def test_names_stdin_without_tokens(tmp_path, old):
    refused(run("train", "-", "-o", old, data=b" \n"), 1, "no tokens in stdin")


@pytest.mark.fault(3)
@pytest.mark.parametrize("command", ["train", "vocab", "graph"])
def test_names_largest_count_if_all_words_are_rare(tmp_path, old, command):
    path = write(tmp_path, b"a b c a\n" * 3)
    outcome = call(command, path, *(["-o", old] if command != "graph" else []), "--min-count", 7)
    refused(outcome, 1, path, "occurs 7 times", "most frequent 6 times", "lower --min-count")


@pytest.mark.fault(4)
@pytest.mark.parametrize("sampler", named_samplers())
def test_refuses_to_train_one_word(tmp_path, old, sampler):
    path = write(tmp_path, b"a a a a\n" * 9)
    outcome = train(path, old, "--sampler", sampler)
    refused(outcome, 1, path, "at least 2", "more different words")


@pytest.mark.fault(4)
def test_names_option_that_leaves_one_word(tmp_path, old):
    path = write(tmp_path, b"a a a a b\n" * 3)
    refused(train(path, old, "--min-count", 9), 1, path, "at least 2", "--min-count (9", "12 times")
    given = write(tmp_path, b"b\t3\nnowhere\t9\n", "given.tsv")
    refused(train(path, old, "--vocab", given), 1, path, "at least 2", "vocabulary of this corpus")


@pytest.mark.fault(5)
@pytest.mark.parametrize("text", [b"a b\n", b"a a a a a a a a a b\n"])
@pytest.mark.parametrize("sampler", named_samplers())
def test_trains_two_words_with_more_negatives(tmp_path, sampler, text):
    path, output = write(tmp_path, text * 50), tmp_path / "two.vec"
    outcome = train(path, output, "--sampler", sampler, "--negatives", 50, "--lr", 0.001)
    assert outcome.code == 0, outcome.err
    vectors = load_vectors(output)
    assert vectors.words == ["a", "b"]
    assert np.isfinite(vectors.matrix).all()


@pytest.mark.fault(5)
def test_refuses_sentences_of_one_word(tmp_path, old):
    refused(
        train(write(tmp_path, b"a\nb\n" * 20), old),
        1,
        "no training pairs in",
        str(tmp_path),
        "sentences",
    )


CUT = {
    "latin-1": (b"good caf\xe9 good fine", "byte 5"),
    "cut at the end": (b"good fine good \xe2\x82", "byte 15"),
    "surrogate": (b"good \xed\xa0\x80 fine good", "byte 5"),
    "overlong": (b"good fine \xc0\x80x good", "byte 10"),
    "in a later block": (b"good fine " * 200_000 + b"\xff good", "byte 2000000"),
}


@pytest.mark.fault(6)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("text", "place"), CUT.values(), ids=CUT)
def test_drops_counts_and_locates_invalid_utf8(tmp_path, text, place, packed):
    path = write(tmp_path, gzip.compress(text, 1) if packed else text)
    found, said = words_of(path)
    assert set(found) == {b"good", b"fine"}
    assert f"dropped 1 token that is not UTF-8, the first at {path}, {place}" in said
    assert "; to keep them convert the file: iconv" in said
    assert said.count("\n") == 1
    refused(call("vocab", path, "--encoding-errors", "strict"), 1, path, place, "not UTF-8")


@pytest.mark.fault(6)
def test_saves_vectors_of_text_with_invalid_utf8(tmp_path):
    path, output = write(tmp_path, b"good caf\xe9 fine good\n" * 20), tmp_path / "v.vec"
    outcome = train(path, output, "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["corpus"]["invalid_utf8"] == 20
    assert load_vectors(output).words == ["good", "fine"]


@pytest.mark.fault(7)
def test_removes_byte_order_mark(tmp_path):
    (tmp_path / "folder").mkdir()
    write(tmp_path / "folder", BOM + b"first word", "1")
    write(tmp_path / "folder", gzip.compress(BOM + b"first other"), "2")
    found, _ = words_of(tmp_path / "folder")
    assert found == {b"first": 2, b"word": 1, b"other": 1}


@pytest.mark.fault(7)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_names_utf16_and_how_to_convert_it(tmp_path, old, codec, packed):
    text = "words of another encoding\n".encode(codec) * 9
    path = write(tmp_path, gzip.compress(text) if packed else text)
    outcome = train(path, old)
    refused(outcome, 1, path, "looks like UTF-16", "iconv")
    convert = re.search(r"iconv -f (\S+) -t UTF-8 FILE > NEW", outcome.err)
    assert text.decode(convert[1]).startswith("words of")


@pytest.mark.fault(8)
def test_splits_at_control_bytes_and_counts_them(tmp_path):
    line = b"the\0cat s\x01at on\x1f the \x1b[31mmat\x7f and went away\n"
    line += b"home again with a lamp and a rope in a bag\n"
    path = write(tmp_path, line * 9)
    found, said = words_of(path)
    assert found == {
        word: 9 * count for word, count in Counter(re.split(rb"[\0-\x20]+", line)[:-1]).items()
    }
    assert f"treated {9 * 4} control bytes as blanks, the first at {path}, byte " in said
    for suffix, read in ((".vec", read_text), (".bin", read_binary)):
        output = tmp_path / f"v{suffix}"
        assert train(path, output).code == 0
        words, matrix = read(output)
        assert {word.encode() for word in words} == set(found)
        check_gensim(output, words, matrix)


def check_gensim(path, words, matrix):
    """Check that gensim reads the same out of a file."""
    loaded = KeyedVectors.load_word2vec_format(str(path), binary=path.suffix == ".bin")
    assert loaded.index_to_key == words
    assert np.array_equal(loaded.vectors, matrix)


# Longer than a block: the head and the first block are clean.
CLEAN = b"the cat sat on the mat\n" * 60_000


@pytest.mark.fault(7)
@pytest.mark.parametrize("stray", [b"", b"a \x01 stray\n"])
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_locates_utf16_after_utf8(tmp_path, old, codec, stray):
    start = CLEAN + stray
    tail = "some words about the cat\n" * 800
    path = write(tmp_path, start + tail.encode(codec))
    encoding = "UTF-16BE" if codec.endswith("be") else "UTF-16LE"
    outcome = train(path, old)
    refused(outcome, 1, f"{path}, byte {len(start)}: ", f"looks like {encoding}")
    parts = []
    for command in re.findall(r"with: (.*?)(?:, or|\n)", outcome.err):
        done = subprocess.run(
            command.replace("FILE", str(path)), shell=True, check=True, capture_output=True
        )
        parts.append(done.stdout)
    assert parts[0] == start
    assert parts[1].decode().removeprefix("\ufeff") == tail
    assert train(write(tmp_path, b"".join(parts), "fixed"), tmp_path / "v.vec").code == 0


@pytest.mark.fault(8)
@pytest.mark.parametrize("junk", [bytes(5000), bytes(range(256)) * 40, b"\x1b[1mx\x1b[0m " * 900])
def test_locates_binary_data_after_text(tmp_path, old, junk):
    path = write(tmp_path, CLEAN + junk + CLEAN)
    outcome = train(path, old)
    refused(outcome, 1, f"{path}, byte ", "here begin binary data", "tr -d")
    place = int(re.search(r"byte (\d+)", outcome.err)[1])
    assert len(CLEAN) <= place < len(CLEAN) + 10
    command = outcome.err.partition("with: ")[2].replace("FILE", str(path))
    fixed = subprocess.run(command, shell=True, check=True, capture_output=True).stdout
    assert train(write(tmp_path, fixed, "fixed"), tmp_path / "v.vec").code == 0
    packed = write(tmp_path, gzip.compress(CLEAN + junk), "packed.gz")
    refused(train(packed, old), 1, packed, f"byte {place} of the unpacked text")


@pytest.mark.fault(7)
def test_removes_marks_of_joined_files(tmp_path):
    # NVDLI/LDL issue 3
    part = BOM + b"the cat sat\n"
    found, said = words_of(write(tmp_path, part * 5))
    assert found == {b"the": 5, b"cat": 5, b"sat": 5}
    assert said.count("\n") == 1
    assert "removed 4 byte order marks (U+FEFF) at the starts of lines" in said


@pytest.mark.fault(20)
def test_applies_all_options_of_the_vocabulary(tmp_path):
    # gensim issues 1549 and 160, GloVe issue 182
    path = write(tmp_path, b"a a a a a a b b b b b c c d\n")
    given = write(tmp_path, b"a\t1\nb\t1\nc\t1\nd\t1\nyak\t1\n", "given.tsv")
    output, options = tmp_path / "v.vec", ("--vocab", given, "--dim", 3, "--threads", 1)
    for more, words in (
        ([], "abcd"),
        (["--min-count", 5], "ab"),
        (["--min-count", 2], "abc"),
        (["--max-vocab", 3], "abc"),
        (["--min-count", 1, "--max-vocab", 2], "ab"),
    ):
        outcome = call("train", path, "-o", output, *options, *more)
        assert outcome.code == 0, outcome.err
        assert load_vectors(output).words == list(words)
        assert "left out 1 word of the given vocabulary that does not occur" in outcome.err
        assert "yak" in outcome.err


@pytest.mark.fault(20)
def test_applies_options_of_fit_to_sentences():
    sentences = [["a", "b", "c"]] * 200
    options = {"dim": 3, "epochs": 1, "threads": 1}
    model = SkipGram(**options).fit(sentences, max_tokens=30)
    assert model.manifest["corpus"]["tokens_read"] == 30
    for wrong, message in (
        ({"encoding_errors": "nonsense"}, "encoding_errors='nonsense'"),
        ({"max_tokens": 0}, "max_tokens=0 is out of range"),
    ):
        with pytest.raises(UsageError, match=message):
            SkipGram(**options).fit(sentences, **wrong)
    stop = StopFlag()
    stop.set()
    with pytest.raises(Interrupted):
        SkipGram(**options).fit(sentences, stop=stop)
    given = Vocabulary.from_counts({"a": 1, "b": 2, "yak": 3})
    notes = []
    progress = Progress()
    progress.note = notes.append
    model.fit([["a", "a", "b", "c"]] * 4, vocabulary=given, progress=progress)
    assert model.words == ["a", "b"]
    assert any("yak" in note for note in notes)
    with pytest.raises(DataError, match="only 1 word"):
        model.fit([["a", "a", "b", "c"]] * 4, vocabulary=given, min_count=5)


@pytest.mark.fault(51)
@pytest.mark.parametrize(
    ("content", "message", "fix"),
    [
        ("cat\nthe\n", "line 1: no count after the word 'cat'", r"awk .*?FILE"),
        ("cat\t12345678901234567890\nthe\t1\n", "line 1: the count has 20 digits", None),
    ],
)
def test_says_what_a_vocabulary_lacks(tmp_path, old, content, message, fix):
    path, given = write(tmp_path, CLEAN[:2300]), write(tmp_path, content.encode(), "given.tsv")
    outcome = train(path, old, "--vocab", given)
    refused(outcome, 1, given, message)
    if fix is None:
        fixed = content.replace("12345678901234567890", "123").encode()  # shortened
    else:
        command = re.search(fix, outcome.err)[0].replace("FILE", str(given))
        fixed = subprocess.run(command, shell=True, check=True, capture_output=True).stdout
    assert train(path, tmp_path / "v.vec", "--vocab", write(tmp_path, fixed, "fixed")).code == 0
    vectors = tmp_path / "v.vec"
    refused(train(path, old, "--vocab", vectors), 1, vectors, "not a vocabulary", "w2vneg vocab")


@pytest.mark.slow
@pytest.mark.fault(9)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\n\n", b" \t\r\n \n"])
@pytest.mark.parametrize("last", [b"", b"END"])
def test_line_ends_do_not_change_words(tmp_path, end, last):
    lines = [b"the cat sat on the mat", b"the dog sat on the log", b"last words glued"]
    results = []
    for name, separator, tail in (("lf", b"\n", b"\n"), ("other", end, last.replace(b"END", end))):
        path = write(tmp_path, separator.join(lines) + tail, f"{name}.txt")
        output, table = tmp_path / f"{name}.vec", tmp_path / f"{name}.tsv"
        assert train(path, output, "--save-vocab", table).code == 0
        results.append((output.read_bytes(), table.read_bytes()))
    assert results[0] == results[1]
    assert b"\nglued\t1\n" in results[1][1]


@pytest.mark.fault(10)
def test_splits_at_ascii_white_space_only(tmp_path):
    whole = [word.encode() for word in ("a\u00a0b", "a\u2028b", "a\u0085b", "a\u3000b", "\u2029")]
    text = b" ".join(whole) + b"\ta\vb\fc\n"
    path, output = write(tmp_path, text * 9), tmp_path / "v.vec"
    found, said = words_of(path)
    assert found == dict.fromkeys([*whole, b"a", b"b", b"c"], 9)
    assert said.count("\n") == said.count("--tokenizer unicode splits there") == 2
    outcome = train(path, output, "--json")
    corpus = json.loads(outcome.out)["corpus"]
    assert corpus["tokens_kept"] == corpus["tokens_read"] == 9 * (len(whole) + 3)
    words, matrix = read_text(output)
    assert {word.encode() for word in words} == set(found)
    check_gensim(output, words, matrix)
    assert load_vectors(output).words == words


# Ends of sentences, numbers that could be a header or coordinates, options, formats.
ODD = ["</s>", "9", "3", "1", "2", "-", "--help", "0.5", "-1.5e3", "nan", "inf", "#", '"', "'",
       "\\n", "%s", "{0}", "$HOME", "\ufffd", "\u0301", "the"]  # fmt: skip


@pytest.mark.fault(17)
@pytest.mark.parametrize("suffix", [".vec", ".bin", ".vec.gz"])
def test_round_trip_of_odd_words(tmp_path, suffix):
    path = write(tmp_path, (" ".join(ODD) + "\n").encode() * 20)
    output = tmp_path / f"v{suffix}"
    assert train(path, output, "--dim", len(ODD)).code == 0
    vectors = load_vectors(output)
    assert vectors.words == sorted(ODD, key=str.encode)
    for word in ("-", "--help", "</s>", "9"):
        shown = call("neighbors", output, "-n", 3, "--", word)
        assert shown.code == 0, shown.err
        assert word in shown.out
    copies = [tmp_path / "copy.bin", tmp_path / f"again{suffix}"]
    assert call("convert", output, copies[0]).code == 0
    assert call("convert", copies[0], copies[1]).code == 0
    assert copies[1].read_bytes() == output.read_bytes()
    words, matrix = read_binary(copies[0])
    assert words == vectors.words
    check_gensim(copies[0], words, matrix)


@pytest.mark.slow
@pytest.mark.fault(18)
def test_orders_equal_counts_by_bytes(tmp_path):
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(40)] + [f"sixteen-bytes-xx{i}" for i in range(20)]
    words += ["é", "z", "Ä", "\U0001f600", "\uffff"]
    rng.shuffle(words)
    path = write(tmp_path, ("\n".join(" ".join(words) for _ in range(3)) + " z").encode())
    expected = ["z", *sorted(set(words) - {"z"}, key=str.encode)]
    found = set()
    for seed in ("0", "1", "4242"):
        output, table = tmp_path / f"{seed}.bin", tmp_path / f"{seed}.tsv"
        outcome = run(
            "train", path, "-o", output, *TINY, "--save-vocab", table, PYTHONHASHSEED=seed
        )
        assert outcome.code == 0, outcome.err
        found.add((output.read_bytes(), table.read_bytes()))
    assert len(found) == 1
    lines = table.read_text(encoding="utf-8").split("\n")[:-1]
    assert [line.split("\t")[0] for line in lines] == expected
