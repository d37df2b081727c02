"""The number of processors: affinity, and CPU quotas of control groups below an injected root."""

import os
import subprocess
import sys

import pytest

from w2vneg.system import processors as module
from w2vneg.system.processors import processors


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A root folder without control groups, on a machine with eight processors."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    return tmp_path


def belongs_to(root, *lines):
    (root / "proc/self/cgroup").write_text("".join(f"{line}\n" for line in lines))


def limit(root, group, quota, period=100_000):
    """Set a quota of version 2."""
    folder = root / "sys/fs/cgroup" / group
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.max").write_text(f"{quota} {period}\n")


def limit_v1(root, group, quota, period=100_000):
    folder = root / "sys/fs/cgroup/cpu" / group
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (folder / "cpu.cfs_period_us").write_text(f"{period}\n")


def test_affinity_counts_without_control_groups(root):
    assert processors(root) == 8


def test_affinity_of_a_pinned_process_counts():
    # TEI issue 405, ml-agents issue 4471
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("no affinity on this system")
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from w2vneg.system.processors import processors; print(processors())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


@pytest.mark.parametrize(
    ("quota", "expected"),
    [(300_000, 3), (250_000, 3), (1_000, 1), (1_600_000, 8), ("max", 8)],
)
def test_quota_of_version_2_rounds_up(root, quota, expected):
    # pybrake issue 120, batpred issue 4771
    belongs_to(root, "0::/job")
    limit(root, "job", quota)
    assert processors(root) == expected


@pytest.mark.parametrize(("quota", "expected"), [(150_000, 2), (-1, 8), (50_000, 1)])
def test_quota_of_version_1_rounds_up(root, quota, expected):
    belongs_to(root, "9:name=systemd:/x", "3:memory:/m", "2:cpu,cpuacct:/job", "0::/")
    limit_v1(root, "job", quota)
    assert processors(root) == expected


def test_smallest_quota_of_nested_groups_counts(root):
    belongs_to(root, "0::/slice/pod/container")
    limit(root, "slice/pod/container", "max")
    limit(root, "slice/pod", 200_000)
    limit(root, "slice", 600_000)
    assert processors(root) == 2


def test_group_of_the_host_falls_back_to_the_root(root):
    belongs_to(root, "4:cpu:/docker/0123abcd")
    limit_v1(root, "", 400_000)
    assert processors(root) == 4


@pytest.mark.parametrize("content", ["", "max", "x y", "100000 0", "100000", "\xff\xff 1"])
def test_malformed_quota_is_ignored(root, content):
    belongs_to(root, "0::/")
    (root / "sys/fs/cgroup/cpu.max").write_bytes(content.encode("latin-1"))
    assert processors(root) == 8


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"\xff:\xff\n"])
def test_malformed_list_of_groups_is_ignored(root, content):
    (root / "proc/self/cgroup").write_bytes(content)
    assert processors(root) == 8


def test_at_least_one_processor_is_reported(root, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set())
    assert processors(root) == 1


def test_systems_without_affinity_count_all(root, monkeypatch):
    monkeypatch.delattr(module.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(module.os, "cpu_count", lambda: None)
    assert processors(root) == 1
    monkeypatch.setattr(module.os, "cpu_count", lambda: 3)
    assert processors(root) == 3


def test_this_machine_has_a_plausible_number():
    assert 1 <= processors() <= (os.cpu_count() or 1)


def test_no_module_counts_processors_by_itself():
    """A default of `os.cpu_count()` would start 64 threads in a container with 2 processors."""
    package = module.__file__.rpartition("system")[0]
    asking = set()
    for folder, _, names in os.walk(package):
        for name in names:
            if name.endswith(".py"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                if "threads or os.cpu_count" in text or "sched_getaffinity" in text:
                    asking.add(name)
    assert asking == {"processors.py"}
