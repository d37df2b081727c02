"""Wikitext to plain text: what a reader of the page would not see is removed.

The rules are those by which gensim's ``filter_wiki`` reads articles, so that corpora stay the same:
templates, comments, footnotes, formulas, tags and categories go, links leave their text, files
their captions. Each rule takes time in proportion to the length of the text, whatever is in it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

#: Markup can lie in other markup, which a second and a third pass find.
_PASSES = 3

_TABLE = re.compile(r"\{\|(?:(?!\{\|).)*?\|\}", re.DOTALL)
_BRACES = re.compile(r"[{}]")
_FILE, _FILE_END = re.compile(r"\[\[(?:[fF]ile:|[iI]mage)"), re.compile(r"\]")
_ADDRESS, _ADDRESS_END = re.compile(r"\[\w+://"), re.compile(r"[\]\n]")
_LANGUAGE = re.compile(r"\[\[[a-z][a-z][\w-]*:[^:\]]+\]\]")
_CATEGORY = re.compile(r"\[\[Category:[^\]\[]*\]\]")
_BRACKETS = re.compile(r"\[([^\]\[]*)\]")
#: A tag with content that goes with it, such as ``<ref name=x>...</ref>`` or ``<ref/>``.
_WITH_CONTENT = tuple(
    (re.compile(rf"<{name}[> ]"), re.compile(rf"</{name}>|/>"))
    for name in ("ref", "nowiki", "math")
)


def plain_text(wikitext: str) -> str:
    """Return the text of an article without markup.

    Parameters
    ----------
    wikitext : str
        As in a dump, after XML is read; HTML entities are resolved.
    """
    text = wikitext
    for _ in range(_PASSES):  # tables in tables, from the inside out
        text = _TABLE.sub("", text)
    text = _without_templates(_without_languages(html.unescape(text)))
    text = _shortened(text, _FILE, _FILE_END, "]]", lambda link: link.rpartition("|")[2])
    for _ in range(_PASSES):
        before = text
        text = _without(text, "<!--", re.compile("-->"))
        for opening, closing in _WITH_CONTENT:
            text = _without(text, opening, closing)
        text = _without(text, "<", re.compile(">"))
        text = _CATEGORY.sub("", text)
        text = _shortened(text, _ADDRESS, _ADDRESS_END, "]", _description)
        text = _BRACKETS.sub(_link_text, text)
        text = text.replace("!!", "\n|").replace("||", "\n|").replace("[]", "")
        if text == before:
            break
    return text.replace("[", "").replace("]", "")


def _without_templates(text: str) -> str:
    """Remove ``{{...}}`` with whatever is in it; one that has no end takes the rest along."""
    parts, kept_from, depth = [], 0, 0
    opened_at = -2  # of a single brace that may be the first of two
    for match in _BRACES.finditer(text):
        at = match.start()
        if depth:
            depth += 1 if match[0] == "{" else -1
            if depth == 0:
                kept_from, opened_at = at + 1, -2
        elif match[0] == "{":
            if opened_at == at - 1:
                parts.append(text[kept_from:opened_at])
                depth = 2
            opened_at = at
    return "".join(parts) if depth else "".join([*parts, text[kept_from:]])


def _without(text: str, opening: str | re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Remove what lies between an opening and the next closing; without one, nothing more."""
    start = re.compile(re.escape(opening)) if isinstance(opening, str) else opening
    parts, kept_from = [], 0
    while begin := start.search(text, kept_from):
        end = closing.search(text, begin.end())
        if end is None:
            break
        parts.append(text[kept_from : begin.start()])
        kept_from = end.end()
    return "".join([*parts, text[kept_from:]])


def _shortened(
    text: str,
    opening: re.Pattern[str],
    end: re.Pattern[str],
    closing: str,
    shorten: Callable[[str], str],
) -> str:
    """Replace each link by what `shorten` makes of it, without its closing.

    A link reaches from the opening to the next match of `end`, which must be its `closing`.
    """
    parts, kept_from, stop = [], 0, -1
    for match in opening.finditer(text):
        if match.start() < kept_from:
            continue
        if stop < match.end():
            found = end.search(text, match.end())
            if found is None:
                break
            stop = found.start()
        if text.startswith(closing, stop):
            parts += [text[kept_from : match.start()], shorten(text[match.start() : stop])]
            kept_from = stop + len(closing)
    return "".join([*parts, text[kept_from:]])


def _without_languages(text: str) -> str:
    """Remove the links to the same article in other languages, the last lines of old articles."""
    lines = text.split("\n")
    end = first = len(lines) - (lines[-1] == "")
    while first > 1 and _LANGUAGE.fullmatch(lines[first - 1]):
        first -= 1
    return "\n".join(lines[:first] + lines[end:])


def _description(link: str) -> str:
    """Return what follows the address, with the space before it."""
    return "".join(link.partition(" ")[1:])


def _link_text(match: re.Match[str]) -> str:
    return match[1].rpartition("|")[2] if "|" in match[1] else match[0]
