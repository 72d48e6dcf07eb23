"""Tests that parts start and end in order, and that one that fails harms no other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import Unavailable
from app.lifecycle import Lifecycle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass(slots=True)
class Diary:
    """Follows no log, and writes down what was asked of it and of its friends."""

    lines: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.lines.append("replay starts")

    def stop(self) -> None:
        self.lines.append("replay stops")

    async def applied(self, lsn: int, timeout_s: float) -> None:
        assert timeout_s > 0
        self.lines.append(f"applied {lsn}")

    async def refreshed(self, lsn: int, timeout_s: float) -> None:
        assert timeout_s > 0
        if lsn > 9:
            raise Unavailable("far behind")
        self.lines.append(f"refreshed {lsn}")

    async def told(self, lsn: int, timeout_s: float) -> tuple[str, ...]:
        assert timeout_s > 0
        return ("pictures",) if lsn < 5 else ()

    def step(self, line: str, *, fails: bool = False) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            self.lines.append(line)
            if fails:
                raise RuntimeError(line)

        return run


def lifecycle(diary: Diary, background: list[Callable[[], Awaitable[None]]]) -> Lifecycle:
    """Return a lifecycle of two parts, of which the second ends badly."""
    return Lifecycle(
        replay=diary,
        starts=[diary.step("one starts"), diary.step("two starts")],
        stops=[diary.step("one ends"), diary.step("two ends", fails=True)],
        background=background,
        take_snapshot=lambda: Path("snapshots/7"),
        waiting_for=lambda: {"log": "3 rows behind"},
        read_gauges=lambda: {"trouvere_items": 2.0},
    )


def test_parts_start_in_order_and_end_in_reverse_whatever_fails() -> None:
    """The log is followed first; an end that fails does not keep the others from ending."""
    diary = Diary()
    parts = lifecycle(diary, [])

    async def live() -> None:
        await parts.start()
        await parts.refresh(5)
        await parts.stop()

    asyncio.run(live())
    started, ended = ["replay starts", "one starts", "two starts"], ["two ends", "one ends"]
    assert diary.lines == [*started, "applied 5", "refreshed 5", *ended]


def test_a_write_far_ahead_of_its_vectors_is_found_by_words() -> None:
    """Behind a long import a refresh answers with what is true: found by words, not yet by meaning."""
    parts = lifecycle(Diary(), [])
    assert asyncio.run(parts.refresh(5)) == ("words", "meaning")
    assert asyncio.run(parts.refresh(10)) == ("words",)
    assert asyncio.run(parts.refresh(3)) == ("words", "meaning", "pictures")


def test_background_work_is_cancelled_at_the_end_and_its_failure_is_contained() -> None:
    """Work that fails ends alone; work that still runs is cancelled."""
    diary = Diary()

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            diary.lines.append("cancelled")

    parts = lifecycle(diary, [diary.step("fails", fails=True), endless])

    async def live() -> None:
        await parts.start()
        await asyncio.sleep(0)
        await parts.stop()

    asyncio.run(live())
    assert "fails" in diary.lines
    assert "cancelled" in diary.lines


def test_it_answers_for_its_parts() -> None:
    """Snapshots, readiness and gauges come from the parts that bootstrap gave."""
    parts = lifecycle(Diary(), [])
    assert asyncio.run(parts.snapshot()) == Path("snapshots/7")
    assert parts.unready() == {"log": "3 rows behind"}
    assert parts.readings() == {"trouvere_items": 2.0}
