"""Tests how results are written and kept."""

from __future__ import annotations

from tests.bench.machine import Machine
from tests.bench.report import HEAD, Report, Table, replace

MACHINE = Machine("EPYC", 2, 23.5, "Python 3.11.7", "abc123", 0.25)
REPORT = Report("ranking", "Ranking", "What was done.", [Table(["a", "b"], [["1", "2"], ["3", "4"]])])
SECTION = REPORT.section(MACHINE, "python -m tests.bench ranking")


def test_a_section_names_command_machine_and_commit() -> None:
    """Whoever reads a figure sees how, where and at which commit it was measured."""
    assert "`python -m tests.bench ranking` · EPYC, 2 cores, 24 GiB, Python 3.11.7, commit abc123" in SECTION
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |" in SECTION


def test_a_new_section_comes_last_and_an_old_one_is_replaced_in_its_place() -> None:
    """Measuring one thing again leaves every other section as it is."""
    first = replace("", "ranking", SECTION)
    assert first.startswith(HEAD)
    other = SECTION.replace("bench ranking:", "bench ingest:")
    both = replace(first, "ingest", other)
    again = replace(both, "ranking", SECTION.replace("1 | 2", "5 | 6"))
    assert again == both.replace("| 1 | 2 |", "| 5 | 6 |", 1)
    assert again.index("bench ranking:") < again.index("bench ingest:")
