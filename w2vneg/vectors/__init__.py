"""Words and their vectors, in memory and in files."""
