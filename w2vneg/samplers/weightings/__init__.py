"""Which candidates count, and how much, one module a method."""
