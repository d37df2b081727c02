"""Maps of words: a page for the browser in one file, or a table for embedding-atlas.

`make_map` places the words of one or two models on a plane; `write_page` and `write_atlas` write
the map. The names below are imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.view.atlas import write_atlas
    from w2vneg.view.page import write_page
    from w2vneg.view.word_map import WordMap, make_map

__all__ = ["WordMap", "make_map", "write_atlas", "write_page"]

__getattr__ = lazy_names(
    __name__,
    {
        "WordMap": "word_map",
        "make_map": "word_map",
        "write_atlas": "atlas",
        "write_page": "page",
    },
)
