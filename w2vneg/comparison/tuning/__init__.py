"""The search for the best options of a training: see `w2vneg.comparison.tuning.tune`."""
