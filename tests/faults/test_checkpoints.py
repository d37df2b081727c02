"""Rows 44 to 48: checkpoints that are damaged, belong to something else, or end half-way."""

import hashlib
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.checkpointed import EPOCHS, StopAt, config
from helpers.commands import call, compiled_only, refused
from helpers.toys import zipf_sentences

from w2vneg.corpus.encode import encode_sentences
from w2vneg.errors import DataError, DivergedError, Interrupted, ResourceError, UsageError
from w2vneg.system import limits as room
from w2vneg.system.durations import parse_duration
from w2vneg.system.interrupt import StopFlag
from w2vneg.training.checkpoint import Checkpointer, newest, read, settings
from w2vneg.training.train import train

pytestmark = [compiled_only, pytest.mark.slow]


@pytest.fixture(autouse=True)
def frequent_checkpoints(monkeypatch):
    """Let trainings of a fraction of a second ask for checkpoints many times."""
    monkeypatch.setattr(sys.modules[train.__module__], "_REPORT_S", 0.002)


@pytest.fixture(scope="module")
def corpus():
    return encode_sentences(zipf_sentences(), min_count=1)


SAMPLERS = [
    {},
    {"sampler": "uniform", "loss": "bpr"},
    {"sampler": "gneg", "gneg_window": 3},
    {"sampler": "gneg", "gneg_family": "walk", "gneg_power": 1.0, "loss": "infonce"},
    {"sampler": "ace"},
    {"sampler": "srns", "cache_every": 2},
    {"sampler": "pinsage", "gneg_window": 3},
    {"sampler": "ifnd", "clusters": 6},
    {"sampler": "ais"},
    {"sampler": "dynamic", "hardness_schedule": "linear"},
    {"weighting": "self-adversarial", "cap": True},
]


@pytest.mark.fault(47)
@pytest.mark.parametrize(
    "options", SAMPLERS, ids=lambda o: "-".join(map(str, o.values())) or "unigram"
)
def test_resumed_training_equals_an_uninterrupted_one(corpus, tmp_path, options):
    whole = train(corpus, config(**options))
    stop = StopFlag()
    with pytest.raises(Interrupted, match="resume with resume=") as caught:
        train(corpus, config(**options), stop=stop, checkpointer=StopAt(tmp_path, stop, 3))
    assert caught.value.exit_code == 143
    snapshot = newest(tmp_path)
    assert 0 < snapshot.meta["tokens"] < whole.tokens
    resumed = train(corpus, config(**options), resume=snapshot)
    assert resumed.w_in.tobytes() == whole.w_in.tobytes()
    assert resumed.w_out.tobytes() == whole.w_out.tobytes()
    for name in ("tokens", "kept", "pairs", "collisions", "fallbacks", "loss", "sampler"):
        assert getattr(resumed, name) == getattr(whole, name), name


@pytest.mark.fault(45, 47)
@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1), (2, 2)])
def test_resumes_with_another_number_of_threads(corpus, tmp_path, before, after):
    stop = StopFlag()
    with pytest.raises(Interrupted):
        train(
            corpus, config(threads=before, sampler="ace"), stop=stop,
            checkpointer=StopAt(tmp_path, stop, 2),
        )  # fmt: skip
    resumed = train(corpus, config(threads=after, sampler="ace"), resume=newest(tmp_path))
    assert resumed.tokens == EPOCHS * len(corpus.tokens)


@pytest.mark.fault(47)
def test_keeps_two_and_changes_no_result(corpus, tmp_path):
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


