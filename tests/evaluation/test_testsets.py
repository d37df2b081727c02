"""Forms of test sets: csv, decimal commas, MSR, BATS, and folders with other files in them."""

from pathlib import Path

import numpy as np
import pytest

from w2vneg.errors import DataError, UsageError
from w2vneg.evaluation import score_analogies
from w2vneg.evaluation.items import NotATestSet
from w2vneg.evaluation.lookup import Lookup
from w2vneg.evaluation.testsets import (
    default_analogies,
    find_analogies,
    find_similarity,
    read_analogies,
    read_similarity,
)
from w2vneg.vectors.vectors import Vectors

PAIRS = [("love", "sex", 6.77), ("tiger", "cat", 7.35)]


def put(folder: Path, text: str, name: str = "s.txt") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        '"love","sex","6,77"\n"tiger","cat","7,35"\n',
        'love,sex,"6,77"\ntiger,cat,"7,35"\n',
        '"love";"sex";"6,77"\n"tiger";"cat";"7,35"\n',
        '"love"\t"sex"\t"6,77"\n"tiger"\t"cat"\t"7,35"\n',
        '"love" "sex" "6,77"\n"tiger"  "cat" "7,35"\n',
        '"love" , "sex" , "6,77"\n"tiger" , "cat" , "7,35"\n',
        '"word1","word2","score"\n"love","sex","6.77"\n"tiger","cat","7.35"\n',
        "love,sex,6.77,13\ntiger,cat,7.35,16\n",
        "w1,w2,mean,n\nlove,sex,6.77,13\ntiger,cat,7.35,16\n",
    ],
)
def test_quoted_fields_and_decimal_commas_are_read(tmp_path: Path, text: str) -> None:
    assert read_similarity(put(tmp_path, text)).pairs == PAIRS


def test_separators_inside_quotes_belong_to_the_word(tmp_path: Path) -> None:
    text = '"Paris, Texas","a;b",1.5\n"say ""no""",c,2\n'
    assert read_similarity(put(tmp_path, text)).pairs == [
        ("Paris, Texas", "a;b", 1.5),
        ('say "no"', "c", 2.0),
    ]
    text = "a;b,c,3,x;y;z\nd,e,4,x;y;z\n"
    assert read_similarity(put(tmp_path, text)).pairs == [("a;b", "c", 3.0), ("d", "e", 4.0)]


@pytest.mark.parametrize(
    ("text", "message", "mended"),
    [
        # A decimal comma between commas.
        ("love,sex,6,77\ntiger,cat,7,35\n", "line 1: is '6,77'", "love,sex,6.77\ntiger,cat,7.35\n"),
        ("a,b,3\nlove,sex,6,77\n", "line 2: is '6,77'", "a,b,3\nlove,sex,6.77\n"),
        ("w,x,r\nc,d,6,77\ne,f,1\n", "line 2: is '6,77'", "w,x,r\nc,d,6.77\ne,f,1\n"),
        ("a,b,6,77\nc,d,5,20\n", "name the columns", "w1,w2,mean,n\na,b,6,77\nc,d,5,20\n"),
        # A decimal comma or thousands.
        ("a;b;1,234\nc;d;5,678\n", "line 1: is the comma of '1,234'", "a;b;1.234\nc;d;5.678\n"),
        ("a\tb\t6,77\nc\td\t7.35\n", "line 1: '6,77'", "a\tb\t6.77\nc\td\t7.35\n"),
        ("a\tb\t1.234,5\nc\td\t3\n", "line 1: '1.234,5'", "a\tb\t1234.5\nc\td\t3\n"),
        # A quotation mark without a second one.
        ('a\tb\t1\n"c\td\t2\n', "line 2: a quotation mark", '"a"\tb\t1\n"""c"\td\t2\n'),
        ('"a,b,1\nc,d,2\n', "line 1: a quotation mark", '"a",b,1\nc,d,2\n'),
        # Row numbers, as data frames write them.
        (",w1,w2,r\n0,a,b,1.5\n1,c,d,2\n", "line 2: the first column", "w1,w2,r\na,b,1.5\nc,d,2\n"),
    ],
)
def test_ratings_of_two_readings_are_refused(
    tmp_path: Path, text: str, message: str, mended: str
) -> None:
    path = put(tmp_path, text)
    with pytest.raises(DataError, match=r"s\.txt") as error:
        read_similarity(path)
    assert message in str(error.value)
    assert len(read_similarity(put(tmp_path, mended)).pairs) == 2


def test_lines_of_other_separators_are_no_pairs(tmp_path: Path) -> None:
    read = read_similarity(put(tmp_path, "a\tb\t1\nnew york\t9\tx\nc\td\t2\ne, f, 3\n"))
    assert read.pairs == [("a", "b", 1.0), ("c", "d", 2.0)]
    assert (read.skipped_lines, read.first_skipped) == (2, 2)


