"""Rows 26, 27 and 29: Ctrl-C, SIGTERM, a closed terminal, a process that was stopped for a while."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.commands import OLD, ROOT, compiled_only, environment, finish, leftovers, run, start

from w2vneg import load_vectors
from w2vneg.system.interrupt import StopFlag, stop_on_signals

pytestmark = [compiled_only, pytest.mark.slow]
#: A second, and slack for a busy machine.
SOON_S = 2.5
FOREVER = ("--min-count", 1, "--epochs", 1_000_000, "--threads", 2)
NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def stop_when(process, number, ready, timeout=60):
    """Send a signal once `ready` says so; return how it ended and how long that took."""
    deadline = time.monotonic() + timeout
    while not ready():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.01)
    began = time.monotonic()
    process.send_signal(number)
    outcome = finish(process)
    return outcome, time.monotonic() - began


def after(seconds):
    began = time.monotonic()
    return lambda: time.monotonic() - began > seconds


def stopped(outcome, number, taken):
    assert outcome.code == 128 + number, outcome
    assert taken < SOON_S
    assert "Traceback" not in outcome.err
    assert outcome.err.splitlines()[-1].startswith(
        f"w2vneg: stopped by {signal.Signals(number).name}"
    )


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """Every kernel of a training compiled."""
    folder = tmp_path_factory.mktemp("warm")
    (folder / "t.txt").write_text("a b c a b\n" * 20)
    assert run("train", folder / "t.txt", "--min-count", 1, "-o", folder / "v.vec").code == 0


@pytest.mark.fault(26, 27)
@pytest.mark.parametrize("number", NUMBERS)
def test_stops_training(warm, old, corpus, number):
    process = start("train", corpus, *FOREVER, "-o", old)
    outcome, taken = stop_when(process, number, after(3))
    stopped(outcome, number, taken)
    assert "training" in outcome.err


@pytest.mark.fault(26, 27)
@pytest.mark.parametrize("number", NUMBERS[:2])
def test_stops_reading_endless_text(old, tmp_path, number):
    os.mkfifo(tmp_path / "endless")
    process = start("train", tmp_path / "endless", *FOREVER, "-o", old)
    with open(tmp_path / "endless", "wb") as pipe:
        pipe.write(b"a b c\n" * 1000)
        pipe.flush()
        outcome, taken = stop_when(process, number, after(2))
    stopped(outcome, number, taken)


# Compiling takes seconds during which Python handles no signal.
@pytest.mark.fault(26, 27)
@pytest.mark.parametrize(
    "moments",
    [
        [3.0],
        pytest.param([0.3 + 0.35 * i for i in range(40)], marks=pytest.mark.stress),
    ],
    ids=["once", "often"],
)
def test_stops_compiling_and_keeps_cache_sound(old, corpus, tmp_path, moments):
    cache = tmp_path / "cache"
    for moment in moments:
        process = start("train", corpus, *FOREVER, "-o", old, W2VNEG_CACHE_DIR=cache)
        outcome, taken = stop_when(process, signal.SIGINT, after(moment))
        stopped(outcome, signal.SIGINT, taken)
        assert [path.name for path in (cache / "corpora").glob("new-*")] == []
    train = ("train", corpus, "--min-count", 1, "--threads", 1)
    again = run(*train, "-o", tmp_path / "v.vec", W2VNEG_CACHE_DIR=cache)
    assert again.code == 0, again
    assert run(*train, "-o", tmp_path / "w.vec").code == 0
    assert (tmp_path / "v.vec").read_bytes() == (tmp_path / "w.vec").read_bytes()


@pytest.mark.fault(26, 27)
@pytest.mark.parametrize("number", NUMBERS[:2])
@pytest.mark.parametrize("suffix", ["vec", "bin", "vec.gz"])
def test_stops_saving_and_keeps_old_file(tmp_path, number, suffix):
    text = "\n".join(f"w{i} w{i + 1}" for i in range(20_000))
    (tmp_path / "many.txt").write_text(text)
    output = tmp_path / f"old.{suffix}"
    output.write_bytes(OLD)
    process = start(
        "train", tmp_path / "many.txt", "--min-count", 1, "--dim", 1000, "--epochs", 1, "-o", output
    )
    outcome, taken = stop_when(process, number, lambda: leftovers(tmp_path))
    if outcome.code == 0:
        # It had been done when the signal came: then all of it is there.
        assert len(load_vectors(output)) == 20_001
    else:
        stopped(outcome, number, taken)
        assert output.read_bytes() == OLD
    assert leftovers(tmp_path) == []


@pytest.mark.fault(26)
@pytest.mark.parametrize("number", NUMBERS[:2])
def test_stops_commands_without_progress_bar(tmp_path, number):
    lines = [f"w{i} " + " ".join(["0.123456"] * 300) for i in range(30_000)]
    (tmp_path / "v.vec").write_text(f"{len(lines)} 300\n" + "\n".join(lines) + "\n")
    output = tmp_path / "old.vec.gz"
    output.write_bytes(OLD)
    process = start("convert", tmp_path / "v.vec", output)
    outcome, taken = stop_when(process, number, lambda: leftovers(tmp_path))
    if outcome.code:
        stopped(outcome, number, taken)
        assert output.read_bytes() == OLD
    assert leftovers(tmp_path) == []


@pytest.mark.fault(26)
def test_second_signal_ends_at_once(tmp_path):
    """Work that holds the flag, as a training that keeps its state, is ended by the second."""
    (tmp_path / "work.py").write_text(
        "import sys, time\n"
        "from pathlib import Path\n"
        "from w2vneg.system.atomic_files import atomic_write\n"
        "from w2vneg.system.interrupt import StopFlag, stop_on_signals\n"
        "with stop_on_signals(StopFlag()) as stop, stop.hold(), atomic_write(sys.argv[1]) as file:\n"
        "    file.write(b'half')\n"
        "    Path(sys.argv[2]).touch()\n"
        "    time.sleep(60)\n"
    )
    output, ready = tmp_path / "old.vec", tmp_path / "ready"
    output.write_bytes(OLD)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "work.py"), str(output), str(ready)],
        env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    while not ready.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    time.sleep(1.0)
    assert process.poll() is None, "it holds the flag, so the first signal waits"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    outcome = finish(process)
    assert outcome.code == 130
    assert time.monotonic() - began < 0.5
    assert output.read_bytes() == OLD
    assert leftovers(tmp_path) == []


@pytest.mark.fault(26)
def test_keeps_ignoring_an_ignored_signal(corpus, tmp_path):
    """As under nohup, and for a job in the background of a script."""

    def ignore():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    output = tmp_path / "v.vec"
    process = start(
        "train", corpus, "--min-count", 1, "--epochs", 20_000, "--dim", 16, "-o", output,
        limits=ignore,
    )  # fmt: skip
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGINT):
        time.sleep(0.7)
        process.send_signal(number)
    assert finish(process).code == 0
    assert output.exists()


def test_restores_signal_handlers():
    before = [signal.getsignal(number) for number in NUMBERS]
    flag = StopFlag()
    with stop_on_signals(flag):
        os.kill(os.getpid(), signal.SIGTERM)
        deadline = time.monotonic() + 5
        while not flag.is_set and time.monotonic() < deadline:
            time.sleep(0.001)
    assert flag.signal_number == signal.SIGTERM
    assert [signal.getsignal(number) for number in NUMBERS] == before
    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.fault(29)
def test_continues_after_sigstop(corpus, tmp_path):
    train = ["train", corpus, "--min-count", 1, "--dim", 16, "--threads", 1, "--epochs", 3000]
    assert run(*train, "-o", tmp_path / "plain.vec").code == 0
    process = start(*train, "-o", tmp_path / "slept.vec")
    for _ in range(4):
        time.sleep(0.4)
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        process.send_signal(signal.SIGCONT)
    outcome = finish(process)
    assert outcome.code == 0, outcome
    assert (tmp_path / "plain.vec").read_bytes() == (tmp_path / "slept.vec").read_bytes()


@pytest.mark.fault(29)
def test_measures_with_monotonic_clocks_only():
    """`time.time` is for the age of files alone, which are dated by the same clock."""
    allowed = {"atomic_files.py", "cache.py"}
    for path in (ROOT / "w2vneg").rglob("*.py"):
        text = Path(path).read_text(encoding="utf-8")
        if re.search(r"\btime\.time\(|datetime\.(now|utcnow)", text):
            assert path.name in allowed, path


@pytest.mark.fault(29)
def test_progress_bar_survives_stopped_clock(monkeypatch):
    from w2vneg.system import progress_bar

    monkeypatch.setattr(progress_bar.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress_bar.time, "monotonic", lambda: 5.0)
    monkeypatch.setattr(progress_bar, "_REDRAW_S", 0.0)
    shown = progress_bar.Bar()
    shown.start("training", 10, "words")
    for done in (0, 0, 3, 3, 10):
        shown.update(done, loss=float("nan"), lr=0.1)
    shown.finish()
