"""Collections put and queries asked."""

from __future__ import annotations

import pytest

from app.domain.errors import Unavailable
from app.evaluation.asking import BATCH, await_meaning, put_items, ranked
from tests.app.evaluation.service import FakeService


def test_a_list_is_read_page_by_page_down_to_its_depth() -> None:
    """All five ids over three pages; at depth three the third page is not asked for."""
    service = FakeService({"default": {"q": list("abcde")}})
    assert list(ranked(service, {"query": "q"})) == list("abcde")
    assert list(ranked(service, {"query": "q"}, depth=3)) == list("abc")
    assert list(ranked(service, {"query": "nothing"})) == []


def test_items_are_put_in_batches_and_a_rejected_one_stops() -> None:
    """Everything arrives once, progress is told, and a collection that is not whole is not measured."""
    service = FakeService({})
    told: list[tuple[int, int]] = []
    items = [{"id": str(number)} for number in range(BATCH + 1)]
    put_items(service, items, lambda done, total: told.append((done, total)))
    assert service.put == items
    assert told == [(BATCH, BATCH + 1), (BATCH + 1, BATCH + 1)]
    await_meaning(service, lambda done, total: told.append((done, total)))
    assert told[-1] == (5, 5)
    with pytest.raises(Unavailable, match="rejects"):
        put_items(FakeService({}, rejects=True), items, lambda _done, _total: None)