def test_three_decimals_are_read_where_one_rating_is_clear(tmp_path: Path) -> None:
    read = read_similarity(put(tmp_path, "a;b;1,234\nc;d;0,678\ne;f;5\n"))
    assert [rating for _, _, rating in read.pairs] == [1.234, 0.678, 5.0]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("good better rough rougher\n", ["other"]),
        (": JJ_JJR\ngood better rough rougher\n", ["other"]),
        ("good better rough JJ_JJR rougher\nbad worse old JJ_JJR older\n", ["other"]),
        (": family\nboy girl man woman\n", ["semantic"]),
        (": nature\na b c d\n: gram-A\na b c d\n", ["semantic", "syntactic"]),
        ("a b c d\n: nature\na b c d\n: gram-A\na b c d\n", ["other", "semantic", "syntactic"]),
    ],
)
def test_kinds_are_claimed_only_with_the_convention(
    tmp_path: Path, text: str, kinds: list[str]
) -> None:
    assert [s.kind for s in read_analogies(put(tmp_path, text)).sections] == kinds


def test_msr_columns_are_sections(tmp_path: Path) -> None:
    text = "good better rough JJ_JJR rougher\nyear years law NN_NNS laws\na b c x_y d\n"
    read = read_analogies(put(tmp_path, text))
    assert [(s.name, s.questions) for s in read.sections] == [
        ("JJ_JJR", [("good", "better", "rough", "rougher")]),
        ("NN_NNS", [("year", "years", "law", "laws")]),
    ]
    assert (read.skipped_lines, read.first_skipped) == (1, 3)
    # Five words of a file with headings are no question.
    read = read_analogies(put(tmp_path, ": s\na b c d\na b c ZU_HAUSE d\n"))
    assert (len(read.sections), read.first_skipped) == (1, 3)


@pytest.mark.parametrize("separator", [" ", "\t", ",", ", ", ";"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_questions_are_read_with_any_separator(tmp_path: Path, separator: str, quote: str) -> None:
    line = separator.join(f"{quote}{word}{quote}" for word in ("man", "king", "woman", "queen"))
    read = read_analogies(put(tmp_path, f": family\n{line}\n{line}\n"))
    assert read.sections[0].questions == [("man", "king", "woman", "queen")] * 2


@pytest.mark.parametrize(
    ("text", "message", "mended"),
    [
        ("man woman\tking queen\n", "line 1: are these two", "man woman king queen\n"),
        ("a b\tc d\ne f\tg h\n", "line 1: are these two", "a_b\tc_d\ne_f\tg_h\n"),
        (": s\na b c d\n:x b c d\n", "line 3: a heading or", ": s\na b c d\n: x b c d\n"),
        (": s\na b c d\n:) :( c d\n", "line 3: a heading or", ": s\na b c d\n"),
    ],
)
def test_questions_of_two_readings_are_refused(
    tmp_path: Path, text: str, message: str, mended: str
) -> None:
    with pytest.raises(DataError) as error:
        read_analogies(put(tmp_path, text))
    assert message in str(error.value)
    assert read_analogies(put(tmp_path, mended)).sections[0].questions


def test_bats_pairs_make_questions(tmp_path: Path) -> None:
    text = "athens\tgreece\nape\tbaby/infant\nnew york\tusa\n"
    read = read_analogies(put(tmp_path, text, "E01 [country - capital].txt"))
    (section,) = read.sections
    assert (section.name, section.kind) == ("E01 [country - capital]", "other")
    assert len(section.questions) == 6
    assert section.questions[0] == ("athens", "greece", "ape", "baby")
    assert section.alternatives[0] == ("infant",)
    assert section.questions[2] == ("ape", "baby", "athens", "greece")
    assert section.questions[1][2] == "new york"


@pytest.mark.parametrize("text", ["a b\n", "the\t10\nof\t9\nand\t8\n", "hello world\nx\ny z w\n"])
def test_two_columns_of_no_analogy_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotATestSet, match="no analogy questions"):
        read_analogies(put(tmp_path, text))


def test_pair_file_of_a_dictionary_is_refused(tmp_path: Path) -> None:
    text = "".join(f"a{i}\tb{i}\n" for i in range(1001))
    with pytest.raises(DataError, match="1001000 questions; split it"):
        read_analogies(put(tmp_path, text))
    half = "".join(f"a{i}\tb{i}\n" for i in range(30))
    assert len(read_analogies(put(tmp_path, half)).sections[0].questions) == 870


def test_any_right_answer_counts(tmp_path: Path) -> None:
    words = ["man", "king", "woman", "queen", "other"]
    matrix = np.array([[0, 1], [1, 1], [0, -1], [1, -1], [-1, 0.1]], np.float32)
    vectors = Vectors(words, matrix)

    def outcomes(answers: str, restrict: int = 5) -> list[int]:
        read = read_analogies(put(tmp_path, f"man\tking\nwoman\t{answers}\n"))
        return score_analogies(vectors, read, restrict).sections[0].outcomes.tolist()

    assert outcomes("queen") == [1, 1]
    assert outcomes("other/queen")[0] == 1
    assert outcomes("nobody/queen") == [1, -1]  # "nobody" is part of the second question
    assert outcomes("other")[0] == 0
    assert outcomes("nobody/nowhere") == [-1, -1]
    assert outcomes("other/queen", restrict=4)[0] == 1
    assert outcomes("other/other", restrict=4) == [-1, -1]


def test_skipped_questions_are_counted_by_reason(tmp_path: Path) -> None:
    vectors = Vectors(list("abcdef"), np.eye(6, dtype=np.float32))
    path = put(tmp_path, "a b c d\na b c e\na b c zzz\nzzz b c f\nf a b c\n")
    (section,) = score_analogies(vectors, read_analogies(path), restrict_vocab=4).sections
    assert (section.total, section.beyond, section.unknown, section.skipped) == (1, 2, 2, 4)


def test_case_counts_where_asked(tmp_path: Path) -> None:
    # Upper case joins words that are different: Turkish dotless i, German sharp s.
    words = ["isparta", "\u0131sparta", "strasse", "stra\u00dfe"]
    vectors = Vectors(words, np.eye(4, dtype=np.float32))
    for case_sensitive, rows in ((False, [0, 0, 2, 2]), (True, [0, 1, 2, 3])):
        lookup = Lookup(vectors, case_sensitive)
        assert lookup.rows(words) == rows
        assert lookup.meant.tolist() == rows
    assert Lookup(vectors).row("ISPARTA") == 0
    assert Lookup(vectors, True).row("ISPARTA") < 0


def test_folders_are_searched_and_others_skipped(tmp_path: Path) -> None:
    put(tmp_path, "a b c d\n", "q.txt")
    put(tmp_path, "a\tb\nc\td\n", "1_Inflectional_morphology/I01 [noun - plural_reg].txt")
    put(tmp_path, "love\tsex\t6.77\n", "deep/er/ws.tsv")
    put(tmp_path, "love sex 6.77 13\n", "deep/rated.txt")
    put(tmp_path, "this folder holds tests\n", "README")
    put(tmp_path, "# Title\n\none two three four\n", "notes.md")
    put(
        tmp_path,
        "It is a text.\nThat is it\nNot one of us is\nmore lines of text than items\n",
        "p",
    )
    put(tmp_path, "a b c d\n", ".hidden/q.txt")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\xff")
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "deep" / "loop").symlink_to("..")
    found = find_analogies([tmp_path])
    assert [s.name for s in found.sets] == ["q", "I01 [noun - plural_reg]"]
    assert sorted(p.name for p in found.skipped) == [
        "README", "image.png", "notes.md", "nowhere", "p", "rated.txt", "ws.tsv",
    ]  # fmt: skip
    assert all(str(path) in why for path, why in found.skipped.items())
    assert [s.name for s in find_similarity([tmp_path / "deep", tmp_path / "deep"]).sets] == [
        "rated",
        "ws",
    ]


