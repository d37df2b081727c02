"""Options of other tools are answered with ours, in the spelling of whoever asks."""

import inspect
import re
from pathlib import Path

import pytest
from helpers.commands import call, refused

from w2vneg import SkipGram
from w2vneg.cli import COMMANDS, group
from w2vneg.cli.foreign_commands import FOREIGN_COMMANDS
from w2vneg.errors import UsageError
from w2vneg.samplers import all_options, foreign_hint
from w2vneg.samplers.foreign_names import FOREIGN

pytestmark = pytest.mark.once  # no compiled code


def test_the_table_leads_to_options_that_exist():
    options = all_options()
    for name, foreign in FOREIGN.items():
        assert name not in options
        assert foreign.ours in options or (not foreign.ours and foreign.note), name


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        (("-size", 100), "--dim"),
        (("--vector_size", 100), "--dim"),
        (("--vector-size=100",), "--dim"),
        (("-minCount", 1), "--min-count"),
        (("-negative", 5), "--negatives"),
        (("-iter", 5), "--epochs"),
        (("-thread", 4), "--threads"),
        (("-ws", 5), "--window"),
        (("-t", 1e-4), "--sample"),
        (("-binary", 1), "FILE.bin is binary"),
        (("-min-count", 1), "write --min-count"),
        (("-output", "x.vec"), "write --output"),
        (("-overflow-length", 9), "leave it out"),
        (("--vocab_file=f",), "--vocab FILE"),
        (("--sg", 1), "leave it out"),
        (("-cbow", 0), "leave it out"),
        (("-hs", 0), "leave it out"),
        (("-alpha", 0.05), "--lr"),
        (("--alpha", 0.75), "--ns-exponent"),
        (("-read-vocab", "f"), "--vocab FILE"),
    ],
)
def test_train_answers_with_our_option(tmp_path, given, ours):
    text = tmp_path / "c.txt"
    text.write_text("a b c\n" * 20)
    refused(call("train", text, *given), 2, str(given[0]).partition("=")[0], ours)
    assert [path.name for path in tmp_path.iterdir()] == ["c.txt"]


def test_our_own_options_are_never_taken_for_foreign(tmp_path):
    for option in all_options().values():
        assert foreign_hint(option.flag) is None, option.name


def test_python_is_answered_with_python_names():
    for name, ours in (("vector_size", "dim"), ("workers", "threads"), ("sg", "skip-gram")):
        with pytest.raises(UsageError, match=f"{name} of .*{ours}") as caught:
            SkipGram(**{name: 1})
        assert "--" not in str(caught.value)


def test_options_of_gensims_word2vec_are_all_answered():
    from gensim.models import Word2Vec

    options = all_options()
    unanswered = {
        name
        for name in inspect.signature(Word2Vec.__init__).parameters
        if name not in options and foreign_hint(name) is None
    }
    assert unanswered == {"self"}


#: As their sources and manuals list them.
OTHER_TOOLS = {
    "word2vec.c": "train output size window sample hs negative threads iter min-count alpha classes "
    "debug binary save-vocab read-vocab cbow",
    "fastText": "input output verbose minCount minCountLabel wordNgrams bucket minn maxn t label lr "
    "lrUpdateRate dim ws epoch neg loss thread pretrainedVectors saveOutput seed cutoff retrain qnorm "
    "qout dsub autotune-validation autotune-metric autotune-predictions "
    "autotune-duration autotune-modelsize",
    "GloVe": "verbose max-vocab min-count symmetric window-size vocab-file memory max-product "
    "overflow-length overflow-file distance-weighting array-size temp-file seed write-header "
    "vector-size threads iter eta alpha x-max binary model input-file save-file gradsq-file "
    "save-gradsq checkpoint-every grad-clip load-init-param save-init-param load-init-gradsq",
    "node2vec": "input output dimensions walk-length num-walks window-size iter workers p q weighted "
    "unweighted directed undirected",
    "DeepWalk": "matfile-variable-name max-memory-data-size number-walks output "
    "representation-size undirected vertex-freq-degree walk-length window-size workers",
    "LINE": "train output size negative samples threads rho binary",
}


@pytest.mark.parametrize(
    ("tool", "name"),
    [(tool, name) for tool, names in OTHER_TOOLS.items() for name in names.split()],
)
def test_every_option_of_other_tools_is_answered(tmp_path, tool, name):
    outcome = call("train", tmp_path, f"-{name}", 1)
    refused(outcome, 2, f"-{name}")
    assert any(
        words in outcome.err
        for words in ("is --", " here", "leave it out", "write --", "without an option", "writes",
                      "-vocab", "--vocab FILE", "is ambiguous", "format", "w2vneg tune", "--walks-per-node",
                      "--epochs", "of scipy.sparse", "-p", "-q")
    ), outcome.err  # fmt: skip
    assert "did you mean" not in outcome.err


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("vocab", "c", "-min-count", 5), "write --min-count"),
        (("vocab", "c", "--workers", 2), "is --threads here"),
        (("vocab", "c", "-size", 2), "is --dim of w2vneg train"),
        (("vocab", "c", "--dim", 2), "w2vneg train has it"),
        (("graph", "c", "--window-size", 2), "is --window here"),
        (("graph", "c", "--vocab", 2), "'--graph-vocab'"),
        (("compare", "c", "--dim", 2), "--set dim=50"),
        (("compare", "c", "-size", 2), "is --dim of w2vneg train: options of a training follow --set"),
        (("eval", "v", "--restrict_vocab", 2), "write --restrict-vocab"),
        (("eval", "v", "--case_insensitive"), "unless --case-sensitive is given"),
        (("neighbors", "v", "a", "--topn", 2), "is -n here"),
        (("neighbors", "v", "-5"), "-- -5"),
        (("neighbors", "v", "a", "-nice"), "-- -nice"),
        (("analogy", "v", "a", "b", "--c"), "-- --c"),
        (("convert", "v", "w", "-binary", 1), "FILE.bin is binary"),
        (("corpus", "fetch", "--sha", 1), "'--sha256'"),
        (("phrases", "c", "-min-count", 5), "is --min-pairs here"),
        (("phrases", "c", "--min_count=5"), "is --min-pairs here"),
        (("phrases", "c", "--scoring", "npmi"), "is --score here"),
        (("phrases", "c", "--delimiter", "-"), "joined by _ here"),
        (("phrases", "c", "--workers", 2), "is --threads here"),
        (("walks", "e", "--num-walks", 2), "--walks-per-node is the number"),
        (("walks", "e", "--dimensions", 2), "is --dim of w2vneg train"),
        (("walks", "e", "--undirected"), "unless --directed is given"),
        (("tune", "c", "--epochs", 2), "--set dim=50"),
        (("tune", "c", "-size", 2), "is --dim of w2vneg train: options of a training follow --set"),
        (("align", "a", "b", "--topn", 2), "is -n here"),
        (("samplers", "-json"), "write --json"),
    ],
)  # fmt: skip
def test_unknown_options_of_every_command_are_answered(arguments, answer):
    refused(call(*arguments), 2, answer)


