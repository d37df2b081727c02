"""Text in, an encoded corpus out: read, tokenize, count, choose the vocabulary, encode.

The modules form layers; each imports only from its own layer and from those below it:

    encode  encode_part
    cache  workers  build_vocabulary  write_tokens  cooccurrence  phrases  join_phrases  paths_or_sentences
    inputs  read_sentences  documents  parts  ranks
    block_feed  blocks  sentences  spool  word_table  tokenizer  token_edges  corpus  encoded  remap  fingerprint
    tables  prepared_file
    sources  streams  remote  options  vocabulary  plain_text  report  columns  sentence_lines  tokenizers
    input_options  walk_options  file_kinds  magic  folders  odd_text  segmentation  foreign_objects
    decompress  text_bytes  file_identity  addresses

A text goes through them in four steps: `inputs` lists its files; `workers` tokenizes their blocks
into tables of words and spool files; `build_vocabulary` merges the tables and chooses the words;
`write_tokens` translates the spool files to the arrays of an `EncodedCorpus`, which `cache` stores.
A table is one more file, whose text `tables` makes of its cells. Where several ranks read one corpus,
`parts` divides its files and `ranks` adds up their words.
Sentences from Python are presented as one more file by `sentences`, whose blocks `block_feed` hands
from the calling thread to the workers.

The names below are imported when they are first used. The functions `encode` and `encode_sentences`
are imported from `w2vneg.corpus.encode`: as a name of this package, `encode` is that module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2vneg.system.lazy import lazy_names

if TYPE_CHECKING:
    from w2vneg.corpus.encode import count, encode_sentences
    from w2vneg.corpus.encoded import EncodedCorpus
    from w2vneg.corpus.options import ENCODING_ERRORS
    from w2vneg.corpus.report import IngestReport
    from w2vneg.corpus.sources import find_sources, holds_file
    from w2vneg.corpus.vocabulary import Vocabulary

__all__ = [
    "ENCODING_ERRORS",
    "EncodedCorpus",
    "IngestReport",
    "Vocabulary",
    "count",
    "encode_sentences",
    "find_sources",
    "holds_file",
]

__getattr__ = lazy_names(
    __name__,
    {
        "ENCODING_ERRORS": "options",
        "EncodedCorpus": "encoded",
        "IngestReport": "report",
        "Vocabulary": "vocabulary",
        "count": "encode",
        "encode_sentences": "encode",
        "find_sources": "sources",
        "holds_file": "sources",
    },
)
