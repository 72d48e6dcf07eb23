"""Tasks become rows, each at its own sigma."""

from __future__ import annotations

import pytest

from app.worker.batch import pack
from tests.app.worker.tasks import task


def test_rows_carry_their_own_sigma_and_second_rows_follow() -> None:
    """First rows come in task order, then a second row for each guided task at that task's sigma."""
    batch = pack(
        [
            task("a", position=0, scale=3.0),
            task("b", position=1, scale=3.0),
            task("c", sigmas=(2.0,), scale=2.0),
        ]
    )
    assert batch.guided == (1, 2)
    assert batch.members == (0, 1, 2, 1, 2)
    assert batch.sigmas == (4.0, 1.0, 2.0, 1.0, 2.0)
    assert batch.num_rows == 5


def test_mixed_token_counts_are_refused() -> None:
    """Rows of one call have one length."""
    with pytest.raises(ValueError, match="token count"):
        pack([task("a", num_tokens=10), task("b", num_tokens=20)])


def test_nothing_is_no_batch() -> None:
    """An empty call is a mistake of the caller."""
    with pytest.raises(ValueError, match="token count"):
        pack([])
