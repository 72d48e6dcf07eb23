"""Holds REFERENCE.md to what the code offers: routes, settings, metrics, commands and names."""

from __future__ import annotations

import pytest

from app.settings import Settings
from models.exported import registry
from tests.architecture.reference import DOCUMENT, SECTIONS, replace


def test_every_route_setting_metric_command_and_name_is_documented() -> None:
    """REFERENCE.md equals the code; `python -m tests.architecture.reference` writes it anew."""
    document = DOCUMENT.read_text()
    assert document == replace(document)


@pytest.mark.parametrize("section", SECTIONS)
def test_no_entry_is_without_words(section: str) -> None:
    """Every row of every table says something in its last column."""
    rows = SECTIONS[section]().splitlines()[2:]
    assert rows
    assert [row for row in rows if row.rstrip(" |").endswith("|")] == []


def test_settings_and_names_say_what_they_are() -> None:
    """Every setting has a description, every public name a sentence."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert [e.name for e in registry("samplers").values() if not e.doc.endswith(".")] == []
