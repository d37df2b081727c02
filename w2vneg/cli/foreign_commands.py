"""Commands of word2vec.c, gensim, fastText and GloVe, and what they are here.

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
    "quantize": "w2vneg does not quantize vectors",
    "printwordvectors": "w2vneg convert writes all vectors as text, w2vneg neighbors shows a word",
    "printsentencevectors": "w2vneg makes vectors of words only",
    "printngrams": "w2vneg has no subword vectors",
    "word2phrase": "w2vneg does not join phrases; join their words with _ in the text",
    "phrases": "w2vneg does not join phrases; join their words with _ in the text",
    "shuffle": "w2vneg trains on the text itself: leave this step out",
    "distance": "here it is w2vneg neighbors",
    "nn": "here it is w2vneg neighbors",
    "mostsimilar": "here it is w2vneg neighbors",
    "similar": "here it is w2vneg neighbors",
    "similarity": "w2vneg neighbors shows cosines, w2vneg eval --similarity scores pairs",
    "doesntmatch": "w2vneg neighbors shows the cosines from which it follows",
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
    "word2vec2tensor": "here it is w2vneg convert",
    "saveword2vecformat": "here it is w2vneg convert",
    "loadword2vecformat": "here it is w2vneg convert",
}


def foreign_command(name: str) -> str | None:
    """Return what a command of another tool is here, or None if it is not known."""
    return FOREIGN_COMMANDS.get(name.replace("-", "").replace("_", "").lower())
