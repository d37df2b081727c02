"""Files at addresses: fsspec's memory file system, a local HTTP server, and their faults."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from helpers.commands import call, compiled_only, refused

from w2vneg import SkipGram
from w2vneg.cli.train import default_output
from w2vneg.corpus.addresses import file_name, is_address
from w2vneg.corpus.encode import count, encode
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.paths_or_sentences import Paths, paths_or_sentences
from w2vneg.errors import DataError, Interrupted, UsageError, W2vnegError
from w2vneg.system.interrupt import StopFlag

SENTENCE = "the king and the queen of the city love the big river\n"
TEXT = (SENTENCE * 2000).encode()
TABLE = "id,text\n" + f"1,{SENTENCE}" * 300
TINY = ("--min-count", "1", "--dim", "3", "--threads", "1", "--epochs", "1")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("s3://bucket/a.txt", True), ("https://host/a.txt?x=1#y", True), ("memory://a", True),
        ("zip://a.txt::s3://b/c.zip", True), ("hf://datasets/a/b", True), ("abfs+x.y://z", True),
        ("s3:/bucket/a.txt", False), ("c://a", False), ("a/b://c", False), ("", False),
        ("http://host/a b.txt", False), ("https://", False), ("see https://host", False),
        (Path("s3://b/c"), False), ("a.txt", False),
    ],
)  # fmt: skip
def test_addresses_are_told_from_paths(path: Any, expected: bool) -> None:
    assert is_address(path) is expected


def test_names_of_files_at_addresses() -> None:
    assert file_name("https://host/a/b%20c.csv.gz?token=x.txt#y") == "b c.csv.gz"
    assert file_name("zip://a/b.csv::s3://c/d.zip") == "b.csv"
    assert file_name("s3://bucket/folder/") == "folder"
    assert file_name("a/b.txt") == "a/b.txt"
    assert default_output("https://host/a/news.txt.gz?x=1") == "news.vec"
    assert default_output("s3://bucket/a.parquet") == "a.vec"
    assert default_output("s3://bucket/*.txt") == "vectors.vec"


def test_strings_that_are_addresses_are_paths() -> None:
    assert isinstance(paths_or_sentences("s3://a/b"), Paths)
    assert isinstance(paths_or_sentences(["s3://a/b", "s3://a/c"]), Paths)
    assert not isinstance(paths_or_sentences(["see s3://a/b", "a b"]), Paths)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    refused(
        call("vocab", "s3://bucket/a.txt"), 2,
        "s3://bucket/a.txt takes fsspec; install it: pip install 'w2vneg[remote]'",
    )  # fmt: skip
    with pytest.raises(UsageError, match="both slashes after the colon"):
        count([Path("s3://bucket/a.txt")])


@pytest.fixture
def memory() -> Iterator[Any]:
    """Return fsspec's file system in memory, emptied afterwards."""
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


def counted(address: str, **options: Any) -> dict[str, int]:
    vocabulary, _ = count([address], min_count=1, input=InputOptions(**options))
    return dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True))


def expected(times: int) -> dict[str, int]:
    words = SENTENCE.split()
    return {word: words.count(word) * times for word in words}


def test_text_in_memory(memory: Any) -> None:
    memory.pipe("/d/a.txt", b"\xef\xbb\xbf" + TEXT)
    memory.pipe("/d/sub/b.txt.gz", gzip.compress(TEXT))
    memory.pipe("/d/.hidden", b"hidden")
    assert counted("memory://d/a.txt") == expected(2000)
    assert counted("memory://d/sub/b.txt.gz") == expected(2000)
    assert counted("memory://d/") == expected(4000)
    assert counted("memory://d/*.txt") == expected(2000)
    assert counted("memory://d/a.txt", tokenizer="chars")["k"] == 2000


def test_tables_in_memory(memory: Any) -> None:
    memory.pipe("/t/a.csv", TABLE.encode())
    memory.pipe("/t/b.csv.gz", gzip.compress(TABLE.encode()))
    memory.pipe("/t/readme.txt", b"nothing")
    for name in ("a.csv", "b.csv.gz"):
        assert counted(f"memory://t/{name}", column="text") == expected(300)
    assert counted("memory://t/", column="text") == expected(600)
    sessions = counted("memory://t/a.csv", column="text", group="id")
    assert sessions == {SENTENCE.strip().replace(" ", "_"): 300}
    with pytest.raises(UsageError, match="'text' seems to hold text: column='text'"):
        counted("memory://t/a.csv")
    with pytest.raises(UsageError, match="tells the format of memory://t/readme.txt"):
        counted("memory://t/readme.txt", column="text")
    with pytest.raises(UsageError, match="no tables at"):
        counted("memory://t/*.txt", column="text")


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
def test_arrow_in_memory(memory: Any, kind: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"text": [SENTENCE] * 5000, "other": list(range(5000))})
    file = io.BytesIO()
    if kind == "parquet":
        parquet.write_table(table, file, row_group_size=700)
    else:
        new = pyarrow.ipc.new_file if kind == "arrow" else pyarrow.ipc.new_stream
        with new(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=700)
    suffix = "parquet" if kind == "parquet" else "arrow"
    memory.pipe(f"/t/a.{suffix}", file.getvalue())
    assert counted(f"memory://t/a.{suffix}", column="text") == expected(5000)
    memory.pipe(f"/t/bad.{suffix}", file.getvalue()[:-9000] + bytes(100))
    with pytest.raises(DataError, match=f"memory://t/bad.{suffix} is damaged"):
        counted(f"memory://t/bad.{suffix}", column="text")


