"""The options of reading a corpus, checked once and handed on as one object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from w2vneg.config import COMMON, bounds
from w2vneg.corpus.input_options import SESSION_DEFAULTS, InputOptions
from w2vneg.corpus.text_bytes import BOM
from w2vneg.errors import UsageError, suggest
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named
from w2vneg.system.progress import Progress
from w2vneg.system.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from w2vneg.corpus.vocabulary import Vocabulary

#: What may happen to tokens that are not UTF-8.
ENCODING_ERRORS = ("drop", "strict")

#: Bytes of text that a thread takes at a time.
BLOCK_BYTES = 1 << 20

#: More tokens than any corpus has.
NO_LIMIT = 1 << 62

#: The first block must hold the byte order mark and the first byte of a token.
_MIN_BLOCK_BYTES = len(BOM) + 1


@dataclass(frozen=True)
class IngestOptions:
    """How a corpus is read and which of its words are kept.

    Parameters
    ----------
    min_count, max_vocab, vocabulary, earlier, threads, encoding_errors, max_tokens, block_bytes
    progress, stop, input, ranks, own_files
        See `w2vneg.corpus.encode.encode`.

    Raises
    ------
    UsageError
        `encoding_errors` or `max_tokens` has a value that is not allowed.
    """

    min_count: int = COMMON["min_count"].default
    max_vocab: int | None = None
    vocabulary: Vocabulary | None = None
    earlier: Vocabulary | None = None
    threads: int | None = None
    encoding_errors: str = "drop"
    max_tokens: int | None = None
    block_bytes: int = BLOCK_BYTES
    progress: Progress = field(default_factory=Progress)
    stop: StopFlag = field(default_factory=StopFlag)
    input: InputOptions = field(default_factory=InputOptions)
    ranks: Ranks = ALONE
    own_files: bool = False

    def __post_init__(self) -> None:
        if self.encoding_errors not in ENCODING_ERRORS:
            remedy = suggest(self.encoding_errors, list(ENCODING_ERRORS))
            raise UsageError(f"{named('encoding_errors', self.encoding_errors)}: {remedy}")
        if self.max_tokens is not None and not 1 <= self.max_tokens <= NO_LIMIT:
            allowed = bounds(1, NO_LIMIT)
            raise UsageError(f"{named('max_tokens', self.max_tokens)} is out of range: {allowed}")
        object.__setattr__(self, "block_bytes", max(_MIN_BLOCK_BYTES, self.block_bytes))

    @property
    def strict(self) -> bool:
        """Whether a token that is not UTF-8 is an error."""
        return self.encoding_errors == "strict"

    @property
    def token_limit(self) -> int:
        """How many tokens are read at most."""
        return self.max_tokens or NO_LIMIT

    def more_words(self, largest: int) -> str:
        """Return what to change so that more words are kept.

        Parameters
        ----------
        largest : int
            Count of the most frequent word.
        """
        if self.max_vocab == 1:
            return f"raise {named('max_vocab')}"
        if self.vocabulary is not None and self.min_count == 1:
            return "give a vocabulary of this corpus, as w2vneg vocab CORPUS -o FILE writes it"
        return f"lower {named('min_count')} ({self.min_count}, the most frequent word occurs {largest} times)"

    def cache_fields(self) -> dict[str, Any]:
        """Return the options that the encoded corpus depends on, for the key of the cache."""
        given, earlier = self.vocabulary, self.earlier
        return {
            **({} if earlier is None else {"earlier": earlier.fingerprint}),
            "min_count": self.min_count,
            "max_vocab": self.max_vocab,
            "vocabulary": given.fingerprint if given is not None else None,
            "encoding_errors": self.encoding_errors,
            "max_tokens": self.max_tokens,
            **self.input.cache_fields(),
        }


def least_count(
    min_count: int | None, vocabulary: Vocabulary | None, input: InputOptions | None = None
) -> int:
    """Return the bound of the counts.

    By default no word of a given vocabulary is too rare, and none of the words of sessions.
    """
    if min_count is not None:
        return min_count
    if vocabulary is not None:
        return 1
    if input is not None and input.group is not None:
        return int(SESSION_DEFAULTS["min_count"])
    return int(COMMON["min_count"].default)
