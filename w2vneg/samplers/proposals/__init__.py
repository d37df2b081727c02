"""Where candidate negatives come from, one module a method."""
