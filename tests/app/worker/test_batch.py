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
    assert batch.sigmas(batch.members) == [4.0, 1.0, 2.0, 1.0, 2.0]
    assert [prompt for prompt, _ in batch.told] == ["a horse", "a horse", "a horse", "", ""]


def test_each_kind_of_guidance_names_its_tasks() -> None:
    """Who is guided, weakened or steered at its own sigma is asked about, nobody else."""
    batch = pack(
        [
            task("a", position=1, weak_scale=2.0),
            task("b", position=1, control={"weight": "bold"}, control_scale=2.0),
            task("c", position=0, weak_scale=2.0, control={"weight": "bold"}, control_scale=2.0),
            task("d", position=1, num_tokens=99, scale=2.0, weak_scale=3.0),
        ]
    )
    assert (batch.guided, batch.weakened, batch.steered) == ((3,), (0, 3), (1,))


def test_nothing_is_no_batch() -> None:
    """An empty call is a mistake of the caller."""
    with pytest.raises(ValueError, match="a call has a task"):
        pack([])
