"""Where corpora come from: a sample made on the spot, and a manifest of larger ones."""
