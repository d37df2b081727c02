"""Compares two samplers over several seeds: is the second better than the first?

python examples/compare_samplers.py CORPUS [FIRST SECOND]
"""

import sys
from collections.abc import Sequence

from w2vneg.comparison import Report, compare


def main(
    corpus: str,
    first: str = "unigram",
    second: str = "self-adversarial",
    seeds: int = 3,
    analogies: Sequence[str] = (),  # default: the test sets that come with gensim
) -> Report:
    report = compare(
        corpus,
        samplers=[first, second],  # the first is the baseline
        seeds=seeds,
        settings=["epochs=5"],  # for both; "self-adversarial:lr=0.05" would be for one
        analogies=analogies,
    )
    print(f"{'test':<30} {first:>16} {second:>16}  difference")
    for test in report.tests:
        one, two = (report.arms[name].scores[test] for name in (first, second))
        gap = two.difference
        print(
            f"{test:<30} {one.mean:>16.3f} {two.mean:>16.3f}  {gap.value:+.3f} "
            f"[{gap.low:+.3f}, {gap.high:+.3f}]{' *' if gap.supported else ''}"
        )
    print("Brackets: 95 % intervals. *: significant (p < 0.05) after Holm's correction.")
    print(*report.summary(), sep="\n")
    return report


if __name__ == "__main__":
    main(*sys.argv[1:])
