"""The files are read by the programs that they are made for, and theirs are read here.

Optional libraries are tested where they are installed; docs/formats.md has the versions.
"""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from w2vneg import Vectors, load_vectors
from w2vneg.errors import DataError, UsageError
from w2vneg.vectors import write_vectors

WORDS = ["the", "of", "wörd", "Tōkyō", "x", "new_york", "99", "😀", "rare"]
MATRIX = np.random.default_rng(1).normal(size=(9, 6)).astype(np.float32)
COUNTS = np.array([90, 70, 50, 30, 20, 10, 9, 2, 1])


def optional(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is an optional library")


def written(path: Path, **options: Any) -> Path:
    write_vectors(path, WORDS, MATRIX, counts=COUNTS, w_out=MATRIX * 2, **options)
    return path


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("v.vec", {}),
        ("v.vec.gz", {}),
        ("v.bin", {"binary": True}),
        ("v.glove.txt", {"no_header": True}),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_gensim_reads_word2vec_and_glove(tmp_path: Path, name: str, options: Any) -> None:
    from gensim.models import KeyedVectors

    # gensim leaves files without a header open.
    loaded = KeyedVectors.load_word2vec_format(str(written(tmp_path / name)), **options)
    assert loaded.index_to_key == WORDS
    assert (loaded.vectors == MATRIX).all()


def test_gensim_reads_fasttext(tmp_path: Path) -> None:
    from gensim.models.fasttext import load_facebook_vectors

    loaded = load_facebook_vectors(str(written(tmp_path / "m.bin", to="fasttext")))
    assert loaded.index_to_key == WORDS
    assert (loaded.vectors_vocab == MATRIX).all()
    assert loaded.get_vecattr("of", "count") == 70


@pytest.mark.parametrize(("minn", "maxn"), [(3, 6), (1, 2), (0, 0)])
def test_vectors_of_gensims_fasttext_models_are_composed(
    tmp_path: Path, minn: int, maxn: int
) -> None:
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    sentences = [WORDS, [word * 2 for word in WORDS]] * 5
    model = FastText(
        sentences, vector_size=5, min_count=1, bucket=40, min_n=minn, max_n=maxn, workers=1
    )
    save_facebook_model(model, str(tmp_path / "m.bin"))
    loaded = load_vectors(tmp_path / "m.bin")
    assert loaded.words == model.wv.index_to_key
    np.testing.assert_allclose(loaded.matrix, model.wv[loaded.words], atol=1e-7)
    assert loaded.counts is not None
    assert loaded.counts.tolist() == [5] * 18
    assert len(load_vectors(tmp_path / "m.bin", limit=4)) == 4


def test_fasttext_reads_and_is_read(tmp_path: Path) -> None:
    fasttext = optional("fasttext")
    model = fasttext.load_model(str(written(tmp_path / "m.bin", to="fasttext")))
    assert model.get_words() == WORDS
    for word, vector in zip(WORDS, MATRIX, strict=True):
        assert (model.get_word_vector(word) == vector).all()
    assert not model.get_word_vector("unknown").any()
    assert (model.get_output_matrix() == MATRIX * 2).all()
    text = tmp_path / "text"
    text.write_text((" ".join(WORDS) + "\n") * 50)
    for options in ({}, {"minn": 1, "maxn": 3}, {"maxn": 0}, {"bucket": 7}):
        options = {"bucket": 1000, **options}
        model = fasttext.train_unsupervised(
            str(text), dim=4, minCount=1, epoch=1, thread=1, verbose=0, **options
        )
        model.save_model(str(tmp_path / "n.bin"))
        loaded = load_vectors(tmp_path / "n.bin")
        assert loaded.words == model.get_words()
        for word in loaded.words:
            np.testing.assert_allclose(loaded[word], model.get_word_vector(word), atol=1e-7)


def test_finalfusion_reads_and_is_read(tmp_path: Path) -> None:
    finalfusion = optional("finalfusion")
    loaded = finalfusion.load_finalfusion(str(written(tmp_path / "v.fifu")))
    assert loaded.vocab.words == WORDS
    lengths = np.linalg.norm(MATRIX, axis=1, keepdims=True)
    for row, word in enumerate(WORDS):
        np.testing.assert_allclose(loaded.embedding(word), MATRIX[row] / lengths[row], atol=1e-6)
    np.testing.assert_allclose(loaded.norms, lengths[:, 0], rtol=1e-6)
    near = loaded.word_similarity("the", k=3)
    expected = Vectors(WORDS, MATRIX).most_similar("the", topn=3)
    assert [item.word for item in near] == [word for word, _ in expected]
    loaded.write(str(tmp_path / "w.fifu"))
    again = load_vectors(tmp_path / "w.fifu")
    assert again.words == WORDS
    np.testing.assert_allclose(again.matrix, MATRIX, rtol=1e-6)


@pytest.mark.parametrize("suffix", [".safetensors", ".w2v"])
def test_safetensors_reads(tmp_path: Path, suffix: str) -> None:
    numpy = optional("safetensors.numpy")
    path = written(tmp_path / f"v{suffix}")
    tensors = numpy.load_file(path)
    assert (tensors["w_in"] == MATRIX).all()
    assert tensors["counts"].tolist() == COUNTS.tolist()
    assert tensors["words"].tobytes().decode().splitlines() == WORDS
    assert ("w_out" in tensors) == (suffix == ".w2v")
    # Tensors in another order, types and with more of them.
    tensors = {"w_in": MATRIX.astype(np.float64), "words": tensors["words"], "z": np.ones(3, bool)}
    numpy.save_file(tensors, path)
    again = load_vectors(path)
    assert again.words == WORDS
    assert (again.matrix == MATRIX).all()


def test_safetensors_is_mapped_into_memory(tmp_path: Path) -> None:
    safetensors = optional("safetensors")
    path = written(tmp_path / "v.safetensors", dtype="float16")
    with safetensors.safe_open(path, framework="numpy") as file:
        assert (file.get_slice("w_in")[2:4] == MATRIX[2:4].astype(np.float16)).all()


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_numpy_reads(tmp_path: Path, dtype: str) -> None:
    array = np.load(written(tmp_path / "v.npy", dtype=dtype), mmap_mode="r")
    assert array.dtype == dtype
    assert (array == MATRIX.astype(dtype)).all()
    assert (tmp_path / "v.words.txt").read_text(encoding="utf-8").splitlines() == WORDS
    np.save(tmp_path / "v.npy", np.asfortranarray(MATRIX.astype(np.float64)))
    again = load_vectors(tmp_path / "v.npy")
    assert (again.matrix == MATRIX).all()
    assert "rounded from float64" in again.notes[0]


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_pandas_reads_parquet(tmp_path: Path, dtype: str) -> None:
    optional("pyarrow")
    pandas = optional("pandas")
    frame = pandas.read_parquet(written(tmp_path / "v.parquet", dtype=dtype))
    assert frame["word"].tolist() == WORDS
    assert frame["count"].tolist() == COUNTS.tolist()
    assert (np.stack(frame["vector"].to_list()) == MATRIX.astype(dtype)).all()
    # A table of another program, with lists of no fixed length.
    table = pandas.DataFrame({"token": WORDS, "embedding": [row.tolist() for row in MATRIX]})
    table.to_parquet(tmp_path / "w.parquet")
    again = load_vectors(tmp_path / "w.parquet")
    assert again.words == WORDS
    assert (again.matrix == MATRIX).all()


def test_the_pair_of_files_is_what_the_projector_documents(tmp_path: Path) -> None:
    """TensorBoard reads it in the browser: rows of numbers, and names above several columns."""
    written(tmp_path / "v.tsv")
    numbers = np.loadtxt(tmp_path / "v.tsv", delimiter="\t", dtype=np.float32)
    assert (numbers == MATRIX).all()
    lines = (tmp_path / "v.metadata.tsv").read_text(encoding="utf-8").split("\n")
    assert lines[0] == "word\tcount"
    assert [line.split("\t") for line in lines[1:-1]] == [
        [word, str(count)] for word, count in zip(WORDS, COUNTS, strict=True)
    ]
    write_vectors(tmp_path / "w.tsv", WORDS, MATRIX)
    assert (tmp_path / "w.metadata.tsv").read_text(encoding="utf-8").split("\n")[:-1] == WORDS


def test_files_of_gensims_script_for_tensorboard_are_read(tmp_path: Path) -> None:
    from gensim.scripts.word2vec2tensor import word2vec2tensor

    written(tmp_path / "v.vec")
    word2vec2tensor(str(tmp_path / "v.vec"), str(tmp_path / "t"))
    assert {path.name for path in tmp_path.glob("t*")} == {"t_tensor.tsv", "t_metadata.tsv"}
    again = load_vectors(tmp_path / "t_tensor.tsv")
    assert again.words == WORDS
    assert (again.matrix == MATRIX).all()


def test_item_embeddings_are_parsed_as_recbole_does(tmp_path: Path) -> None:
    """RecBole itself needs PyTorch; its loader splits columns at tabs and numbers at blanks."""
    header, *rows = written(tmp_path / "v.itememb").read_text(encoding="utf-8").splitlines()
    assert [column.split(":") for column in header.split("\t")] == [
        ["iid", "token"],
        ["item_emb", "float_seq"],
    ]
    read = {item: np.array(list(filter(None, seq.split(" "))), float) for item, seq in
            (row.split("\t") for row in rows)}  # fmt: skip
    assert list(read) == WORDS
    assert (np.stack(list(read.values())).astype(np.float32) == MATRIX).all()


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_static_embedding_is_read_back(tmp_path: Path, dtype: str) -> None:
    written(tmp_path / "model", to="staticembedding", dtype=dtype)
    again = load_vectors(tmp_path / "model")
    assert again.words == WORDS
    assert (again.matrix == MATRIX.astype(dtype)).all()
    with pytest.raises(DataError, match="stands for unknown words"):
        write_vectors(tmp_path / "m", ["[UNK]"], MATRIX[:1], to="staticembedding")


def test_tokenizers_reads_the_words(tmp_path: Path) -> None:
    tokenizers = optional("tokenizers")
    lower = ["the", "king", ",", "of", "rome"]
    write_vectors(tmp_path / "m", lower, MATRIX[:5], to="staticembedding")
    tokenizer = tokenizers.Tokenizer.from_file(str(tmp_path / "m" / "tokenizer.json"))
    assert tokenizer.encode("The King,of Spain").ids == [0, 1, 2, 3, 5]


@pytest.mark.slow
def test_sentence_transformers_reads(tmp_path: Path) -> None:
    optional("sentence_transformers")
    written(tmp_path / "model", to="staticembedding")
    # In a process of its own, whose libraries may warn.
    code = (
        "import sys, numpy as np\n"
        "from sentence_transformers import SentenceTransformer\n"
        "model = SentenceTransformer(sys.argv[1], device='cpu')\n"
        "np.save(sys.argv[2], model.encode(['the of', 'rare', 'x wörd x']))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model"), str(tmp_path / "out.npy")]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    expected = [MATRIX[:2].mean(axis=0), MATRIX[8], MATRIX[[4, 2, 4]].mean(axis=0)]
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected, atol=1e-6)


