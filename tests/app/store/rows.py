"""Makes rows, pictures and time for the tests of the store."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

from app.domain.events import Event
from app.domain.items import Item
from app.domain.jobs import GenerationRequest, Job, Status
from app.domain.log import Appended, Blob, Claim, Kind, NewRow

if TYPE_CHECKING:
    from app.store.store import Store


class Clock:
    """Seconds since the epoch that move only when told."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def put(item_id: str, title: str = "", *blobs: Blob) -> NewRow:
    """An item row."""
    return NewRow(Kind.ITEM_PUT, item_id, Item(id=item_id, title=title).to_body(), blobs)


def gone(item_id: str) -> NewRow:
    """A deletion."""
    return NewRow(Kind.ITEM_DELETE, item_id, {})


def click(event_id: str) -> NewRow:
    """An event row."""
    return NewRow(Kind.EVENT, event_id, Event(id=event_id, type="click", at=1.0).to_body())


def job(job_id: str, status: Status, created_at: float = 1.0) -> NewRow:
    """A job row."""
    body = Job(job_id, GenerationRequest(prompt="a cup"), status, created_at).to_body()
    return NewRow(Kind.JOB, job_id, body)


def blob(content: bytes) -> Blob:
    """Bytes under their digest."""
    return Blob(sha256(content).hexdigest(), "image/png", content)


def append(store: Store, *rows: NewRow, claim: Claim | None = None) -> Appended:
    """Append and wait."""
    return asyncio.run(store.log.append(rows, claim))


def keys(store: Store) -> list[str]:
    """The keys of the whole log in order."""
    return [row.key for row in store.log.read(0, 10_000)]
