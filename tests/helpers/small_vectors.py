"""Eight words in four dimensions whose analogies and neighbors are obvious."""

import numpy as np

WORDS = ["man", "king", "woman", "queen", "paris", "france", "rome", "italy"]
MATRIX = np.array(
    [[0, 1, 0, 0], [1, 1, 0, 0], [0, -1, 0, 0.1], [1, -1, 0, 0.1],
     [0, 0, 1, 1], [0, 0.2, 1, -1], [0.2, 0, 2, 1], [0.2, 0.2, 2, -1]],
    np.float32,
)  # fmt: skip
