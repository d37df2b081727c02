"""Negatives from an adversarially trained generator (ACE)."""

from w2vneg.samplers.proposals.ace.ace import LEARNED, OWN, SOURCE, build, fork, report

__all__ = ["LEARNED", "OWN", "SOURCE", "build", "fork", "report"]
