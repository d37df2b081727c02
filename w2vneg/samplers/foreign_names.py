"""Options and losses of word2vec.c, gensim, fastText, GloVe and graph tools, and what they are here."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from w2vneg.system.option_names import either, named


class Foreign(NamedTuple):
    """An option of another tool.

    Attributes
    ----------
    tools : str
        The tools that have it.
    ours : str
        The Python name of the option here; empty where there is none.
    note : str
        What to do instead, or what else to know; options in braces, such as ``{lr}``, are replaced by
        their names on the command line or in Python.
    """

    tools: str
    ours: str = ""
    note: str = ""


_ONLY_SKIPGRAM = "w2vneg trains only skip-gram with negative sampling: leave it out"
_NO_SUBWORDS = "w2vneg has no subword vectors: leave it out"
_NO_CLASSES = "w2vneg trains no classifier: leave it out"
_NO_QUANTIZING = "w2vneg convert --dtype int8 quantizes vectors afterwards: leave it out"
_BINARY = "the suffix of the output selects the format: FILE.bin is binary"
_BOUNDED = "memory is bounded here: leave it out"
_NO_FILES = "there are no intermediate files here: leave it out"
_NUMBER_OF_WALKS = "{walks_per_node} is the number of walks from each node"
_NO_ADAGRAD = "there is no AdaGrad here: leave it out"

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
    "min_alpha": Foreign("gensim", note="the rate falls to 1/10,000 of {lr}: leave it out"),
    "lrupdaterate": Foreign("fastText", note="the rate falls after every chunk: leave it out"),
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
    "classes": Foreign("word2vec.c", note="w2vneg does not cluster words: leave it out"),
    "batch_words": Foreign("gensim", note=_BOUNDED),
    "comment": Foreign("gensim", note="leave it out"),
    "callbacks": Foreign(
        "gensim", note="checkpoints, the loss and progress are built in: leave it out"
    ),
    "trim_rule": Foreign("gensim", note="{words_file} trains the words of a file"),
    "hashfxn": Foreign("gensim", note="results do not depend on hashes: leave it out"),
    "null_word": Foreign("gensim", note="leave it out"),
    "mincountlabel": Foreign("fastText", note=_NO_CLASSES),
    "label": Foreign("fastText", note=_NO_CLASSES),
    "autotune_validation": Foreign("fastText", note="w2vneg tune looks for the best settings"),
    "autotune_duration": Foreign("fastText", note="w2vneg tune looks for the best settings"),
    "autotune_metric": Foreign("fastText", note=_NO_CLASSES),
    "autotune_predictions": Foreign("fastText", note=_NO_CLASSES),
    "autotune_modelsize": Foreign("fastText", note=_NO_QUANTIZING),
    "saveoutput": Foreign("fastText", note="{output} writes the word vectors: leave it out"),
    "cutoff": Foreign("fastText", note=_NO_QUANTIZING),
    "retrain": Foreign("fastText", note=_NO_QUANTIZING),
    "qnorm": Foreign("fastText", note=_NO_QUANTIZING),
    "qout": Foreign("fastText", note=_NO_QUANTIZING),
    "dsub": Foreign("fastText", note=_NO_QUANTIZING),
    "x_max": Foreign("GloVe", note="there is no weighting by counts here: leave it out"),
    "symmetric": Foreign("GloVe", note="windows are always symmetric: leave it out"),
    "distance_weighting": Foreign(
        "GloVe", note="the window shrinks at random instead: leave it out"
    ),
    "memory": Foreign("GloVe", note=_BOUNDED),
    "max_product": Foreign("GloVe", note=_BOUNDED),
    "array_size": Foreign("GloVe", note=_BOUNDED),
    "overflow_length": Foreign("GloVe", note=_NO_FILES),
    "overflow_file": Foreign("GloVe", note=_NO_FILES),
    "temp_file": Foreign("GloVe", note=_NO_FILES),
    "input_file": Foreign("GloVe", note="give the corpus without an option"),
    "save_file": Foreign("GloVe", note="{output} writes the word vectors"),
    "write_header": Foreign("GloVe", note="word2vec text always has a header: leave it out"),
    "gradsq_file": Foreign("GloVe", note=_NO_ADAGRAD),
    "save_gradsq": Foreign("GloVe", note=_NO_ADAGRAD),
    "load_init_gradsq": Foreign("GloVe", note=_NO_ADAGRAD),
    "grad_clip": Foreign("GloVe", note="leave it out"),
    "load_init_param": Foreign("GloVe", note="training starts from random vectors here"),
    "save_init_param": Foreign(
        "GloVe", note="the seed gives the same initial vectors: leave it out"
    ),
    "dimensions": Foreign("node2vec", "dim"),
    "representation_size": Foreign("DeepWalk", "dim"),
    "num_walks": Foreign("node2vec", note=_NUMBER_OF_WALKS),
    "number_walks": Foreign("DeepWalk", note=_NUMBER_OF_WALKS),
    "weighted": Foreign(
        "node2vec", note="weights are used unless {unweighted} is given: leave it out"
    ),
    "undirected": Foreign(
        "node2vec and DeepWalk",
        note="edges have no direction unless {directed} is given: leave it out",
    ),
    "max_memory_data_size": Foreign("DeepWalk", note="walks are never stored: leave it out"),
    "vertex_freq_degree": Foreign(
        "DeepWalk", note="negatives are drawn by frequency in the walks: leave it out"
    ),
    "matfile_variable_name": Foreign(
        "DeepWalk", note="SkipGram.fit takes matrices of scipy.sparse in Python"
    ),
    "rho": Foreign("LINE", "lr"),
    "samples": Foreign("LINE", note="{epochs} says how often each edge is drawn"),
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
    "read_vocab": Foreign("word2vec.c", note="{words_file} trains the words of a file"),
    "vocab_file": Foreign("GloVe", note="{words_file} trains the words of a file"),
    "pretrainedvectors": Foreign("fastText", note="training starts from random vectors here"),
    "debug": Foreign("word2vec.c", note="progress is shown in a terminal: leave it out"),
    "verbose": Foreign("fastText and GloVe", note="progress is shown in a terminal: leave it out"),
    "compute_loss": Foreign("gensim", note="the loss is always computed: leave it out"),
    "sorted_vocab": Foreign("gensim", note="the vocabulary is always sorted: leave it out"),
}


#: Options that notes name.
_NAMED = ("lr", "max_vocab", "ns_exponent", "epochs", "walks_per_node", "unweighted", "directed")


def _letters(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


_BY_LETTERS = {_letters(name): foreign for name, foreign in FOREIGN.items()}

#: Losses of fastText, and what they are here.
_LOSSES = {
    "ns": "ns of fastText is sgns here",
    "hs": "hs of fastText, hierarchical softmax, is not trained here: leave it out",
    "softmax": "softmax over the whole vocabulary is not trained here; infonce is one over samples",
    "ova": "ova of fastText is for classes, and w2vneg trains no classifier",
}


def foreign_loss(name: str) -> str | None:
    """Return what a loss of another tool is here, or None if it is not known."""
    return _LOSSES.get(name.lower())


def foreign_hint(name: str, own: Container[str] = (), where: str = "here") -> str | None:
    """Return what an option of another tool is called here, or None if the name is not known.

    Parameters
    ----------
    name : str
        As it was given, with or without dashes.
    own : container of str
        Python names of options that belong "here" in any case.
    where : str
        Where the other options of a training belong.
    """
    foreign = _BY_LETTERS.get(_letters(name))
    if foreign is None or foreign.ours == name.lstrip("-").replace("-", "_"):
        return None

    names = {option: named(option) for option in _NAMED}
    names["output"] = either("-o FILE", "save(FILE)")
    names["words_file"] = either("--vocab FILE", "fit(vocabulary=Vocabulary.load(FILE))")
    note = foreign.note.format(**names)
    if name.lstrip("-") == "alpha":
        return f"{name} {note}"
    here = f"{name} of {foreign.tools}"
    if foreign.ours:
        here += f" is {named(foreign.ours)} {'here' if foreign.ours in own else where}"
    return f"{here}: {note}" if note else here
