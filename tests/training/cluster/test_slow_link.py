"""Seconds in exchanges over a link of 1 Gbit/s, emulated on the loopback of a network namespace."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from helpers.mpi import ENVIRONMENT, command, needs_mpi

from w2vneg.training.cluster.pace import exchange_seconds, rows_of

pytestmark = [pytest.mark.stress, pytest.mark.once, needs_mpi]

#: Loopback carries both directions: 2 Gbit/s are 1 Gbit/s each way.
_SHAPE = (
    "ip link set lo up && "
    "tc qdisc replace dev lo root tbf rate 2gbit burst 512kb latency 200ms && exec "
)


def _may_shape():
    """Return whether this process may make a network namespace and shape its loopback."""
    if not all(shutil.which(name) for name in ("unshare", "ip", "tc")):
        return False
    tried = subprocess.run(["unshare", "-n", "sh", "-c", _SHAPE + "true"], capture_output=True)
    return tried.returncode == 0


@pytest.mark.skipif(not _may_shape(), reason="needs CAP_NET_ADMIN, unshare, ip and tc")
def test_the_cost_model_holds_over_a_slow_link(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "c.txt"
    lines = (" ".join(f"w{n}" for n in rng.integers(0, 40_000, 25)) for _ in range(60_000))
    path.write_text("\n".join(lines) + "\n")
    ranks, dim, rows = 2, 100, 8192
    train = command(
        ranks, "train", path, "-o", tmp_path / "v.bin", "--threads", 1, "--epochs", 1, "--dim", dim,
        "--preset", "word2vec", "--sync-every", 20_000, "--sync-rows", rows, "--min-count", 1,
        options=("--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "lo"),
    )  # fmt: skip
    result = subprocess.run(
        ["unshare", "-n", "sh", "-c", _SHAPE + '"$@"', "sh", *train],
        env=ENVIRONMENT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    facts = json.loads((tmp_path / "v.bin.json").read_text())
    size, syncs = facts["vocabulary"]["words"], facts["ranks"]["syncs"]
    held = [rows_of(number, rows, size) for number in range(1, syncs)] + [size]
    predicted = sum(exchange_seconds(ranks, 2 * 4 * n * (dim + 1), 1e9) for n in held)
    spent = facts["ranks"]["sync_seconds"]
    print(f"{syncs} exchanges, {spent:.2f} s in them, {predicted:.2f} s predicted")
    assert predicted / 1.25 < spent < 1.25 * predicted
