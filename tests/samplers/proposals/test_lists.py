"""Negatives and categories that the user gives in a file."""

import itertools

import numpy as np
import pytest
from helpers.toys import draw, random_corpus, sampler_for, train_once

from w2vneg.errors import DataError, UsageError
from w2vneg.samplers import SamplerContext, build_sampler, configure
from w2vneg.samplers.proposals.categories import read_categories
from w2vneg.samplers.proposals.given import read_lists
from w2vneg.system.option_names import named_as_flags
from w2vneg.system.progress import Progress

SIZE = 12
CORPUS = random_corpus(SIZE, sentences=40)
WORDS = CORPUS.vocabulary.words
NOISE = CORPUS.vocabulary.counts**0.75 / (CORPUS.vocabulary.counts**0.75).sum()


def given(tmp_path, text, **options):
    path = tmp_path / "negatives.txt"
    path.write_text(text)
    return sampler_for(CORPUS, proposal="given", negatives_file=str(path), **options)


def by_category(tmp_path, text, **options):
    path = tmp_path / "categories.tsv"
    path.write_text(text)
    return sampler_for(CORPUS, proposal="categories", category_file=str(path), **options)


def test_draws_follow_the_weights_of_the_list_by_chi_square(tmp_path):
    from scipy.stats import chisquare

    text = f"{WORDS[2]} {WORDS[5]} {WORDS[7]}:3 {WORDS[9]}:0\n\n{WORDS[2]} {WORDS[5]}:0.5\n"
    sampler = given(tmp_path, text, given_lambda=0.25)
    counts, fallbacks = draw(sampler, SIZE, center=2)
    expected = 0.25 * NOISE
    expected[[5, 7]] += 0.75 * np.array([1.5, 3]) / 4.5
    assert fallbacks == 0
    assert chisquare(counts, expected * counts.sum()).pvalue > 1e-6
    counts, fallbacks = draw(sampler, SIZE, center=3)  # has no list
    assert fallbacks == pytest.approx(0.75 * counts.sum(), rel=0.1)
    assert chisquare(counts, NOISE * counts.sum()).pvalue > 1e-6


@pytest.mark.once
@pytest.mark.parametrize("make", [given, by_category])
def test_a_share_of_one_is_unigram_bit_for_bit(tmp_path, make):
    text = f"{WORDS[0]}\t{WORDS[1]}\n"  # a list, and a word with a category
    name = "given_lambda" if make is given else "category_lambda"
    plain = train_once(CORPUS, sampler_for(CORPUS))
    listed = train_once(CORPUS, make(tmp_path, text, **{name: 1.0}))
    for left, right in itertools.islice(zip(plain, listed, strict=True), 2):
        assert left.tobytes() == right.tobytes()


def test_words_with_a_colon_are_not_split(tmp_path):
    from helpers.toys import corpus_of

    vocabulary = corpus_of("a b:2 b a b:2", "c a b").vocabulary
    path = tmp_path / "negatives.txt"
    path.write_text("a b:2 b:2:4 c:0.5 nowhere nowhere:2\nnobody a\na a\n")
    first, ids, weights, unknown = read_lists(str(path), vocabulary)
    index = vocabulary.index
    row = slice(first[index["a"]], first[index["a"] + 1])
    assert dict(zip(ids[row].tolist(), weights[row].tolist(), strict=True)) == {
        index["b:2"]: 5.0,
        index["c"]: 0.5,
    }
    assert unknown == 3


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (b"w1 w2 w3\nw1 w\xff\n", "line 2: not UTF-8"),
        (b"w1 w2:-1\n", "line 1: the weight of 'w2:-1' must be"),
        (b"w1 w2:nan\n", "line 1: the weight"),
        (b"x y\n", "no negative for a word of the corpus"),
        (b"w1\n", "no negative"),
        (None, "No such file"),
    ],
)
def test_lists_that_cannot_be_used_are_refused(tmp_path, text, part):
    path = tmp_path / "negatives.txt"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(DataError, match=part):
        read_lists(str(path), CORPUS.vocabulary)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (b"w1 animal\n", "line 1: 'w1 animal' is no word, tab and category"),
        (b"w1\ta\nw1\tb\n", "line 2: 'w1' has two categories"),
        (b"w1\t\xff\n", "line 1: not UTF-8"),
        (b"x\ta\n", "no word of the corpus"),
        (None, "No such file"),
    ],
)
def test_categories_that_cannot_be_used_are_refused(tmp_path, text, part):
    path = tmp_path / "categories.tsv"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(DataError, match=part):
        read_categories(str(path), CORPUS.vocabulary)


