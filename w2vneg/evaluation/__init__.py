"""Scores of word vectors: analogies, word similarity, and the statistics to judge them."""
