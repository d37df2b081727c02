"""The table for embedding-atlas, read back as it reads it."""

import numpy as np
import pytest
from helpers.planted_vectors import planted

from w2vneg.errors import Interrupted, UsageError
from w2vneg.system.interrupt import StopFlag
from w2vneg.view import make_map, write_atlas

pytestmark = pytest.mark.once  # no compiled code
pandas = pytest.importorskip("pandas", reason="embedding-atlas reads tables with pandas")
pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")


def test_columns_and_neighbors(tmp_path):
    vectors = planted(300, counts=True)
    word_map = make_map(vectors, layout="pca")
    write_atlas(tmp_path / "map.parquet", word_map)
    frame = pandas.read_parquet(tmp_path / "map.parquet")
    assert list(frame.columns) == ["text", "count", "x", "y", "group", "neighbors"]
    assert frame["text"].tolist() == vectors.words
    assert frame["count"].tolist() == vectors.counts.tolist()
    np.testing.assert_array_equal(frame[["x", "y"]], word_map.panels[0].points)
    # A dict with arrays ids (row numbers) and distances, as embedding-atlas --neighbors takes it.
    for row in (0, 123, 299):
        near = frame["neighbors"][row]
        expected = vectors.neighbors(vectors.words[row], 15)
        assert [vectors.words[i] for i in near["ids"]] == [word for word, _ in expected]
        np.testing.assert_allclose(near["distances"], [1 - c for _, c in expected], atol=1e-5)
    assert frame["neighbors"].map(lambda near: len(near["ids"])).unique().tolist() == [15]


def test_one_word_and_no_counts(tmp_path):
    write_atlas(tmp_path / "map.parquet", make_map(planted(1), layout="pca"))
    frame = pandas.read_parquet(tmp_path / "map.parquet")
    assert list(frame.columns) == ["text", "x", "y", "neighbors"]
    assert len(frame["neighbors"][0]["ids"]) == 0


def test_two_models_are_refused(tmp_path):
    pair = make_map(planted(100), planted(100), layout="pca")
    with pytest.raises(UsageError, match="holds the map of one model"):
        write_atlas(tmp_path / "map.parquet", pair)


def test_it_stops(tmp_path):
    stop = StopFlag()
    stop.set()
    with pytest.raises(Interrupted, match="finding neighbors; nothing was written"):
        write_atlas(tmp_path / "map.parquet", make_map(planted(100), layout="pca"), stop=stop)
    assert not list(tmp_path.iterdir())
