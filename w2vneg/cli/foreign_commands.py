"""Commands of word2vec.c, gensim, fastText, GloVe and graph tools, and what they are here.

Their options are in `w2vneg.samplers.foreign_names`.
"""

from __future__ import annotations

_NO_CLASSIFIER = "w2vneg trains no classifier"
#: Commands, programs and functions, without hyphens and underscores, and what they are here.
FOREIGN_COMMANDS = {
    "word2vec": "here it is w2vneg train",
    "skipgram": "here it is w2vneg train",
    "glove": "here it is w2vneg train",
    "fit": "here it is w2vneg train",
    "cbow": "here it is w2vneg train, which trains skip-gram",
    "fasttext": "here it is w2vneg train, without subwords",
    "supervised": _NO_CLASSIFIER,
    "predict": _NO_CLASSIFIER,
    "predictprob": _NO_CLASSIFIER,
    "testlabel": _NO_CLASSIFIER,
    "quantize": "here it is w2vneg convert --dtype int8",
    "printwordvectors": "w2vneg convert writes all vectors as text, w2vneg neighbors shows a word",
    "printsentencevectors": "in Python it is SkipGram.transform",
    "printngrams": "w2vneg has no subword vectors",
    "word2phrase": "here it is w2vneg phrases, or w2vneg train --phrases N",
    "phraser": "here it is w2vneg phrases, or w2vneg train --phrases N",
    "shuffle": "w2vneg trains on the text itself: leave this step out",
    "distance": "here it is w2vneg neighbors",
    "nn": "here it is w2vneg neighbors",
    "getnearestneighbors": "here it is w2vneg neighbors",
    "mostsimilar": "here it is w2vneg neighbors",
    "similar": "here it is w2vneg neighbors",
    "similarity": "w2vneg neighbors shows cosines, w2vneg eval --similarity scores pairs",
    "doesntmatch": "in Python it is load_vectors(FILE).doesnt_match(words)",
    "mostsimilarcosmul": "here it is w2vneg analogy --method 3cosmul",
    "getanalogies": "here it is w2vneg analogy",
    "wordanalogy": "here it is w2vneg analogy",
    "analogies": "here it is w2vneg analogy",
    "computeaccuracy": "here it is w2vneg eval",
    "evaluate": "here it is w2vneg eval",
    "accuracy": "here it is w2vneg eval",
    "test": "here it is w2vneg eval",
    "evaluatewordanalogies": "here it is w2vneg eval --analogies",
    "evaluatewordpairs": "here it is w2vneg eval --similarity",
    "vocabcount": "here it is w2vneg vocab",
    "buildvocab": "here it is w2vneg vocab",
    "dump": "here it is w2vneg vocab",
    "cooccur": "here it is w2vneg graph",
    "map": "here it is w2vneg view",
    "plot": "here it is w2vneg view",
    "visualize": "here it is w2vneg view",
    "umap": "here it is w2vneg view --map umap",
    "tsne": "here it is w2vneg view, with UMAP or principal components",
    "projector": "here it is w2vneg view; w2vneg convert writes TensorBoard's files",
    "word2vec2tensor": "here it is w2vneg convert",
    "saveword2vecformat": "here it is w2vneg convert",
    "loadword2vecformat": "here it is w2vneg convert",
    "loadfacebookvectors": "here it is w2vneg convert",
    "glove2word2vec": "here it is w2vneg convert",
    "deepwalk": "here it is w2vneg train --format edges",
    "node2vec": "here it is w2vneg train --format edges --walks node2vec",
    "line": "here it is w2vneg train --format edges --walks line1 (or line2)",
    "simulatewalks": "here it is w2vneg walks",
    "autotune": "here it is w2vneg tune",
}


def foreign_command(name: str) -> str | None:
    """Return what a command of another tool is here, or None if it is not known."""
    return FOREIGN_COMMANDS.get(name.replace("-", "").replace("_", "").lower())