@compiled_only
def test_training_gives_the_bytes_of_a_local_file(memory: Any, tmp_path: Path) -> None:
    local = tmp_path / "a.txt"
    local.write_bytes(TEXT)
    memory.pipe("/d/a.txt", TEXT)
    vectors = [
        SkipGram(min_count=1, dim=4, epochs=1, threads=1).fit(corpus).vectors.matrix.tobytes()
        for corpus in (local, "memory://d/a.txt", ["memory://d/a.txt"])
    ]
    assert len(set(vectors)) == 1


@compiled_only
def test_the_command(memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    memory.pipe("/d/news.txt.gz", gzip.compress(TEXT))
    assert call("train", "memory://d/news.txt.gz", *TINY).code == 0
    assert sorted(os.listdir()) == ["news.vec", "news.vec.json"]
    memory.pipe("/d/held.txt", b"king queen\ncity river\n")
    assert call("eval", "news.vec", "--items", "memory://d/held.txt").code == 0
    refused(call("train", "memory://d/none.txt", *TINY), 2, "no such file: memory://d/none.txt")
    refused(call("train", "memory://d", *TINY), 2, "is a folder; end its address with /")
    refused(call("train", "memory://e/", *TINY), 2, "no files at memory://e/; check the address")
    refused(call("train", "nothing://d/a", *TINY), 2, "nothing://d/a: Protocol not known: nothing")


def test_a_file_that_changes_is_noticed(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import w2vneg.corpus.remote as module

    memory.pipe("/d/a.txt", TEXT)
    opened = module._open

    def replaced(address: str) -> Any:
        file = opened(address)
        memory.pipe("/d/a.txt", TEXT + b"more\n")
        return file

    monkeypatch.setattr(module, "_open", replaced)
    with pytest.raises(DataError, match="memory://d/a.txt changed while reading"):
        counted("memory://d/a.txt")


class Handler(BaseHTTPRequestHandler):
    """Serves the files of its server; the first part of a path says what goes wrong."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(False)

    def do_GET(self) -> None:
        self._answer(True)

    def _answer(self, has_body: bool) -> None:
        fault, _, name = self.path.split("?")[0].strip("/").partition("/")
        data = self.server.files.get(name)  # type: ignore[attr-defined]
        if fault.isdecimal() or data is None:
            self.send_error(int(fault) if fault.isdecimal() else 404)
            return
        wanted = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        low, high = 0, len(data)
        if wanted and fault != "whole":
            low, high = int(wanted[1]), min(high, int(wanted[2] or high) + 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {low}-{high - 1}/{len(data)}")
        else:
            self.send_response(200)
        if fault != "whole":
            self.send_header("Accept-Ranges", "bytes")
        if fault == "version":
            self.send_header("ETag", f'"{len(data)}"')
        self.send_header("Content-Length", str(high - low))
        self.end_headers()
        if not has_body:
            return
        if fault in ("broken", "stalled"):
            self.wfile.write(data[low : (low + high) // 2])
            self.wfile.flush()
            if fault == "broken":
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self.server.released.wait(20)  # type: ignore[attr-defined]
            return
        with contextlib.suppress(OSError):
            self.wfile.write(data[low:high])


@pytest.fixture
def server() -> Iterator[str]:
    """Return the address of a local HTTP server."""
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files = {  # type: ignore[attr-defined]
        "a.txt": TEXT, "b.txt.gz": gzip.compress(TEXT), "c.csv": TABLE.encode(),
    }  # fmt: skip
    server.released = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.released.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("kind", ["plain", "whole", "version"])
def test_http(server: str, kind: str) -> None:
    assert counted(f"{server}/{kind}/a.txt") == expected(2000)
    assert counted(f"{server}/{kind}/b.txt.gz") == expected(2000)
    assert counted(f"{server}/{kind}/c.csv?download=1", column="text") == expected(300)


def test_only_what_has_a_version_is_cached(server: str) -> None:
    found = []
    for kind in ("plain", "version"):
        for _ in range(2):
            with encode([f"{server}/{kind}/a.txt"], min_count=1) as corpus:
                found.append(corpus.report.from_cache)
    assert found == [False, False, False, True]


@pytest.mark.parametrize(
    ("place", "error", "message"),
    [
        ("broken/a.txt", DataError, "cannot read .*broken/a.txt: .*; check the address and the"),
        ("broken/b.txt.gz", DataError, "cannot read .*broken/b.txt.gz: "),
        ("404/a.txt", UsageError, "no such file: .*; check the address"),
        ("plain/none.txt", UsageError, "no such file: .*; check the address"),
        ("403/a.txt", UsageError, "access to .*403/a.txt is refused; check the credentials"),
        ("500/a.txt", DataError, "cannot read .*500/a.txt: 500.*; check the address and the"),
    ],
)
def test_faults_of_http_are_one_line(
    server: str, place: str, error: type[W2vnegError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        counted(f"{server}/{place}")
    assert "\n" not in str(caught.value)


def test_a_server_that_does_not_answer(server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(DataError, match="cannot read .*; check the address and the connection"):
        counted(f"http://127.0.0.1:{port}/a.txt")


@pytest.mark.parametrize("before", [0.0, 0.5])
def test_a_stalled_connection_is_interrupted(server: str, before: float) -> None:
    stop = StopFlag()
    timer = threading.Timer(before, stop.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        count([f"{server}/stalled/a.txt"], stop=stop)
    timer.join()
    assert time.monotonic() - began < 15  # the server would wait for 20 s
