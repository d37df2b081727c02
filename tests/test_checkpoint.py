"""Checkpoints: the same bytes after a resume, and nothing from a damaged file."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from w2vneg import checkpoint
from w2vneg.checkpoint import Checkpointer, newest, parse_interval, read, settings
from w2vneg.config import TrainConfig
from w2vneg.errors import DataError, DivergedError, Interrupted, UsageError
from w2vneg.ingest import encode_sentences
from w2vneg.interrupt import StopFlag
from w2vneg.training import train

ROOT = Path(__file__).resolve().parent.parent
EPOCHS = 250  # about a second


def sentences(seed=0, count=4000):
    rng = np.random.default_rng(seed)
    return [[f"w{n}" for n in rng.zipf(1.4, 12).clip(1, 60)] for _ in range(count)]


@pytest.fixture(scope="module")
def corpus():
    return encode_sentences(sentences(), min_count=1)


def config(**options):
    return TrainConfig(**{"dim": 8, "epochs": EPOCHS, "min_count": 1, "threads": 1, **options})


class StopAt(Checkpointer):
    """Ends the training after the n-th checkpoint, as a signal would."""

    def __init__(self, folder, stop, after):
        super().__init__(folder, 1e-9)
        self.stop, self.after = stop, after

    def save(self, snapshot):
        super().save(snapshot)
        self.after -= 1
        if self.after == 0:
            self.stop.set(signal.SIGTERM)


SAMPLERS = [
    {},
    {"sampler": "gneg", "gneg_window": 3},
    {"sampler": "ace"},
    {"sampler": "dynamic", "hardness_schedule": "linear"},
]


@pytest.mark.parametrize("options", SAMPLERS, ids=lambda o: o.get("sampler", "unigram"))
def test_a_resumed_training_gives_the_same_bytes(corpus, tmp_path, options):
    whole = train(corpus, config(**options))
    stop = StopFlag()
    with pytest.raises(Interrupted, match="go on with --resume") as caught:
        train(corpus, config(**options), stop=stop, checkpointer=StopAt(tmp_path, stop, 3))
    assert caught.value.exit_code == 143
    snapshot = newest(tmp_path)
    assert 0 < snapshot.meta["tokens"] < whole.tokens
    resumed = train(corpus, config(**options), resume=snapshot)
    assert resumed.w_in.tobytes() == whole.w_in.tobytes()
    assert resumed.w_out.tobytes() == whole.w_out.tobytes()
    for name in ("tokens", "kept", "pairs", "collisions", "fallbacks", "loss", "sampler"):
        assert getattr(resumed, name) == getattr(whole, name), name


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1), (2, 2)])
def test_other_threads_go_on_and_every_token_counts_once(corpus, tmp_path, before, after):
    stop = StopFlag()
    with pytest.raises(Interrupted):
        train(
            corpus, config(threads=before, sampler="ace"), stop=stop,
            checkpointer=StopAt(tmp_path, stop, 2),
        )  # fmt: skip
    resumed = train(corpus, config(threads=after, sampler="ace"), resume=newest(tmp_path))
    assert resumed.tokens == EPOCHS * len(corpus.tokens)


def test_checkpoints_change_nothing_and_two_are_kept(corpus, tmp_path):
    plain = train(corpus, config())
    writer = Checkpointer(tmp_path, 1e-9)
    watched = train(corpus, config(), checkpointer=writer)
    assert plain.w_in.tobytes() == watched.w_in.tobytes()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert int(names[-1][11:17]) > 2
    done = newest(tmp_path)
    assert done.meta["tokens"] == plain.tokens
    again = train(corpus, config(), resume=done)
    assert again.w_in.tobytes() == plain.w_in.tobytes()


@pytest.fixture(scope="module")
def stored(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    train(corpus, config(epochs=1), checkpointer=Checkpointer(folder, 1e9))
    return next(folder.iterdir())


def test_a_cut_file_is_refused(stored, tmp_path):
    whole = stored.read_bytes()
    cut = tmp_path / stored.name
    for length in [*range(0, len(whole), len(whole) // 300), len(whole) - 1]:
        cut.write_bytes(whole[:length])
        with pytest.raises(DataError, match="not a usable checkpoint"):
            read(cut)


def test_a_flipped_byte_is_refused_or_harmless(stored, tmp_path):
    whole = bytearray(stored.read_bytes())
    expected = read(stored)
    changed = tmp_path / stored.name
    chooser = random.Random(1)
    refused = 0
    for place in chooser.sample(range(len(whole)), 300):
        whole[place] ^= 0x41
        changed.write_bytes(whole)
        whole[place] ^= 0x41
        try:
            found = read(changed)
        except DataError as error:
            assert "\n" not in str(error)
            refused += 1
            continue
        assert found.meta == expected.meta
        for name, array in expected.arrays.items():
            np.testing.assert_array_equal(found.arrays[name], array)
    assert refused > 250


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 a picture", b"PK\x03\x04", b"{}"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "checkpoint-000001.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="not a usable checkpoint"):
        newest(tmp_path)


def test_a_damaged_newest_one_is_passed_over(corpus, tmp_path):
    train(corpus, config(), checkpointer=Checkpointer(tmp_path, 1e-9))
    old, new = sorted(tmp_path.iterdir())
    new.write_bytes(new.read_bytes()[:-100])
    notes = []
    assert newest(tmp_path, notes.append).meta == read(old).meta
    assert len(notes) == 1
    assert "going back to the one before" in notes[0]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match="nothing to resume"):
        newest(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no checkpoint"):
        newest(tmp_path)


def test_another_training_is_refused_by_its_first_difference(corpus, stored):
    snapshot = read(stored)
    assert settings(snapshot, {"threads": 2, "epochs": 9}).epochs == 9
    assert settings(snapshot, {"dim": 8}) == config(epochs=1)
    for name, value in (("dim", 9), ("sampler", "ace"), ("lr", 0.5)):
        with pytest.raises(UsageError, match=f"--{name} {value}: the checkpoint was made with"):
            settings(snapshot, {name: value})
    for seed, what in ((1, "vocabulary"), (0, "corpus")):
        lines = sentences(seed) if what == "vocabulary" else sentences(0)[::-1]
        other = encode_sentences(lines, min_count=1)
        with pytest.raises(UsageError, match=f"of another {what}"):
            train(other, config(epochs=1), resume=snapshot)


def test_arrays_of_another_shape_are_refused(corpus, stored):
    snapshot = read(stored)
    arrays = {**snapshot.arrays, "w_in": np.asarray(snapshot.arrays["w_in"])[:-16]}
    with pytest.raises(DataError, match="w_in does not fit"):
        train(corpus, config(epochs=1), resume=replace(snapshot, arrays=arrays))


def test_a_diverged_state_is_never_kept(corpus, tmp_path):
    with pytest.raises(DivergedError):
        train(corpus, config(lr=1e8), checkpointer=Checkpointer(tmp_path, 1e-9))
    for path in tmp_path.iterdir():
        assert np.isfinite(read(path).arrays["w_in"]).all()


def test_a_full_disk_keeps_the_earlier_checkpoint(stored, tmp_path, monkeypatch):
    snapshot = read(stored)
    kept = checkpoint.save(snapshot, tmp_path)
    before = kept.read_bytes()

    def full(*arguments, **arrays):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(Exception, match="No space left"):
        checkpoint.save(snapshot, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    assert kept.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("1.5m", 90)]
)
def test_intervals(text, seconds):
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1m", "ten", "5d", "1e3", "nan"])
def test_bad_intervals_are_named(text):
    with pytest.raises(UsageError, match="--checkpoint-every"):
        parse_interval(text)


def command(folder, *more):
    return [
        sys.executable, "-m", "w2vneg", "train", str(folder / "corpus.txt"), "-o",
        str(folder / "out.vec"), "--dim", "16", "--threads", "1", "--epochs", "60", *more,
    ]  # fmt: skip


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def start(folder, *more):
    return subprocess.Popen(
        command(folder, *more), env=ENVIRONMENT, stderr=subprocess.PIPE, text=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def text(tmp_path):
    lines = [" ".join(line) for line in sentences(count=20_000)]
    (tmp_path / "corpus.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def wait_for_checkpoint(folder, count=1):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if len(list(folder.glob("checkpoint-*.npz"))) >= count:
            return
        time.sleep(0.01)
    raise AssertionError("no checkpoint within a minute")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_writes_a_checkpoint_and_says_how_to_go_on(text, number):
    states = text / "states"
    process = start(text, "--checkpoint", str(states), "--checkpoint-every", "0.1s")
    wait_for_checkpoint(states)
    asked = time.monotonic()
    process.send_signal(number)
    _, error = process.communicate(timeout=20)
    assert time.monotonic() - asked < 5
    assert process.returncode == 128 + number
    assert f"--resume {states}" in error
    assert not (text / "out.vec").exists()
    finished = subprocess.run(
        [*command(text)[:-2], "--resume", str(states), "--json"],
        env=ENVIRONMENT, capture_output=True, text=True,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert "going on at" in finished.stderr
    assert json.loads(finished.stdout)["config"]["epochs"] == 60
    resumed = (text / "out.vec").read_bytes()
    again = subprocess.run(
        [*command(text)[:-2], "--resume", str(states)],
        env=ENVIRONMENT, capture_output=True, text=True,
    )  # fmt: skip
    assert "already complete" in again.stderr
    plain = subprocess.run(command(text), env=ENVIRONMENT, capture_output=True, text=True)
    assert plain.returncode == 0, plain.stderr
    assert (text / "out.vec").read_bytes() == resumed


def kill_and_resume(text, kills, seed):
    """Kill a checkpointing training at random moments until it is done; return the kills."""
    chooser = random.Random(seed)
    states = text / "states"
    survived = 0
    for _ in range(kills):
        more = ["--checkpoint-every", "0.05s"]
        if list(states.glob("checkpoint-*.npz")):
            arguments = [*command(text)[:-2], "--resume", str(states), *more]
        else:
            arguments = [*command(text), "--checkpoint", str(states), *more]
        process = subprocess.Popen(
            arguments, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        try:
            _, error = process.communicate(timeout=0.5 + 2.0 * chooser.random())
            assert process.returncode == 0, error
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            survived += 1
        for path in states.glob("checkpoint-*.npz"):
            read(path)  # a name is only ever given to a whole file
        if (text / "out.vec").exists():
            (text / "out.vec").unlink()
    finished = subprocess.run(
        [*command(text)[:-2], "--resume", str(states)], env=ENVIRONMENT, capture_output=True,
        text=True,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    return survived


def test_sigkill_at_any_moment_leaves_whole_files_and_a_way_on(text):
    assert kill_and_resume(text, 4, seed=1) >= 1


@pytest.mark.stress
def test_sigkill_fifty_times(text):
    assert kill_and_resume(text, 50, seed=2) >= 20
