"""Text in, an encoded corpus out: read, tokenize, count, choose the vocabulary, encode."""
