"""Training: threads, chunks, matrices and checkpoints around the compiled loop.

`w2vneg.training.train.train` turns an encoded corpus and a configuration into a `TrainResult`;
`Checkpointer` saves the state of a training as a `Snapshot`, from which it resumes.
"""

from w2vneg.training.checkpoint import Checkpointer, Snapshot
from w2vneg.training.state import TrainingState, TrainResult

__all__ = ["Checkpointer", "Snapshot", "TrainResult", "TrainingState"]
