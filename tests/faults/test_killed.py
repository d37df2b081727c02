"""Row 28: SIGKILL at any moment; and the checkpoint that Ctrl-C leaves (rows 26, 27)."""

import json
import os
import random
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
from helpers.commands import OLD, compiled_only, finish, leftovers, run, start
from helpers.toys import zipf_sentences

from w2vneg.system import atomic_files as files
from w2vneg.training.checkpoint import read

pytestmark = [compiled_only, pytest.mark.slow]


def command(folder, *more):
    return ("train", folder / "corpus.txt", "-o", folder / "out.vec", "--threads", 1,
            "--dim", 16, "--epochs", 60, *more)  # fmt: skip


def resuming(folder, *more):
    return ("train", folder / "corpus.txt", "-o", folder / "out.vec", "--threads", 1,
            "--resume", folder / "states", *more)  # fmt: skip


@pytest.fixture
def text(tmp_path):
    lines = [" ".join(line) for line in zipf_sentences(count=10_000)]
    (tmp_path / "corpus.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def wait_for_checkpoint(folder, count=1):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if len(list(folder.glob("checkpoint-*.npz"))) >= count:
            return
        time.sleep(0.01)
    raise AssertionError("no checkpoint within a minute")


@pytest.mark.fault(26, 27)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_saves_checkpoint_and_names_resume(text, number):
    states = text / "states"
    process = start(*command(text), "--checkpoint", states, "--checkpoint-every", "0.1s")
    wait_for_checkpoint(states)
    asked = time.monotonic()
    process.send_signal(number)
    outcome = finish(process)
    assert time.monotonic() - asked < 2.5
    assert outcome.code == 128 + number
    assert f"--resume {states}" in outcome.err
    assert not (text / "out.vec").exists()
    finished = run(*resuming(text), "--json")
    assert finished.code == 0, finished
    assert "resuming at" in finished.err
    assert json.loads(finished.out)["config"]["epochs"] == 60
    resumed = (text / "out.vec").read_bytes()
    assert "already complete" in run(*resuming(text)).err
    assert run(*command(text)).code == 0
    assert (text / "out.vec").read_bytes() == resumed


def kill_and_resume(text, kills, seed):
    """Kill a checkpointing training at random moments, that many times, each time it is met alive.

    What comes to its end must have the bytes of an undisturbed training, and begins again.
    """
    chooser = random.Random(seed)
    states, output = text / "states", text / "out.vec"
    # Compiled once; else a short life might not be enough to get beyond that.
    assert run(*command(text, "--epochs", 1)).code == 0
    began = time.monotonic()
    assert run(*command(text)).code == 0
    life = time.monotonic() - began
    wanted = output.read_bytes()
    every, met, finished = ("--checkpoint-every", "0.05s"), 0, 0
    while met < kills:
        begun = list(states.glob("checkpoint-*.npz"))
        arguments = (
            resuming(text, *every) if begun else command(text, "--checkpoint", states, *every)
        )
        output.write_bytes(OLD)
        process = start(*arguments, stdout=subprocess.DEVNULL)
        try:
            _, error = process.communicate(timeout=life * (0.2 + 0.8 * chooser.random()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            met += 1
        else:
            assert process.returncode == 0, error
            assert output.read_bytes() == wanted, "the same bytes, however often it was killed"
            shutil.rmtree(states)
            finished += 1
            assert finished <= 5 * kills, "hardly a kill meets it alive"
        for path in states.glob("checkpoint-*.npz"):
            read(path)  # a name is only ever given to a whole file
        assert output.read_bytes() in (OLD, wanted)
    again = resuming(text) if list(states.glob("checkpoint-*.npz")) else command(text)
    assert run(*again).code == 0
    assert output.read_bytes() == wanted, "the same bytes, however often it was killed"
    print(f"kills survived: {met}; ended between them: {finished}")


@pytest.mark.fault(28)
def test_killed_training_resumes_to_same_bytes(text):
    kill_and_resume(text, 4, seed=1)


@pytest.mark.fault(28)
@pytest.mark.stress
def test_training_killed_50_times_gives_same_bytes(text):
    kill_and_resume(text, 50, seed=2)


def kill_while_saving(tmp_path, kills):
    """Kill a conversion at random moments of its writing; most leave a part behind."""
    rng = np.random.default_rng(0)
    rows = [f"w{i} " + " ".join(f"{x:.6f}" for x in rng.normal(size=50)) for i in range(20_000)]
    (tmp_path / "v.vec").write_text("20000 50\n" + "\n".join(rows) + "\n")
    chooser = random.Random(3)
    target, torn = tmp_path / "out" / "v.vec.gz", 0
    target.parent.mkdir()

    def start_writing():
        process = start("convert", tmp_path / "v.vec", target)
        deadline = time.monotonic() + 30
        while not leftovers(target.parent) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        return process

    life = np.inf  # the shortest: on a busy machine a process may be done sooner than one before
    for _ in range(2):  # the first one compiles
        whole = start_writing()
        began = time.monotonic()
        while leftovers(target.parent):
            time.sleep(0.002)
        life = min(life, time.monotonic() - began)
        whole.communicate()
        assert whole.returncode == 0
    wanted = target.read_bytes()
    target.write_bytes(OLD)
    for _ in range(kills):
        process = start_writing()
        time.sleep(0.7 * life * chooser.random())
        process.kill()
        process.communicate()
        assert target.read_bytes() in (OLD, wanted)
        torn += len(leftovers(target.parent)) > 0
        for name in leftovers(target.parent):
            os.utime(target.parent / name, times=(time.time() - 60,) * 2)
    # The next training that writes there removes what was left behind.
    (tmp_path / "c.txt").write_text("a b a b\n" * 10)
    assert (
        run("train", tmp_path / "c.txt", "--min-count", 1, "-o", target.parent / "n.vec").code == 0
    )
    assert leftovers(target.parent) == []
    print(f"kills while saving: {kills}; a part left behind by {torn}")
    assert torn >= kills / 4


@pytest.mark.fault(28)
def test_kill_while_saving_keeps_old_file(tmp_path):
    kill_while_saving(tmp_path, 4)


@pytest.mark.fault(28)
@pytest.mark.stress
def test_50_kills_while_saving_keep_old_file(tmp_path):
    kill_while_saving(tmp_path, 50)


@pytest.mark.fault(28)
def test_keeps_temporary_file_of_live_process(tmp_path):
    with files.atomic_write(tmp_path / "v.vec") as file:
        file.write(b"half")
        (name,) = leftovers(tmp_path)
        os.utime(tmp_path / name, times=(time.time() - 3600,) * 2)
        assert files.remove_orphans(tmp_path) == 0
        file.write(b" and half")
    assert (tmp_path / "v.vec").read_bytes() == b"half and half"
    orphan = tmp_path / f".v.vec{files.TEMP_MARK}1-abc"
    orphan.write_bytes(b"left")
    assert files.remove_orphans(tmp_path) == 0, "its writer may not have locked it yet"
    os.utime(orphan, times=(time.time() - 60,) * 2)
    assert files.remove_orphans(tmp_path) == 1
