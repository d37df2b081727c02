"""Puts vectors into a spaCy pipeline and saves it.

python examples/to_spacy.py CORPUS FOLDER, then spacy.load("FOLDER")

Without Python code: w2vneg train CORPUS -o vectors.txt, then
python -m spacy init vectors en vectors.txt FOLDER
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from w2vneg import SkipGram

if TYPE_CHECKING:
    from spacy.language import Language


def main(corpus: str, folder: str, language: str = "xx") -> Language:
    try:
        import spacy
        from spacy.vectors import Vectors
    except ImportError:
        sys.exit("this example needs spaCy: pip install spacy")

    trained = SkipGram(dim=100, epochs=5).fit(corpus).vectors
    nlp = spacy.blank(language)  # "xx" is spaCy's multi-language tokenizer
    for word in trained.words:
        nlp.vocab.strings.add(word)
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, data=trained.matrix.copy(), keys=trained.words, name="w2vneg"
    )
    nlp.to_disk(folder)
    return nlp


if __name__ == "__main__":
    main(*sys.argv[1:])
