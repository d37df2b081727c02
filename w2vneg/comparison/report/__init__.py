"""The report of a comparison: its data (`report`), page, plots and files."""