@pytest.mark.slow
def test_spacy_reads(tmp_path: Path) -> None:
    optional("spacy")
    written(tmp_path / "v.vec")
    command = [sys.executable, "-m", "spacy", "init", "vectors", "xx"]
    result = subprocess.run(
        [*command, str(tmp_path / "v.vec"), str(tmp_path / "nlp")], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    import spacy

    nlp = spacy.load(tmp_path / "nlp")
    for word, vector in zip(WORDS, MATRIX, strict=True):
        np.testing.assert_allclose(nlp.vocab[word].vector, vector, atol=1e-6)


def test_int8_has_a_scale_for_each_word(tmp_path: Path) -> None:
    matrix = MATRIX * np.array([1e-6, 1, 1e6, 1, 1, 1, 1, 0, 1], np.float32)[:, None]
    write_vectors(tmp_path / "v.safetensors", WORDS, matrix, dtype="int8")
    again = load_vectors(tmp_path / "v.safetensors").matrix
    steps = np.abs(matrix).max(axis=1) / 127
    assert (np.abs(again - matrix) <= 0.51 * steps[:, None]).all()
    assert not again[7].any()
    large = np.random.default_rng(3).normal(size=(3000, 40)).astype(np.float32)
    names = [f"w{i}" for i in range(3000)]
    write_vectors(tmp_path / "l.safetensors", names, large, dtype="int8")
    near, exact = load_vectors(tmp_path / "l.safetensors"), Vectors(names, large)
    shared = [
        len({w for w, _ in near.most_similar(q)} & {w for w, _ in exact.most_similar(q)})
        for q in names[:50]
    ]
    assert np.mean(shared) > 9.3


def test_types_that_a_format_cannot_hold_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="word2vec text cannot hold float16 numbers; .*NumPy"):
        written(tmp_path / "v.vec", dtype="float16")
    with pytest.raises(UsageError, match="dtype='float8': choose from float32, float16, int8"):
        written(tmp_path / "v.npy", dtype="float8")
    with pytest.raises(DataError, match="'of' holds numbers too large for float16"):
        write_vectors(
            tmp_path / "v.npy", ["a", "of"], np.array([[1], [7e4]], "f4"), dtype="float16"
        )
    with pytest.raises(DataError, match="zero bytes end its words"):
        write_vectors(tmp_path / "v.bin", ["a\0b"], MATRIX[:1], to="fasttext")
    with pytest.raises(UsageError, match="to='word2vec': did you mean 'word2vec-text'"):
        written(tmp_path / "v.vec", to="word2vec")
    assert not list(tmp_path.iterdir())


