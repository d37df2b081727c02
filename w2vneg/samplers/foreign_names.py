"""Options of word2vec.c, gensim, fastText and GloVe, and what they are called here."""

from __future__ import annotations

from typing import NamedTuple

from w2vneg.config import flag


class Foreign(NamedTuple):
    """An option of another tool.

    Attributes
    ----------
    tools : str
        The tools that have it.
    ours : str
        The Python name of the option here; empty where there is none.
    note : str
        What to do instead, or what else to know; the fields ``{lr}``, ``{ns_exponent}`` and
        ``{output}`` are replaced by their spellings.
    """

    tools: str
    ours: str = ""
    note: str = ""


_ONLY_SKIPGRAM = "w2vneg trains only skip-gram with negative sampling: leave it out"
_NO_SUBWORDS = "w2vneg has no subword vectors: leave it out"
_BINARY = "the suffix of the output selects the format: {output} FILE.bin is binary"

#: Name in lower case, without leading dashes and with underscores, to what it is.
FOREIGN: dict[str, Foreign] = {
    "alpha": Foreign(
        "word2vec.c and gensim",
        note="is ambiguous: {lr} is the learning rate (alpha in word2vec.c and gensim), "
        "{ns_exponent} the exponent of the unigram noise",
    ),
    "size": Foreign("word2vec.c and gensim", "dim"),
    "vector_size": Foreign("gensim and GloVe", "dim"),
    "ws": Foreign("fastText", "window"),
    "window_size": Foreign("GloVe", "window"),
    "shrink_windows": Foreign("gensim", "fixed_window", "the other way round"),
    "negative": Foreign("word2vec.c and gensim", "negatives"),
    "neg": Foreign("fastText", "negatives"),
    "iter": Foreign("word2vec.c and GloVe", "epochs"),
    "epoch": Foreign("fastText", "epochs"),
    "workers": Foreign("gensim", "threads"),
    "thread": Foreign("fastText", "threads"),
    "learning_rate": Foreign("other tools", "lr"),
    "eta": Foreign("GloVe", "lr"),
    "min_alpha": Foreign("gensim", "lr", "the rate falls to 1/10,000 of {lr}"),
    "lrupdaterate": Foreign("fastText", "lr", "the rate falls after every chunk: leave it out"),
    "mincount": Foreign("fastText", "min_count"),
    "t": Foreign("fastText", "sample"),
    "max_final_vocab": Foreign("gensim", "max_vocab"),
    "max_vocab_size": Foreign(
        "gensim",
        note="limits memory while words are counted: leave it out, memory is bounded here; "
        "{max_vocab} keeps the N most frequent words",
    ),
    "cbow": Foreign("word2vec.c", note=_ONLY_SKIPGRAM),
    "cbow_mean": Foreign("gensim", note=_ONLY_SKIPGRAM),
    "sg": Foreign("gensim", note=_ONLY_SKIPGRAM),
    "hs": Foreign("word2vec.c and gensim", note=_ONLY_SKIPGRAM),
    "model": Foreign("other tools", note=_ONLY_SKIPGRAM),
    "minn": Foreign("fastText", note=_NO_SUBWORDS),
    "min_n": Foreign("gensim", note=_NO_SUBWORDS),
    "maxn": Foreign("fastText", note=_NO_SUBWORDS),
    "max_n": Foreign("gensim", note=_NO_SUBWORDS),
    "bucket": Foreign("fastText and gensim", note=_NO_SUBWORDS),
    "wordngrams": Foreign("fastText", note=_NO_SUBWORDS),
    "binary": Foreign("word2vec.c and GloVe", note=_BINARY),
    "train": Foreign("word2vec.c", note="give the corpus without an option"),
    "input": Foreign("fastText", note="give the corpus without an option"),
    "corpus_file": Foreign("gensim", note="give the corpus without an option"),
    "sentences": Foreign("gensim", note="give the corpus without an option"),
    "read_vocab": Foreign("word2vec.c", note="--vocab FILE trains the words of a file"),
    "vocab_file": Foreign("GloVe", note="--vocab FILE trains the words of a file"),
    "pretrainedvectors": Foreign("fastText", note="training starts from random vectors here"),
    "debug": Foreign("word2vec.c", note="progress is shown in a terminal: leave it out"),
    "verbose": Foreign("fastText and GloVe", note="progress is shown in a terminal: leave it out"),
    "compute_loss": Foreign("gensim", note="the loss is always computed: leave it out"),
    "sorted_vocab": Foreign("gensim", note="the vocabulary is always sorted: leave it out"),
}


def foreign_hint(name: str, *, flags: bool) -> str | None:
    """Return what an option of another tool is called here, or None if the name is not known.

    Parameters
    ----------
    name : str
        As it was given, with or without dashes.
    flags : bool
        Whether options are named as on the command line (``--dim``) or as in Python (``dim``).
    """
    foreign = FOREIGN.get(name.lstrip("-").replace("-", "_").lower())
    if foreign is None:
        return None

    def spelled(option: str) -> str:
        return flag(option) if flags else option

    names = {option: spelled(option) for option in ("lr", "max_vocab", "ns_exponent")}
    note = foreign.note.format(**names, output="-o" if flags else "save to")
    if name.lstrip("-") == "alpha":
        return f"{name} {note}"
    here = f"{name} of {foreign.tools}"
    if foreign.ours:
        here += f" is {spelled(foreign.ours)} here"
    return f"{here}: {note}" if note else here
