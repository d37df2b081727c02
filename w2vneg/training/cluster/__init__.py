"""Training on several ranks: processes on one or several machines, each with its part of the corpus.

Every rank has both matrices and trains its own shard. At regular intervals, counted in
words, all ranks meet and combine what their rows have learned (`w2vneg.training.cluster.meetings`).
"""
