"""Losses: from scores and weights to gradients. Each module that declares ``LOSS`` is one."""
