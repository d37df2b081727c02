"""What becomes of a training when one of its ranks is killed, hangs or is told to stop."""

import itertools
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.mpi import mpirun, needs_mpi
from helpers.rank_faults import PHASES

pytestmark = [pytest.mark.slow, pytest.mark.once, needs_mpi]

FAULTY = str(Path(__file__).resolve().parents[2] / "helpers" / "rank_faults.py")
OLD = b"what stood here before\n"
#: From the death of a rank to the end of all.
SOON_S = 5.0
#: A checkpoint at each meeting.
OPTIONS = (
    "--threads", "1", "--dim", "10", "--epochs", "3", "--preset", "word2vec",
    "--sync-every", "10000", "--sync-rows", "64", "--checkpoint-every", "0.000001s",
)  # fmt: skip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("mpi") / "c.txt"
    lines = (" ".join(f"w{n}" for n in rng.zipf(1.3, 20).clip(1, 1000)) for _ in range(5000))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def undisturbed(corpus, tmp_path_factory):
    """Return the vectors of a training that nothing happened to, by number of ranks."""
    known = {}

    def vectors(ranks):
        if ranks not in known:
            folder = tmp_path_factory.mktemp("whole")
            command = ["train", corpus, "-o", folder / "v.bin", "--checkpoint", folder / "s"]
            assert mpirun(ranks, *command, *OPTIONS).returncode == 0
            known[ranks] = (folder / "v.bin").read_bytes()
        return known[ranks]

    return vectors


def disturbed(ranks, corpus, folder, phase, rank, name, when, *more, options=OPTIONS):
    """Train with a fault; return how it ended and the seconds from the fault to the end."""
    (folder / "v.bin").write_bytes(OLD)
    mark = folder / "mark"
    command = [phase, rank, name, when, mark, "train", corpus, "-o", folder / "v.bin"]
    result = mpirun(ranks, *command, *options, *more, module=FAULTY)
    ended = time.time()
    assert mark.exists(), f"{phase} was not reached: {result.stderr}"
    return result, ended - float(mark.read_text())


def resumed(ranks, corpus, folder):
    command = ["train", corpus, "-o", folder / "v.bin", "--resume", folder / "s"]
    options = [o for o in OPTIONS if o not in ("--preset", "word2vec")]
    if ranks == 1:  # nobody to keep in step with
        options = [o for o in options if o not in ("--sync-every", "10000", "--sync-rows", "64")]
    result = mpirun(ranks, *command, *options)
    assert result.returncode == 0, result.stderr
    return (folder / "v.bin").read_bytes()


def check_kill(corpus, undisturbed, folder, ranks, phase, rank, again):
    when = {"training": 5, "combining": 9, "slice": 3, "manifest": 5}.get(phase, 1)
    checkpoint = ("--checkpoint", folder / "s")
    result, seconds = disturbed(ranks, corpus, folder, phase, rank, "SIGKILL", when, *checkpoint)
    assert result.returncode != 0
    assert seconds < 3 * SOON_S, f"{seconds:.1f} s"  # the machine may be busy
    assert (folder / "v.bin").read_bytes() == OLD
    if phase in ("reading", "vocabulary"):
        assert not list((folder / "s").glob("checkpoint-*"))
        return
    vectors = resumed(again, corpus, folder)
    if again == ranks and phase != "result":
        assert vectors == undisturbed(ranks)
    assert len(vectors) == len(undisturbed(ranks))


@pytest.mark.parametrize(("phase", "rank", "again"), [("training", 1, 2), ("manifest", 0, 1)])
def test_a_killed_rank_ends_all_and_the_training_resumes(
    corpus, undisturbed, tmp_path, phase, rank, again
):
    check_kill(corpus, undisturbed, tmp_path, 2, phase, rank, again)


@pytest.mark.stress
@pytest.mark.parametrize(
    ("ranks", "phase", "rank", "again"),
    [
        (3, phase, rank, again)
        for phase, rank, again in itertools.product(PHASES, (0, 2), (1, 2, 3))
        if not (phase == "result" and rank)
    ],
)
def test_whichever_rank_is_killed_whenever(
    corpus, undisturbed, tmp_path, ranks, phase, rank, again
):
    check_kill(corpus, undisturbed, tmp_path, ranks, phase, rank, again)


def test_a_rank_that_hangs_is_named(corpus, tmp_path):
    timeout = ("--sync-timeout", "3s")
    result, seconds = disturbed(
        2, corpus, tmp_path, "training", 1, "SIGSTOP", 3, *timeout, options=OPTIONS[:-2]
    )
    assert result.returncode != 0
    assert "rank 1" in result.stderr
    assert "did not arrive within 3 s" in result.stderr
    assert seconds < 3 + 3 * SOON_S
    assert (tmp_path / "v.bin").read_bytes() == OLD


@pytest.mark.parametrize("rank", [0, 1])
def test_a_signal_to_one_rank_saves_the_state_of_all(corpus, tmp_path, rank):
    long = [*OPTIONS[:4], "--epochs", "2000", *OPTIONS[6:-1], "1h"]
    more = ("--checkpoint", tmp_path / "s")
    result, seconds = disturbed(
        2, corpus, tmp_path, "training", rank, "SIGTERM", 3, *more, options=long
    )
    assert result.returncode == 128 + signal.SIGTERM
    assert result.stderr.count("stopped by SIGTERM") == 1, result.stderr
    assert "--resume" in result.stderr
    assert (tmp_path / "v.bin").read_bytes() == OLD
    assert len(list((tmp_path / "s").glob("checkpoint-*.rank-*.npz"))) == 2
    assert seconds < 3 * SOON_S


def test_divergence_is_said_once(corpus, tmp_path):
    command = ["train", corpus, "-o", tmp_path / "v.bin", *OPTIONS[:-2], "--local-lr", "1e7"]
    result = mpirun(2, *command)
    assert result.returncode == 1
    assert result.stderr.count("diverged") == 1, result.stderr
    assert not (tmp_path / "v.bin").exists()
