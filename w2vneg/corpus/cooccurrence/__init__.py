"""The weighted co-occurrence graph of an encoded corpus."""
