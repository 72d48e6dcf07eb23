"""A task knows its exact cost at every position."""

from __future__ import annotations

from tests.app.worker.tasks import task


def test_guided_task_needs_two_rows_inside_the_interval_only() -> None:
    """A guided task takes one row above the interval, two inside it and one below it."""
    guided = task(scale=3.0)
    needed = []
    for guided.position in range(3):
        needed.append(guided.rows_needed)
    assert needed == [1, 2, 1]


def test_unguided_task_needs_one_row() -> None:
    """Scale 1 asks for no second opinion anywhere."""
    plain = task(scale=1.0, position=1)
    assert (plain.is_guided, plain.rows_needed) == (False, 1)


def test_remaining_counts_down_to_done() -> None:
    """Remaining evaluations are the table's length less the position."""
    counted = task()
    remaining = []
    for counted.position in range(4):
        remaining.append((counted.remaining, counted.is_done))
    assert remaining == [(3, False), (2, False), (1, False), (0, True)]


def test_preview_is_due_at_the_positions_asked_for() -> None:
    """Only the listed counts of evaluations are followed by a preview."""
    shown = task(previews=frozenset({2}))
    due = []
    for shown.position in range(4):
        due.append(shown.preview_is_due)
    assert due == [False, False, True, False]
    assert shown.key == ("job", 0)
    assert shown.num_steps == 3
