"""Trains vectors, prints the nearest words of a word, and answers an analogy.

python examples/train_and_query.py CORPUS A B C
"""

import sys

from w2vneg import SkipGram, load_vectors


def main(corpus: str, a: str, b: str, c: str, output: str = "vectors.bin") -> None:
    model = SkipGram(dim=100, epochs=5, seed=1).fit(corpus)
    model.save(output)  # and the training metadata in vectors.bin.json
    print(f"{len(model.words):,} words, {model.manifest['training']['seconds']:.1f} s")

    # Vectors can be queried without the model, also those that other tools have written.
    vectors = load_vectors(output)
    print(f"nearest words of {a}:")
    for word, cosine in vectors.neighbors(a, 5):
        print(f"  {word:<20} {cosine:.3f}")

    (answer, score), *_ = vectors.analogy(a, b, c)
    print(f"{a} is to {b} as {c} is to {answer} ({score:.3f})")


if __name__ == "__main__":
    main(*sys.argv[1:])
