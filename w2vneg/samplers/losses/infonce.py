"""InfoNCE (van den Oord et al., 2018): pick the positive out of all candidates.

``-log(e^(s_0 / tau) / (e^(s_0 / tau) + sum_n w_n e^(s_n / tau)))`` for each context. With tau = 1
this is the K-pair loss ``log(1 + sum_n e^(s_n - s_0))`` (Sohn, NIPS 2016) of MixGCF. Without
correction for the noise, and with noise in proportion to the counts, it is CLRec's loss, which
weighs positives by inverse propensity (Zhou et al., KDD 2021).

With ``--log-q`` the logarithm of the noise q is subtracted from all scores before the loss: the
sampled softmax (Bengio and Senecal, 2008; Jean et al., ACL 2015), whose scores lead to log p(v|u)
plus a constant of u. For a uniform noise this changes nothing, bit for bit.

Without it the scores reach log(p(v|u) / q(v)), plus a constant of u, only if the positive and the candidates weigh the
same on average. In the block form, whose weights sum to K, they are multiplied by N / K: a positive
competes with all N candidates of the pool, and K is without effect.

A positive of weight w_0 other than 1 adds w_0 - 1 times its exponential to the sum over the
negatives. Where that leaves nothing of the sum, the loss is 0 and nothing is learned.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.errors import UsageError
from w2vneg.kernel import lanes
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective, shift_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.hooks import coefficients, implement, objective, shift
from w2vneg.kernel.jit import device
from w2vneg.kernel.lanes.functions import FAR
from w2vneg.kernel.tiles import LANES
from w2vneg.samplers.chosen import chosen_methods
from w2vneg.samplers.method import Loss, NamedSampler, Proposal, Weighting
from w2vneg.system.option_names import choice, named

TEMPERATURE = Option(
    "loss_temperature", 1.0, "Temperature (tau) by which scores are divided.", 0, 1e6, low_open=True
)


LOG_Q = Option(
    "log_q",
    False,
    "Subtract the logarithm of the noise from the scores, the positive's too (sampled softmax): they "
    "then lead to log p(v|u), whatever the noise.",
)


class InfoNce(NamedTuple):
    """State of the loss."""

    temperature: float = 1.0
    negatives: float = 1.0  # K, the sum of the weights of a pool


class CorrectedInfoNce(NamedTuple):
    """State of the loss with ``--log-q``."""

    plain: InfoNce
    log_q: np.ndarray  # (V,) float32, log of the noise, relative to its largest value


def check(config: TrainConfig) -> None:
    """Refuse a total weight, and ``--log-q`` where the noise is not known.

    The positive competes with all candidates alike, whatever their weight.
    """
    if config.negative_weight is not None:
        raise UsageError(
            f"{choice('negative_weight', f'{config.negative_weight:g}')} has no place in "
            f"{choice('loss', 'infonce')}, where a positive competes with all candidates alike; "
            f"choose {choice('loss', 'sgns')} or bpr"
        )

    if not config[LOG_Q]:
        return
    chosen = chosen_methods(config)
    proposal, weighting = chosen["proposal"], chosen["weighting"]
    assert isinstance(proposal, Proposal)
    assert isinstance(weighting, Weighting)
    if proposal.probabilities is None:
        raise UsageError(
            f"{named('log_q', True)}: {choice('proposal', proposal.name)} has no distribution that is "
            f"the same for all words; choose {choice('proposal', 'unigram')}"
        )
    if weighting.mixes:
        raise UsageError(
            f"{named('log_q', True)}: the mixtures of {choice('weighting', weighting.name)} are not "
            "draws of the noise; "
            "leave one of them out"
        )


def build(config: TrainConfig) -> InfoNce:
    """Return the state of the loss."""
    return InfoNce(config[TEMPERATURE], float(config.negatives))


def bind(
    config: TrainConfig, state: InfoNce, probabilities: np.ndarray
) -> InfoNce | CorrectedInfoNce:
    """Return the state of the loss for a noise: (V,) float64 `probabilities`."""
    if not config[LOG_Q]:
        return state
    largest = probabilities.max()
    log_q = np.log(np.maximum(probabilities / largest, np.finfo(np.float32).tiny))
    log_q[log_q > -1e-6] = 0  # the rounding of a table of equal probabilities
    return CorrectedInfoNce(state, log_q.astype(np.float32)) if log_q.any() else state


@device
def _reference(scores, weights, at, candidates, inverse, span):
    """Return the score that a row's exponentials are relative to, so that nothing overflows.

    That of the positive, or the highest where that is far above. Candidates of weight 0 do not count:
    next to a much higher score the others would underflow.
    """
    zero, own, far = scores.dtype.type(0), scores[at], False
    # What lies behind the row may be far, too, but is left out below.
    for n in range(0, span, LANES):
        far |= lanes.some((lanes.load(scores, at + n) - own) * inverse > FAR)
    if not far:
        return own
    top = lanes.spread(own)
    for n in range(0, span, LANES):
        score = lanes.load(scores, at + n)
        counted = lanes.between(1 - n, candidates - n) & (lanes.load(weights, at + n) > zero)
        top = lanes.where(counted & (score > top), score, top)
    highest = lanes.highest(top)
    return highest if (highest - own) * inverse > FAR else own


@device
def _pull(scores, weights, contexts, candidates, inverse, out, span):
    """Set the coefficients. `span` is `candidates`, or `LANES` where there are no more than that."""
    zero, least = scores.dtype.type(0), scores.dtype.type(1e-30)
    for context in range(contexts):
        at = context * candidates
        reference = _reference(scores, weights, at, candidates, inverse, span)
        # What is set behind the row belongs to the next, which is not set yet.
        for n in range(0, span, LANES):
            part = lanes.exponential((lanes.load(scores, at + n) - reference) * inverse)
            lanes.store(part * lanes.load(weights, at + n), out, at + n)
    # In a loop of its own, so that the processor need not wait for one row before it begins others. The
    # first vector of a row is loaded before the row in front of it is stored, which reaches into it.
    following = lanes.load(out, 0)
    for context in range(contexts):
        at = context * candidates
        first = following
        inside = lanes.between(0, candidates)
        sums = lanes.where(inside, first, zero)
        for n in range(LANES, span, LANES):
            part = lanes.load(out, at + n)
            sums = sums + lanes.where(lanes.between(0, candidates - n), part, zero)
        total, pull = lanes.total(sums), inverse
        scale = -inverse / max(total, least)
        if weights[at] != 1:
            reference = _reference(scores, weights, at, candidates, inverse, span)
            own = lanes.exponential(lanes.spread((scores[at] - reference) * inverse))
            if total <= lanes.highest(own):
                scale, pull = zero, zero
        following = lanes.load(out, at + candidates)
        for n in range(LANES, span, LANES):
            lanes.store(lanes.load(out, at + n) * scale, out, at + n)
        part = first * scale
        part = lanes.where(lanes.between(0, 1), part + pull, part)
        lanes.store(lanes.where(inside, part, first), out, at)


@implement(coefficients, InfoNce)
def _coefficients(loss, scores, weights, contexts, candidates, out):
    inverse = scores.dtype.type(1 / loss.temperature)
    # Twice, so that the compiler knows the inner loops of short rows.
    if candidates <= LANES:
        _pull(scores, weights, contexts, candidates, inverse, out, LANES)
    else:
        _pull(scores, weights, contexts, candidates, inverse, out, candidates)


@implement(objective, InfoNce)
def _objective(loss, scores, weights, contexts, candidates):
    total = 0.0
    for context in range(contexts):
        at = context * candidates
        rest = float(weights[at])
        for n in range(1, candidates):
            gap = (scores[at + n] - scores[at]) / loss.temperature
            rest += weights[at + n] * math.exp(min(gap, 700.0))
        total += math.log(max(rest, 1.0))
    return total


@device
def _largest(block, candidates, band):
    """Return the largest score of each input that counts, and leave it in ``block.lanes``.

    Exponentials are taken relative to it, as in the window form.
    """
    scores, columns = block.scores, block.lanes
    zero, lowest = scores.dtype.type(0), scores.dtype.type(-float("inf"))
    for q in range(INPUTS):
        present = lanes.load(block.positives, q * band) > zero
        score = lanes.load(block.positive_scores, q * band)
        columns[q] = lanes.highest(lanes.where(present, score, lowest))
    largest = lanes.load(columns, 0)
    for at in range(0, candidates * INPUTS, INPUTS):
        score = lanes.load(scores, at)
        counted = lanes.load(block.weights, at) > zero
        largest = lanes.where(counted & (score > largest), score, largest)
    lanes.store(largest, columns, 0)
    return largest


@implement(pool_coefficients, InfoNce)
def _pool_coefficients(loss, block, candidates, band):
    scores, weights, out = block.scores, block.weights, block.coefficients
    columns, own = block.lanes, block.positive_coefficients
    zero = scores.dtype.type(0)
    inverse = scores.dtype.type(1 / loss.temperature)
    largest = _largest(block, candidates, band)
    scale = scores.dtype.type(candidates / loss.negatives)
    sums = lanes.spread(zero)
    for at in range(0, candidates * INPUTS, INPUTS):
        part = lanes.exponential((lanes.load(scores, at) - largest) * inverse)
        part = part * (lanes.load(weights, at) * scale)
        lanes.store(part, out, at)
        sums = sums + part
    lanes.store(sums, columns, INPUTS)
    least = scores.dtype.type(1e-30)
    slack = scores.dtype.type(1.001)
    for q in range(INPUTS):
        positive = lanes.load(block.positives, q * band)
        score = lanes.load(block.positive_scores, q * band)
        mine = lanes.exponential((score - columns[q]) * inverse) * positive
        twin = lanes.load(block.excluded, q * band) * mine * scale
        rest = lanes.spread(columns[INPUTS + q])
        others = lanes.maximum(rest - twin, lanes.spread(zero))
        part = positive * inverse / lanes.maximum(mine + others, lanes.spread(least))
        pull = positive * inverse - (mine - twin) * part
        # More than rounding: the weighting takes more from the negatives than there is.
        spent = twin > rest * slack
        lanes.store(lanes.where(spent, zero, pull), own, q * band)
        columns[INPUTS + q] = -lanes.total(lanes.where(spent, zero, part))
    totals = lanes.load(columns, INPUTS)
    for at in range(0, candidates * INPUTS, INPUTS):
        lanes.store(lanes.load(out, at) * totals, out, at)


@implement(pool_objective, InfoNce)
def _pool_objective(loss, block, candidates, band):
    # As in `_pool_coefficients`: log(mine + others) - log(mine).
    scores, weights, columns = block.scores, block.weights, block.lanes
    zero = scores.dtype.type(0)
    inverse = scores.dtype.type(1 / loss.temperature)
    scale = scores.dtype.type(candidates / loss.negatives)
    largest = _largest(block, candidates, band)
    rest = lanes.spread(zero)
    for at in range(0, candidates * INPUTS, INPUTS):
        part = lanes.exponential((lanes.load(scores, at) - largest) * inverse)
        rest = rest + part * (lanes.load(weights, at) * scale)
    lanes.store(rest, columns, INPUTS)
    sums = lanes.spread(zero)
    for q in range(INPUTS):
        present = lanes.load(block.positives, q * band) > zero
        gap = (lanes.load(block.positive_scores, q * band) - columns[q]) * inverse
        mine = lanes.exponential(gap)
        twin = lanes.load(block.excluded, q * band) * mine * scale
        others = lanes.maximum(columns[INPUTS + q] - twin, lanes.spread(zero))
        sums = sums + lanes.where(present, lanes.logarithm(mine + others) - gap, zero)
    return np.float64(lanes.total(sums))


@implement(shift, CorrectedInfoNce)
def _shift(loss, scratch, contexts, candidates):
    for n in range(candidates):
        log_q = scratch.scores.dtype.type(loss.log_q[scratch.candidates[n]])
        for context in range(contexts):
            scratch.scores[context * candidates + n] -= log_q


@implement(shift_pool, CorrectedInfoNce)
def _shift_pool(loss, block, candidates, band, first):
    scores, own, words = block.scores, block.positive_scores, block.stream.words
    for n in range(candidates):
        log_q = scores.dtype.type(loss.log_q[block.pool_words[n]])
        lanes.store(lanes.load(scores, n * INPUTS) - log_q, scores, n * INPUTS)
    for q in range(INPUTS):
        # An input without positives begins behind its end.
        for position in range(block.begin[q], block.end[q]):
            cell = q * band + position - first - q
            own[cell] -= own.dtype.type(loss.log_q[words[position]])


@implement(coefficients, CorrectedInfoNce)
def _corrected_coefficients(loss, scores, weights, contexts, candidates, out):
    coefficients(loss.plain, scores, weights, contexts, candidates, out)


@implement(objective, CorrectedInfoNce)
def _corrected_objective(loss, scores, weights, contexts, candidates):
    return objective(loss.plain, scores, weights, contexts, candidates)


@implement(pool_coefficients, CorrectedInfoNce)
def _corrected_pool_coefficients(loss, block, candidates, band):
    pool_coefficients(loss.plain, block, candidates, band)


@implement(pool_objective, CorrectedInfoNce)
def _corrected_pool_objective(loss, block, candidates, band):
    return pool_objective(loss.plain, block, candidates, band)


LOSS = Loss(
    name="infonce",
    summary="softmax over the positive and its negatives",
    paper="van den Oord et al., 2018",
    options=(TEMPERATURE, LOG_Q),
    samplers=(
        NamedSampler(
            "clrec",
            "words by count, contrasted by a softmax without correction",
            loss="infonce",
            paper="CLRec: Zhou et al., KDD 2021",
            options=lambda given: {"ns_exponent": 1.0},
        ),
        NamedSampler(
            "sampled-softmax",
            "words by count^exponent, in a softmax that corrects for them",
            loss="infonce",
            paper="Bengio and Senecal, 2008; Jean et al., ACL 2015",
            options=lambda given: {"log_q": True},
        ),
    ),
    build=build,
    check=check,
    block=True,
    weighs_positive=True,
    bind=bind,
)
