"""Row 26 in Python: Ctrl-C ends `SkipGram.fit` and `save` in every phase with KeyboardInterrupt."""

import json
import os
import subprocess
import sys

import pytest
from helpers import interrupted
from helpers.commands import compiled_only, environment
from helpers.interrupted import trained

pytestmark = [compiled_only, pytest.mark.slow]
#: A second, and slack for a busy machine.
SOON_S = 2.0


def interrupt(corpus, phase, output, sampler="unigram", **variables):
    """Run a training that is interrupted in a phase; return what it prints."""
    script = [sys.executable, interrupted.__file__, corpus, phase, sampler, str(output)]
    ended = subprocess.run(script, env=environment(**variables), capture_output=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def check(answer, phase):
    assert answer["interrupted"], answer
    assert answer["phase"] == phase
    assert answer["seconds"] < SOON_S
    assert answer["threads"] == []
    assert answer["unfinished"] == []


@pytest.mark.fault(26)
@pytest.mark.parametrize("corpus", ["sleeping", "waiting", "endless", "pipe"])
def test_interrupts_reading(old, corpus):
    # pyfasttext issue 14, DeepSpeech issue 3471, gensim issue 194
    if corpus == "pipe" and not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes")
    answer = interrupt(corpus, "reading corpus", old)
    check(answer, "reading corpus")
    assert not answer["is_trained"]


# With these samplers each phase takes longer than the pause before the signal.
@pytest.mark.fault(26)
@pytest.mark.parametrize(
    ("phase", "sampler"),
    [
        ("encoding corpus", "unigram"),
        ("building the graph", "gneg"),
        ("computing walks on the graph", "walk"),
        ("training", "unigram"),
        ("training", "gneg"),
    ],
)
def test_interrupts_training_and_trains_again(old, phase, sampler):
    expected = trained(sampler)  # also compiles the kernels
    answer = interrupt("frequent", phase, old, sampler)
    if answer["threads"]:
        # They compiled kernels that only a large corpus needs, which cannot be interrupted.
        answer = interrupt("frequent", phase, old, sampler)
    check(answer, phase)
    assert not answer["is_trained"]
    assert answer["again"] == expected


@pytest.mark.fault(26)
def test_interrupts_compiling_and_trains_again(old, tmp_path):
    """Without the machine code of earlier runs; the process is as good as new afterwards."""
    expected = trained("unigram")
    cache = tmp_path / "cache"
    answer = interrupt("frequent", "compiling the training loop", old, W2VNEG_CACHE_DIR=cache)
    check(answer, "compiling the training loop")
    assert answer["again"] == expected


@pytest.mark.fault(26)
def test_interrupts_saving_and_keeps_old_file(old):
    trained("unigram")
    answer = interrupt("many", "writing", old)
    check(answer, "writing")
    assert answer["is_trained"]
