"""Losses: what scores and weights mean for the gradient. A module is a loss."""
