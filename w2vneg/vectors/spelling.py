"""Known words that are spelled like an unknown one."""

from __future__ import annotations

from collections.abc import Sequence

#: Longer words are abbreviated in messages and get no suggestions: the search is quadratic.
LONGEST = 100
_MOST = 3
_SEARCHED = 50_000
_LEAST_LIKENESS = 0.75


def similar_spellings(word: str, words: Sequence[str]) -> list[str]:
    """Return up to three known words for an unknown one.

    Those that differ only in case come first, then those that differ in how their parts are joined
    (``new_york``, ``New-York``), then similar ones among the first 50,000.

    Parameters
    ----------
    word : str
        Unknown.
    words : sequence of str
        The known words; of equally similar ones the earlier comes first.
    """
    if len(word) > LONGEST:
        return []
    import difflib

    spelling, folded = _plain(word), word.casefold()
    same = [known for known in words if _plain(known) == spelling]
    same.sort(key=lambda known: known.casefold() != folded)
    near = same[:_MOST]
    close: list[str] = []
    for wanted in dict.fromkeys([word, word.lower()]):
        close += difflib.get_close_matches(wanted, words[:_SEARCHED], _MOST, _LEAST_LIKENESS)
    matcher = difflib.SequenceMatcher(b=spelling)

    def distance(known: str) -> float:
        matcher.set_seq1(_plain(known))
        return -matcher.ratio()

    return list(dict.fromkeys(near + sorted(close, key=distance)))[:_MOST]


def abbreviated(word: str) -> str:
    """Return a word in quotes, cut off if it is very long."""
    return repr(word if len(word) <= LONGEST else word[:LONGEST] + "...")


def _plain(word: str) -> str:
    """Return a word without the differences of case and of what joins its parts."""
    return word.casefold().replace(" ", "_").replace("-", "_")
