"""Names the protocols between use cases and the real world; bootstrap picks who answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.domain.items import Item
    from app.domain.jobs import Job
    from app.domain.log import Appended, Blob, Claim, LogRow, NewRow


class Log(Protocol):
    """The append-only database of everything; documents, blobs and jobs change in its commits."""

    async def append(self, rows: Sequence[NewRow], claim: Claim | None = None) -> Appended:
        """Write rows in order in one commit and return once they are durable (group commit).

        Raises Conflict when the claim's key was used with another fingerprint, Unavailable when
        the store cannot be written.
        """
        ...

    def read(self, after: int, limit: int) -> list[LogRow]:
        """Return up to `limit` rows with an LSN above `after`, in order. Any thread may call it."""
        ...

    def last_lsn(self) -> int:
        """Return the LSN of the newest durable row, 0 when there is none."""
        ...

    def wait(self, after: int, timeout_s: float) -> bool:
        """Block the calling thread until a row above `after` is durable, or the time is over."""
        ...


class Documents(Protocol):
    """The newest body of every item, by id."""

    def get(self, item_id: str) -> Item | None: ...

    def get_many(self, item_ids: Sequence[str]) -> dict[str, Item]:
        """Return those that exist, by id."""
        ...

    def count(self) -> int: ...

    def scan(self) -> Iterator[Item]:
        """Yield every item in id order, in bounded memory."""
        ...


class Blobs(Protocol):
    """Bytes by the SHA-256 of their content."""

    def get(self, digest: str) -> Blob | None: ...


class Jobs(Protocol):
    """The newest row of every job."""

    def get(self, job_id: str) -> Job | None: ...

    def unfinished(self) -> list[Job]:
        """Return jobs that are queued or running, oldest first: what a restart must finish."""
        ...
