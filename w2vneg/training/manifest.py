"""The metadata of a training, which is saved beside the vectors."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import numpy as np

from w2vneg.config import TrainConfig
from w2vneg.corpus.corpus import Corpus
from w2vneg.samplers import parts, training_method
from w2vneg.system.processors import processors
from w2vneg.training.advice import advice
from w2vneg.training.state import TrainResult
from w2vneg.version import __version__


def training_manifest(
    corpus: Corpus, config: TrainConfig, result: TrainResult, curve: list[float]
) -> dict[str, Any]:
    """Return options, corpus, counts, times and versions of a training, as JSON values.

    Parameters
    ----------
    corpus : Corpus
    config : TrainConfig
        With all that the size of the corpus has settled.
    result : TrainResult
    curve : list of float
        Means of the loss over the training.
    """
    libraries = ("numpy", "numba", "llvmlite")
    return {
        "tool": f"w2vneg {__version__}",
        "config": config.to_dict(),
        "threads": config.threads or processors(),
        "corpus": {"fingerprint": corpus.fingerprint, **corpus.report.to_dict()},
        "vocabulary": {
            "words": len(corpus.vocabulary),
            "tokens": corpus.vocabulary.total,
            "fingerprint": corpus.vocabulary.fingerprint,
        },
        "training": {
            "tokens": result.tokens,
            "tokens_after_subsampling": result.kept,
            "pairs": result.pairs,
            "collisions": result.collisions,
            "fallbacks": result.fallbacks,
            "sampler": {
                **(parts(config) if training_method(config).samples else {}),
                **result.sampler,
            },
            "loss": None if np.isnan(result.loss) else result.loss,
            "loss_curve": curve,
            "seconds": result.seconds,
            "prepare_seconds": result.prepare_seconds,
            "words_per_second": result.tokens / result.seconds,
        },
        **({"ranks": result.ranks} if result.ranks else {}),
        "advice": advice(config, corpus.vocabulary.total, result.tokens, curve)
        if corpus.is_text
        else [],
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in libraries},
        },
    }
