"""Keeps the tests away from the user's cache."""

import os
import signal
import tempfile

import pytest


def pytest_configure(config: pytest.Config) -> None:
    # In the background of a script SIGINT is ignored, which processes that the tests start inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Before any kernel module is imported: kernels are compiled once for the whole session, and
    # the encoded corpora of the tests never mix with the user's.
    if "W2VNEG_TEST_CACHE" in os.environ:
        os.environ["W2VNEG_CACHE_DIR"] = os.environ["W2VNEG_TEST_CACHE"]
    else:
        config._w2vneg_cache = tempfile.TemporaryDirectory(prefix="w2vneg-test-")
        os.environ["W2VNEG_CACHE_DIR"] = config._w2vneg_cache.name


def pytest_unconfigure(config: pytest.Config) -> None:
    cache = getattr(config, "_w2vneg_cache", None)
    if cache is not None:
        cache.cleanup()
