"""Vectors in memory, and round trips through files, with our reader and with gensim's."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.errors import DataError, DivergedError, Interrupted, UsageError, W2vnegError
from w2vneg.system.interrupt import StopFlag
from w2vneg.vectors import Vectors, read_vectors, write_manifest, write_vectors

SUFFIXES = [".vec", ".txt", ".bin", ".vec.gz", ".bin.gz"]

bits = st.integers(0, 2**32 - 1).filter(lambda b: b & 0x7F800000 != 0x7F800000)


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool((a.view(np.uint32) == b.view(np.uint32)).all())


def from_bits(values: list[int], dim: int) -> np.ndarray:
    return np.array(values, np.uint32).reshape(-1, dim).view(np.float32)


def gensim_reads(path: Path, binary: bool) -> tuple[list[str], np.ndarray]:
    from gensim.models import KeyedVectors

    loaded = KeyedVectors.load_word2vec_format(str(path), binary=binary)
    return loaded.index_to_key, loaded.vectors


EXTREMES = np.array(
    [
        [0.0, -0.0, 1.0, -1.0],
        [1e-45, -1e-45, 1.1754944e-38, 1.1754942e-38],
        [3.4028235e38, -3.4028235e38, 16777216.0, 33554432.0],
        [1e-4, 9.999999e-05, 1e16, 9.999999e15],
        [0.1, 1 / 3, 1e-13, 9.8e-14],
        [123456.7, 1e9, 999999936.0, 9.5367432e-07],
    ],
    np.float32,
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip_of_extreme_numbers(tmp_path: Path, suffix: str) -> None:
    words = [f"w{i}" for i in range(len(EXTREMES))]
    path = tmp_path / f"v{suffix}"
    assert write_vectors(path, words, EXTREMES) == 0
    ours = read_vectors(path)
    assert ours.words == words
    assert same_bits(ours.matrix, EXTREMES)
    read_words, matrix = gensim_reads(path, ".bin" in suffix)
    assert read_words == words
    assert same_bits(matrix, EXTREMES)


@settings(max_examples=60, deadline=None)
@given(
    dim=st.integers(1, 5),
    data=st.lists(bits, min_size=5, max_size=60),
    suffix=st.sampled_from([".vec", ".bin"]),
)
def test_round_trip_of_any_finite_bits(
    tmp_path_factory: pytest.TempPathFactory, dim: int, data: list[int], suffix: str
) -> None:
    matrix = from_bits(data[: len(data) // dim * dim], dim)
    words = [f"w{i}" for i in range(len(matrix))]
    path = tmp_path_factory.mktemp("v") / f"v{suffix}"
    write_vectors(path, words, matrix)
    assert same_bits(read_vectors(path).matrix, matrix)
    assert same_bits(gensim_reads(path, suffix == ".bin")[1], matrix)


def test_writes_shortest_decimals(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    patterns = rng.integers(0, 2**32, 40_000, dtype=np.uint32)
    # A third like trained numbers, a third at powers of two, where the spacing changes.
    patterns[::3] = rng.standard_normal(len(patterns[::3])).astype(np.float32).view(np.uint32)
    patterns[1::3] &= np.uint32(0xFF800000)
    numbers = patterns.view(np.float32)
    numbers = numbers[np.isfinite(numbers)]
    matrix = np.ascontiguousarray(numbers[: len(numbers) // 50 * 50].reshape(-1, 50))
    words = [f"w{i}" for i in range(len(matrix))]
    write_vectors(tmp_path / "v.vec", words, matrix)
    assert same_bits(read_vectors(tmp_path / "v.vec").matrix, matrix)
    for line, row in zip((tmp_path / "v.vec").read_text().splitlines()[1:], matrix, strict=True):
        for text, number in zip(line.split(" ")[1:], row, strict=True):
            digits = np.format_float_scientific(number, unique=True, trim="-").split("e")[0]
            expected = digits.replace(".", "").strip("-")
            written = text.split("e")[0].replace(".", "").strip("-").strip("0")
            assert len(written) == len(expected.strip("0")), (text, digits)


def test_reads_files_of_gensim(tmp_path: Path) -> None:
    from gensim.models import KeyedVectors

    rng = np.random.default_rng(2)
    matrix = rng.standard_normal((30, 7)).astype(np.float32)
    words = [f"wört{i}" for i in range(30)]
    source = KeyedVectors(7)
    source.add_vectors(words, matrix)
    for name, binary in (("g.vec", False), ("g.bin", True), ("g.vec.gz", False)):
        source.save_word2vec_format(str(tmp_path / name), binary=binary)
        ours = read_vectors(tmp_path / name)
        assert ours.words == words
        assert same_bits(ours.matrix, matrix)


def test_reads_both_formats_of_the_c_tool(tmp_path: Path) -> None:
    row = np.array([1, 2, 3], "<f4").tobytes()
    (tmp_path / "c.bin").write_bytes(b"2 3\na " + row + b"\nb " + row + b"\n")
    (tmp_path / "c.vec").write_bytes(b"2 3\na 1.000000 2.000000 3.000000 \nb 1 2 3 \n")
    for name in ("c.bin", "c.vec"):
        read = read_vectors(tmp_path / name)
        assert read.words == ["a", "b"]
        assert read.matrix.tolist() == [[1, 2, 3], [1, 2, 3]]


@pytest.mark.parametrize(
    "text",
    [
        "0.1", "-.5", "5.", "+1e-3", "1E+5", "1e-45", "7e-46", "1e-400", "00012.5",
        "0.1000000000000000055511151231257827", "16777217", "16777219", "3.4028235e38",
        "3.4028234663852886e+38", "1.00000017881393432617187499", "1.00000017881393432617187500",
        "1.00000017881393432617187501", "9007199254740993", "0." + "1" * 400, "-0", "1e0007",
    ],
)  # fmt: skip
def test_rounds_decimals_as_float_does(tmp_path: Path, text: str) -> None:
    (tmp_path / "v.vec").write_text(f"1 2\na {text} 1\n")
    read = read_vectors(tmp_path / "v.vec").matrix[0, :1]
    assert same_bits(read, np.array([float(text)]).astype(np.float32))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.floats(allow_nan=False, width=64, min_value=-1e38, max_value=1e38), min_size=1))
def test_rounds_float64_decimals_as_float_does(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    path = tmp_path_factory.mktemp("v") / "v.vec"
    texts = [repr(x) for x in numbers]
    path.write_text(f"1 {len(texts)}\na {' '.join(texts)}\n")
    with np.errstate(under="ignore"):
        expected = np.array([numbers]).astype(np.float32)
    assert same_bits(read_vectors(path).matrix, expected)


@pytest.mark.parametrize("suffix", [".vec", ".bin"])
def test_round_trip_of_unusual_words(tmp_path: Path, suffix: str) -> None:
    words = ["</s>", "1", "-", "2 3".replace(" ", "\u00a0"), "a\0b", "a\u2028b", "\u3000", "é" * 30]
    matrix = np.arange(len(words) * 3, dtype=np.float32).reshape(-1, 3)
    assert write_vectors(tmp_path / f"v{suffix}", words, matrix) == 1  # one word of 60 bytes
    assert read_vectors(tmp_path / f"v{suffix}").words == words
    if suffix == ".bin":
        assert gensim_reads(tmp_path / "v.bin", True)[0] == words


def test_reads_words_with_spaces_from_the_right(tmp_path: Path) -> None:
    (tmp_path / "v.vec").write_text("2 2\nnew york city 1 2\nat name@x.org 3 4\n")
    read = read_vectors(tmp_path / "v.vec")
    assert read.words == ["new york city", "at name@x.org"]
    assert read.matrix.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("word", ["", " ", "a b", "a\tb", "a\n", "\r", "a\x0b", "\udc80"])
@pytest.mark.parametrize("suffix", [".vec", ".bin"])
def test_refuses_words_no_reader_would_take(tmp_path: Path, word: str, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(W2vnegError):
        write_vectors(path, ["a", word], np.ones((2, 2), np.float32))
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_refuses_duplicate_words(tmp_path: Path) -> None:
    with pytest.raises(W2vnegError, match="duplicate words"):
        write_vectors(tmp_path / "v.vec", ["a", "b", "a"], np.ones((3, 2), np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_refuses_numbers_that_are_not_finite(tmp_path: Path, bad: float) -> None:
    path = tmp_path / "v.vec"
    path.write_bytes(b"old")
    matrix = np.ones((5000, 2), np.float32)
    matrix[4321, 1] = bad
    with pytest.raises(DivergedError, match="w4321"):
        write_vectors(path, [f"w{i}" for i in range(5000)], matrix)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("suffix", [".vec.gz", ".bin.gz"])
def test_compression_is_reproducible(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = np.random.default_rng(3).standard_normal((50, 4)).astype(np.float32)
    words = [str(i) for i in range(50)]
    write_vectors(tmp_path / f"a{suffix}", words, matrix)
    monkeypatch.setattr("time.time", lambda: 2e9)
    write_vectors(tmp_path / f"b{suffix}", words, matrix)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("name", ["v", "v.gz", "v.pkl", "v.vec.bz2"])
def test_refuses_an_unknown_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.vec.*\.bin"):
        write_vectors(tmp_path / name, ["a"], np.ones((1, 1), np.float32))
    assert not list(tmp_path.iterdir())


def test_keeps_the_old_file_when_stopped(tmp_path: Path) -> None:
    path = tmp_path / "v.vec"
    path.write_bytes(b"old")
    flag = StopFlag()
    flag.set()
    with pytest.raises(Interrupted):
        write_vectors(path, ["a"], np.ones((1, 1), np.float32), stop=flag)
    assert path.read_bytes() == b"old"


def test_keeps_the_order_of_many_blocks(tmp_path: Path) -> None:
    matrix = np.random.default_rng(4).standard_normal((30_000, 30)).astype(np.float32)
    words = [f"w{i}" for i in range(len(matrix))]
    for suffix in (".vec", ".bin"):
        write_vectors(tmp_path / f"v{suffix}", words, matrix)
        read = read_vectors(tmp_path / f"v{suffix}")
        assert read.words == words
        assert same_bits(read.matrix, matrix)
        part = read_vectors(tmp_path / f"v{suffix}", limit=12_345)
        assert part.words == words[:12_345]
        assert same_bits(part.matrix, matrix[:12_345])


@pytest.mark.parametrize("limit", [0, -1])
def test_refuses_a_limit_below_one(tmp_path: Path, limit: int) -> None:
    with pytest.raises(UsageError):
        read_vectors(tmp_path / "v.vec", limit=limit)


def test_writes_the_manifest_as_json(tmp_path: Path) -> None:
    write_manifest(tmp_path / "v.vec.json", {"dim": 3, "corpus": "ä"})
    assert json.loads((tmp_path / "v.vec.json").read_text(encoding="utf-8")) == {
        "dim": 3,
        "corpus": "ä",
    }


@pytest.fixture
def small() -> Vectors:
    words = ["king", "queen", "man", "woman", "zero", "apple"]
    matrix = np.array(
        [[2, 2, 0], [2, -2, 0.1], [0.1, 2, 0], [0.1, -2, 0.1], [0, 0, 0], [0, 0, 5]], np.float32
    )
    return Vectors(words, matrix)


def test_looks_up_words(small: Vectors) -> None:
    assert len(small) == 6
    assert small.dim == 3
    assert "queen" in small
    assert "Queen" not in small
    assert small["apple"].tolist() == [0, 0, 5]
    lengths = np.linalg.norm(small.unit, axis=1)
    assert lengths == pytest.approx([1, 1, 1, 1, 0, 1])


def test_suggests_similar_words(small: Vectors) -> None:
    with pytest.raises(DataError, match=r"quene.*queen"):
        small["quene"]
    with pytest.raises(DataError):
        small.neighbors("xyzzy")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("King", "king"),  # gensim issue 239, wiki2vec issue 5
        ("KING", "king"),
        ("usa", "USA"),
        ("new york", "New_York"),
        ("New-York", "New_York"),
        ("Strasse", "straße"),
        ("ÉCOLE", "école"),
        ("Kingg", "king"),
    ],
)
def test_suggests_the_word_in_another_case_first(word: str, first: str) -> None:
    others = ["ing", "ying", "xing", "Kin", "kings", "usas", "york", "trasse", "cole"]
    words = [*others, *(f"w{i}" for i in range(60_000)), "New_York", "straße", "USA", "école"]
    words.insert(9, "king")
    vectors = Vectors(words, np.ones((len(words), 1), np.float32))
    with pytest.raises(DataError, match=f"unknown word '{word}'; did you mean '{first}'"):
        vectors[word]


def test_neighbors_equal_those_of_gensim() -> None:
    from gensim.models import KeyedVectors

    rng = np.random.default_rng(5)
    matrix = rng.standard_normal((200, 12)).astype(np.float32)
    words = [f"w{i}" for i in range(200)]
    reference = KeyedVectors(12)
    reference.add_vectors(words, matrix)
    ours = Vectors(words, matrix)
    for word in words[:20]:
        expected = reference.most_similar(word, topn=7)
        neighbors = ours.neighbors(word, 7)
        assert [w for w, _ in neighbors] == [w for w, _ in expected]
        assert [s for _, s in neighbors] == pytest.approx([s for _, s in expected], abs=1e-5)
        limited = ours.neighbors(word, 7, restrict=50)
        expected = reference.most_similar(word, topn=7, restrict_vocab=50)
        assert [w for w, _ in limited] == [w for w, _ in expected]
    assert len(ours.neighbors("w0", 1000)) == 199


# gensim calls its own deprecated init_sims.
@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")
def test_analogies_equal_those_of_gensim() -> None:
    from gensim.models import KeyedVectors

    rng = np.random.default_rng(6)
    matrix = rng.standard_normal((200, 12)).astype(np.float32)
    words = [f"w{i}" for i in range(200)]
    reference = KeyedVectors(12)
    reference.add_vectors(words, matrix)
    ours = Vectors(words, matrix)
    for a, b, c in rng.choice(words, (20, 3)):
        for method, ask in (
            ("3cosadd", reference.most_similar),
            ("3cosmul", reference.most_similar_cosmul),
        ):
            expected = ask(positive=[b, c], negative=[a], topn=5)
            assert [w for w, _ in ours.analogy(a, b, c, 5, method)] == [w for w, _ in expected]
    with pytest.raises(UsageError):
        ours.analogy("w1", "w2", "w3", method="cos")


def test_answers_a_known_analogy(small: Vectors) -> None:
    assert small.analogy("man", "king", "woman", 1)[0][0] == "queen"
