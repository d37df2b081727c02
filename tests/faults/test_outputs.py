"""Rows 23 and 24: outputs that are inputs or not two, and outputs that cannot be written."""

import os

import pytest
from helpers.commands import OLD, call, compiled_only, finish, leftovers, refused, run, start
from helpers.strict_readers import read_text

from w2vneg.system.atomic_files import atomic_write

TINY = ("--min-count", 1, "--dim", 3, "--threads", 1, "--epochs", 1, "--no-cache")
#: Options that write a file, by command.
WRITERS = [("train", "-o"), ("train", "--save-vocab"), ("vocab", "-o"), ("graph", "-o")]


@pytest.fixture
def unread(monkeypatch):
    """Let a test fail if a corpus is read in it: outputs come first."""

    def refuse(*_, **__):
        raise AssertionError("the corpus was read before the outputs were checked")

    monkeypatch.setattr("w2vneg.corpus.encode.read_corpus", refuse)


def same(corpus):
    return corpus


def link(corpus):
    (corpus.parent / "link.vec").symlink_to(corpus)
    return corpus.parent / "link.vec"


def hard_link(corpus):
    os.link(corpus, corpus.parent / "hard.vec")
    return corpus.parent / "hard.vec"


def another_way(corpus):
    (corpus.parent / "folder").mkdir()
    return corpus.parent / "folder" / ".." / corpus.name


@pytest.mark.fault(23)
@pytest.mark.parametrize(("command", "option"), WRITERS)
@pytest.mark.parametrize("name", [same, link, hard_link, another_way])
def test_refuses_output_equal_to_corpus(unread, corpus, command, option, name):
    text, output = corpus.read_bytes(), name(corpus)
    refused(call(command, corpus, option, output), 2, output, "is also an input", "another output")
    assert corpus.read_bytes() == text
    assert leftovers(corpus.parent) == []


@pytest.mark.fault(23)
@pytest.mark.parametrize(("command", "option"), WRITERS)
def test_refuses_output_inside_corpus_folder(unread, corpus, command, option):
    folder = corpus.parent / "texts"
    folder.mkdir()
    text = corpus.rename(folder / "a.txt")
    before = text.read_bytes()
    refused(call(command, folder, option, text), 2, text, "is also an input", "another output")
    assert text.read_bytes() == before


@pytest.mark.fault(23)
@pytest.mark.parametrize("option", ["-o", "--save-vocab"])
def test_refuses_output_equal_to_other_input(unread, corpus, old, option):
    words = corpus.with_name("words.txt")
    words.write_bytes(b"the\t3\ncat\t2\n")
    more = [] if option == "-o" else ["-o", corpus.with_name("v.vec")]
    refused(call("train", corpus, "--vocab", words, option, words, *more), 2, words, option)
    gneg = ("--sampler", "gneg", "--gneg-graph", words)
    refused(call("train", corpus, *gneg, option, words, *more), 2, words, option)
    assert words.read_bytes() == b"the\t3\ncat\t2\n"


@pytest.mark.fault(23)
def test_refuses_clash_with_json_file(unread, corpus, old):
    text = corpus.rename(corpus.with_name("old.vec.json"))
    before = text.read_bytes()
    refused(call("train", text, "-o", old), 2, text, "is also an input")
    other = corpus.with_name("other.txt")
    other.write_bytes(before)
    clash = ("--save-vocab", text)
    text.unlink()
    refused(call("train", other, "-o", old, *clash), 2, text, "--save-vocab", "-o")
    text.mkdir()
    refused(call("train", other, "-o", old), 1, text, "it is a directory")


@pytest.mark.fault(23)
def test_refuses_two_outputs_in_one_file(unread, corpus, old):
    (old.parent / "link").symlink_to(old)
    for name in (old, old.parent / "link"):
        refused(
            call("train", corpus, "-o", old, "--save-vocab", name), 2, name, "--save-vocab", "-o"
        )


@pytest.mark.slow
@pytest.mark.fault(23)
@compiled_only
@pytest.mark.parametrize("suffix", [".vec", ".bin"])
def test_two_runs_with_one_output_leave_one_result(corpus, suffix):
    folder = corpus.parent
    output = folder / f"both{suffix}"
    results = []
    for seed in (1, 2):
        alone = folder / f"{seed}{suffix}"
        assert call("train", corpus, "-o", alone, *TINY, "--dim", 500, "--seed", seed).code == 0
        results.append(alone.read_bytes())
    assert results[0] != results[1]
    for _ in range(2):
        pair = [
            start("train", corpus, "-o", output, *TINY, "--dim", 500, "--seed", seed)
            for seed in (1, 2)
        ]
        for outcome in [finish(process) for process in pair]:
            assert outcome.code == 0, outcome.err
        assert output.read_bytes() in results
    assert leftovers(folder) == []


