"""The block form of the training loop: 16 inputs share a pool of N negatives.

A chunk is first subsampled into a stream of words, each with the range of its context
(`w2vneg.kernel.stream`). Sixteen consecutive words are the inputs of a block. Their `w_in` rows are
scored against one pool of N draws, a 16 x N matrix product, and each against the words of its own
context, its positives. An input with m positives weighs each draw with m K / N, so K, the weight of
the negatives of one positive, and N, the number of draws that estimate them, are independent.
Where wider windows give an input more positives than the band of a block has columns, the block is
trained in pieces, each from fresh rows and with a pool of its own, so that the size of a step does
not grow with the window.

Threads run this loop on different chunks and write to the same matrices without locks (Hogwild,
Niu et al., NIPS 2011): an update is occasionally lost, but no value is ever torn. With more than
one thread, runs differ slightly; with one, results are reproducible bit for bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from w2vneg.kernel.arena import Arena
from w2vneg.kernel.block_hooks import (
    Block,
    fill_pools,
    pool_coefficients,
    pool_objective,
    shift_pool,
    weigh_pool,
)
from w2vneg.kernel.block_positives import BAND, find_excluded, gather_positives
from w2vneg.kernel.block_products import Strips, score_block, strips_of, update_block
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.frozen import NONE_FROZEN, Frozen, NoneFrozen, written_at
from w2vneg.kernel.jit import kernel
from w2vneg.kernel.sides import AROUND, Ahead, Around
from w2vneg.kernel.stream import fill_stream, make_stream, reach, stream_bytes
from w2vneg.kernel.tiles import row_length
from w2vneg.kernel.window import LOSS_EVERY, Tally

_MARKS = 4096
_POOLS = 64  # drawn at a time, at most
_POOL_WORDS = 1 << 14


class BlockSetting(NamedTuple):
    """Sizes that the loop needs."""

    window: int  # largest distance between an input and a positive
    candidates: int  # N, the number of draws in a pool
    length: int  # floats from one row of the matrices to the next
    width: int  # floats of a row that are multiplied, a multiple of 8
    strips: Strips  # how they are cut for the updates
    piece: int  # columns of a piece, less than BAND
    pieces: int  # pieces that cover the columns -window to window
    pools: int  # pools drawn at a time
    capacity: int  # tokens of the longest chunk
    inputs: int  # inputs of a block, at most INPUTS
    narrowest: int  # the smallest radius: 1, or the window where its width is fixed
    sides: Around | Ahead  # where the positives of an input lie


def block_setting(
    window: int,
    candidates: int,
    dim: int,
    capacity: int,
    inputs: int = INPUTS,
    narrowest: int = 1,
    sides: Around | Ahead = AROUND,
) -> BlockSetting:
    """Return the sizes for a window, N, the dimensions and the longest chunk in tokens."""
    strips = strips_of(dim)
    columns = 2 * window + 1
    # One column stays empty between the inputs: tiles of two inputs read the neighbor's cells.
    pieces = -(-columns // (BAND - 1))
    return BlockSetting(
        window=window,
        candidates=candidates,
        length=row_length(dim),
        width=-(-strips.width // 8) * 8,
        strips=strips,
        piece=-(-columns // pieces),
        pieces=pieces,
        pools=max(1, min(_POOLS, _POOL_WORDS // candidates)),
        capacity=capacity,
        inputs=inputs,
        narrowest=narrowest,
        sides=sides,
    )


def _margin(setting):
    # Rows that are prefetched, or scored and not used, behind the last position.
    return 2 * INPUTS + setting.window + 8


def block_bytes(setting: BlockSetting, item: int = 4) -> int:
    """Return the bytes of working memory of one thread, for floats of `item` bytes."""
    candidates, length = setting.candidates, setting.length
    integers = (setting.pools + 4) * candidates + 2 + 5 * INPUTS + 2 * (INPUTS + BAND)
    floats = (
        2 * INPUTS * length + (4 * candidates + 1) * INPUTS + 4 * (INPUTS * BAND + 4) + 9 * INPUTS
    )
    return (
        stream_bytes(setting.capacity, _margin(setting))
        + 8 * integers
        + item * floats
        + _MARKS
        + 28 * 128
    )


def make_block(
    setting: BlockSetting,
    dtype: np.dtype,
    negatives: float,
    frozen: NoneFrozen | Frozen = NONE_FROZEN,
) -> Block:
    """Allocate the working memory of one thread; all weights are T / N, T = `negatives`."""
    arena = Arena(block_bytes(setting, np.dtype(dtype).itemsize))
    candidates, cells = setting.candidates, INPUTS * setting.candidates
    even = candidates + candidates % 2  # tiles take candidates in pairs
    band = INPUTS * BAND
    block = Block(
        stream=make_stream(arena, setting.capacity, _margin(setting)),
        pools=arena.take((setting.pools + 1) * candidates, np.int64),
        pool_words=arena.take(candidates, np.int64),
        pool_at=arena.take(even, np.int64),
        next_pool_at=arena.take(even, np.int64),
        input_at=arena.take(INPUTS, np.int64),
        input_to=arena.take(INPUTS, np.int64),
        begin=arena.take(INPUTS, np.int64),
        end=arena.take(INPUTS, np.int64),
        low=arena.take(INPUTS + BAND, np.int64),
        high=arena.take(INPUTS + BAND, np.int64),
        packed=arena.take(INPUTS * setting.length, dtype),
        packed_at=arena.take(INPUTS, np.int64),
        transposed=arena.take(INPUTS * setting.length, dtype),
        counts=arena.take(INPUTS, dtype),
        scores=arena.take(cells, dtype),
        weights=arena.take(cells, dtype),
        coefficients=arena.take(INPUTS * even, dtype),
        positives=arena.take(band, dtype),
        positive_scores=arena.take(band + 4, dtype),
        excluded=arena.take(band, dtype),
        positive_coefficients=arena.take(band, dtype),
        marks=arena.take(_MARKS, np.uint8),
        cells=arena.take(cells, dtype),
        lanes=arena.take(8 * INPUTS, dtype),
        frozen=frozen,
    )
    block.packed_at[:] = np.arange(INPUTS) * setting.length
    block.weights[:] = negatives / candidates
    return block


@kernel
def train_blocks(
    setting,
    w_in,
    w_out,
    tokens,
    starts,
    first,
    last,
    keep,
    proposal,
    weighting,
    loss,
    block,
    rng,
    lr,
    progress,
):
    """Train on a range of sentences.

    Parameters
    ----------
    setting : BlockSetting
    w_in, w_out : (V * length,) float arrays
        The matrices, flat; shared by all threads, modified in place.
    tokens : (N,) int32 array
        The corpus; ids in [0, V), checked beforehand.
    starts : (S + 1,) int64 array
        Sentence s is ``tokens[starts[s] : starts[s + 1]]``.
    first, last : int
        Range of sentences, `last` excluded, of at most ``setting.capacity`` tokens.
    keep : (V,) uint32 array
        Subsampling thresholds.
    proposal, weighting, loss : NamedTuple
        States of the sampler's parts; their types select the hooks.
    block : Block
        This thread's, modified in place.
    rng : (32,) uint64 array
        This thread's, advanced in place.
    lr : float
        Learning rate.
    progress : float
        Share of the training completed, 0 to 1; for schedules.

    Returns
    -------
    Tally
    """
    candidates, length = setting.candidates, setting.length
    rate = w_in.dtype.type(lr)
    stream = block.stream
    pairs = 0
    excluded = 0
    loss_sum = 0.0
    loss_pairs = 0
    countdown = LOSS_EVERY // 4
    count, kept = fill_stream(
        tokens,
        starts,
        first,
        last,
        keep,
        rng,
        setting.sides,
        setting.narrowest,
        setting.window,
        length,
        stream,
    )
    if count == 0:
        return Tally(kept, 0, 0, 0, 0.0, 0)
    fallbacks = fill_pools(proposal, rng, block.pools, 0, setting.pools + 1, candidates)
    pool = 0
    for start in range(0, count, setting.inputs):
        inputs = min(setting.inputs, count - start)
        for q in range(INPUTS):
            block.input_at[q] = stream.at[start + min(q, inputs - 1)]
        first_piece, pieces = 0, setting.pieces
        if pieces > 1:  # most are empty where sentences are shorter than the window
            back, ahead = reach(stream, start, inputs)
            first_piece = (setting.window - back) // setting.piece
            pieces = (setting.window + ahead) // setting.piece + 1
        for piece in range(first_piece, pieces):
            offset = piece * setting.piece - setting.window
            of_block = gather_positives(
                stream.left, stream.right, setting.piece, block.begin, block.end, block.counts,
                block.positives, block.excluded, block.low, block.high, start, inputs, offset,
            )  # fmt: skip
            if of_block == 0:
                continue
            pairs += of_block
            if pool == setting.pools * candidates:
                # The last pool is the next; its rows have been prefetched.
                for n in range(candidates):
                    block.pools[n] = block.pools[pool + n]
                fallbacks += fill_pools(
                    proposal, rng, block.pools, candidates, setting.pools, candidates
                )
                pool = 0
            for n in range(candidates):
                block.pool_words[n] = block.pools[pool + n]
                block.pool_at[n] = block.pool_words[n] * length
                block.next_pool_at[n] = block.pools[pool + candidates + n] * length
            if candidates % 2:
                block.pool_at[candidates] = block.pool_at[0]
                block.next_pool_at[candidates] = block.next_pool_at[0]
            score_block(
                w_in,
                block.input_at,
                inputs,
                w_out,
                block.pool_at,
                candidates,
                stream.at,
                block.begin,
                block.end,
                start + offset,
                BAND,
                setting.width,
                length,
                block.packed,
                block.transposed,
                block.scores,
                block.positive_scores,
            )
            weigh_pool(weighting, rng, block, candidates, BAND, progress)
            excluded += find_excluded(
                stream.words, block.pool_words, candidates, block.weights, block.positives,
                block.excluded, block.low, block.high, block.marks, start + offset,
                inputs + setting.piece - 1,
            )  # fmt: skip
            shift_pool(loss, block, candidates, BAND, start + offset)
            pool_coefficients(loss, block, candidates, BAND)
            countdown -= 1
            if countdown == 0:
                countdown = LOSS_EVERY // 4
                loss_sum += pool_objective(loss, block, candidates, BAND)
                loss_pairs += of_block
            for cell in range(candidates * INPUTS):
                block.coefficients[cell] *= rate
            for cell in range(INPUTS * BAND):
                block.positive_coefficients[cell] *= rate
            input_to = written_at(block.frozen, block.input_at, block.input_to, INPUTS, length)
            update_block(
                setting.strips, w_in, input_to, inputs, w_out, block.pool_at, block.next_pool_at,
                candidates, stream.at, start + inputs, start + inputs + setting.window, block.begin,
                block.end, start + offset, BAND, block.low, block.high, inputs + setting.piece - 1,
                block.packed, block.packed_at, block.coefficients, block.positive_coefficients,
            )  # fmt: skip
            pool += candidates
    return Tally(kept, pairs, excluded, fallbacks, loss_sum, loss_pairs)
