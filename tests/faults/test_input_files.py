"""Rows 1, 14, 15 and 16: files that are not there, are damaged, change, or are pipes."""

import bz2
import gzip
import io
import json
import lzma
import os
import socket
import struct
import tarfile
import threading
import zlib
from pathlib import Path

import pytest
import zstandard
from helpers.commands import INJECTED, call, compiled_only, finish, refused, run, start

from w2vneg.corpus.blocks import Block
from w2vneg.corpus.streams import CorpusStream

pytestmark = compiled_only

TINY = ("--min-count", 1, "--dim", 3, "--threads", 1, "--epochs", 1, "--preset", "word2vec")
LINES = b"the cat sat on the mat\nthe dog sat on the log\n"
PACK = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}


@pytest.fixture
def own_cache(tmp_path_factory, monkeypatch):
    """A folder for encoded corpora in which nothing may be left."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("W2VNEG_CACHE_DIR", str(folder))
    yield folder
    assert not list(folder.glob("corpora/*"))


def _missing(folder):
    return folder / "missing.txt"


def _dangling(folder):
    (folder / "link").symlink_to(folder / "nothing")
    return folder / "link"


def _loop(folder):
    (folder / "loop").symlink_to(folder / "loop")
    return folder / "loop"


def _below_a_file(folder):
    (folder / "file").write_bytes(LINES)
    return folder / "file" / "text"


def _long_name(folder):
    return folder / ("n" * 300)


def _socket(folder):
    with socket.socket(socket.AF_UNIX) as opened:
        before = Path.cwd()
        os.chdir(folder)  # the path of a socket has room for 107 bytes
        try:
            opened.bind("socket")
        finally:
            os.chdir(before)
    return folder / "socket"


def _not_for_us(folder):
    if os.geteuid() == 0:
        pytest.skip("root may read all")
    (folder / "secret").write_bytes(LINES)
    (folder / "secret").chmod(0)
    return folder / "secret"


@pytest.mark.fault(1)
@pytest.mark.parametrize("command", ["train", "vocab", "graph"])
@pytest.mark.parametrize(
    "make", [_missing, _dangling, _loop, _below_a_file, _long_name, _socket, _not_for_us]
)
def test_names_unreadable_input_before_writing(tmp_path, old, own_cache, command, make):
    path = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    good = tmp_path.parent / "good.txt"
    good.write_bytes(LINES)
    for corpus in ([path], [good, path]):
        refused(call(command, *corpus, "-o", old), 2, path)
        assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.fault(1)
def test_names_folder_without_text(tmp_path, old, own_cache):
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    (tmp_path / "empty" / ".hidden").write_bytes(LINES)
    refused(call("train", tmp_path / "empty", "-o", old), 1, tmp_path / "empty", "no text files")


@pytest.mark.fault(14)
@pytest.mark.parametrize("suffix", PACK)
def test_names_truncated_file(tmp_path, old, own_cache, suffix):
    content = PACK[suffix](LINES * 5000)
    path = tmp_path / f"text.{suffix}"
    for size in (len(content) - 1, len(content) // 2, 12):
        path.write_bytes(content[:size])
        INJECTED["files cut"] += 1
        refused(call("train", path, "-o", old, *TINY), 1, path, "truncated", "get it again")


@pytest.mark.fault(14)
@pytest.mark.parametrize("suffix", PACK)
def test_names_file_with_changed_byte(tmp_path, old, own_cache, suffix):
    content = bytearray(PACK[suffix](LINES * 5000))
    # The last bytes of each format hold what the text must sum up to.
    content[{"gz": -6, "bz2": -3, "xz": -10, "zst": -2}[suffix]] ^= 0x10
    path = tmp_path / f"text.{suffix}"
    path.write_bytes(content)
    refused(call("train", path, "-o", old, *TINY), 1, path, "damaged", "get it again")


@pytest.mark.fault(14)
@pytest.mark.parametrize("suffix", PACK)
def test_names_suffix_that_contradicts_content(tmp_path, old, own_cache, suffix):
    path = tmp_path / f"text.{suffix}"
    path.write_bytes(LINES)
    refused(call("train", path, "-o", old, *TINY), 1, path, "does not begin like one")


@pytest.mark.fault(14)
@pytest.mark.parametrize("suffix", PACK)
def test_refuses_bytes_after_compressed_text(tmp_path, old, own_cache, suffix):
    path = tmp_path / f"text.{suffix}"
    path.write_bytes(PACK[suffix](LINES) + b"more text, not packed")
    refused(call("train", path, "-o", old, *TINY), 1, path, "damaged")


def wide_xz():
    """Return an xz file whose header asks for a window of 4 GB."""
    packed = bytearray(lzma.compress(LINES))
    size = 4 * (packed[12] + 1)
    packed[packed.index(b"\x21\x01", 12) + 2] = 40
    packed[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(packed[12 : 12 + size - 4]))
    return bytes(packed)


def wide_zst():
    """Return a zstandard file with a window of 512 MB."""
    settings = zstandard.ZstdCompressionParameters(
        window_log=29, hash_log=10, chain_log=10, strategy=1
    )
    file = io.BytesIO()
    packer = zstandard.ZstdCompressor(compression_params=settings)
    with packer.stream_writer(file, closefd=False) as stream:
        stream.write(LINES * 5000)
    return file.getvalue()


@pytest.mark.fault(14)
@pytest.mark.parametrize("make", [wide_xz, wide_zst])
def test_refuses_decompression_window_of_gigabytes(tmp_path, old, own_cache, make):
    path = tmp_path / "wide"
    path.write_bytes(make())
    refused(call("train", path, "-o", old, *TINY), 1, path, "128 MB", "unpack it first")


def grow(path):
    with open(path, "ab") as file:
        file.write(b"more\n")


def shrink(path):
    os.truncate(path, path.stat().st_size // 2)


def replace(path):
    fresh = path.with_name("fresh")
    fresh.write_bytes(path.read_bytes()[::-1])
    os.replace(fresh, path)


def rewrite(path):
    with open(path, "r+b") as file:
        file.write(b"THE")


def delete(path):
    path.unlink()


@pytest.mark.slow
@pytest.mark.fault(15)
@pytest.mark.parametrize("change", [grow, shrink, replace, rewrite, delete])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("moment", [0, 2, -1])
def test_names_file_that_changes_while_reading(
    tmp_path, old, own_cache, monkeypatch, change, packed, moment
):
    path = tmp_path / "changing"
    # Random bytes pack badly: the packed file is long enough to be half read as well.
    text = b"".join(b"%x " % int.from_bytes(os.urandom(8)) for _ in range(250_000))
    path.write_bytes(gzip.compress(text, 1) if packed else text)
    owner, name = (CorpusStream, "read") if packed else (Block, "load")
    read, calls = getattr(owner, name), []
    wanted = moment if moment >= 0 else len(text) // (1 << 20)

    def meddle(*arguments):
        if len(calls) == wanted:
            change(path)
        calls.append(None)
        return read(*arguments)

    monkeypatch.setattr(owner, name, meddle)
    refused(call("train", path, "-o", old, *TINY), 1, path, "changed while reading", "try again")
    assert len(calls) > wanted


@pytest.mark.fault(15)
def test_names_file_that_fails_while_reading(tmp_path, old, own_cache, monkeypatch):
    path = tmp_path / "failing"
    path.write_bytes(LINES * 100)

    def fail(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("w2vneg.corpus.blocks.identity", fail)
    refused(call("train", path, "-o", old, *TINY), 1, path, "Input/output error", "copy it")


@pytest.mark.fault(15)
def test_ignores_cached_corpus_of_changed_file(tmp_path):
    path, output = tmp_path / "text", tmp_path / "v.vec"
    for word in (b"cat", b"cow"):
        path.write_bytes(LINES.replace(b"cat", word) * 40)
        os.utime(path, (1, 1))
        assert call("train", path, "-o", output, *TINY).code == 0
        assert b"\n%b " % word in output.read_bytes()


@pytest.mark.slow
@pytest.mark.fault(16)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_reads_corpus_from_stdin(tmp_path, pack):
    outcome = run("train", "-", *TINY, "--json", data=pack(LINES * 40), cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    assert told["corpus"]["tokens_kept"] == 12 * 40
    assert told["output"] == "vectors.vec"
    assert (tmp_path / "vectors.vec").read_bytes().startswith(b"7 3\nthe ")


@pytest.mark.fault(16)
@pytest.mark.parametrize("command", ["train", "vocab", "graph"])
def test_reads_corpus_from_pipe(tmp_path, own_cache, command):
    pipe, output = tmp_path / "pipe", tmp_path / "out.vec"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[LINES * 40], daemon=True)
    writer.start()
    more = TINY if command == "train" else TINY[:2]
    outcome = call(command, pipe, "-o", output, *more)
    assert outcome.code == 0, outcome.err
    writer.join()
    assert output.exists()


@pytest.mark.slow
@pytest.mark.fault(16)
def test_names_closed_stdin(old):
    process = start("train", "-", "-o", old, limits=lambda: os.close(0))
    refused(finish(process), 2, "cannot read stdin")


@pytest.mark.fault(16)
def test_refuses_stdin_where_corpus_is_read_twice(tmp_path, old):
    refused(call("train", "-", "-", "-o", old), 2, "stdin (-) is given twice")
    report = tmp_path / "report"
    refused(call("compare", "-", "-o", report), 2, "give a file, not -")
    refused(call("compare", tmp_path / "missing", "-o", report), 2, "missing")
    assert not report.exists()


@pytest.mark.fault(51)
def test_leaves_own_outputs_out_of_folder(tmp_path):
    # gensim PR 1423, woltka issue 183
    folder = tmp_path / "fold"
    (folder / "more").mkdir(parents=True)
    (folder / "a.txt").write_bytes(LINES * 9)
    (folder / "more" / "b.txt").write_bytes(LINES * 9)
    told = json.loads(call("train", folder, "-o", tmp_path / "v.vec", *TINY, "--json").out)
    outputs = ("--save-vocab", folder / "words.tsv", "--checkpoint", folder / "state")
    assert call("train", folder / "a.txt", *TINY, *outputs).code == 0
    assert call("graph", folder / "a.txt", "-o", folder / "g.npz", "--min-count", 1).code == 0
    for _ in range(2):  # the second time, the output itself lies in the folder
        again = call("train", folder, "-o", folder / "c.bin", *TINY, "--json")
        assert again.code == 0, again.err
        assert again.err.count("\n") == 2
        assert f"{folder / 'c.bin'}: inside the corpus folder {folder}; when it is" in again.err
        assert "files of word vectors or other output of w2vneg" in again.err
        assert json.loads(again.out)["corpus"]["fingerprint"] == told["corpus"]["fingerprint"]
    assert "left out of" in call("vocab", folder).err


@pytest.mark.fault(51)
def test_names_what_to_do_with_own_output(tmp_path, monkeypatch):
    # gensim PR 1423
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_bytes(LINES * 9)
    outputs = ("--save-vocab", "words.tsv", "--checkpoint", "state")
    for output in ("v.vec", "v.bin", "v.vec.gz"):
        assert call("train", "a.txt", "-o", output, *TINY, *outputs).code == 0
        refused(call("train", output), 1, output, f"w2vneg neighbors {output} WORD")
        assert call("neighbors", output, "the").code == 0
    refused(call("train", "words.tsv"), 1, "w2vneg train TEXT --vocab words.tsv")
    assert call("train", "a.txt", "--vocab", "words.tsv", *TINY).code == 0
    refused(call("vocab", "v.vec.json"), 1, "JSON output of w2vneg", "give the text")
    assert call("graph", "a.txt", "-o", "g.npz", "--min-count", 1).code == 0
    refused(call("train", "g.npz"), 1, "w2vneg graph g.npz")
    assert call("graph", "g.npz").code == 0
    checkpoint = next(Path("state").glob("*.npz"))
    refused(call("train", checkpoint), 1, checkpoint, "w2vneg train TEXT --resume FOLDER")
    refused(call("train", "state"), 1, "no text files in folder state", "checkpoint")
    assert call("train", "a.txt", "-o", "w.vec", "--resume", "state").code == 0


@pytest.mark.slow
@pytest.mark.fault(14)
@pytest.mark.parametrize("kind", ["w", "w:gz", "w:xz"])
@pytest.mark.parametrize("piped", [False, True])
def test_names_archive_and_how_to_unpack_it(tmp_path, old, kind, piped):
    # jdeng/word2vec issue 9, dasem issue 8
    path = tmp_path / "archive"
    with tarfile.open(path, kind) as archive:
        member = tarfile.TarInfo("text8")
        member.size = len(LINES)
        archive.addfile(member, io.BytesIO(LINES))
    outcome = (
        run("train", "-", "-o", old, data=path.read_bytes())
        if piped
        else call("train", path, "-o", old)
    )
    name = "FILE" if piped else path
    refused(outcome, 1, "a tar archive, not text", f"tar -xf {name} -C FOLDER")
