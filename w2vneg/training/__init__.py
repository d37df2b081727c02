"""Threads, chunks, matrices and checkpoints around the training kernel."""
