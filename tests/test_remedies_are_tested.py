"""Every message that tells the user what to do has a test that knows it, or a reason why not.

The tests that carry remedies out are in ``test_remedies*.py`` of all folders and next to the code. Here
the words of each remedy are looked for in the texts of all tests, so that a new one is not forgotten.
"""

import re
from pathlib import Path

import pytest
from test_messages import MESSAGES

pytestmark = pytest.mark.once  # no compiled code

#: Words of remedies that no test carries out, and why.
NOT_CARRIED_OUT = {
    "pip install": "tests install nothing",
    "repair or uninstall it": "a package of others",
    "check its permissions": "nothing is unreadable for root",
    "folder {} is not writable": "nothing is unwritable for root",
    "send it elsewhere": "a closed or full standard output: tests of output streams",
    "copy it first": "a file that cannot be mapped",
    "copy it to another disk": "a disk that fails",
    "try again when it is complete": "a file that grows: tests of changed files",
    "get it again": "the source of the file is not known",
    "resume with that version": "another version of w2vneg",
    "reads format": "another version of w2vneg",
    "corpus.collect()": "polars is not installed everywhere: tests of foreign objects",
    "sort_values": "pandas is not installed everywhere: tests of foreign objects",
    "trying again": "what is done, not what to do",
    "the training continues": "what is done, not what to do",
    "writing its vectors again": "what is done, not what to do",
    "is unchanged": "what is, not what to do",
    "it holds no vectors": "what is, not what to do",
    "the file is truncated": "what is, not what to do",
    "it is truncated": "what is, not what to do",
    "the file is damaged": "what is, not what to do",
    "keeps the N most frequent words": "options of other tools: tests of foreign names",
    "please report it": "a bug",
    "known: {}": "what is, not what to do",
    "see above": "the lines before say it",
    "is read": "what is, not what to do",
    "give a smaller graph": "more nodes than fit into memory here",
    "with _ for a blank say": "names of nodes: tests of graph objects",
    "leaves it out": "a note: tests of odd text",
    "name their format": "an address: tests of files from elsewhere",
    "save it with dtype float32": "a file of Python objects, which is never opened",
    "of the query is not finite": "a vector of the caller's own",
}
#: So many letters of a remedy must be known to a test.
LEAST = 8


def texts_of_tests() -> str:
    """Return the texts of all tests, long strings in one piece, without the escapes of patterns."""
    here = Path(__file__)
    every = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted(here.parent.rglob("*.py"))
        if path != here
    )
    joined = re.sub(r"""["']\s*\n\s*[rf]?["']""", "", every)
    return re.sub(r"\s+", " ", joined).replace("\\", "")


def remedy_of(text: str) -> str:
    """Return what a message says behind its first semicolon; nothing if it has none."""
    return text.partition("; ")[2]


def pieces(text: str) -> list[str]:
    """Return the pieces of up to three words of a text that are long enough to know it by."""
    found = []
    for part in text.split("{}"):
        words = part.strip(" ,'()").split(" ")
        for size in (3, 2, 1):
            found += [" ".join(words[i : i + size]) for i in range(len(words) - size + 1)]
    return [piece for piece in found if len(piece) >= LEAST]


def is_known(text: str, texts: str) -> bool:
    """Return whether a test has some words of a remedy, or of its message if most is filled in."""
    known_by = pieces(remedy_of(text)) or pieces(text)
    return not known_by or any(piece in texts for piece in known_by)


def test_every_remedy_is_known_to_a_test() -> None:
    texts = texts_of_tests()
    unknown = [
        f"{place}: {text}"
        for place, text in MESSAGES
        if (remedy := remedy_of(text))
        and re.search(r"\w{3}", remedy.replace("{}", ""))
        and not any(words in text for words in NOT_CARRIED_OUT)
        and not is_known(text, texts)
    ]
    assert unknown == []


def test_reasons_are_needed() -> None:
    for words in NOT_CARRIED_OUT:
        assert any(words in text for _, text in MESSAGES), words
