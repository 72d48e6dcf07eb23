"""What a ranker did not order is not measured as its own."""

from __future__ import annotations

import pytest

from app.client.ordered import check_ordered
from app.domain.errors import Unavailable

LATE = {"name": "learned", "version": 1, "status": "late", "why": "no scores within 50 ms"}


def test_only_the_order_of_the_named_ranker_passes() -> None:
    """A late ranker is refused with its reason; nothing found, or no ranker named, is nobody's order."""
    hits = [{"id": "a"}]
    check_ordered({"ranker": "learned"}, {"hits": hits, "ranker": {**LATE, "status": "ok"}})
    check_ordered({"ranker": "none"}, {"hits": hits, "ranker": LATE})
    check_ordered({}, {"hits": hits, "ranker": LATE})
    check_ordered({"ranker": "learned"}, {"hits": [], "ranker": LATE})
    with pytest.raises(Unavailable, match="was late: no scores within 50 ms"):
        check_ordered({"ranker": "learned"}, {"hits": hits, "ranker": LATE})