@pytest.mark.parametrize("other", [False, True])
def test_draws_by_category(tmp_path, other):
    from scipy.stats import chisquare

    lines = [f"{WORDS[i]}\t{'even' if i % 2 == 0 else 'odd'}" for i in range(8)]
    options = {"category": "other"} if other else {}
    sampler = by_category(tmp_path, "\n".join(lines), category_lambda=0.5, **options)
    inside = np.isin(np.arange(SIZE), [0, 2, 4, 6])
    chosen = ~inside if other else inside
    expected = 0.5 * NOISE + 0.5 * np.where(chosen, NOISE, 0) / NOISE[chosen].sum()
    counts, fallbacks = draw(sampler, SIZE, center=4)
    assert fallbacks == 0
    assert chisquare(counts, expected * counts.sum()).pvalue > 1e-6
    counts, fallbacks = draw(sampler, SIZE, center=10)  # has no category
    assert fallbacks == pytest.approx(0.5 * counts.sum(), rel=0.1)


def test_unknown_words_are_counted_and_reported(tmp_path):
    notes = []
    progress = Progress()
    progress.note = notes.append
    path = tmp_path / "negatives.txt"
    path.write_text(f"{WORDS[1]} {WORDS[2]} nowhere\nnobody {WORDS[1]}\n")
    config = configure(proposal="given", negatives_file=str(path))
    sampler = build_sampler(SamplerContext(config, CORPUS.vocabulary.counts, CORPUS, progress))
    assert notes == [f"{path}: 2 words that the corpus does not have are left out"]
    report = sampler.report(sampler.per_thread(1))
    assert report == {"words_with_negatives": 1, "unknown_words": 2}


def test_a_file_is_needed():
    for proposal, flag in (("given", "--negatives-file"), ("categories", "--category-file")):
        with named_as_flags(), pytest.raises(UsageError, match=f"needs {flag} FILE"):
            configure(proposal=proposal)


@pytest.mark.slow
@pytest.mark.once
def test_listed_pairs_end_with_lower_scores(tmp_path):
    """What a user was shown and did not take: pairs that never occur, but in the list."""
    from helpers.toys import train_rounds

    text = "\n".join(f"{WORDS[i]} {WORDS[(i + 5) % SIZE]}" for i in range(SIZE))
    means = {}
    for name, sampler in (("plain", sampler_for(CORPUS)), ("given", given(tmp_path, text))):
        for w_in, w_out, _, _ in train_rounds(CORPUS, sampler, 60, dim=SIZE, lr=0.05):
            scores = w_in @ w_out.T
        # Row u of the noise is a mixture of its centers' lists: the listed words of all neighbors.
        means[name] = np.mean([scores[:, (i + 5) % SIZE].mean() for i in range(SIZE)]), scores
    near = np.zeros((SIZE, SIZE))
    pairs = [
        (a, b)
        for start, end in itertools.pairwise(CORPUS.starts)
        for i, a in enumerate(CORPUS.tokens[start:end])
        for b in CORPUS.tokens[start:end][max(0, i - 3) : i]
    ]
    for a, b in pairs:
        near[a, b] += 1
        near[b, a] += 1
    share = near / near.sum(axis=1, keepdims=True)
    listed = np.roll(share, 5, axis=1)  # how often u meets a center that lists v
    change = means["given"][1] - means["plain"][1]
    assert np.corrcoef(change.ravel(), listed.ravel())[0, 1] < -0.2
