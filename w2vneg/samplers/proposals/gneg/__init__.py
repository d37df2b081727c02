"""Negatives from the co-occurrence graph (GNEG)."""

from w2vneg.samplers.proposals.gneg.gneg import SOURCE, build, report

__all__ = ["SOURCE", "build", "report"]
