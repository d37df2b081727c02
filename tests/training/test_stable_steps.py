"""A run whose steps are longer than its weighting was seen to bear is warned before it starts."""

import contextlib

import pytest

from w2vneg.corpus.encode import encode_sentences
from w2vneg.errors import DivergedError
from w2vneg.samplers import configure, methods
from w2vneg.system.option_names import named_as_flags
from w2vneg.system.progress import Progress
from w2vneg.training.loops import unstable_step
from w2vneg.training.train import train


class Notes(Progress):
    def __init__(self):
        self.lines = []

    def note(self, message):
        self.lines.append(message)


def test_measured_bounds_are_beyond_the_defaults():
    for name, weighting in methods()["weighting"].items():
        for bound in weighting.stable.values():
            assert bound > 5 * 0.025, name


@pytest.mark.parametrize("form", ["window", "block"])
@pytest.mark.parametrize("weighting", ["all", "self-adversarial", "hardest"])
def test_a_step_beyond_the_bound_is_warned(form, weighting):
    options = {"weighting": weighting, "form": form, "preset": "word2vec", "lr": 0.05}
    bound = methods()["weighting"][weighting].stable[form]
    assert unstable_step(configure(**options, negative_weight=bound / 0.05 * 0.99)) is None
    with named_as_flags():
        warning = unstable_step(configure(**options, negative_weight=bound / 0.05 * 1.1))
    assert f"--weighting {weighting} with" in warning
    assert "--lr 0.05 may diverge" in warning
    far = configure(**options, negative_weight=1e3, loss="bpr")
    assert unstable_step(far) is None, "other losses were not measured"


def test_the_warning_comes_before_the_training():
    corpus = encode_sentences([["a", "b", "c", "d"]] * 50, min_count=1)
    notes = Notes()
    options = {"min_count": 1, "threads": 1, "epochs": 1, "dim": 8, "form": "window"}
    train(corpus, configure(**options, lr=0.01), progress=notes)
    assert not [line for line in notes.lines if "diverge" in line]
    with contextlib.suppress(DivergedError):
        train(corpus, configure(**options, negative_weight=500, lr=0.05), progress=notes)
    [line] = [line for line in notes.lines if "may diverge" in line]
    assert "25" in line  # 500 x 0.05
