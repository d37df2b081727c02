"""The ``tokenizer.json`` of Hugging Face: written for whole words, and read for its words.

Source of the format: https://huggingface.co/docs/tokenizers
"""

from __future__ import annotations

import json
import os
import string
from collections.abc import Sequence
from typing import Any

from w2vneg.errors import DataError, reason

#: Stands for unknown words, whose vector is zero.
UNKNOWN = "[UNK]"
_PUNCTUATION = set(string.punctuation)


def tokenizer_json(words: Sequence[str]) -> bytes:
    """Return a tokenizer that splits at white space and knows `words`, and `UNKNOWN` after them.

    Text is made lower case if the words are. Punctuation is split off if no word of several
    characters has any.

    Raises
    ------
    DataError
        If one of the words is `UNKNOWN`.
    """
    if UNKNOWN in words:
        raise DataError(f"the word {UNKNOWN!r} stands for unknown words in this format; rename it")
    lower = all(word == word.lower() for word in words)
    plain = not any(len(word) > 1 and _PUNCTUATION & set(word) for word in words)
    splits: list[dict[str, Any]] = [{"type": "WhitespaceSplit"}]
    if plain:
        splits.append({"type": "Punctuation", "behavior": "Isolated"})
    vocabulary = {word: row for row, word in enumerate([*words, UNKNOWN])}
    described: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"} if lower else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": splits},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": UNKNOWN},
    }
    return json.dumps(described, ensure_ascii=False).encode()


def tokens_by_row(path: str, rows: int) -> tuple[list[bytes], bytes | None]:
    """Return the words of a matrix, in UTF-8, from the tokenizer in the same folder.

    The second value is the word that stands for unknown ones, if there is one.

    Parameters
    ----------
    path : str
        The file of the matrix.
    rows : int
        Its rows.

    Raises
    ------
    DataError
        If there is no tokenizer, or it does not have a word for each row.
    """
    name = os.path.join(os.path.dirname(path), "tokenizer.json")
    try:
        with open(name, "rb") as file:
            described = json.load(file)
    except FileNotFoundError:
        raise DataError(
            f"{path}: looks like a safetensors file: it has no words; give a file that has them, or"
            f" put its tokenizer.json beside it"
        ) from None
    except OSError as error:
        raise DataError(f"cannot read {name}: {reason(error)}; check the path") from None
    except (ValueError, RecursionError):
        raise DataError(f"{name}: not JSON; the tokenizer is damaged") from None
    try:
        known = described["model"]["vocab"]
        tokens: dict[int, str]
        if isinstance(known, dict):
            tokens = {row: token for token, row in known.items()}
        else:
            tokens = dict(enumerate(token for token, *_ in known))
        for token in described.get("added_tokens") or []:
            tokens[token["id"]] = token["content"]
        words = [tokens[row].encode("utf-8", "surrogatepass") for row in range(rows)]
        unknown = described["model"].get("unk_token")
        return words, unknown.encode() if isinstance(unknown, str) else None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DataError(
            f"{name}: does not have a word for each of the {rows} rows of {path}"
        ) from None
