"""ACE: negatives from an adversarially trained generator (Bose, Ling and Cao, ACL 2018)."""

from w2vneg.samplers.proposals.ace.ace import PROPOSAL

__all__ = ["PROPOSAL"]
