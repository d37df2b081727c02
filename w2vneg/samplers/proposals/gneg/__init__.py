"""GNEG: negatives from the co-occurrence graph (Zhang and Zweigenbaum, ACL 2018)."""

from w2vneg.samplers.proposals.gneg.gneg import PROPOSAL

__all__ = ["PROPOSAL"]
