"""What was read, dropped and kept while a corpus was ingested."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from w2vneg.corpus.text_bytes import MAX_TOKEN_BYTES, TO_UTF8
from w2vneg.errors import counted
from w2vneg.system.option_names import named


@dataclass
class IngestReport:
    """Counts of what the ingest of a corpus met.

    Attributes
    ----------
    tokens_read, tokens_kept : int
        All tokens, and those that are words of the vocabulary.
    out_of_vocabulary, invalid_utf8, too_long : int
        Tokens dropped, by reason.
    first_invalid : str or None
        File and byte of the first token that is not UTF-8.
    control_bytes : int
        Control characters that were treated as white space.
    first_control : str or None
        File and byte of the first one.
    unsegmented : str or None
        How the words seem to be joined, where they are not separated by blanks.
    byte_order_marks : int
        Marks that were removed at the starts of lines, those of files left out.
    sentences : int
        Sentences of the encoded corpus; 0 where words were only counted.
    bytes_read : int
        Bytes of (decompressed) text.
    distinct_words : int
        Different words in the text.
    absent_words, rare_words : int
        Words of a given vocabulary that do not occur in the text, or too rarely.
    first_absent, first_rare : list of str
        The first of these words.
    notes : list of str
        One line on each thing that is odd about the text, or that was dropped or replaced while a
        table was read.
    left_out : list of str
        One line for each kind of file that is left out of a folder.
    seconds : float
        Time taken.
    from_cache : bool
        Whether an earlier run had encoded this corpus.
    """

    tokens_read: int = 0
    tokens_kept: int = 0
    out_of_vocabulary: int = 0
    invalid_utf8: int = 0
    first_invalid: str | None = None
    too_long: int = 0
    control_bytes: int = 0
    first_control: str | None = None
    unsegmented: str | None = None
    byte_order_marks: int = 0
    sentences: int = 0
    bytes_read: int = 0
    distinct_words: int = 0
    absent_words: int = 0
    rare_words: int = 0
    first_absent: list[str] = field(default_factory=list)
    first_rare: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    seconds: float = 0.0
    from_cache: bool = False

    def finish(self, seconds: float) -> None:
        """Set the time taken and what follows from the other counts."""
        dropped = self.invalid_utf8 + self.too_long
        self.out_of_vocabulary = self.tokens_read - self.tokens_kept - dropped
        self.seconds = seconds

    def why_no_words(self, name: str, min_count: int, largest: int) -> str:
        """Return the message for a corpus of which no word is left.

        Parameters
        ----------
        name : str
            The name of the corpus.
        min_count : int
            Words that occur less often were left out.
        largest : int
            Count of the most frequent word.
        """
        if self.unsegmented:
            return f"{name} cannot be used: {self.unsegmented}"
        if self.distinct_words:
            return (
                f"no word of {name} occurs {min_count} times, the most frequent "
                f"{counted(largest, 'time')}; "
                f"lower {named('min_count')}"
            )
        dropped = []
        if self.invalid_utf8:
            dropped.append(
                f"{self.invalid_utf8:,} not UTF-8 (first: {self.first_invalid}), convert the file: "
                f"{TO_UTF8}"
            )
        if self.too_long:
            dropped.append(
                f"{self.too_long:,} longer than {MAX_TOKEN_BYTES} bytes, separate the words by blanks"
            )
        return f"no usable tokens in {name}: of {self.tokens_read:,}, " + "; ".join(dropped)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict for JSON."""
        return asdict(self)

    def warnings(self) -> list[str]:
        """Return one line for each kind of input that was dropped."""
        lines = [*self.left_out, *self.notes]
        if self.unsegmented:
            lines.append(f"the text seems to be unsegmented: {self.unsegmented}")
        if self.invalid_utf8:
            lines.append(
                f"dropped {counted(self.invalid_utf8, 'token that is', 'tokens that are')} not UTF-8, the first at "
                f"{self.first_invalid}; to keep them convert the file: {TO_UTF8}"
            )
        if self.too_long:
            lines.append(
                f"dropped {counted(self.too_long, 'token')} of more than {MAX_TOKEN_BYTES} bytes"
            )
        if self.control_bytes:
            lines.append(
                f"treated {counted(self.control_bytes, 'control byte')} as blanks, the first at "
                f"{self.first_control}"
            )
        if self.byte_order_marks:
            lines.append(
                f"removed {counted(self.byte_order_marks, 'byte order mark')} (U+FEFF) at the starts of lines"
            )
        for count, first, one, many in (
            (
                self.absent_words, self.first_absent,
                "does not occur in the text", "do not occur in the text",
            ),
            (
                self.rare_words, self.first_rare,
                f"occurs less often than {named('min_count')} asks for",
                f"occur less often than {named('min_count')} asks for",
            ),
        ):  # fmt: skip
            if count:
                listed = ", ".join(first) + (", ..." if count > len(first) else "")
                words = counted(count, "word")
                what = one if count == 1 else many
                lines.append(f"left out {words} of the given vocabulary that {what}: {listed}")
        return lines
