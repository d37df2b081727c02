"""Tables as a corpus: CSV, TSV, JSON lines, Parquet and Arrow.

A reader (`text_reader`, `arrow_reader`) gives the rows of some columns in batches. `lines` makes a
line of each row, or `sessions` one of all rows of a group. `table_file` presents the lines as a
file of the corpus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.corpus.tables.table_file import TableFile

__all__ = ["TableFile"]

__getattr__ = lazy_names(__name__, {"TableFile": "table_file"})
