"""Small corpora and drivers that the sampler tests share."""

import numpy as np

from w2vneg.corpus.encode import encode_sentences
from w2vneg.kernel.block import block_setting
from w2vneg.kernel.hooks import propose
from w2vneg.kernel.jit import INTERPRETED, kernel
from w2vneg.kernel.rng import seed_states
from w2vneg.kernel.tiles import row_length
from w2vneg.kernel.window import Setting
from w2vneg.samplers import SamplerContext, build_sampler, configure
from w2vneg.training.loops import Loop

ROUNDS = 400 if INTERPRETED else 100_000


def corpus_of(*lines, **options):
    """Encode sentences given as lines."""
    return encode_sentences([line.split() for line in lines], **{"min_count": 1, **options})


def zipf_sentences(seed=0, count=4000):
    """`count` sentences of 12 words each out of 60, frequent ones first."""
    rng = np.random.default_rng(seed)
    return [[f"w{n}" for n in rng.zipf(1.4, 12).clip(1, 60)] for _ in range(count)]


def random_corpus(size, sentences=80, longest=12, seed=0):
    """A corpus of `size` words whose neighbours depend on each other, every word in it."""
    rng = np.random.default_rng(seed)
    lines = [[f"w{i}", f"w{(i + 1) % size}"] for i in range(size)]
    for _ in range(sentences):
        word = int(rng.integers(size))
        line = []
        for _ in range(int(rng.integers(2, longest))):
            line.append(f"w{word}")
            word = int(min(word * rng.random() * 2, size - 1)) if rng.random() < 0.7 else word // 2
        lines.append(line)
    return encode_sentences(lines, min_count=1)


def sampler_for(corpus, **options):
    """The sampler that the options name, for a corpus; in the window form unless they say so."""
    config = configure(**{"threads": 1, "form": "window", "preset": "word2vec", **options})
    return build_sampler(SamplerContext(config, corpus.vocabulary.counts, corpus))


@kernel
def _tally(proposal, state, out, counts, rounds, center):
    fallbacks = 0
    for i in range(rounds):
        asked = center if center >= 0 else i % counts.size
        fallbacks += propose(proposal, state, asked, out, out.size)
        for n in range(out.size):
            counts[out[n]] += 1
    return fallbacks


def draw(sampler, size, *, center=-1, seed=1, rounds=ROUNDS, each=5):
    """Count the draws of a sampler's proposal, for one center word or for all in turn."""
    counts = np.zeros(size, np.int64)
    state = sampler.per_thread(1)[0].proposal
    with np.errstate(over="ignore"):
        fallbacks = _tally(
            state, seed_states(seed, 1)[0], np.zeros(each, np.int64), counts, rounds, center
        )
    return counts, fallbacks


def train_rounds(
    corpus,
    sampler,
    rounds,
    *,
    window=3,
    dim=8,
    lr=0.05,
    seed=1,
    anneal=False,
    negatives=5,
    inputs=4,
):
    """Run the compiled loop over a corpus `rounds` times, yielding what stands after each.

    Yields (w_in, w_out, scratch, tally), the matrices with their padding, changed in place.
    `negatives` and `inputs`, the size of a block, are for the block form only.
    """
    length, size = row_length(dim), len(corpus.vocabulary)
    if sampler.form == "block":
        setting = block_setting(window, sampler.candidates, dim, len(corpus.tokens), inputs)
    else:
        setting = Setting(window, sampler.candidates, length)
    loop = Loop(sampler.form, setting, negatives)
    rng = np.random.default_rng(seed)
    w_in, w_out = np.zeros((2, size, length), np.float32)
    w_in[:, :dim], w_out[:, :dim] = rng.normal(0, 0.3, (2, size, dim))
    w_in, w_out = w_in.ravel(), w_out.ravel()
    keep = np.full(size, 2**32 - 1, np.uint32)
    scratch, state = loop.scratch(), seed_states(seed, 1)[0]
    states = sampler.per_thread(1)[0]
    for number in range(rounds):
        now = lr * max(1 - number / rounds, 0.02) if anneal else lr
        with np.errstate(over="ignore"):
            tally = loop.run(
                w_in, w_out, corpus.tokens, corpus.starts, 0, len(corpus.starts) - 1, keep,
                *states, scratch, state, now, number / rounds,
            )  # fmt: skip
            sampler.maintain(states, state, w_in, w_out, length, number / rounds)
        yield w_in.reshape(size, length), w_out.reshape(size, length), scratch, tally


def train_once(corpus, sampler, **options):
    """Run the loop once; see `train_rounds`."""
    return next(train_rounds(corpus, sampler, 1, **options))
