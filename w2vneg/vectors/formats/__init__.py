"""The word2vec file formats, one module each."""
