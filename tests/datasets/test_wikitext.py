"""MediaWiki dumps to sentences, and the sample corpus."""

import bz2
import gzip
import re
import unicodedata

import pytest

from w2vneg.datasets.sample import make_sample, sample_corpus
from w2vneg.datasets.wikitext import article_texts, clean_dump, prose, sentences
from w2vneg.errors import DataError, UsageError
from w2vneg.evaluation.standard_files import ARTICLES, standard_file

TABLES = re.compile(r"\{\|(?:(?!\{\|).)*?\|\}", re.DOTALL)
PAGE = "<page><title>{0}</title><ns>{1}</ns><revision><text>{2}</text></revision></page>"
PROSE = (
    "'''Anna''' was born in [[Graz|the city of Graz]] in 1875. She wrote \"Über Bäume\"! "
    "Was it read?\n* a list item is not a sentence here\n== Heading ==\n"
    "{{Infobox|name=x|born=y}}\n{| class=x\n| a cell of a table\n|}\nToo short.\n"
)


def dump(*pages):
    return ("<mediawiki>" + "".join(PAGE.format(*page) for page in pages) + "</mediawiki>").encode()


def test_markup_is_removed_from_sentences():
    assert list(sentences(PROSE)) == [
        "anna was born in the city of graz in",
        "she wrote über bäume",
    ]


@pytest.mark.parametrize("pack", [bytes, bz2.compress, gzip.compress])
def test_only_articles_are_kept(tmp_path, pack):
    content = dump(
        ("Anna", 0, "One two three four five."),
        ("Talk:Anna", 1, "Nobody should ever read this talk."),
        ("Ann", 0, "#REDIRECT [[Anna]] with some more words here"),
        ("Bea", 0, "Six seven eight nine ten."),
    )
    (tmp_path / "dump").write_bytes(pack(content))
    words, count = clean_dump(tmp_path / "dump", tmp_path / "out.txt")
    assert (
        tmp_path / "out.txt"
    ).read_text() == "one two three four five\nsix seven eight nine ten\n"
    assert (words, count) == (10, 2)


def test_dump_cut_between_pages_is_used(tmp_path):
    whole = dump(("Anna", 0, "One two three four five."), ("B", 0, "x"))
    (tmp_path / "dump").write_bytes(whole[: whole.index(b"<title>B")])
    assert clean_dump(tmp_path / "dump", tmp_path / "out.txt") == (5, 1)


@pytest.mark.parametrize("content", [b"", b"plain text", b"<mediawiki></mediawiki>", b"<a><b></a>"])
def test_file_that_is_no_dump_is_refused(tmp_path, content):
    (tmp_path / "dump").write_bytes(content)
    (tmp_path / "out.txt").write_text("old")
    with pytest.raises(DataError, match="dump"):
        clean_dump(tmp_path / "dump", tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text() == "old"
    with pytest.raises(UsageError, match="check the path"):
        clean_dump(tmp_path / "missing", tmp_path / "out.txt")


def test_truncated_archive_is_named(tmp_path):
    packed = bz2.compress(dump(*[("Anna", 0, "One two three four five.")] * 50))
    (tmp_path / "dump.bz2").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError, match=r"dump\.bz2"):
        clean_dump(tmp_path / "dump.bz2", tmp_path / "out.txt")


@pytest.mark.slow
def test_articles_are_read_as_by_gensim():
    """The same sentences as those of gensim's ``filter_wiki``, article by article."""
    wikicorpus = pytest.importorskip("gensim.corpora.wikicorpus")
    with bz2.open(standard_file(ARTICLES)) as file:
        articles = [text for text in article_texts(file, "dump") if text]
    assert len(articles) == 106
    for text in articles[::3]:
        expected = wikicorpus.filter_wiki(TABLES.sub("", TABLES.sub("", text)))
        assert list(sentences(text)) == list(prose(expected))


def test_markup_in_markup_is_removed():
    text = (
        'A [[b|c [http://x d] e]] f {{g {{h}} [[i]]}} j <ref name="k">l {{m}}</ref> n <!-- o --> p.'
        "\n[[File:q.png|thumb|r s t u [[v|w]]]] x y z <math>a</math> b <br/> c [http://d] e [f] g"
        "\n[[Category:h]] i j k l [[m]]\n[[de:n]]\n[[fr:o]]"
    )
    assert list(sentences(text)) == [
        "a c d e f j n p",
        "w x y z b c e f g",
        "i j k l m",
    ]


@pytest.mark.slow
def test_sample_is_large_and_normalized(tmp_path):
    words, count = make_sample(tmp_path / "a.txt")
    assert words > 300_000
    assert count > 10_000
    text = (tmp_path / "a.txt").read_text()
    assert text.split("\n")[0].startswith("anarchism is a political philosophy")
    assert all(unicodedata.category(c)[0] in "LM" for c in set(text) - {" ", "\n"})
    assert text == text.lower()
    assert sample_corpus(tmp_path / "a.txt") == tmp_path / "a.txt"
