"""Rows and tokens beyond the range of 32-bit integers."""

import sys

import numpy as np
import pytest
from helpers.commands import compiled_only
from helpers.toys import corpus_of, sampler_for

from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.window import Setting, make_scratch, train_chunk


@pytest.mark.slow
@pytest.mark.fault(22)
@pytest.mark.skipif(sys.platform != "linux", reason="reserves memory without using it")
@compiled_only
def test_reaches_rows_and_tokens_beyond_2_31():
    """Matrices and tokens larger than a 32-bit offset can reach; only a few pages are touched."""
    import mmap

    length = 16
    rows = 2**31 // length + 5
    tokens_count = 2**31 + 2000

    def reserved(size, dtype):
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # MAP_NORESERVE
        area = mmap.mmap(-1, size * np.dtype(dtype).itemsize, flags=flags)
        return np.frombuffer(area, dtype)

    w_in, w_out = reserved(rows * length, np.float32), reserved(rows * length, np.float32)
    tokens = reserved(tokens_count, np.int32)
    keep = reserved(rows, np.uint32)
    last = np.arange(rows - 4, rows)
    for row in last:
        w_in[row * length : row * length + 8] = 0.1
        keep[row] = 2**32 - 1
    starts = np.array([0, 2**31 + 1000, tokens_count], np.int64)
    tokens[2**31 + 1000 :] = last[np.arange(1000) % 4]
    sampler = sampler_for(corpus_of("a b c d", "b c d e"))
    # The noise is of five words: rows 0 to 4, at the other end of the matrices.
    setting = Setting(3, 5, length)
    with np.errstate(over="ignore"):
        tally = train_chunk(
            setting, w_in, w_out, tokens, starts, 1, 2, keep, *sampler.per_thread(1)[0],
            make_scratch(setting, np.dtype(np.float32)), seed_states(1, 1)[0], 0.05, 0.0,
        )  # fmt: skip
    assert tally.kept == 1000
    for row in last:
        assert w_out[row * length : row * length + 8].all(), "the row has not moved"
        assert not w_out[row * length + 8 : (row + 1) * length].any()
    assert w_out[:16].any(), "negatives have not moved"
    middle = rows // 2 * length
    assert not w_out[middle : middle + 4096].any()


@pytest.mark.fault(22)
def test_schedule_counts_tokens_beyond_2_31():
    from w2vneg.training.chunks import ChunkQueue, chunk_borders

    starts = np.arange(0, 2**33 + 1, 2**22, dtype=np.int64)
    borders = chunk_borders(starts)
    assert borders[-1] == len(starts) - 1
    schedule = ChunkQueue(starts, 3, 1)
    assert schedule.total == 3 * 2**33
    taken = 0
    while (piece := schedule.take()) is not None:
        taken += int(starts[piece[2]] - starts[piece[1]])
    assert taken == schedule.tokens == 3 * 2**33
