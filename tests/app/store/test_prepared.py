"""What making an append ready promises."""

from __future__ import annotations

import pytest

from app.domain.errors import InvalidInput
from app.domain.log import Claim, Kind, NewRow
from app.store.prepared import prepare
from tests.app.store.rows import blob, put


def test_compact_text() -> None:
    """Bodies become JSON without spaces or escapes, and sizes are counted with the blobs once."""
    picture = blob(bytes(100))
    ready = prepare([put("a", "é", picture), put("b", "", picture)], Claim("k", "f"))
    assert [row.text for row in ready.rows] == ['{"id":"a","title":"é"}', '{"id":"b"}']
    assert ready.blobs == (picture,)
    assert ready.size_bytes == 22 + 10 + 100
    assert ready.claim == Claim("k", "f")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), "\ud800"])
def test_unstorable_body(value: object) -> None:
    """What JSON or Unicode does not have is refused before it reaches the writer."""
    with pytest.raises(InvalidInput):
        prepare([NewRow(Kind.ITEM_PUT, "a", {"x": value})])


def test_unstorable_key() -> None:
    """A lone surrogate in a key is refused by the name of the field."""
    with pytest.raises(InvalidInput) as refused:
        prepare([NewRow(Kind.ITEM_PUT, "\ud800", {})])
    assert refused.value.field == "id"
