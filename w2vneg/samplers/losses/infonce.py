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
from w2vneg.kernel.block_hooks import pool_coefficients, pool_objective, shift_pool
from w2vneg.kernel.block_tiles import INPUTS
from w2vneg.kernel.exponential import exponentials
from w2vneg.kernel.hooks import coefficients, implement, objective, shift
from w2vneg.kernel.jit import device
from w2vneg.kernel.sigmoid import exp_below
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


@implement(coefficients, InfoNce)
def _coefficients(loss, scores, weights, contexts, candidates, out):
    inverse = scores.dtype.type(1 / loss.temperature)
    for context in range(contexts):
        at = context * candidates
        # Relative to the largest score, so that nothing overflows. Candidates of weight 0 do not
        # count: next to a much larger score the others would underflow.
        largest = scores[at]
        for n in range(1, candidates):
            if weights[at + n] > 0:
                largest = max(largest, scores[at + n])
        for n in range(candidates):
            out[at + n] = (scores[at + n] - largest) * inverse
    padded = (contexts * candidates + LANES - 1) // LANES * LANES
    for cell in range(padded):
        out[cell] = weights[cell] * exp_below(out[cell])
    for context in range(contexts):
        at = context * candidates
        sum_of = out[at]
        for n in range(1, candidates):
            sum_of += out[at + n]
        scale = -inverse / max(sum_of, scores.dtype.type(1e-30))
        if weights[at] != 1 and sum_of <= _own_part(scores, weights, at, candidates, inverse):
            for n in range(candidates):
                out[at + n] = 0
            continue
        for n in range(candidates):
            out[at + n] *= scale
        out[at] += inverse


@device
def _own_part(scores, weights, at, candidates, inverse):
    """Return the positive's exponential, relative to the largest score that counts."""
    largest = scores[at]
    for n in range(1, candidates):
        if weights[at + n] > 0:
            largest = max(largest, scores[at + n])
    return exp_below((scores[at] - largest) * inverse)


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


@implement(pool_coefficients, InfoNce)
def _pool_coefficients(loss, block, candidates, band):
    scores, weights, out = block.scores, block.weights, block.coefficients
    lanes = block.lanes  # the largest score of each input, then the sum over its candidates
    zero = scores.dtype.type(0)
    inverse = scores.dtype.type(1 / loss.temperature)
    for q in range(INPUTS):
        lanes[q] = scores.dtype.type(-float("inf"))
        lanes[INPUTS + q] = zero
    # Relative to an input's largest score, as in the window form.
    for q in range(INPUTS):
        for cell in range(q * band, (q + 1) * band):
            if block.positives[cell] != 0:
                lanes[q] = max(lanes[q], block.positive_scores[cell])
    for n in range(candidates):
        for q in range(INPUTS):
            if weights[n * INPUTS + q] > 0:
                lanes[q] = max(lanes[q], scores[n * INPUTS + q])
    for n in range(candidates):
        for q in range(INPUTS):
            out[n * INPUTS + q] = (scores[n * INPUTS + q] - lanes[q]) * inverse
    exponentials(out, candidates * INPUTS)
    scale = scores.dtype.type(candidates / loss.negatives)
    for n in range(candidates):
        for q in range(INPUTS):
            out[n * INPUTS + q] *= scale * weights[n * INPUTS + q]
            lanes[INPUTS + q] += out[n * INPUTS + q]
    least = scores.dtype.type(1e-30)
    slack = scores.dtype.type(1.001)
    positives, excluded, own = block.positives, block.excluded, block.positive_coefficients
    for q in range(INPUTS):
        for cell in range(q * band, (q + 1) * band):
            own[cell] = (block.positive_scores[cell] - lanes[q]) * inverse
    exponentials(own, INPUTS * band)
    for q in range(INPUTS):
        total = zero
        rest = lanes[INPUTS + q]
        for cell in range(q * band, (q + 1) * band):
            own[cell] *= positives[cell]
            twin = scale * excluded[cell] * own[cell]
            part = positives[cell] * inverse / max(own[cell] + max(rest - twin, zero), least)
            pull = positives[cell] * inverse - (own[cell] - twin) * part
            # More than rounding: the weighting takes more from the negatives than there is.
            spent = twin > slack * rest
            part = zero if spent else part
            own[cell] = zero if spent else pull
            total += part
        lanes[INPUTS + q] = -total
    for n in range(candidates):
        for q in range(INPUTS):
            out[n * INPUTS + q] *= lanes[INPUTS + q]


@implement(pool_objective, InfoNce)
def _pool_objective(loss, block, candidates, band):
    total = 0.0
    scale = candidates / loss.negatives
    for q in range(INPUTS):
        for cell in range(q * band, (q + 1) * band):
            if block.positives[cell] != 0:
                rest = 1.0 - scale * block.excluded[cell]
                for n in range(candidates):
                    at = n * INPUTS + q
                    gap = (block.scores[at] - block.positive_scores[cell]) / loss.temperature
                    rest += scale * block.weights[at] * math.exp(min(gap, 700.0))
                total += math.log(max(rest, 1.0))
    return total


@implement(shift, CorrectedInfoNce)
def _shift(loss, scratch, contexts, candidates):
    for n in range(candidates):
        log_q = scratch.scores.dtype.type(loss.log_q[scratch.candidates[n]])
        for context in range(contexts):
            scratch.scores[context * candidates + n] -= log_q


@implement(shift_pool, CorrectedInfoNce)
def _shift_pool(loss, block, candidates, band, first):
    length = block.packed.size // INPUTS
    for n in range(candidates):
        log_q = block.scores.dtype.type(loss.log_q[block.pool_at[n] // length])
        for q in range(INPUTS):
            block.scores[n * INPUTS + q] -= log_q
    for q in range(INPUTS):
        for j in range(band):
            cell = q * band + j
            if block.positives[cell] != 0:
                word = block.stream.words[first + q + j]
                block.positive_scores[cell] -= block.scores.dtype.type(loss.log_q[word])


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