@pytest.mark.fault(23)
def test_two_writers_of_one_file_never_mix(tmp_path):
    path = tmp_path / "both"
    with atomic_write(path) as slow:
        slow.write(b"slow ")
        with atomic_write(path) as fast:
            fast.write(b"fast " * 1000)
        assert path.read_bytes() == b"fast " * 1000
        slow.write(b"and complete")
    assert path.read_bytes() == b"slow and complete"
    assert leftovers(tmp_path) == []


def missing_folder(folder):
    return folder / "nowhere" / "x.vec", "create it first"


def a_folder(folder):
    (folder / "x.vec").mkdir()
    return folder / "x.vec", "give a file name"


def below_a_file(folder):
    (folder / "file").write_bytes(OLD)
    return folder / "file" / "x.vec", "choose another path"


def long_name(folder):
    return folder / ("n" * 300 + ".vec"), "too long"


def long_with_its_mark(folder):
    # The name itself has room; the name of the temporary file has not.
    return folder / ("n" * 249 + ".vec"), "too long"


def no_such_device(folder):
    return "/proc/x.vec", "cannot write /proc/x.vec"


def not_ours(folder):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (folder / "closed").mkdir(mode=0o500)
    return folder / "closed" / "x.vec", "not writable"


def a_file_not_ours(folder):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (folder / "x.vec").touch(mode=0o400)
    return folder / "x.vec", "permission denied"


def loop(folder):
    (folder / "x.vec").symlink_to(folder / "x.vec")
    return folder / "x.vec", "choose another path"


UNWRITABLE = [missing_folder, a_folder, below_a_file, long_name, long_with_its_mark,
              no_such_device, not_ours, a_file_not_ours, loop]  # fmt: skip


@pytest.mark.fault(24)
@pytest.mark.parametrize(("command", "option"), WRITERS)
@pytest.mark.parametrize("make", UNWRITABLE)
def test_refuses_unwritable_output_before_reading(unread, corpus, old, command, option, make):
    path, remedy = make(corpus.parent)
    before = sorted(corpus.parent.rglob("*"))
    more = ["-o", old] if option == "--save-vocab" else []
    refused(call(command, corpus, option, path, *more), 1, path, remedy)
    assert sorted(corpus.parent.rglob("*")) == before


@pytest.mark.fault(24)
@pytest.mark.parametrize("make", [below_a_file, long_name, not_ours])
def test_refuses_checkpoint_folder_it_cannot_create(unread, corpus, old, make):
    path, _ = make(corpus.parent)
    refused(call("train", corpus, "-o", old, "--checkpoint", path), 1, path, "another folder")


@pytest.mark.fault(24)
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="a folder in which nobody may write")
def test_refuses_unwritable_checkpoint_folder(unread, corpus, old):
    refused(call("train", corpus, "-o", old, "--checkpoint", "/proc/self"), 1, "/proc/self")


@pytest.mark.fault(24)
@compiled_only
def test_writes_longest_accepted_file_name(corpus):
    """No name passes the check and fails after the training."""
    written = 0
    for length in range(205, 250, 3):
        output = corpus.with_name("n" * (length - 4) + ".vec")
        outcome = call("train", corpus, "-o", output, *TINY)
        if outcome.code == 0:
            assert read_text(output)[0][0] == "the"
            assert output.with_name(output.name + ".json").exists()
            written += 1
        else:
            refused(outcome, 1, output, "too long")
            assert not output.exists()
    assert 0 < written < 15


@pytest.mark.fault(24)
@pytest.mark.parametrize("option", ["-o", "--save-vocab", "--vocab", "--checkpoint", "--resume"])
def test_refuses_empty_path(unread, corpus, old, option):
    more = [] if option == "-o" else ["-o", old]
    refused(call("train", corpus, option, "", *more), 2, option, "empty")


@pytest.mark.fault(24)
@pytest.mark.parametrize("option", ["-o", "--save-vocab", "--vocab", "--checkpoint", "--resume"])
def test_refuses_option_in_place_of_path(unread, corpus, old, option):
    more = [] if option == "-o" else ["-o", old]
    for command in (["sample"], ["clean", corpus], ["fetch", "text8"]):
        refused(call("corpus", *command, "-o", "--json"), 2, "--output", "--json is an option")
    before = sorted(corpus.parent.rglob("*"))
    refused(call("train", corpus, *more, option, "--json"), 2, option, "--json is an option")
    assert sorted(corpus.parent.rglob("*")) == before


@pytest.mark.fault(24)
def test_names_known_suffixes_if_suffix_is_unknown(unread, corpus):
    for name in ("x", "x.docx", "x.gz", ".vec.zip"):
        path = corpus.with_name(name)
        refused(call("train", corpus, "-o", path), 2, path, ".vec, .txt, ", ".bin (.gz may follow)")


@pytest.mark.fault(24)
@compiled_only
def test_process_names_missing_output_folder(corpus):
    outcome = run("train", corpus, "-o", "nowhere/x.vec", cwd=corpus.parent)
    refused(outcome, 1, "nowhere", "create it first")
