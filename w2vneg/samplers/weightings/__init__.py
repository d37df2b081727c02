"""Weightings: which candidates count, and how much. A module with a ``WEIGHTING`` is one."""
