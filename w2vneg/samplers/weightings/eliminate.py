"""False negatives are left out: candidates of the positive's own cluster do not count (IFND).

Chen et al. (ICLR 2022) and Zhao et al. (IJCAI 2021) cluster the vectors in the course of the
training and leave out negatives of the positive's class. Here the rows of `w_in` are clustered a few
times by spherical k-means. Only the words that are nearest to the center of their cluster have a
label, a share of all that rises with the progress of the training to 1. The weights are
self-adversarial, and those of candidates with the label of the center word become 0. Training then
leads, with even weights (``--temperature 0``), to

    log p(v|u) - log[T q(v) (1 - P_u(cl(v)))],    P_u(cl) = sum of p(c|u) over the cluster cl,

which is finite, unlike the target of leaving out all pairs that were ever seen.

Of IFND the abstract and a summary were available, not the text. By these, labels of high confidence
are accepted first and more of them as training goes on, and k-means runs with several numbers of
clusters side by side. The measure of confidence, the schedule and the numbers were not found: the
cosine with the center, the linear rise and one number of clusters are choices made here. IFND's
other strategy, to attract false negatives instead, is left out.

Until the first clustering this is `self-adversarial`, bit for bit. The window form only: in a block
a candidate is the negative of several positives.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from w2vneg.config import Option, TrainConfig
from w2vneg.kernel.hooks import implement, weigh
from w2vneg.samplers.context import SamplerContext
from w2vneg.samplers.method import NamedSampler, Proposal, Weighting
from w2vneg.samplers.weightings import self_adversarial
from w2vneg.samplers.weightings.self_adversarial import SelfAdversarial

CLUSTERS = Option(
    "clusters", 500, "Clusters of words; negatives of one's own are left out.", 2, 10**6
)
CLUSTERINGS = Option(
    "clusterings", 5, "How often the words are clustered during the training; 0: never.", 0, 1000
)
_ITERATIONS = 3
#: The most frequent words find the clusters; the others only join them.
_FINDING = 20_000
_ROWS = 4096  # compared with the clusters at a time
_ONE_AT_A_TIME = threading.Lock()


class Eliminate(NamedTuple):
    """State of the weighting."""

    base: SelfAdversarial
    labels: np.ndarray  # (V,) int32, clusters of the words that are left out; -1: none
    nearest: np.ndarray  # (V,) int32, clusters of all words; -1 before the first clustering
    done: np.ndarray  # (1,) int64, clusterings so far
    clusters: int
    clusterings: int


def build(config: TrainConfig) -> Eliminate:
    """Return the state of the weighting; `bind` completes it."""
    none = np.empty(0, np.int32)
    return Eliminate(
        self_adversarial.build(config),
        none,
        none,
        np.zeros(1, np.int64),
        config[CLUSTERS],
        config[CLUSTERINGS],
    )


def bind(context: SamplerContext, state: Eliminate, proposal: Proposal, drawn: Any) -> Eliminate:
    """Return the state of the weighting for the words of a corpus, none of which has a cluster."""
    words = len(context.counts)
    return state._replace(
        labels=np.full(words, -1, np.int32),
        nearest=np.full(words, -1, np.int32),
        clusters=min(state.clusters, words),
    )


def maintain(
    state: Eliminate,
    rng: np.ndarray,
    w_in: np.ndarray,
    w_out: np.ndarray,
    length: int,
    progress: float,
) -> None:
    """Cluster the words anew where it is due: after equal parts of the training."""
    with _ONE_AT_A_TIME:
        due = min(int(progress * (state.clusterings + 1)), state.clusterings)
        if due <= state.done[0]:
            return
        state.done[0] = due
    rows = w_in.reshape(-1, length)
    similarity = cluster(rows, state.nearest, state.clusters)
    # The share of the words that are surest of their cluster.
    sure = round(progress * len(rows))
    chosen = np.argsort(-similarity, kind="stable")[:sure]
    labels = np.full(len(rows), -1, np.int32)
    labels[chosen] = state.nearest[chosen]
    state.labels[:] = labels


def cluster(rows: np.ndarray, nearest: np.ndarray, clusters: int) -> np.ndarray:
    """Cluster rows by their directions: spherical k-means.

    Parameters
    ----------
    rows : (V, n) float32 array
        The most frequent words first.
    nearest : (V,) int32 array
        Modified in place: the cluster of each row. Clusters that it holds are the starting point; -1
        throughout: `clusters` of the frequent words are.
    clusters : int

    Returns
    -------
    (V,) float32 array
        Cosine of each row with the center of its cluster.
    """
    finding = min(len(rows), max(_FINDING, 4 * clusters))
    frequent = _unit(rows[:finding])
    if nearest[0] < 0:
        centers = frequent[np.linspace(0, finding - 1, clusters).astype(np.int64)].copy()
    else:
        centers = _centers(frequent, nearest[:finding], clusters)
    for _ in range(_ITERATIONS):
        labels, _ = _assign(frequent, centers)
        centers = _centers(frequent, labels, clusters, centers)
    cosines = np.empty(len(rows), np.float32)
    for low in range(0, len(rows), _ROWS):
        part = slice(low, low + _ROWS)
        nearest[part], cosines[part] = _assign(_unit(rows[part]), centers)
    return cosines


def _unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: np.ndarray = rows / np.maximum(lengths, 1e-12)
    return unit


def _assign(rows: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels, best = np.empty(len(rows), np.int32), np.empty(len(rows), np.float32)
    for low in range(0, len(rows), _ROWS):
        part = slice(low, low + _ROWS)
        cosines = rows[part] @ centers.T
        labels[part] = cosines.argmax(axis=1)
        best[part] = np.take_along_axis(cosines, labels[part][:, None].astype(np.int64), 1)[:, 0]
    return labels, best


def _centers(
    rows: np.ndarray, labels: np.ndarray, clusters: int, before: np.ndarray | None = None
) -> np.ndarray:
    """Return the unit means of clusters; one without words stays, or is the row of its number."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels, minlength=clusters)
    filled = counts > 0
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    centers = (rows[:clusters] if before is None else before).copy()
    centers[filled] = np.add.reduceat(rows[order], starts[filled], axis=0)
    return _unit(centers)


@implement(weigh, Eliminate)
def _weigh(state, rng, scratch, contexts, candidates, progress):
    weigh(state.base, rng, scratch, contexts, candidates, progress)
    own = state.labels[scratch.candidates[0]]
    if own >= 0:
        for n in range(1, candidates):
            if state.labels[scratch.candidates[n]] == own:
                for context in range(contexts):
                    scratch.weights[context * candidates + n] = 0


def _ifnd(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"temperature": 0.0}


WEIGHTING = Weighting(
    name="eliminate",
    summary="self-adversarial, without candidates of the center word's own cluster",
    paper="IFND: Chen et al., ICLR 2022",
    options=(*self_adversarial.WEIGHTING.options, CLUSTERS, CLUSTERINGS),
    samplers=(
        NamedSampler(
            "ifnd",
            "even weights, without words of the positive's own cluster",
            weighting="eliminate",
            options=_ifnd,
        ),
    ),
    learned=("labels", "nearest", "done"),
    build=build,
    bind=bind,
    maintain=maintain,
    candidates=self_adversarial.WEIGHTING.candidates,
    stable={"window": 0.8},
)
