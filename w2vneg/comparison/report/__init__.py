"""The report of a comparison: its data (`report`), its page, its pictures, and its files."""
