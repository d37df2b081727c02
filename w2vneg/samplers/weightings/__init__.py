"""Weightings: how much each candidate counts. Each module that declares ``WEIGHTING`` is one."""