def test_names_missing_folder_or_checkpoint(tmp_path):
    with pytest.raises(DataError, match="nothing to resume"):
        newest(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no checkpoint"):
        newest(tmp_path)


@pytest.mark.fault(45)
def test_names_first_difference_to_other_training(corpus, stored):
    snapshot = read(stored)
    assert settings(snapshot, {"threads": 2, "epochs": 9}).epochs == 9
    assert settings(snapshot, {"dim": 8}) == config(epochs=1)
    for name, value in (("dim", 9), ("sampler", "ace"), ("lr", 0.5)):
        with pytest.raises(UsageError, match=f"{name}={value!r}: the checkpoint was made with"):
            settings(snapshot, {name: value})
    for seed, what in ((1, "vocabulary"), (0, "corpus")):
        lines = zipf_sentences(seed) if what == "vocabulary" else zipf_sentences(0)[::-1]
        other = encode_sentences(lines, min_count=1)
        with pytest.raises(UsageError, match=f"belongs to another {what}"):
            train(other, config(epochs=1), resume=snapshot)


@pytest.mark.fault(45)
def test_refuses_arrays_of_another_shape(corpus, stored):
    snapshot = read(stored)
    arrays = {**snapshot.arrays, "w_in": np.asarray(snapshot.arrays["w_in"])[:-16]}
    with pytest.raises(DataError, match="w_in is missing or has another shape"):
        train(corpus, config(epochs=1), resume=replace(snapshot, arrays=arrays))


@pytest.mark.fault(31)
def test_never_saves_diverged_state(corpus, tmp_path):
    with pytest.raises(DivergedError):
        train(corpus, config(lr=1e8), checkpointer=Checkpointer(tmp_path, 1e-9))
    for path in tmp_path.iterdir():
        assert np.isfinite(read(path).arrays["w_in"]).all()


def rewritten(snapshot, folder, **changes):
    """Write a checkpoint whose manifest says something else, with sound sums."""
    path = folder / "checkpoint-000001.npz"
    meta = {**snapshot.meta, **changes}
    text = json.dumps(meta, sort_keys=True).encode()
    np.savez(
        path,
        manifest=np.frombuffer(text, np.uint8),
        digest=np.frombuffer(hashlib.sha256(text).digest(), np.uint8),
        **{name: np.asarray(array) for name, array in snapshot.arrays.items()},
    )
    return path


@pytest.mark.fault(45)
def test_names_version_that_wrote_another_format(stored, tmp_path):
    path = rewritten(read(stored), tmp_path, format=99, version="7.5")
    with pytest.raises(DataError, match=r"format 99, written by w2vneg 7\.5"):
        read(path)


@pytest.mark.fault(45)
def test_names_option_of_later_version(stored, tmp_path):
    snapshot = read(stored)
    later = {**snapshot.meta["config"], "new_thing": 3}
    path = rewritten(snapshot, tmp_path, config=later, version="7.5")
    with pytest.raises(UsageError, match=r"w2vneg 7\.5 with new_thing="):
        settings(read(path), {})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A text, its vectors, and the checkpoints of their training, made by the command line."""
    folder = tmp_path_factory.mktemp("trained")
    text = folder / "text.txt"
    text.write_text("\n".join(" ".join(line) for line in zipf_sentences()) + "\n")
    outcome = call(*command(folder), "--checkpoint", folder / "states")
    assert outcome.code == 0, outcome
    return folder


@pytest.fixture
def begun(trained, tmp_path):
    """A copy of `trained` that a test may change."""
    return Path(shutil.copytree(trained, tmp_path / "begun"))


def command(folder, *more):
    return ("train", folder / "text.txt", "--min-count", 1, "--dim", 8, "--threads", 1, "--epochs", 4,
            "-o", folder / "v.bin", *more)  # fmt: skip


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--dim", 16), "--dim 16: the checkpoint was made with 8"),
        (("--sampler", "ace"), "--sampler ace: the checkpoint was made with unigram"),
        (("--seed", 2), "--seed 2: the checkpoint was made with 1"),
        (("--max-tokens", 1000), "another"),
    ],
)
def test_refuses_resume_with_other_options(begun, options, part):
    (begun / "v.bin").unlink()
    outcome = call("train", begun / "text.txt", "--resume", begun / "states",
                   "-o", begun / "v.bin", *options)  # fmt: skip
    assert outcome.code == 2
    assert part in outcome.err.splitlines()[-1]
    assert not (begun / "v.bin").exists()


@pytest.mark.fault(45)
def test_refuses_resume_with_another_text(begun):
    text = (begun / "text.txt").read_text()
    (begun / "text.txt").write_text("another beginning\n" + text)
    outcome = call("train", begun / "text.txt", "--resume", begun / "states", "-o", begun / "v.bin")
    assert outcome.code == 2
    assert "belongs to another vocabulary" in outcome.err
    (begun / "text.txt").write_text("\n".join(reversed(text.splitlines())) + "\n")
    outcome = call("train", begun / "text.txt", "--resume", begun / "states", "-o", begun / "v.bin")
    assert outcome.code == 2
    assert "belongs to another corpus" in outcome.err


@pytest.mark.fault(46)
@pytest.mark.parametrize("epochs", [None, 4, 3, 1])
def test_rewrites_vectors_if_training_was_complete(begun, epochs):
    before = (begun / "v.bin").read_bytes()
    (begun / "v.bin").unlink()
    asked = () if epochs is None else ("--epochs", epochs)
    outcome = call("train", begun / "text.txt", "--resume", begun / "states", *asked,
                   "-o", begun / "v.bin", "--json")  # fmt: skip
    assert outcome.code == 0, outcome
    assert "already complete" in outcome.err
    assert (begun / "v.bin").read_bytes() == before


@pytest.mark.fault(46)
def test_resumes_with_more_epochs(begun):
    before = (begun / "v.bin").read_bytes()
    outcome = call("train", begun / "text.txt", "--resume", begun / "states", "--epochs", 8,
                   "-o", begun / "v.bin", "--json")  # fmt: skip
    assert outcome.code == 0, outcome
    assert "resuming at 50%" in outcome.err
    told = json.loads(outcome.out)
    assert told["training"]["tokens"] == 8 * told["vocabulary"]["tokens"]
    assert told["config"]["epochs"] == 8
    assert (begun / "v.bin").read_bytes() != before


@pytest.mark.fault(48)
def test_warns_and_resumes_from_previous_if_damaged(begun):
    (begun / "states" / "checkpoint-000002.npz").write_bytes(b"PK\x03\x04 half")
    outcome = call("train", begun / "text.txt", "--resume", begun / "states", "-o", begun / "v.bin")
    assert outcome.code == 0, outcome
    assert "checkpoint-000002.npz: not a usable checkpoint" in outcome.err
    assert "using the one before it" in outcome.err


@pytest.mark.fault(44)
def test_refuses_folder_of_damaged_checkpoints(begun):
    for path in (begun / "states").iterdir():
        path.write_bytes(b"\xff\xd8\xff\xe0 a picture")
    outcome = call("train", begun / "text.txt", "--resume", begun / "states", "-o", begun / "v.bin")
    refused(outcome, 1, "not a usable checkpoint")


@pytest.mark.fault(25)
def test_refuses_before_training_if_disk_is_too_small(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_free_disk", lambda place: 20_000)
    with pytest.raises(ResourceError, match=r"3 checkpoints: 23.0 kB needed .* 20.0 kB are free"):
        train(corpus, config(), checkpointer=Checkpointer(tmp_path, 1e9))
    monkeypatch.setattr(room, "_free_disk", lambda place: 24_000)
    train(corpus, config(), checkpointer=Checkpointer(tmp_path, 1e9))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("1.5m", 90)]
)
def test_parses_intervals(text, seconds):
    assert parse_duration(text, "checkpoint_every") == seconds


@pytest.mark.parametrize("text", ["", "0", "-1m", "ten", "5d", "1e3", "nan"])
def test_names_bad_interval(text):
    with pytest.raises(UsageError, match="checkpoint_every="):
        parse_duration(text, "checkpoint_every")
