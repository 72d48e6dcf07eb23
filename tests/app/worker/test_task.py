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


def test_other_opinions_are_asked_inside_the_interval_only() -> None:
    """The weaker denoiser takes a row more where guidance applies; the classifier takes none."""
    asked = task(scale=3.0, weak_scale=2.0, control={"weight": "bold"}, control_scale=1.0)
    told = []
    for asked.position in range(3):
        told.append((asked.rows_needed, asked.tokens_needed, asked.is_weakened, asked.is_steered))
    assert told == [(1, 10, False, False), (3, 30, True, True), (1, 10, False, False)]


def test_scales_that_change_nothing_ask_nobody() -> None:
    """Autoguidance at 1 and control at 0 are off."""
    silent = task(weak_scale=1.0, control={"weight": "bold"}, position=1)
    assert (silent.rows_needed, silent.is_weakened, silent.is_steered) == (1, False, False)
