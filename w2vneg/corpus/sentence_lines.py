"""One sentence from Python as a line of text, checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from w2vneg.corpus.foreign_objects import is_iterable, is_missing, quoted
from w2vneg.corpus.text_bytes import SEPARATOR_MAX
from w2vneg.errors import UsageError

_SEPARATORS = bytes(range(SEPARATOR_MAX + 1))
_SEPARATOR_CHARACTERS = _SEPARATORS.decode("ascii")
#: In a sentence that is one string, a line end is white space like any other.
_LINE_ENDS_TO_BLANKS = bytes.maketrans(b"\n\r", b"  ")

Tokenizer = Callable[[str], Iterable[Any]]


def line_of_words(number: int, sentence: Any) -> bytes:
    """Return a sentence that is split into words as a line.

    Parameters
    ----------
    number : int
        Position of the sentence, for messages.
    sentence : iterable of str or int
        Whole numbers are written as decimals.

    Raises
    ------
    UsageError
        The sentence is no such iterable; a word is empty, contains white space or control
        characters, or cannot be encoded: it could not be read back from a file of vectors.
    """
    words = sentence if type(sentence) is list else _word_list(number, sentence)
    if not words:
        return b"\n"
    try:
        content = " ".join(words).encode("utf-8")
    except (TypeError, UnicodeEncodeError):
        if set(map(type, words)) == {int}:  # the usual case, and fast
            words = list(map(str, words))
        else:
            _refuse_numbered(number, words)
            words = [_as_text(number, word) for word in words]
        content = " ".join(words).encode("utf-8", "surrogatepass")
        bad = next((word for word in words if not _encodes(word)), None)
        if bad is not None:
            raise UsageError(
                f"sentence {number}: {quoted(bad)} holds half of a surrogate pair, which UTF-8 "
                "cannot; replace it"
            ) from None
    # No word is empty, and the separators are exactly those that were put in.
    letters = len(content.translate(None, _SEPARATORS))
    if letters + len(words) - 1 != len(content) or "" in words:
        separators = set(_SEPARATOR_CHARACTERS)
        bad = next(word for word in words if not word or not separators.isdisjoint(word))
        raise UsageError(
            f"sentence {number}: {quoted(bad)} is empty or contains white space; replace it, for "
            "example with _"
        )
    return content + b"\n"


def _refuse_numbered(number: int, words: list[Any]) -> None:
    """Raise `UsageError` for a pair of a number and a sentence, as `enumerate` makes them."""
    if len(words) == 2 and isinstance(words[0], int) and isinstance(words[1], list | tuple):
        raise UsageError(
            f"sentence {number} is a pair of a number and a list; give the lists alone: "
            "(sentence for _, sentence in corpus)"
        )


def line_of_text(number: int, sentence: Any) -> bytes:
    """Return a sentence that is a string as a line; its words are separated as in a text file.

    Raises
    ------
    UsageError
        The sentence is not a string, or cannot be encoded.
    """
    text = _text(number, sentence)
    try:
        return text.encode("utf-8").translate(_LINE_ENDS_TO_BLANKS) + b"\n"
    except UnicodeEncodeError as error:
        bad = text[error.start : error.end]
        raise UsageError(
            f"sentence {number} holds {bad!r}, half of a surrogate pair, which UTF-8 cannot; "
            "replace it"
        ) from None


def line_of_tokens(number: int, sentence: Any, tokenizer: Tokenizer) -> bytes:
    """Return a sentence that is a string as a line of the words that a tokenizer makes of it.

    What the tokenizer returns for the white space between words is left out.

    Raises
    ------
    UsageError
        The sentence is not a string; what the tokenizer returns is no iterable of words.
    """
    tokens = tokenizer(_text(number, sentence).rstrip("\r\n"))
    if isinstance(tokens, str | bytes | Mapping) or not is_iterable(tokens):
        raise UsageError(
            f"the tokenizer made {quoted(tokens)} of sentence {number}; it must return a list of "
            "words, as str.split does"
        )
    words = [
        token
        for token in _word_list(number, tokens)
        if not isinstance(token, str) or token.strip(_SEPARATOR_CHARACTERS)
    ]
    return line_of_words(number, words)


def _text(number: int, sentence: Any) -> str:
    if isinstance(sentence, str):
        return sentence
    if is_missing(sentence):
        _refuse_missing(number, sentence)
    raise UsageError(
        f"sentence {number} is {quoted(sentence)}, not a string as the first one; give all "
        "sentences as strings, or all as lists of words"
    )


def _word_list(number: int, sentence: Any) -> list[Any]:
    """Return a sentence as a list; arrays as lists of Python's own numbers and strings."""
    if isinstance(sentence, str):
        raise UsageError(
            f"sentence {number} is a string, not a list of words; split it: sentence.split()"
        )
    if isinstance(sentence, bytes | bytearray | memoryview):
        raise UsageError(
            f"sentence {number} is {quoted(sentence)}; decode it, or open the file as text"
        )
    if isinstance(sentence, Mapping):
        keys = " or ".join(map(repr, sentence)) or "NAME"
        raise UsageError(f"sentence {number} is a dict; name what to read: column={keys}")
    if isinstance(sentence, set | frozenset):
        raise UsageError(f"sentence {number} is a set, which has no order; give sorted(sentence)")
    if is_missing(sentence):
        _refuse_missing(number, sentence)
    for method in ("tolist", "to_pylist"):
        if hasattr(sentence, method):
            sentence = getattr(sentence, method)()
            break
    if isinstance(sentence, list):
        return sentence
    if isinstance(sentence, os.PathLike):
        raise UsageError(
            f"sentence {number} is {quoted(sentence)}, the path of a file; give paths alone, or "
            "sentences alone"
        )
    # What an iterator raises is not caught here: it is the caller's.
    if not is_iterable(sentence):
        raise UsageError(
            f"sentence {number} is {quoted(sentence)}, not a list of words; if the corpus is one "
            "sentence, give a list that holds it: [corpus]"
        )
    return list(sentence)


def _refuse_missing(number: int, sentence: Any) -> NoReturn:
    raise UsageError(
        f"sentence {number} is {sentence!r}, a missing value; leave it out, as Series.dropna() does"
    )


def _as_text(number: int, word: Any) -> str:
    """Return a word as a string, if it is one or a whole number."""
    if isinstance(word, str):
        return str.__str__(word)  # members of enumerations have a __str__ of their own
    if hasattr(type(word), "__index__") and not isinstance(word, bool):
        try:
            return str(word.__index__())
        except TypeError:  # an array with more than one number
            pass
    if is_missing(word):
        what = "is a missing value, not a word; leave it out"
    elif isinstance(word, bytes | bytearray):
        what = "is not a word; decode it: word.decode()"
    elif isinstance(word, list | tuple) or getattr(word, "ndim", None):
        what = (
            "is not a word; make each inner list a sentence, with "
            "itertools.chain.from_iterable(corpus)"
        )
    else:
        what = "is not a word; give str or int: str(word)"
    raise UsageError(f"sentence {number}: {quoted(word)} {what}")


def _encodes(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
