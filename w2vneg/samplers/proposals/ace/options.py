"""Options of ACE."""

from __future__ import annotations

from w2vneg.config import Option

LAMBDA = Option(
    "ace_lambda", 0.5, "Share of draws from the unigram noise; 1 is plain unigram.", 0, 1
)
CANDIDATES = Option(
    "ace_candidates",
    16,
    "Words drawn per window for the generator to choose from.",
    2,
    10_000,
)
DIM = Option("ace_dim", 32, "Dimensions of the generator's vectors.", 1, 1000)
LR = Option("ace_lr", 1.0, "Learning rate of the generator, as a multiple of --lr.", 0, 1e6)
TEMPERATURE = Option(
    "ace_temperature",
    1.0,
    "Temperature by which the generator's scores are divided.",
    0,
    1e6,
    low_open=True,
)
ENTROPY_FLOOR = Option(
    "ace_entropy_floor",
    0.5,
    "Push the entropy up while it is below the logarithm of this share of the candidates.",
    0,
    1,
)
ENTROPY_WEIGHT = Option(
    "ace_entropy_weight", 1.0, "Strength of the entropy term; 0 turns it off.", 0, 1e6
)
WARMUP = Option(
    "ace_warmup",
    0.1,
    "Share of the training in which the generator learns but all draws are unigram noise.",
    0,
    1,
)
CLIP = Option(
    "ace_clip",
    1.0,
    "Clip the gradient of each generator score to this size.",
    0,
    1e6,
    low_open=True,
)
REWARD = Option(
    "ace_reward",
    "loss",
    "What a draw earns: its loss (ACE), its score (KBGAN), or 2 sigma(score) - 1, sigmoid (IRGAN).",
    choices=("loss", "score", "sigmoid"),
)
BASELINE = Option(
    "ace_baseline",
    "running",
    "What is subtracted from rewards: a running mean for each center word (running), or the mean of "
    "the other draws of the window (others).",
    choices=("running", "others"),
)
OFF_POLICY = Option(
    "ace_off_policy",
    0.0,
    "Learn from noise draws, too, with importance weights of at most this; 0: from the generator's "
    "own draws only.",
    0,
    1e6,
)