def test_comparison_skips_other_files_of_a_folder(tmp_path: Path) -> None:
    from w2vneg.comparison.plan import EvaluationOptions

    put(tmp_path, "a b c d\n", "sub/q.txt")
    put(tmp_path, "this folder holds tests\n", "README")
    chosen, notes = EvaluationOptions.choose([tmp_path], [], 30_000)
    assert chosen.analogies == [str(tmp_path / "sub" / "q.txt")]
    assert chosen.similarity == []
    assert len(notes) == 1
    assert "README" in notes[0]


def test_folder_without_test_sets_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "love\tsex\t6.77\n")
    with pytest.raises(UsageError, match=r"has no test set.*s\.txt"):
        find_analogies([tmp_path])
    with pytest.raises(NotATestSet):
        find_analogies([path])
    rated = put(tmp_path, "love sex 6.77 13\n")
    with pytest.raises(NotATestSet, match="give it to similarity="):
        read_analogies(rated)
    assert read_similarity(rated).pairs == PAIRS[:1]


def test_doubt_in_a_folder_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, "a\tb\t1\n", "good.txt")
    put(tmp_path, "a,b,6,77\n", "bad.csv")
    with pytest.raises(DataError, match=r"bad\.csv, line 1"):
        find_similarity([tmp_path])


def test_standard_questions_keep_their_kinds() -> None:
    kinds = [s.kind for s in read_analogies(default_analogies()[0]).sections]
    assert kinds == ["semantic"] * 5 + ["syntactic"] * 9


def test_questions_among_pairs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.txt"
    pairs = "man woman\nking queen\nparis france\n"
    path.write_text(pairs + "man king woman queen\n")
    with pytest.raises(DataError, match="line 4: a question of four words, where most lines hold"):
        read_analogies(path)
    for text in (pairs, "man king woman queen\n"):  # each kind in a file of its own
        path.write_text(text)
        assert read_analogies(path).sections
    path.write_text("# pairs of words\n" + pairs)
    assert len(read_analogies(path).sections[0].questions) == 6
