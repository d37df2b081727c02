"""What several test files share.

Slow, obvious versions of compiled code that serve as oracles (`naive_training`,
`naive_encoding`); small inputs (`toys`, `small_vectors`, `vector_files`, `odd_words`); running
w2vneg and judging its answer (`commands`); files and inputs that are broken on purpose
(`failing_files`, `damaged_inputs`); readers that accept only what the C tools accept
(`strict_readers`).
"""
