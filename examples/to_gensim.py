"""Hands vectors over to gensim, in memory and through a file.

python examples/to_gensim.py CORPUS WORD
"""

import sys

from gensim.models import KeyedVectors

from w2vneg import SkipGram


def main(corpus: str, word: str, output: str = "vectors.bin") -> KeyedVectors:
    model = SkipGram(dim=100, epochs=5).fit(corpus)

    # In memory; gensim also gets the word counts.
    keyed = model.to_gensim()
    print(f"{word} occurs {keyed.get_vecattr(word, 'count'):,} times; nearest words:")
    for near, cosine in keyed.most_similar(word, topn=5):
        print(f"  {near:<20} {cosine:.3f}")

    # Through a file in word2vec's binary format, which holds no counts.
    model.save(output)
    return KeyedVectors.load_word2vec_format(output, binary=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
