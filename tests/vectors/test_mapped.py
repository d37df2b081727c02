"""Models in files: everything comes back, mapped into memory; damage is noticed."""

import gzip
import json
import mmap
import struct

import numpy as np
import pytest

from w2vneg import SkipGram, Vectors, load_vectors
from w2vneg.errors import DataError, UsageError, W2vnegError
from w2vneg.vectors.mapped import map_model

WORDS = ["the", "of", "wörd", "new_york", "😀"]
TRAINING = {"config": {"mix_out": 0.5}, "options": {"dim": 6}, "note": "caf\udce9"}


def numbers(seed=1):
    return np.random.default_rng(seed).normal(size=(5, 6)).astype(np.float32)


def is_mapped(array):
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap.mmap)


@pytest.fixture
def model():
    w_in, w_out = numbers(1), numbers(2)
    return Vectors(
        WORDS,
        w_in + np.float32(0.5) * w_out,
        counts=np.array([9, 7, 5, 3, 1]),
        w_out=w_out,
        w_in=w_in,
        training=TRAINING,
    )


@pytest.fixture
def path(tmp_path, model):
    model.save(tmp_path / "m.w2v")
    return tmp_path / "m.w2v"


@pytest.mark.parametrize("read", [map_model, load_vectors])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_all_of_a_model_comes_back(tmp_path, model, read, ending):
    path = tmp_path / f"m.w2v{ending}"
    model.save(path)
    found = read(path)
    assert found.words == WORDS
    assert found.counts.tolist() == [9, 7, 5, 3, 1]
    for name in ("matrix", "w_in", "w_out"):
        assert (getattr(found, name) == getattr(model, name)).all(), name
    assert (found.unmixed == model.w_in).all()
    assert found.training == TRAINING
    again = tmp_path / f"n.w2v{ending}"
    found.save(again)
    assert again.read_bytes() == path.read_bytes()


def test_numbers_are_mapped_and_not_writable(path):
    found = map_model(path)
    for array in (found.w_in, found.w_out, found.counts):
        assert is_mapped(array)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    found.save(path)  # the file that it is mapped from
    assert (map_model(path).w_in == numbers(1)).all()


def test_unmixed_model_maps_its_vectors(tmp_path, model):
    plain = Vectors(WORDS, model.w_in, counts=model.counts, w_out=model.w_out)
    plain.save(tmp_path / "m.w2v")
    found = map_model(tmp_path / "m.w2v")
    assert is_mapped(found.matrix)
    assert found.w_in is None
    assert found.training is None


def test_other_formats_are_read_into_memory(tmp_path, model):
    model.save(tmp_path / "v.vec")
    found = map_model(tmp_path / "v.vec")
    assert (found.matrix == model.matrix).all()
    assert found.w_out is None
    with pytest.raises(UsageError, match="no such file"):
        map_model(tmp_path / "nowhere.w2v")


def test_other_formats_get_the_mixed_vectors(tmp_path, path, model):
    load_vectors(path).save(tmp_path / "v.safetensors")
    found = load_vectors(tmp_path / "v.safetensors")
    assert (found.matrix == model.matrix).all()
    assert found.training is None


def test_any_cut_is_noticed(tmp_path, path):
    whole = path.read_bytes()
    for length in range(len(whole)):
        (tmp_path / "cut.w2v").write_bytes(whole[:length])
        for read in (map_model, load_vectors):
            with pytest.raises(W2vnegError):
                read(tmp_path / "cut.w2v")
    (tmp_path / "long.w2v").write_bytes(whole + b"\0")
    with pytest.raises(DataError, match="size contradicts"):
        map_model(tmp_path / "long.w2v")


def rewritten(path, change):
    """Return a model file whose header was changed, its tensors left as they are."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size :])
    return path


def test_metadata_that_are_none_are_refused(path):
    def change(header):
        header["__metadata__"]["training"] = "[1]"

    with pytest.raises(DataError, match="damaged header"):
        map_model(rewritten(path, change))


def test_words_that_do_not_fit_are_refused(path):
    data = path.read_bytes()
    path.write_bytes(data.replace(b"the\nof\n", b"the\nthe"))
    with pytest.raises(DataError, match=r"words for 5 rows|occurs twice"):
        map_model(path)


@pytest.mark.parametrize("name", ["w_in", "w_out", "counts"])
def test_shapes_that_contradict_each_other_are_no_model(path, name):
    def change(header):
        header[name]["shape"] = [1, *header[name]["shape"]]

    with pytest.raises(W2vnegError):
        map_model(rewritten(path, change))


def test_safetensors_reads_it(path, model):
    safetensors = pytest.importorskip("safetensors", reason="safetensors is an optional library")
    with safetensors.safe_open(path, "numpy") as file:
        assert set(file.keys()) == {"w_in", "w_out", "counts", "words"}
        assert (file.get_tensor("w_in") == model.w_in).all()
        assert (file.get_tensor("w_out") == model.w_out).all()
        assert bytes(file.get_tensor("words")).decode().split() == WORDS
        assert json.loads(file.metadata()["training"])["options"] == {"dim": 6}


def test_model_is_loaded_as_it_was_saved(tmp_path):
    text = [["a", "b", "c", "a"], ["b", "c", "b", "a"]] * 20
    model = SkipGram(dim=8, min_count=1, epochs=2, threads=1, mix_out=0.3).fit(text)
    model.save(tmp_path / "m.w2v")
    loaded = SkipGram.load(tmp_path / "m.w2v")
    assert loaded.get_params() == model.get_params()
    assert loaded.words == model.words
    assert loaded.vocabulary.fingerprint == model.vocabulary.fingerprint
    assert (loaded.vectors.matrix == model.vectors.matrix).all()
    assert (loaded.vectors.unmixed == model.vectors.unmixed).all()
    assert loaded.manifest == json.loads((tmp_path / "m.w2v.json").read_text())
    packed = tmp_path / "m.w2v.gz"
    packed.write_bytes(gzip.compress((tmp_path / "m.w2v").read_bytes()))
    assert SkipGram.load(packed).words == model.words


def test_options_of_another_version_are_refused(path):
    def change(header):
        header["__metadata__"]["training"] = json.dumps({"options": {"depth": 3}})

    with pytest.raises(DataError, match="another version: no option 'depth'"):
        SkipGram.load(rewritten(path, change))
