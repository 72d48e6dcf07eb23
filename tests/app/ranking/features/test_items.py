"""Items are read once a record, and what changed is read again."""

from __future__ import annotations

import math

import numpy as np

from app.ranking.features.items import ItemFacts, numbers_of
from indexes.types import Record
from tests.app.ranking.features.scenes import some_items


def test_numbers_are_those_of_the_record() -> None:
    """Known things are numbers, unknown ones are NaN."""
    rich, plain = (record for record in some_items().held[:2] if record is not None)
    assert numbers_of(rich, 2)[:4] == [7.0, rich.created_at, 1.0, 0.0]
    assert [math.isnan(number) for number in numbers_of(plain, 1)[:3]] == [True, True, False]


def test_a_record_is_cut_into_stems_once_until_it_is_another() -> None:
    """A second look costs no stemming; a put is seen at once; what died is unknown."""
    shelf, cut = some_items(), list[str]()

    def stem(text: str) -> list[str]:
        cut.append(text)
        return text.split()

    facts = ItemFacts(shelf, stem)
    ordinals = np.array([0, 1, 2], np.int32)
    assert facts.table(ordinals).stems[0][0] == {"red", "horse"}
    before = len(cut)
    facts.table(ordinals)
    assert len(cut) == before
    shelf.held[1] = Record("plain", title="cat", popularity=3.0)
    shelf.held[2] = None
    table = facts.table(ordinals)
    assert table.stems[0][1] == {"cat"}
    assert table.column("popularity")[1] == 3.0
    assert np.isnan(table.column("title_chars")[2])
    assert facts.ids(ordinals) == ["rich", "plain", ""]


def test_further_readings_are_columns() -> None:
    """What expressions read of records stands beside the built-in numbers."""
    facts = ItemFacts(some_items(), str.split, [("twice", lambda record: 2.0 * len(record.tags))])
    assert facts.table(np.array([2, 0], np.int32)).column("twice").tolist() == [0.0, 4.0]
