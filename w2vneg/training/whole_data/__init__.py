"""Whole-data training: alternating least squares over all pairs of words, without sampling.

`cells` makes the observed cells from the co-occurrence graph, `rows` holds the kernels that solve
rows, `state` the matrices and the work of the threads, `train` the training as a whole. The loss and
its options are declared in `w2vneg.samplers.trainers.whole_data`.
"""
