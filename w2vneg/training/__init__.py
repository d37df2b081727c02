"""Training: threads, chunks, matrices and checkpoints around the compiled loop.

`w2vneg.training.train.train` turns an encoded corpus and a configuration into two matrices;
`w2vneg.training.checkpoint` saves and restores the state of a training.
"""
