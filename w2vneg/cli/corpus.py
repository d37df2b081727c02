"""``w2vneg corpus``: list, download and clean corpora."""

from __future__ import annotations

from pathlib import Path

import click

from w2vneg.cli.commands import Command
from w2vneg.cli.options import Number, Place
from w2vneg.cli.running import running


@click.group("corpus")
def command() -> None:
    """List, download and clean corpora."""


@command.command("list", cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def list_(as_json: bool) -> None:
    """List corpora that can be downloaded."""
    from dataclasses import asdict

    from w2vneg.cli.output import print_json, print_line, print_table
    from w2vneg.datasets import entries

    if as_json:
        print_json({"corpora": [asdict(entry) for entry in entries()]})
        return
    print_table(
        ["name", "download", "words", "language", "license", "content"],
        [[e.name, e.download, e.words, e.language, e.license, e.what] for e in entries()],
        left=6,
    )
    for entry in entries():
        print_line(f"{entry.name}: w2vneg corpus fetch {entry.name}, then {entry.clean}")


@command.command("sample", cls=Command)
@click.option(
    "-o",
    "--output",
    type=Place(),
    help="Output file.  [default: corpora/wiki-sample.txt in a checkout, else ./wiki-sample.txt]",
)
def sample(output: str | None) -> None:
    """Make a small corpus from the Wikipedia articles that come with gensim.

    Where gensim is not installed, the articles are downloaded first.
    """
    from w2vneg.cli.output import print_line
    from w2vneg.datasets import make_sample
    from w2vneg.datasets.sample import NAME, sample_path
    from w2vneg.system.atomic_files import check_writable

    default = sample_path()
    if default.parent.name != "corpora":  # not in a checkout
        default = Path(NAME)
    path = Path(output) if output else default
    check_writable(path)
    with running() as (bar, stop):
        words, count = make_sample(path, progress=bar, stop=stop)
    print_line(f"{words:,} words in {count:,} sentences in {path}")


@command.command("clean", cls=Command)
@click.argument("dump", type=click.Path())
@click.option("-o", "--output", required=True, type=Place(), help="Output file.")
def clean(dump: str, output: str) -> None:
    """Turn a MediaWiki DUMP (XML; plain, bzip2 or gzip) into a corpus.

    The corpus is lower case, one sentence per line, with words of letters only. Redirects, tables
    and lists are removed.
    """
    from w2vneg.cli.output import print_line
    from w2vneg.datasets import clean_dump
    from w2vneg.system.atomic_files import check_writable

    check_writable(output)
    with running() as (bar, stop):
        words, count = clean_dump(dump, output, progress=bar, stop=stop)
    print_line(f"{words:,} words in {count:,} sentences in {output}")


@command.command("fetch", cls=Command)
@click.argument("name", required=False)
@click.option(
    "-o",
    "--output",
    default=".",
    show_default=True,
    type=Place(),
    help="Folder for the download.",
)
@click.option("--url", help="Download this address instead of a listed corpus.")
@click.option("--sha256", help="Expected checksum of the file at --url.")
@click.option(
    "--timeout",
    type=Number(float, 0, 86_400, low_open=True),
    default=30.0,
    show_default=True,
    help="Seconds without data after which a connection counts as dropped.",
)
def fetch_(
    name: str | None, output: str, url: str | None, sha256: str | None, timeout: float
) -> None:
    """Download the corpus NAME, and check its size and checksum where they are known."""
    import re
    from urllib.parse import unquote, urlsplit

    from w2vneg.cli.output import print_line
    from w2vneg.datasets import entry, fetch
    from w2vneg.errors import UsageError
    from w2vneg.system.download import check_address

    if (name is None) == (url is None):
        raise UsageError("give one corpus NAME or --url; see w2vneg corpus list")
    if sha256 is not None and re.fullmatch("[0-9a-fA-F]{64}", sha256) is None:
        raise UsageError("--sha256 must be 64 hexadecimal digits")
    if sha256 is not None and url is None:
        raise UsageError("--sha256 requires --url; checksums of listed corpora are known")
    folder = Path(output)
    if not folder.is_dir():
        raise UsageError(f"no folder {output}; create it first")
    known = entry(name) if name is not None else None
    address = known.address if known else str(url)
    check_address(address)
    file = known.file if known else Path(unquote(urlsplit(address).path)).name or "download"
    with running() as (bar, stop):
        path = fetch(
            address,
            folder / file,
            size=known.bytes if known else None,
            sha256=known.sha256 if known else sha256,
            timeout=timeout,
            progress=bar,
            stop=stop,
        )
    print_line(f"{path.stat().st_size:,} bytes in {path}")
    if known and known.sha256 is None:
        bar.note(
            "the SHA-256 of this file is unknown: only its size was checked"
            if known.bytes
            else "the SHA-256 of this file is unknown: it was not checked"
        )
    if known:
        print_line(f"next: {known.clean}")
