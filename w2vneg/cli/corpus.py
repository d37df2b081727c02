"""``w2vneg corpus``: list, make, download and clean corpora."""

from __future__ import annotations

from pathlib import Path

import click

from w2vneg.cli.options import Number, Place
from w2vneg.cli.running import running


@click.group("corpus")
def command() -> None:
    """List, make, download and clean corpora."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def list_(as_json: bool) -> None:
    """List the corpora that can be downloaded."""
    from dataclasses import asdict

    from w2vneg.cli.output import print_json, print_line, print_table
    from w2vneg.datasets.manifest import entries

    if as_json:
        print_json({"corpora": [asdict(entry) for entry in entries()]})
        return
    print_table(
        ["name", "download", "words", "language", "licence", "what"],
        [[e.name, e.download, e.words, e.language, e.licence, e.what] for e in entries()],
        left=6,
    )
    for entry in entries():
        print_line(f"{entry.name}: w2vneg corpus fetch {entry.name}, then {entry.clean}")


@command.command("sample")
@click.option(
    "-o",
    "--output",
    type=Place(),
    help="Where to write it.  [default: corpora/wiki-sample.txt of a checkout, else ./wiki-sample.txt]",
)
def sample(output: str | None) -> None:
    """Make a small corpus from the Wikipedia articles inside gensim's wheel."""
    from w2vneg.cli.output import print_line
    from w2vneg.datasets.sample import NAME, make_sample, sample_place
    from w2vneg.system.atomic_files import check_writable

    place = sample_place()
    path = Path(output) if output else place if place.parent.name == "corpora" else Path(NAME)
    check_writable(path)
    with running() as (bar, stop):
        words, count = make_sample(path, progress=bar, stop=stop)
    print_line(f"{words:,} words in {count:,} sentences in {path}")


@command.command("clean")
@click.argument("dump", type=click.Path())
@click.option("-o", "--output", required=True, type=Place(), help="The corpus to write.")
def clean(dump: str, output: str) -> None:
    """Turn a MediaWiki DUMP (XML; plain, bzip2 or gzip) into a corpus.

    Lower case, words of letters only, a sentence a line; redirects, tables and lists are left out.
    """
    from w2vneg.cli.output import print_line
    from w2vneg.datasets.wikitext import clean_dump
    from w2vneg.system.atomic_files import check_writable

    check_writable(output)
    with running() as (bar, stop):
        words, count = clean_dump(dump, output, progress=bar, stop=stop)
    print_line(f"{words:,} words in {count:,} sentences in {output}")


@command.command("fetch")
@click.argument("name", required=False)
@click.option(
    "-o",
    "--output",
    default=".",
    show_default=True,
    type=Place(),
    help="Folder for the download.",
)
@click.option("--url", help="Download this address instead of a corpus of the list.")
@click.option("--sha256", help="Expected checksum of --url.")
@click.option(
    "--timeout",
    type=Number(float, 0, 86_400, low_open=True),
    default=30.0,
    show_default=True,
    help="Seconds of silence after which a connection counts as dropped.",
)
def fetch_(
    name: str | None, output: str, url: str | None, sha256: str | None, timeout: float
) -> None:
    """Download the corpus NAME; a second call goes on where the first was interrupted."""
    import re
    from urllib.parse import unquote, urlsplit

    from w2vneg.cli.output import print_line
    from w2vneg.datasets.fetch import check_address, fetch
    from w2vneg.datasets.manifest import entry
    from w2vneg.errors import UsageError

    if (name is None) == (url is None):
        raise UsageError("name one corpus, or give --url; see w2vneg corpus list")
    if sha256 is not None and re.fullmatch("[0-9a-fA-F]{64}", sha256) is None:
        raise UsageError("--sha256 must be 64 hexadecimal digits")
    if sha256 is not None and url is None:
        raise UsageError("--sha256 belongs to --url; the list has those of its own corpora")
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
            "no SHA-256 of this file is known: only its size was checked"
            if known.bytes
            else "no SHA-256 of this file is known: it was not checked"
        )
    if known:
        print_line(f"next: {known.clean}")
