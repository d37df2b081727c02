"""Checkpoints of ranks: resumed by as many, by others, by one; damaged, torn, on a full disk."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vneg.corpus.encode import encode_sentences
from w2vneg.errors import DataError, Interrupted, OutputError
from w2vneg.samplers import configure
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress
from w2vneg.training.checkpoint import Checkpointer, newest
from w2vneg.training.cluster import slices
from w2vneg.training.cluster.cluster import Cluster
from w2vneg.training.cluster.options import ClusterOptions
from w2vneg.training.cluster.positions import done_ranges, pass_over_done, position_of
from w2vneg.training.cluster.queue import ShardQueue
from w2vneg.training.cluster.simulated import simulate
from w2vneg.training.train import train

EPOCHS = 3


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(0)
    return encode_sentences(
        [[f"w{n}" for n in rng.zipf(1.5, 12).clip(1, 40)] for _ in range(6000)], min_count=1
    )


def config(**options):
    small = {"dim": 8, "epochs": EPOCHS, "min_count": 1, "sample": 0, "threads": 1, "lr": 0.025}
    return configure(**{**small, **options})


class Stop(Progress):
    """Sets a flag when so many tokens are trained."""

    def __init__(self, flag, after):
        self.flag, self.after = flag, after

    def update(self, done, **figures):
        if done >= self.after:
            self.flag.set()


def run(size, corpus, own, folder=None, *, every=1e9, after=None, resumes=False):
    """Train on simulated ranks; return the results, or None if the training was stopped."""

    def work(ranks):
        team = Cluster(ranks, ClusterOptions(sync_every=10_000, sync_rows=8))
        flag = StopFlag()
        return train(
            team.share(corpus),
            team.check(own),
            team=team,
            checkpointer=team.checkpointer(folder, every) if folder is not None else None,
            resume=newest(folder, rank=ranks.rank, ranks=size) if resumes else None,
            stop=flag,
            progress=None if after is None else Stop(flag, after),
        )

    try:
        return simulate(size, work)
    except Interrupted:
        assert after is not None
        return None


@pytest.mark.parametrize("sampler", ["unigram", "ace", "nscaching"])
def test_as_many_ranks_go_on_to_the_same_bytes(corpus, tmp_path, sampler):
    own = config(sampler=sampler, epochs=2 if sampler != "unigram" else EPOCHS)
    # Every meeting writes a checkpoint, and exchanges all rows with it.
    whole = run(3, corpus, own, tmp_path / "a", every=0.0)
    assert run(3, corpus, own, tmp_path / "b", every=0.0, after=60_000) is None
    # What was written before the signal, which itself came between two meetings.
    last = sorted((tmp_path / "b").glob("checkpoint-??????.npz"))[-1]
    last.unlink()
    resumed = run(3, corpus, own, tmp_path / "b", every=0.0, resumes=True)
    assert {r.w_in.tobytes() for r in (*whole, *resumed)} == {whole[0].w_in.tobytes()}
    assert {r.w_out.tobytes() for r in (*whole, *resumed)} == {whole[0].w_out.tobytes()}
    assert resumed[0].tokens == whole[0].tokens == own.epochs * len(corpus.tokens)
    assert resumed[0].pairs == whole[0].pairs


@pytest.mark.parametrize(("before", "after"), [(2, 3), (4, 2), (3, 1), (1, 2)])
def test_another_number_of_ranks_trains_what_is_left(corpus, tmp_path, monkeypatch, before, after):
    if before == 1:
        flag = StopFlag()
        monkeypatch.setattr(sys.modules[train.__module__], "_REPORT_S", 0.002)
        with pytest.raises(Interrupted):
            train(corpus, config(), checkpointer=Checkpointer(tmp_path, 1e9), stop=flag,
                  progress=Stop(flag, 60_000))  # fmt: skip
    else:
        assert run(before, corpus, config(), tmp_path, after=60_000) is None
    done = newest(tmp_path).meta["tokens"]
    assert 0 < done < EPOCHS * len(corpus.tokens)
    if after == 1:
        results = [train(corpus, config(), resume=newest(tmp_path))]
    else:
        results = run(after, corpus, config(), tmp_path, resumes=True)
    # Each token once in an epoch, but for chunks that only partly are done.
    total = EPOCHS * len(corpus.tokens)
    assert abs(results[0].tokens - total) <= before * 10_000
    assert len({r.w_in.tobytes() for r in results}) == 1
    assert np.isfinite(results[0].w_in).all()


def test_without_its_manifest_or_a_slice_a_checkpoint_does_not_count(corpus, tmp_path):
    run(2, corpus, config(), tmp_path, every=0.0, after=60_000)
    first, second = sorted(tmp_path.glob("checkpoint-??????.npz"))
    assert len(list(tmp_path.glob("*.rank-*.npz"))) == 4  # those of two checkpoints
    slices.slice_path(second, 1).unlink()
    notes = []
    assert newest(tmp_path, notes.append).meta["tokens"] > 0
    assert "rank-1" in notes[0]
    damaged = bytearray(slices.slice_path(first, 0).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    slices.slice_path(first, 0).write_bytes(damaged)
    with pytest.raises(DataError, match="rank-0"):
        newest(tmp_path)


def test_slices_of_two_checkpoints_are_not_mixed(corpus, tmp_path):
    run(2, corpus, config(), tmp_path, every=0.0, after=60_000)
    first, second = sorted(tmp_path.glob("checkpoint-??????.npz"))
    slices.slice_path(second, 0).write_bytes(slices.slice_path(first, 0).read_bytes())
    first.unlink()
    with pytest.raises(DataError, match="another checkpoint"):
        newest(tmp_path)


def test_a_full_disk_at_one_rank_ends_no_training(corpus, tmp_path, monkeypatch):
    write = slices._write_slice

    def full(path, arrays, plan, ranks):
        if ranks.rank == 1:
            raise OutputError("no space left on device")
        write(path, arrays, plan, ranks)

    monkeypatch.setattr(slices, "_write_slice", full)
    results = run(2, corpus, config(epochs=1), tmp_path, every=0.0)
    assert results[0].tokens == len(corpus.tokens)
    assert not list(tmp_path.glob("checkpoint-*"))


@given(
    tokens=st.integers(1, 400),
    old=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1)), min_size=1, max_size=5),
    new=st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_every_chunk_is_trained_once_in_an_epoch(tokens, old, new):
    """Ranges of ranks that are anywhere in their shards, cover each epoch once when they are divided again."""
    starts = np.arange(tokens + 1, dtype=np.int64)
    cuts = [tokens * rank // len(old) for rank in range(len(old) + 1)]
    states, done = [], np.zeros((4, tokens), int)
    for (epoch, share), low, high in zip(old, cuts, cuts[1:], strict=False):
        inside = int(share * (high - low))
        of_epoch = high - low
        states.append({
            "tokens": epoch * of_epoch + inside, "vocabulary_tokens": of_epoch,
            "position": {"begin": low, "done": [], "reached": [epoch, inside]},
        })  # fmt: skip
        done[:epoch, low:high] += 1
        done[epoch, low : low + inside] += 1
    ranges = done_ranges({"slices": {"states": states}})
    for rank in range(new):
        low, high = tokens * rank // new, tokens * (rank + 1) // new
        queue = ShardQueue(starts[low : high + 1] - low, 4, 1, 1, ranks=new, everyone=tokens)
        pass_over_done(queue, low, ranges)
        # Saved and divided again in between, nothing is forgotten.
        position = position_of(queue, low)
        assert {(e, b) for e, b, _ in position["done"]} <= {
            (e, t) for e in range(4) for t in np.flatnonzero(done[e])
        }
        while (chunk := queue.take()) is not None:
            epoch, first, last, _ = chunk
            done[epoch, low + first : low + last] += 1
    assert (done == 1).all()
