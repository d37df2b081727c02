"""Tokenizers by name: what they make of text, in files, tables and Python alike."""

from __future__ import annotations

import builtins
import unicodedata
from pathlib import Path

import pytest
from helpers.commands import compiled_only

from w2vneg import SkipGram
from w2vneg.corpus.encode import count, encode
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.tokenizers import preparation, splitter
from w2vneg.errors import DataError, UsageError


def words(text: str, tokenizer: str = "whitespace", **options: bool) -> list[str]:
    return splitter(InputOptions(tokenizer=tokenizer, **options))(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\"Hello,\" he said (twice) - it's 'fine'.", "Hello he said twice it's fine"),
        ("don\u2019t rock'n'roll dogs' o''clock", "don\u2019t rock'n'roll dogs o clock"),
        ("naïve Straße, cafe\u0301! \u00bfQué?", "naïve Straße cafe\u0301 Qué"),
        ("हिन्दी में लिखा।", "हिन्दी में लिखा"),
        ("مرحبا، بالعالم؟", "مرحبا بالعالم"),
        ("no\u00a0break\u3000space\u2028line\u200bzero", "no break space line zero"),
        ("x_y a/b 3.14 №5 C++ 𝒳𝒴", "x y a b 3 14 5 C 𝒳𝒴"),
        ("مي\u200cخواهم", "مي\u200cخواهم"),
        ("... !", ""),
    ],
)
def test_unicode_words(text: str, expected: str) -> None:
    assert words(text, "unicode") == expected.split(" " if expected else None)


def test_unicode_words_are_what_the_categories_say() -> None:
    for code in [*range(0x20, 0x3000), *range(0x1D400, 0x1D800), *range(0xA000, 0xB000)]:
        character = chr(code)
        inside = unicodedata.category(character)[0] in "LMN" or character in "'\u2019\u200c\u200d"
        assert words(f"a{character}b", "unicode") == ([f"a{character}b"] if inside else ["a", "b"])


def test_characters_keep_their_marks() -> None:
    assert words("網易 大厦\u3000ab cafe\u0301", "chars") == [*"網易大厦abcaf", "e\u0301"]


def test_lower_and_normal_form() -> None:
    decomposed = unicodedata.normalize("NFD", "Café ÄRGER")
    assert words(decomposed, lower=True, nfc=True) == ["café", "ärger"]
    assert words("A\u00a0B c", lower=True) == ["a\u00a0b", "c"]
    assert words("IT'S", "unicode", lower=True) == ["it's"]


def fingerprint(path: Path, **options: object) -> str:
    block_bytes = options.pop("block_bytes", 1 << 20)
    reading = InputOptions(**options)  # type: ignore[arg-type]
    with encode(
        [path],
        input=reading,
        min_count=1,
        cache=False,
        block_bytes=block_bytes,  # type: ignore[arg-type]
    ) as corpus:
        return corpus.fingerprint


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_tokenized_file_is_the_file_of_its_words(
    tmp_path: Path, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import w2vneg.corpus.prepared_file as module

    lines = ['\ufeff"Ärger," sagte er.', "", "\ufeffDon't - (panic)!", "Wort " * 50, "ende"] * 9
    raw, clean = tmp_path / "raw.txt", tmp_path / "clean.txt"
    raw.write_text(end.join(lines), encoding="utf-8", newline="")
    text = "\n".join(" ".join(words(line, "unicode", lower=True)) for line in lines)
    clean.write_text(text, encoding="utf-8")
    wanted = fingerprint(clean)
    assert fingerprint(raw, tokenizer="unicode", lower=True) == wanted
    # Cut anywhere, the pieces are prepared as the whole is.
    for size in (1, 7, 64):
        monkeypatch.setattr(module, "_PIECE_BYTES", size)
        found = fingerprint(raw, tokenizer="unicode", lower=True, block_bytes=100)
        assert found == wanted


def test_a_line_without_white_space_is_cut_between_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import w2vneg.corpus.prepared_file as module

    path, clean = tmp_path / "zh.txt", tmp_path / "clean.txt"
    path.write_text("他来到了网易大厦" * 50, encoding="utf-8")
    clean.write_text(" ".join("他来到了网易大厦" * 50), encoding="utf-8")
    monkeypatch.setattr(module, "_PIECE_BYTES", 16)
    monkeypatch.setattr(module, "_LONGEST", 50)
    assert fingerprint(path, tokenizer="chars") == fingerprint(clean)


def test_tokens_that_are_not_utf8_are_still_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("Grün, ".encode() + b"gr\xfcn, x. y! " + b"\xff\xfe z\n")
    for tokenizer in ("unicode", "chars", "whitespace"):
        reading = InputOptions(tokenizer=tokenizer, lower=True)
        _, report = count([path], input=reading, min_count=1)
        assert report.invalid_utf8 == 2, tokenizer
        assert "t.txt, byte" in str(report.first_invalid)


def test_binary_files_are_refused_as_without_a_tokenizer(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("Hello, world\n".encode("utf-16"))
    with pytest.raises(DataError, match="UTF-16"):
        fingerprint(path, tokenizer="unicode")


def test_cached_for_each_tokenizer(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("A, b. a\n")
    for options in ({}, {"tokenizer": "unicode"}, {"tokenizer": "unicode", "lower": True}):
        for again in (False, True):
            with encode([path], input=InputOptions(**options), min_count=1) as corpus:  # type: ignore[arg-type]
                assert corpus.report.from_cache is again
    assert corpus.vocabulary.words == ["a", "b"]


@compiled_only
def test_fit_takes_the_same_names(tmp_path: Path) -> None:
    lines = ["Ja, ja!", "Nein; ja?", "(Nein) ja"]
    path, table = tmp_path / "t.txt", tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    table.write_text("\n".join(["text", *(f'"{line}"' for line in lines)]))
    options = {"dim": 4, "epochs": 1, "threads": 1, "min_count": 1}
    model = SkipGram(**options).fit(path, tokenizer="unicode")
    assert set(model.words) == {"Ja", "ja", "Nein"}
    for corpus, column in ((lines, None), (table, "text"), ([{"text": s} for s in lines], "text")):
        again = SkipGram(**options).fit(corpus, tokenizer="unicode", column=column)
        assert again.vectors.matrix.tobytes() == model.vectors.matrix.tobytes()
    with pytest.raises(UsageError, match="'unicode'"):
        SkipGram().fit(lines, tokenizer="unicod")
    with pytest.raises(UsageError, match="name a tokenizer"):
        SkipGram().fit(path, tokenizer=str.split)


@pytest.mark.parametrize(
    ("name", "module", "extra"), [("jieba", "jieba", "jieba"), ("icu", "icu", "icu")]
)
def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str, extra: str
) -> None:
    real = builtins.__import__

    def without(wanted: str, *arguments: object, **more: object) -> object:
        if wanted == module:
            raise ImportError(wanted)
        return real(wanted, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=rf"pip install 'w2vneg\[{extra}\]'"):
        preparation(InputOptions(tokenizer=name))


def test_jieba() -> None:
    pytest.importorskip("jieba")
    assert words("他来到了网易杭研大厦。\n他", "jieba")[:3] == ["他", "来到", "了"]
    assert preparation(InputOptions(tokenizer="jieba"))("来到。\n大厦\n") == "来到\n大厦\n"


def test_icu() -> None:
    pytest.importorskip("icu")
    assert words("𝒳 他来到了。สวัสดีชาวโลก", "icu") == ["𝒳", "他", "来到", "了", "สวัสดี", "ชาว", "โลก"]
