"""Proposals: where candidates come from. A module or package with a ``PROPOSAL`` is one."""
