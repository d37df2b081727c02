"""Short trainings that write many checkpoints, and one that ends after some."""

import signal

from w2vneg.samplers import configure
from w2vneg.training.checkpoint import Checkpointer

EPOCHS = 60  # long enough for several checkpoints


def config(**options):
    """Return the configuration of such a training."""
    fixed = {"preset": "word2vec", "dim": 8, "epochs": EPOCHS, "min_count": 1, "threads": 1}
    return configure(**{**fixed, **options})


class StopAt(Checkpointer):
    """Ends the training after the n-th checkpoint, as a signal would."""

    def __init__(self, folder, stop, after):
        super().__init__(folder, 1e-9)
        self.stop, self.after = stop, after

    def save(self, snapshot):
        super().save(snapshot)
        self.after -= 1
        if self.after == 0:
            self.stop.set(signal.SIGTERM)
