"""Fires plans at a fan-out whose branches do as they are told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from app.search.types import PlannedBranch, Prepared
from indexes.types import Matches
from tests.app.search.fakes import icons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.search.collection import Collection
    from app.search.encoding import Vector
    from app.search.fanout import Fanout, Recall
    from indexes.types import Mask

COLLECTION = icons()


class Steps:
    """A branch that waits for a gate, then answers or fails."""

    space: ClassVar[str | None] = None
    floor: ClassVar[float | None] = None
    ceiling: ClassVar[float | None] = None
    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = False

    def __init__(self, *, is_open: bool = True, error: Exception | None = None) -> None:
        self.gate = threading.Event()
        self.error = error
        self.calls = 0
        self.started: threading.Barrier | None = None
        if is_open:
            self.gate.set()

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:  # noqa: ARG002 - protocol
        return None

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:  # noqa: ARG002 - protocol
        self.calls += 1
        if self.started is not None:
            self.started.wait(5)
        assert self.gate.wait(10)
        if self.error is not None:
            raise self.error
        return Matches(np.array([1, 2], np.int32), np.array([2, 1], np.float32))


async def encode(space: str, text: str) -> Vector:
    """Give the one vector."""
    assert (space, text) == ("text", "q")
    return np.array([1.0], np.float32)


def planned(*names: str, deadline_ms: float = 5_000.0) -> list[PlannedBranch]:
    """Plan these branches to fire."""
    return [PlannedBranch(name, 1.0, 10, deadline_ms) for name in names]


async def fire(fanout: Fanout, plan: Sequence[PlannedBranch]) -> Recall:
    """Run a plan for the query `q`."""
    return await fanout.recall(plan, COLLECTION, Prepared("q"), None, encode)


def statuses(recall: Recall) -> dict[str, str]:
    """Return each branch's status."""
    return {report.name: report.status for report in recall.reports}
