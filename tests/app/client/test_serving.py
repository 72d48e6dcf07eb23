"""A service of one's own."""

from __future__ import annotations

import pytest

from app.client.serving import wait
from app.domain.errors import Unavailable


def test_waiting_ends_when_it_holds_or_the_time_is_over() -> None:
    """The third look holds; what never holds is named."""
    looks = iter([False, False, True])
    wait(lambda: next(looks), 5, "it")
    assert next(looks, None) is None
    with pytest.raises(Unavailable, match="the moon is not ready"):
        wait(lambda: False, 0.0, "the moon")
