"""Real ranks, started by mpirun."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.mpi import ENVIRONMENT, mpirun, needs_mpi

from w2vneg.model import SkipGram
from w2vneg.training.cluster.cluster import Cluster
from w2vneg.training.cluster.options import ClusterOptions
from w2vneg.training.cluster.simulated import simulate

pytestmark = [pytest.mark.slow, pytest.mark.once]

OPTIONS = ("--threads", "1", "--dim", "20", "--epochs", "2", "--preset", "word2vec")
EVERY = ("--sync-every", "10000", "--sync-rows", "64")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("mpi") / "c.txt"
    lines = (" ".join(f"w{n}" for n in rng.zipf(1.3, 20).clip(1, 3000)) for _ in range(6000))
    path.write_text("\n".join(lines) + "\n")
    simulated(2, path, path.parent)  # compiles what the ranks then need not compile each
    return path


def simulated(size, corpus, folder):
    """Return the vectors that simulated ranks write, by rank."""

    def work(ranks):
        model = SkipGram(dim=20, threads=1, epochs=2, preset="word2vec")
        team = Cluster(ranks, ClusterOptions(sync_every=10_000, sync_rows=64))
        model.fit(corpus, team=team)
        model.save(folder / f"{ranks.rank}.bin")
        return (folder / f"{ranks.rank}.bin").read_bytes()

    return simulate(size, work)


def trained(ranks, corpus, out, *more, options=()):
    result = mpirun(ranks, "train", corpus, "-o", out, *OPTIONS, *more, options=options)
    assert result.returncode == 0, result.stderr
    return result, out.read_bytes()


@needs_mpi
def test_the_same_bytes_twice_over_shared_memory_and_tcp(corpus, tmp_path):
    first, vectors = trained(2, corpus, tmp_path / "a.bin", *EVERY)
    _, over_tcp = trained(
        2, corpus, tmp_path / "b.bin", *EVERY, options=("--mca", "btl", "self,tcp")
    )
    assert vectors == over_tcp
    assert first.stdout.count("words trained in") == 1  # rank 0 speaks for all
    facts = json.loads((tmp_path / "a.bin.json").read_text())
    assert facts["ranks"]["ranks"] == 2
    assert facts["ranks"]["rule"] == "mean"
    assert facts["ranks"]["bytes_sent"] > 0
    assert facts["training"]["tokens"] == 2 * facts["vocabulary"]["tokens"]


@needs_mpi
def test_one_rank_under_mpirun_is_no_mpirun(corpus, tmp_path):
    _, one = trained(1, corpus, tmp_path / "a.bin")
    command = [sys.executable, "-m", "w2vneg", "train", corpus, "-o", tmp_path / "b.bin", *OPTIONS]
    subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)
    assert one == (tmp_path / "b.bin").read_bytes()


@needs_mpi
def test_real_ranks_and_simulated_ones_are_the_same(corpus, tmp_path):
    _, real = trained(3, corpus, tmp_path / "a.bin", *EVERY)
    assert simulated(3, corpus, tmp_path) == [real] * 3


@needs_mpi
def test_workers_starts_the_ranks(corpus, tmp_path):
    command = [sys.executable, "-m", "w2vneg", "train", corpus, "-o", tmp_path / "a.vec", *OPTIONS]
    result = subprocess.run(
        [*command, "--workers", "2"],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=600,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads((tmp_path / "a.vec.json").read_text())["ranks"]["ranks"] == 2


@needs_mpi
def test_an_error_is_said_once_and_nothing_is_written(tmp_path):
    (tmp_path / "c.txt").write_text("a b c\n")
    result = mpirun(2, "train", tmp_path / "c.txt", "-o", tmp_path / "a.vec")
    assert result.returncode == 1
    assert result.stderr.count("w2vneg:") == 1, result.stderr
    assert not (tmp_path / "a.vec").exists()


def without_mpi4py(tmp_path):
    """Return an environment in which mpi4py cannot be imported."""
    (tmp_path / "hide").mkdir(exist_ok=True)
    (tmp_path / "hide" / "mpi4py.py").write_text("raise ImportError('hidden')\n")
    return {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join([str(tmp_path / "hide"), str(Path.cwd())])}


@pytest.mark.parametrize(
    "variables",
    [
        {"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "1"},
        {"PMI_SIZE": "4", "PMI_RANK": "1"},
        {"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "1"},
    ],
)
def test_without_mpi4py_a_launcher_is_refused_and_nothing_written(tmp_path, variables):
    (tmp_path / "c.txt").write_text("a b c a b c a b c a b c\n" * 9)
    command = [sys.executable, "-m", "w2vneg", "train", "c.txt", "-o", "a.vec", "--dim", "5"]
    result = subprocess.run(
        command, cwd=tmp_path, env={**without_mpi4py(tmp_path), **variables}, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 2
    assert result.stderr.startswith("w2vneg: ")
    assert result.stderr.count("\n") == 1
    assert "started 4 processes" in result.stderr
    assert "pip install 'w2vneg[mpi]'" in result.stderr
    assert not (tmp_path / "a.vec").exists()


@needs_mpi
def test_processes_that_mpi_does_not_connect_are_refused(tmp_path):
    (tmp_path / "c.txt").write_text("a b c a b c a b c a b c\n" * 9)
    command = [sys.executable, "-m", "w2vneg", "train", "c.txt", "-o", "a.vec", "--dim", "5"]
    variables = {"SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0"}
    result = subprocess.run(
        command, cwd=tmp_path, env={**ENVIRONMENT, **variables}, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert result.returncode == 2
    assert "srun --mpi=pmix" in result.stderr
    assert not (tmp_path / "a.vec").exists()
