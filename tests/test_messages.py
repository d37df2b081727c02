"""All texts that users read: plain, in one line, in US spelling, without fixed phrases of machines."""

import ast
import re
from pathlib import Path

import pytest

import w2vneg

pytestmark = pytest.mark.once  # no compiled code

PACKAGE = Path(w2vneg.__file__).parent
#: Functions whose arguments are shown to users.
SHOWN = {"note", "append", "_say", "either", "remark", "FileKind", "Magic", "Foreign", "RowError"}


def text_of(node):
    """Return the text of a string expression with ``{}`` for what is filled in; None: no string."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [text_of(node.left), text_of(node.right)]
        return "".join(part if part is not None else "{}" for part in parts) if any(parts) else None
    return None


def messages():
    """Yield the place and text of every message of an exception and of every note."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if not (name.endswith("Error") or name in SHOWN or name == "Interrupted"):
                continue
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                text = text_of(argument)
                if text and len(text.split()) > 2:
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", text


MESSAGES = list(messages())


def test_messages_are_collected():
    texts = [text for _, text in MESSAGES]
    assert len(texts) > 200
    for part in (
        "looks like a safetensors file without vectors",
        "is out of range",
        "training diverged near",
        "is also an input",
    ):
        assert any(part in text for text in texts), part


#: What no message holds, and why.
NEVER = {
    r"\n": "one line",
    r"[.!]$": "no full stop at the end",
    r"  ": "one blank between words",
    r"\b\w+n't\b|\b(it|that|you|we|they)'(s|re|ll|ve)\b": "no contractions",
    r"(?i)\b(invalid|illegal|fatal|bad argument|failed to|unable to|please|sorry|oops)\b": "say what is wrong",
    r"(?i)\b\w*(colour|behaviour|neighbour|licence|normalis|initialis|optimis|recognis|serialis)": "US spelling",
    r"(?i)\b(whilst|utili[sz]e|in order to|e\.g\.|i\.e\.|etc\.)": "plain English",
    r"(?i)\b(todo|fixme|xxx|hack)\b": "finished",
    r"\b(NoneType|int32|int64)\b": "words of users, not of the code",
}  # fmt: skip
#: A message of the program about itself; the report of a comparison has whole sentences.
EXEMPT = ("internal error: this is a bug in w2vneg, please report it",)


@pytest.mark.parametrize("pattern", NEVER)
def test_messages_are_plain(pattern):
    found = [
        f"{place}: {text}"
        for place, text in MESSAGES
        if re.search(pattern, text) and text not in EXEMPT and "report/report.py" not in place
    ]
    assert found == [], NEVER[pattern]


def test_messages_begin_in_lower_case():
    """They follow ``w2vneg: ``; names of formats, options and files keep their spelling."""
    names = (
        "JSON",
        "SHA",
        "UTF",
        "GloVe",
        "MediaWiki",
        "NumPy",
        "Vectors",
        "SkipGram",
        "MemoryError",
    )
    found = [
        f"{place}: {text}"
        for place, text in MESSAGES
        if text[0].isupper() and not text.startswith(names)
    ]
    assert found == []


def test_errors_about_files_say_what_to_do():
    """``cannot read`` and ``cannot write`` are followed by a remedy."""
    found = [
        f"{place}: {text}"
        for place, text in MESSAGES
        if re.match(r"cannot (read|write)|no such", text) and "; " not in text
    ]
    assert found == []
