"""gensim is a dependency only where it has wheels: what works without it, and what says so."""

import hashlib
import json
import random
from importlib.metadata import PackageNotFoundError

import pytest
from helpers.file_server import no_pauses, server
from helpers.hidden import python_without

from w2vneg.comparison import analysis
from w2vneg.errors import DataError
from w2vneg.evaluation import standard_files
from w2vneg.evaluation.standard_files import ARTICLES, QUESTIONS_WORDS, SIMLEX999, WORDSIM353

__all__ = ["no_pauses", "server"]

#: Checksum of the sample corpus.
SAMPLE = "0abed9cf303397166406f83a96a4fbe493f29f5e46877ebd31040fd8f01157b4"
#: A program that runs the command line, with an address to download test sets from.
RUN = (
    "import sys\n"
    "from w2vneg.evaluation import standard_files\n"
    "standard_files.ADDRESS = sys.argv.pop(1)\n"
    "from w2vneg.cli import main\n"
    "main(sys.argv[1:])\n"
)


@pytest.fixture
def without(tmp_path):
    """Run w2vneg without gensim, with an empty cache and the compiled kernels of the tests."""
    from w2vneg.system.cache_dir import cache_root

    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "kernels").symlink_to((cache_root() / "kernels").resolve())

    def call(*arguments, address="http://127.0.0.1:9/"):
        return python_without(
            ["gensim"], tmp_path, "-c", RUN, address, *arguments,
            W2VNEG_CACHE_DIR=str(cache), NO_PROXY="*",
        )  # fmt: skip

    return call


@pytest.fixture
def files(server):
    """The files of gensim's test data on a server."""
    folder = standard_files.gensim_test_data()
    if folder is None:
        pytest.skip("the files to serve come with gensim, which is not installed")
    for file in (QUESTIONS_WORDS, WORDSIM353, SIMLEX999, ARTICLES):
        server.files[file.name] = (folder / file.name).read_bytes()
    return server


def text(path):
    """Text of the words of test sets, in which every word is followed by any other."""
    words = [
        "king",
        "queen",
        "man",
        "woman",
        "tiger",
        "cat",
        "book",
        "paper",
        "computer",
        "keyboard",
        "old",
        "new",
    ]
    words += ["boy", "girl", "brother", "sister", "dad", "mom"]
    rng = random.Random(1)
    path.write_text("".join(" ".join(rng.choices(words, k=10)) + "\n" for _ in range(300)))
    return path


def test_known_files_are_those_of_gensim():
    folder = standard_files.gensim_test_data()
    if folder is None:
        pytest.skip("gensim is not installed")
    for file in (QUESTIONS_WORDS, WORDSIM353, SIMLEX999, ARTICLES):
        data = (folder / file.name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size, file.sha256)


@pytest.mark.slow
@pytest.mark.once
def test_main_job_needs_no_gensim(without, files, tmp_path):
    """Train, score on downloaded test sets, ask for neighbors, compare."""
    text(tmp_path / "text.txt")
    small = ["--dim", 8, "--epochs", 1, "--min-count", 1]
    done = without("train", "text.txt", *small)
    assert done.returncode == 0, done.stderr
    done = without("eval", "text.vec", "--json", address=files.root)
    assert done.returncode == 0, done.stderr
    (scores,) = json.loads(done.stdout)["vectors"].values()
    assert {*scores["analogies"], *scores["similarity"]} == {
        "questions-words",
        "wordsim353",
        "simlex999",
    }
    names = [QUESTIONS_WORDS.name, WORDSIM353.name, SIMLEX999.name]
    assert [path.rpartition("/")[2] for path in files.asked] == names
    assert done.stderr.count("is downloaded to") == 3
    done = without("neighbors", "text.vec", "king", "-n", 3)
    assert done.returncode == 0, done.stderr
    # They are in the cache now: no network is needed any more.
    set_small = [
        word
        for name, value in (("dim", 8), ("epochs", 1), ("min_count", 1))
        for word in ("--set", f"{name}={value}")
    ]
    done = without(
        "compare",
        "text.txt",
        "--samplers",
        "unigram",
        "--seeds",
        1,
        *set_small,
        "-o",
        "report",
    )
    assert done.returncode == 0, done.stderr
    assert len(files.asked) == 3
    assert (tmp_path / "report" / "index.html").is_file()


@pytest.mark.slow
def test_sample_is_made_from_a_download(without, files, tmp_path):
    done = without("corpus", "sample", "-o", "sample.txt", address=files.root)
    assert done.returncode == 0, done.stderr
    assert "is downloaded to" in done.stderr
    data = (tmp_path / "sample.txt").read_bytes()
    assert hashlib.sha256(data).hexdigest() == SAMPLE


def test_a_missing_network_is_one_line(without, tmp_path):
    (tmp_path / "v.vec").write_text("2 1\nking 1\nqueen 2\n")
    for arguments in (["eval", "v.vec"], ["corpus", "sample", "-o", "sample.txt"]):
        done = without(*arguments)
        assert done.returncode == 1
        line = done.stderr.splitlines()[-1]
        assert "comes with gensim, which is not installed, and cannot be downloaded: http" in line
        assert "check the connection and try again; or give a file of your own" in line
        assert "Traceback" not in done.stderr
    # The remedy works.
    (tmp_path / "pairs.tsv").write_text("king\tqueen\t9\nqueen\tking\t8\nking\tking\t7\n")
    assert without("eval", "v.vec", "--similarity", "pairs.tsv").returncode == 0


def test_only_gensim_itself_needs_gensim(without, tmp_path):
    done = without("compare", "none.txt", "--against", "gensim", "-o", "report")
    assert done.returncode == 2
    assert done.stderr == (
        "w2vneg: --against 'gensim' needs gensim, which is not installed; install it: "
        "pip install gensim (its wheels end with Python 3.13)\n"
    )
    assert not (tmp_path / "report").exists()
    code = "import numpy, w2vneg; w2vneg.Vectors(['a'], numpy.ones((1, 2))).to_gensim()"
    done = python_without(["gensim"], tmp_path, "-c", code)
    assert done.stderr.splitlines()[-1].startswith(
        "w2vneg.errors.UsageError: to_gensim() needs gensim, which is not installed; install it:"
    )


def test_report_says_that_gensim_is_missing(monkeypatch):
    def version(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(analysis, "version", version)
    assert analysis._version_or_none("gensim") is None


@pytest.mark.usefixtures("no_pauses")
def test_damaged_download_is_refused(server, tmp_path, monkeypatch):
    monkeypatch.setenv("W2VNEG_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(standard_files, "gensim_test_data", lambda: None)
    monkeypatch.setattr(standard_files, "ADDRESS", server.root)
    server.files[WORDSIM353.name] = b"x" * WORDSIM353.size
    with pytest.raises(DataError, match="SHA-256 is .* instead of f92a"):
        standard_files.standard_file(WORDSIM353)
    assert list((tmp_path / "standard").iterdir()) == []
