"""Tokenizers by name: functions from text to text whose words are separated by blanks.

They work on many lines at once and leave line ends where they are. The library of a tokenizer is
imported when it is used.
"""

from __future__ import annotations

from w2vneg.corpus.tokenizers.names import Preparation, preparation, splitter

__all__ = ["Preparation", "preparation", "splitter"]