def test_values_of_options_are_not_taken_for_options(tmp_path):
    (tmp_path / "c.txt").write_text("a b c\n" * 20)
    outcome = call("vocab", tmp_path / "c.txt", "-o", "-size")
    try:
        assert outcome.code == 0, outcome
    finally:
        Path("-size").unlink(missing_ok=True)
    refused(
        call("train", tmp_path / "c.txt", "--ns-exponent", "-9", "--threads", "-1"),
        2,
        "--threads -1",
    )


@pytest.mark.parametrize(
    ("command", "ours"),
    [("skipgram", "train"), ("most_similar", "neighbors"), ("nn", "neighbors"),
     ("compute-accuracy", "eval"), ("word-analogy", "analogy"), ("vocab_count", "vocab")],
)  # fmt: skip
def test_commands_of_other_tools_are_answered(command, ours):
    refused(call(command, "x"), 2, f"no command '{command}'", f"w2vneg {ours}")


#: Programs and commands as their sources list them; functions of gensim that are commands here.
OTHER_COMMANDS = [
    "word2vec",
    "word2phrase",
    "distance",
    "word-analogy",
    "compute-accuracy",
    "fasttext",
    "supervised",
    "quantize",
    "test",
    "test-label",
    "predict",
    "predict-prob",
    "skipgram",
    "cbow",
    "print-word-vectors",
    "print-sentence-vectors",
    "print-ngrams",
    "nn",
    "analogies",
    "dump",
    "vocab_count",
    "cooccur",
    "shuffle",
    "glove",
    "Word2Vec",
    "most_similar",
    "doesnt_match",
    "similarity",
    "evaluate_word_analogies",
    "evaluate_word_pairs",
    "save_word2vec_format",
    "load_word2vec_format",
    "build_vocab",
    "Phraser",
    "most_similar_cosmul",
    "load_facebook_vectors",
    "glove2word2vec",
    "get_nearest_neighbors",
    "get_analogies",
    "deepwalk",
    "node2vec",
    "line",
]


def test_no_command_of_ours_is_taken_for_foreign():
    assert not set(COMMANDS) & set(FOREIGN_COMMANDS)


def test_answers_name_commands_and_options_that_exist():
    answers = [*FOREIGN_COMMANDS.values(), *(foreign.note for foreign in FOREIGN.values())]
    named = 0
    for answer in answers:
        for command, flags in re.findall(
            r"w2vneg ([a-z]+)((?: --?[a-z][^ ,:;]*| [A-Z]+)*)", answer
        ):
            if command in ("trains", "does", "makes", "has"):
                continue
            options = {o for p in group.get_command(None, command).params for o in p.opts}
            assert set(re.findall(r"(?<= )-[-a-z]+", flags)) <= options, answer
            named += 1
    assert named > 30


@pytest.mark.parametrize("command", OTHER_COMMANDS)
def test_every_command_of_other_tools_is_answered(command):
    outcome = call(command, "x")
    refused(outcome, 2, f"no command '{command}'; ")
    assert "choose from" not in outcome.err
    assert "did you mean" not in outcome.err
    for name in re.findall(
        r"w2vneg ([a-z]+)", outcome.err.partition("; ")[2].partition(" (see")[0]
    ):
        assert name in COMMANDS or name in ("trains", "does", "makes", "has"), outcome.err


@pytest.mark.parametrize(
    ("loss", "answer"),
    [("ns", "is sgns here"), ("hs", "leave it out"), ("softmax", "infonce"), ("ova", "classifier")],
)
def test_losses_of_fasttext_are_answered(tmp_path, loss, answer):
    refused(call("train", tmp_path, "--loss", loss), 2, "--loss", answer)


@pytest.mark.parametrize("spelling", ["--minCount", "-min_count", "--mincount", "--MIN-COUNT"])
def test_other_spellings_of_our_options_are_answered(tmp_path, spelling):
    refused(call("vocab", tmp_path, spelling, 3), 2, f"no option {spelling}; write --min-count")


def test_compare_answers_in_its_settings(tmp_path):
    text = tmp_path / "c.txt"
    text.write_text("a b c\n" * 20)
    refused(call("compare", text, "--set", "vector_size=5"), 2, "--set", "--dim here")
