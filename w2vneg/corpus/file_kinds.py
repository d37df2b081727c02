r"""Recognize by content files that are not text: vectors and other output of w2vneg, archives.

Such a file could be read as text: a vector file is made of printable words and numbers, an archive
may hold uncompressed text between its headers. Given as a corpus it is refused, with what to do
instead; in a folder, files that w2vneg writes are left out.
"""

from __future__ import annotations

import re
import shlex
import struct
from dataclasses import dataclass

from w2vneg.corpus.magic import recognize_magic, recognize_markup
from w2vneg.corpus.text_bytes import HEAD_BYTES, MAX_TOKEN_BYTES, check_text
from w2vneg.errors import DataError
from w2vneg.system.option_names import either

_SAMPLE_LINES = 10
_HEADER = re.compile(rb"([0-9]{1,12}) ([0-9]{1,6})\r?\n")
_NUMBER = re.compile(
    rb"[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|nan|inf(inity)?)", re.IGNORECASE
)
#: A text is not taken for vectors without a header unless its lines hold this many fractions.
_LEAST_DIM = 20
_GLOVE_SUFFIX = ".glove.txt"
#: Between these bounds are the sizes of trained numbers; text read as numbers lies far outside.
_SMALLEST, _LARGEST = 1e-12, 1e4
_COUNT = re.compile(rb"([^\x00-\x20]+)\t(0|[1-9][0-9]{0,17})")
_TOOL = re.compile(rb'"tool": ?"w2vneg ')
_RUN = re.compile(rb'\{"key": "[0-9a-f]{64}", "(training|version)": ')
_PRINTED = re.compile(rb" *\n [^\n]+\n (\xe2\x94\x80)+ *\n")
_TABLE = b"arm,seed,seconds,prepare_seconds,tokens,peak_memory,loss"
_TITLE = b"<title>w2vneg compare</title>"
_TAR_BLOCK = 512
#: The size of a JSON object in 8 bytes, and that object.
_SAFETENSORS = re.compile(rb'.{4}\0{4}\{\s*"', re.DOTALL)
_ITEM_VECTORS = re.compile(rb"[^\t\n]+:token\t[^\t\n]+:float_seq\r?\n")


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is not text.

    Attributes
    ----------
    name : str
        As messages spell it, with its article.
    remedy : str
        What to do with such a file; ``{path}`` stands for its path, quoted.
    python : str
        The same for users of the package, where it is not the same.
    is_output : bool
        Whether w2vneg writes such files: they are left out where a folder is the corpus.
    """

    name: str
    remedy: str
    python: str = ""
    is_output: bool = False

    def advice(self, path: str | None) -> str:
        """Return the remedy in the words of whoever reads it; None: the file has no name.

        Names with blanks, quotes or other marks of the shell work in it only quoted.
        """
        command = self.remedy.format(path="FILE" if path is None else shlex.quote(path))
        if not self.python:
            return command
        return either(command, self.python.format(path="FILE" if path is None else repr(path)))


class NotText(DataError):
    """A file is of a known kind that is not text.

    Attributes
    ----------
    kind : FileKind
    """

    def __init__(self, path: str, kind: FileKind, compressed: bool = False) -> None:
        is_file = path != "stdin" and not compressed
        remedy = kind.advice(path if is_file else None)
        if compressed:
            remedy = f"decompress it, then {remedy}"
        super().__init__(f"{path} is {kind.name}, not text; {remedy}")
        self.kind = kind


VECTORS = FileKind(
    "a file of word vectors",
    "look at it with: w2vneg neighbors {path} WORD",
    "read it with: w2vneg.load_vectors({path})",
    True,
)
VOCABULARY = FileKind(
    "a vocabulary, words with their counts",
    "use it with: w2vneg train TEXT --vocab {path}",
    "use it with: SkipGram().fit(TEXT, vocabulary={path})",
    True,
)
METADATA = FileKind("JSON output of w2vneg", "give the text that it describes", is_output=True)
PRINTED = FileKind("a table printed by w2vneg", "give the text that it describes", is_output=True)
REPORT = FileKind(
    "part of a report of w2vneg compare", "give the text that it compares on", is_output=True
)
SAFETENSORS = FileKind("a safetensors file", "give UTF-8 text, one sentence a line", is_output=True)
CHECKPOINT = FileKind(
    "a checkpoint of w2vneg",
    "resume from its folder with: w2vneg train TEXT --resume FOLDER",
    "resume with the same options: SkipGram(...).fit(TEXT, resume=FOLDER)",
    True,
)
GRAPH = FileKind(
    "a graph of w2vneg",
    "look at it with: w2vneg graph {path}",
    "read it with: w2vneg.corpus.cooccurrence.graph.Graph.load({path})",
    True,
)

ZIP = FileKind(
    "a zip archive",
    "unpack it with: unzip {path} -d FOLDER, and give the folder",
)
TAR = FileKind(
    "a tar archive",
    "unpack it with: tar -xf {path} -C FOLDER (an existing folder), and give the folder",
)
_DOCUMENT = FileKind("an office document or e-book", "export it as plain text")
_ARRAYS = FileKind("a NumPy archive (.npz)", "give UTF-8 text, one sentence a line")


def check_head(head: bytes, path: str, compression: str = "plain") -> None:
    """Raise `DataError` if the first bytes of a file show that it is not text.

    Parameters
    ----------
    head : bytes
        The first bytes, decompressed, up to `HEAD_BYTES`.
    path : str
        For messages.
    compression : str
        Format of the file (see `w2vneg.corpus.decompress.detect_format`).

    Raises
    ------
    NotText
        The file is of a known kind.
    DataError
        It is UTF-16, or binary.
    """
    kind = recognize_kind(head, path)
    if kind is not None:
        # tar and the readers of vectors decompress these themselves.
        direct = compression == "plain" or kind is TAR or (kind, compression) == (VECTORS, "gzip")
        raise NotText(path, kind, compressed=not direct)
    check_text(head, path)


def recognize_kind(head: bytes, path: str = "") -> FileKind | None:
    """Return the kind of a file that is not text, judged by its first bytes; None: unknown.

    Parameters
    ----------
    head : bytes
        Up to `HEAD_BYTES`; fewer are the whole file.
    path : str
        Of GloVe text with few numbers in a row, only the suffix that w2vneg gives it tells what it is.
    """
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _kind_of_zip(head)
    if _is_tar(head):
        return TAR
    magic = recognize_magic(head)
    if magic is not None:
        return FileKind(magic.name, magic.as_text, is_output=magic.is_written)
    if _SAFETENSORS.match(head):
        return SAFETENSORS
    if _ITEM_VECTORS.match(head):
        return VECTORS
    if head.lstrip().startswith(b"{") and (_TOOL.search(head) or _RUN.match(head)):
        return METADATA
    if head.startswith(_TABLE) or _TITLE in head[:1024]:
        return REPORT
    if _PRINTED.match(head):
        return PRINTED
    # Where the file is longer than its head, the last line of the head may be cut off.
    lines = head.split(b"\n")
    if not lines[-1] or (len(head) >= HEAD_BYTES and len(lines) > 1):
        lines.pop()
    is_named = path.lower().removesuffix(".gz").endswith(_GLOVE_SUFFIX)
    if _is_vectors(head, lines, 1 if is_named else _LEAST_DIM):
        return VECTORS
    if _is_vocabulary(lines):
        return VOCABULARY
    markup = recognize_markup(head)
    return None if markup is None else FileKind(markup.name, markup.as_text)


def _kind_of_zip(head: bytes) -> FileKind:
    member = b""
    if len(head) >= 30:
        size = struct.unpack_from("<H", head, 26)[0]
        member = head[30 : 30 + size]
    if member == b"manifest.npy":
        return CHECKPOINT
    if member == b"format.npy":
        return GRAPH
    if member.endswith(b".npy"):
        return _ARRAYS
    return _DOCUMENT if member in (b"[Content_Types].xml", b"mimetype") else ZIP


def _is_tar(head: bytes) -> bool:
    """Return whether the first block is a tar header: its checksum is right."""
    block = head[:_TAR_BLOCK]
    if len(block) < _TAR_BLOCK:
        return False
    digits = block[148:156].strip(b"\0 ")
    if not re.fullmatch(rb"[0-7]{1,7}", digits):
        return False
    return int(digits, 8) == sum(block) - sum(block[148:156]) + 8 * ord(" ")


def _is_vectors(head: bytes, lines: list[bytes], least_dim: int) -> bool:
    """Return whether the file has the form of word vectors: word2vec text or binary, or GloVe."""
    match = _HEADER.match(head)
    if match is None:
        rows = [line.rstrip(b"\r ").split(b" ") for line in lines[:_SAMPLE_LINES]]
        dim = len(rows[0]) - 1 if rows else 0
        return (
            dim >= least_dim
            and all(len(row) == dim + 1 for row in rows)
            and all(_is_fraction(field) for row in rows for field in row[1:])
        )
    count, dim = int(match[1]), int(match[2])
    if count == 0 or dim == 0:
        return False
    body = head[match.end() :]
    texts = lines[1 : 1 + min(count, _SAMPLE_LINES)]
    if texts and 2 * sum(_is_row(line, dim) for line in texts) > len(texts):
        return True
    # In a file of vectors with many dimensions, the head holds only part of the first row.
    if len(lines) == 1 and body and _is_row(body, dim):
        return True
    space = body.find(b" ", 0, MAX_TOKEN_BYTES)
    numbers = body[space + 1 : space + 1 + 4 * dim]
    numbers = numbers[: len(numbers) & ~3]
    return space > 0 and len(numbers) > 0 and _are_trained(numbers)


def _is_row(line: bytes, dim: int) -> bool:
    """Return whether a line, perhaps cut off, is a word and `dim` numbers."""
    fields = line.rstrip(b"\r\t ").replace(b"\t", b" ").split(b" ")
    numbers = [_NUMBER.fullmatch(field) is not None for field in fields]
    if len(fields) <= dim:
        return len(line) >= HEAD_BYTES // 2 and 10 * sum(numbers) > 9 * len(numbers)
    return all(numbers[-dim:])


def _is_fraction(field: bytes) -> bool:
    return b"." in field and _NUMBER.fullmatch(field) is not None


def _are_trained(numbers: bytes) -> bool:
    values = struct.unpack(f"<{len(numbers) // 4}f", numbers)
    return any(values) and all(v == 0 or _SMALLEST < abs(v) < _LARGEST for v in values)


def _is_vocabulary(lines: list[bytes]) -> bool:
    """Return whether lines are ``word TAB count`` in exactly the order in which w2vneg saves them."""
    matches = [_COUNT.fullmatch(line) for line in lines]
    if not matches or not all(matches):
        return False
    keys = [(-int(match[2]), match[1].removeprefix(b"\xef\xbb\xbf")) for match in matches if match]
    return all(before < after for before, after in zip(keys, keys[1:], strict=False))
