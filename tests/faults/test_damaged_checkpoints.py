"""Checkpoint files that are truncated, damaged or forged are refused."""

import random
import sys
import zipfile

import numpy as np
import pytest
from helpers.checkpointed import config
from helpers.commands import INJECTED, compiled_only
from helpers.toys import zipf_sentences

from w2vneg.corpus.encode import encode_sentences
from w2vneg.errors import DataError
from w2vneg.training.checkpoint import Checkpointer, newest, read
from w2vneg.training.train import train

pytestmark = [compiled_only, pytest.mark.slow]


@pytest.fixture(autouse=True)
def frequent_checkpoints(monkeypatch):
    """Let trainings of a fraction of a second ask for checkpoints many times."""
    monkeypatch.setattr(sys.modules[train.__module__], "_REPORT_S", 0.002)


@pytest.fixture(scope="module")
def corpus():
    return encode_sentences(zipf_sentences(), min_count=1)


@pytest.fixture(scope="module")
def stored(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    train(corpus, config(epochs=1), checkpointer=Checkpointer(folder, 1e9))
    return next(folder.iterdir())


def places(size, share):
    """All offsets of a file, or evenly spaced ones and the last."""
    step = max(1, round(1 / share))
    return sorted({*range(0, size, step), size - 1})


#: How much of a file a test tries: a part each time, all of it under --stress.
SHARES = [pytest.param(0.03, id="some"), pytest.param(1.0, id="all", marks=pytest.mark.stress)]


@pytest.mark.fault(44)
@pytest.mark.parametrize("share", SHARES)
def test_refuses_truncated_file(stored, tmp_path, share):
    whole = stored.read_bytes()
    cut = tmp_path / stored.name
    for length in places(len(whole), share):
        cut.write_bytes(whole[:length])
        INJECTED["files cut"] += 1
        with pytest.raises(DataError, match="not a usable checkpoint") as caught:
            read(cut)
        assert "\n" not in str(caught.value)


@pytest.mark.fault(44)
@pytest.mark.parametrize("share", SHARES)
def test_refuses_flipped_byte_unless_harmless(stored, tmp_path, share):
    whole = bytearray(stored.read_bytes())
    expected = read(stored)
    arrays = {name: np.asarray(array) for name, array in expected.arrays.items()}
    changed = tmp_path / stored.name
    chooser = random.Random(1)
    tried = refused_count = 0
    for place in places(len(whole), share):
        flip = chooser.randrange(1, 256)
        whole[place] ^= flip
        changed.write_bytes(whole)
        whole[place] ^= flip
        tried += 1
        INJECTED["bytes flipped"] += 1
        try:
            found = read(changed)
        except DataError as error:
            assert "\n" not in str(error)
            refused_count += 1
            continue
        assert found.meta == expected.meta
        for name, array in arrays.items():
            np.testing.assert_array_equal(np.asarray(found.arrays[name]), array)
    # Only dates and the like in the directory of the archive mean nothing.
    assert refused_count > 0.8 * tried


def repacked(stored, target, change):
    """Write an archive of the same members after `change` (name to bytes) with sound CRCs."""
    with zipfile.ZipFile(stored) as old, zipfile.ZipFile(target, "w") as new:
        members = {info.filename: old.read(info) for info in old.infolist()}
        change(members)
        for name, content in members.items():
            new.writestr(name, content)


def lie_about_the_shape(members):
    members["w_in.npy"] = members["w_in.npy"].replace(b"(960,)", b"(9**9,)", 1)


def lie_about_the_size(members):
    head = members["w_in.npy"]
    members["w_in.npy"] = head.replace(b"(960,), }  ", b"(99999999999,)", 1).replace(b"}", b" ", 0)


def objects(members):
    members["w_in.npy"] = members["w_in.npy"].replace(b"'<f4'", b"'|O' ", 1)


def a_member_less(members):
    del members["w_out.npy"]


def a_member_more(members):
    members["sampler.x.npy"] = members["rng.npy"]


def another_manifest(members):
    members["manifest.npy"] = members["manifest.npy"].replace(b'"chunk": ', b'"chunk":9', 1)


def arrays_exchanged(members):
    members["w_in.npy"], members["rng.npy"] = members["rng.npy"], members["w_in.npy"]


@pytest.mark.fault(44)
@pytest.mark.parametrize(
    "change",
    [lie_about_the_shape, lie_about_the_size, objects, a_member_less, a_member_more,
     another_manifest, arrays_exchanged],
)  # fmt: skip
def test_refuses_wrong_content_in_valid_archive(stored, tmp_path, change):
    target = tmp_path / stored.name
    repacked(stored, target, lambda members: None)
    read(target)
    repacked(stored, target, change)
    with pytest.raises(DataError, match="not a usable checkpoint"):
        read(target)


@pytest.mark.fault(44)
def test_refuses_archive_bomb(tmp_path):
    path = tmp_path / "checkpoint-000001.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("w_in.npy", bytes(50_000_000))
    with pytest.raises(DataError, match="not a usable checkpoint"):
        newest(tmp_path)


@pytest.mark.fault(44)
@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 a picture", b"PK\x03\x04", b"{}"])
def test_refuses_other_kinds_of_files(tmp_path, content):
    path = tmp_path / "checkpoint-000001.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="not a usable checkpoint"):
        newest(tmp_path)


@pytest.mark.fault(48)
def test_reads_previous_one_if_newest_is_damaged(corpus, tmp_path):
    train(corpus, config(), checkpointer=Checkpointer(tmp_path, 1e-9))
    old, new = sorted(tmp_path.iterdir())
    new.write_bytes(new.read_bytes()[:-100])
    notes = []
    assert newest(tmp_path, notes.append).meta == read(old).meta
    assert len(notes) == 1
    assert "using the one before it" in notes[0]
