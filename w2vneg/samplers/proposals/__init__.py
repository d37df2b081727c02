"""Proposals: where candidates come from. Each module that declares ``PROPOSAL`` is one."""
