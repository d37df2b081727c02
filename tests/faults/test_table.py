"""Every fault of the table has a test, and README.md has the table of the present tests."""

from faults.fault_table import FAULTS, README, marked_tests, up_to_date


def test_every_fault_has_a_test():
    assert list(FAULTS) == list(range(1, 57))
    assert set(marked_tests()) == set(FAULTS)


def test_readme_lists_the_marked_tests():
    present = README.read_text(encoding="utf-8") == up_to_date()
    assert present, "run python tests/faults/fault_table.py"
