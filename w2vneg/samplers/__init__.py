"""What plugs into the training loop: proposals, weightings and losses."""
