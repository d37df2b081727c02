"""File locks: held, refused, released with the process, and absent."""

import os
import subprocess
import sys
import threading

import pytest

from w2vneg.system import locks
from w2vneg.system.locks import exclusive, locked, try_lock

pytestmark = pytest.mark.skipif(locks.fcntl is None, reason="no file locks on this system")


def opened(path):
    return os.open(path, os.O_RDWR | os.O_CREAT)


def test_second_lock_is_refused_until_first_closes(tmp_path):
    first, second = opened(tmp_path / "f"), opened(tmp_path / "f")
    assert try_lock(first) is True
    assert try_lock(second) is False
    os.close(first)
    assert try_lock(second) is True
    os.close(second)


def test_lock_outlives_the_close_of_the_file(tmp_path):
    first, second = opened(tmp_path / "f"), opened(tmp_path / "f")
    with locked(first):
        os.close(first)
        assert try_lock(second) is False
    assert try_lock(second) is True
    os.close(second)


def test_lock_ends_with_its_process(tmp_path):
    code = (
        "import os, sys; from w2vneg.system.locks import try_lock\n"
        "print(try_lock(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)), flush=True)\n"
        "sys.stdin.read()"
    )
    path = str(tmp_path / "f")
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"True\n"
        handle = opened(path)
        assert try_lock(handle) is False
        other.kill()
        other.wait()
        assert try_lock(handle) is True
        os.close(handle)


def test_exclusive_blocks_wait_for_each_other(tmp_path):
    inside, most = [], []

    def work():
        for _ in range(20):
            with exclusive(tmp_path / "lock"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 60
    assert max(most) == 1


def test_files_that_cannot_be_locked_are_no_failure(tmp_path, monkeypatch):
    class Refusing:
        LOCK_EX, LOCK_NB = locks.fcntl.LOCK_EX, locks.fcntl.LOCK_NB

        @staticmethod
        def flock(handle, flags):
            raise OSError("no locks available")

    handle = opened(tmp_path / "f")
    for module in (Refusing, None):
        monkeypatch.setattr(locks, "fcntl", module)
        assert try_lock(handle) is None
        with exclusive(tmp_path / "lock"), locked(handle):
            pass
    os.close(handle)