def test_a_pickle_in_an_array_is_never_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.array([[{"a": 1}]], object), allow_pickle=True)
    with pytest.raises(DataError, match="a pickle, which is never opened"):
        load_vectors(tmp_path / "v.npy")


def test_models_that_are_not_read_are_named(tmp_path: Path) -> None:
    data = bytearray(written(tmp_path / "m.bin", to="fasttext").read_bytes())
    quantized = data.index(MATRIX.tobytes()) - 17
    data[quantized] = 1
    (tmp_path / "m.bin").write_bytes(data)
    with pytest.raises(DataError, match="quantized fastText model"):
        load_vectors(tmp_path / "m.bin")
    (tmp_path / "m.bin").write_bytes(struct.pack("<ii", 793712314, 1) + bytes(60))
    with pytest.raises(DataError, match="fastText or floret model of version 1"):
        load_vectors(tmp_path / "m.bin")


def test_words_missing_beside_their_numbers(tmp_path: Path) -> None:
    for name, companion in (("v.npy", "v.words.txt"), ("v.tsv", "v.metadata.tsv")):
        written(tmp_path / name)
        words = (tmp_path / companion).read_bytes()
        (tmp_path / companion).write_bytes(words[: words.index("wörd".encode())])
        with pytest.raises(DataError, match="9 rows, but .* has 2 words"):
            load_vectors(tmp_path / name)
        (tmp_path / companion).unlink()
        with pytest.raises(DataError, match=f"words are missing; put them into .*{companion}"):
            load_vectors(tmp_path / name)
    model = {"embedding.weight": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}}
    head = json.dumps(model).encode()
    path = tmp_path / "m.safetensors"
    path.write_bytes(struct.pack("<Q", len(head)) + head + bytes(8))
    with pytest.raises(DataError, match="it has no words; .* tokenizer.json"):
        load_vectors(path)
