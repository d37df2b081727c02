"""Fixtures of the tests of the ingest."""

from pathlib import Path

import pytest


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of cached corpora of this test alone."""
    monkeypatch.setenv("W2VNEG_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "corpora"
