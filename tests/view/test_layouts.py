"""Coordinates of words: principal components by definition, and UMAP in its process."""

import importlib.util
import os
import threading
import time

import numpy as np
import pytest
from helpers.planted_vectors import planted

from w2vneg.errors import Interrupted, UsageError, W2vnegError
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.view.layouts import choose_layout, fit_into_square, lay_out, principal_components
from w2vneg.view.umap_process import run_umap

pytestmark = pytest.mark.once  # no compiled code


@pytest.mark.parametrize("shape", [(300, 12), (40, 60), (5, 2)])
def test_principal_components_are_those_of_the_singular_value_decomposition(shape):
    rows = np.random.default_rng(1).normal(size=shape) * np.linspace(1, 3, shape[1])
    found = principal_components(rows.astype(np.float32))
    centered = rows - rows.mean(axis=0)
    _, _, right = np.linalg.svd(centered, full_matrices=False)
    for i in range(2):
        loading = right[i] * np.sign(right[i][np.abs(right[i]).argmax()])
        np.testing.assert_allclose(found[:, i], centered @ loading, atol=2e-3)
    assert found.dtype == np.float32


def test_degenerate_rows_have_coordinates():
    for rows in (np.ones((1, 3)), np.zeros((4, 3)), np.ones((5, 1)), np.array([[1.0], [-1.0]])):
        points = lay_out(rows.astype(np.float32), "pca", 1)
        assert points.shape == (len(rows), 2)
        assert np.isfinite(points).all()


def test_most_points_lie_in_the_square_and_the_shape_is_kept():
    points = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32) * [3, 1] + 5
    points[0] = 900
    fitted = fit_into_square(points)
    assert (np.abs(fitted) <= 1).all(axis=1).mean() > 0.95
    ratio = (fitted[1:] - fitted[1]) / np.where(points[1:] == points[1], 1, points[1:] - points[1])
    np.testing.assert_allclose(ratio[1:], ratio[1, 0], rtol=1e-3)


@pytest.fixture
def fake_umap(tmp_path, monkeypatch):
    """A module umap whose UMAP does what the test writes into it."""

    def write(body):
        (tmp_path / "umap.py").write_text(
            "import sys, time\nimport numpy as np\n"
            "class UMAP:\n"
            "    def __init__(self, **options): self.options = options\n"
            f"    def fit_transform(self, rows):\n        {body}\n"
        )
        path = os.environ.get("PYTHONPATH")
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{path}" if path else str(tmp_path))
        monkeypatch.syspath_prepend(tmp_path)

    return write


def test_umap_gets_the_rows_and_the_seed(fake_umap):
    fake_umap("print('noise', file=sys.stderr); return rows[:, :2] * self.options['random_state']")
    rows = planted(100).unit
    np.testing.assert_array_equal(run_umap(rows, 3), rows[:, :2] * np.float32(3))


def test_umap_is_the_default_where_it_is_installed(fake_umap, monkeypatch):
    fake_umap("return rows[:, :2]")
    assert choose_layout(None, 1000) == "umap"
    assert choose_layout(None, 10) == "pca"
    with pytest.raises(UsageError, match="10 words are too few for UMAP; give layout='pca'"):
        choose_layout("umap", 10)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert choose_layout(None, 1000) == "pca"
    with pytest.raises(UsageError, match=r"pip install 'w2vneg\[view\]', or give layout='pca'"):
        choose_layout("umap", 1000)


def test_unknown_layouts_are_refused():
    with pytest.raises(UsageError, match="layout='tsne': choose from pca, umap"):
        choose_layout("tsne", 1000)


def test_an_error_of_umap_is_one_line(fake_umap):
    fake_umap("raise ValueError('too odd')")
    with pytest.raises(
        W2vnegError, match=r"placing words with UMAP failed \(ValueError: too odd\); give layout"
    ):
        run_umap(planted(100).unit, 1)


def test_umap_is_stopped_at_once(fake_umap):
    fake_umap("time.sleep(60)")
    stop = StopFlag()
    threading.Timer(0.5, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Interrupted, match="while placing words with UMAP; nothing was written"):
        run_umap(planted(100).unit, 1, stop=stop)
    assert time.monotonic() - began < 10


def test_umap_reports_progress(fake_umap):
    events = []

    class Seen(Progress):
        def start(self, phase, total, unit):
            events.append(phase)

        def update(self, done, **figures):
            events.append(done)

        def finish(self):
            events.append("end")

    fake_umap("time.sleep(0.6); return rows[:, :2]")
    run_umap(planted(100).unit, 1, Seen())
    assert events[0] == "placing words with UMAP"
    assert events[-1] == "end"
    assert any(isinstance(event, float) for event in events)


@pytest.mark.stress
def test_the_real_umap_keeps_groups_together():
    if importlib.util.find_spec("umap") is None:
        pytest.skip("umap-learn is not installed (extra view)")
    vectors = planted(300, groups=3, noise=0.2)
    points = run_umap(vectors.unit, 1)
    np.testing.assert_array_equal(points, run_umap(vectors.unit, 1))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) + np.eye(300) * 1e9
    assert (distances.argmin(axis=1) % 3 == np.arange(300) % 3).mean() > 0.95
