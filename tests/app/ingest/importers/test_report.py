"""A report adds up."""

from __future__ import annotations

from app.ingest.importers.report import ImportReport, Rejection


def test_total() -> None:
    """Everything that was looked at is accepted, unchanged or rejected."""
    assert ImportReport(3, 4, (Rejection(1, None, "bad"),)).total == 8
