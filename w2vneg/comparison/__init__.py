"""`w2vneg compare`: the same corpus trained in several ways, scored and told apart."""
