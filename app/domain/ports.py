"""Names the protocols between use cases and the real world; bootstrap picks who answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from app.domain.exposures import Exposure
    from app.domain.items import Item
    from app.domain.jobs import Job
    from app.domain.log import Appended, Blob, Claim, Kind, LogRow, NewRow
    from app.domain.rankers import Package, PackageId
    from indexes.types import Change


class Log(Protocol):
    """The append-only database of everything; documents, blobs and jobs change in its commits."""

    async def append(self, rows: Sequence[NewRow], claim: Claim | None = None) -> Appended:
        """Write rows in order in one commit and return once they are durable (group commit).

        Raises Conflict when the claim's key was used with another fingerprint, Unavailable when
        the store cannot be written, Overloaded when too many appends wait.
        """
        ...

    def claimed(self, claim: Claim) -> Appended | None:
        """Return the acknowledgement this claim already has (`replayed`), None when it is new.

        Raises Conflict when the claim's key was used with another fingerprint.
        """
        ...

    def read(self, after: int, limit: int, kinds: Collection[Kind] | None = None) -> list[LogRow]:
        """Return up to `limit` rows with an LSN above `after`, in order. Any thread may call it.

        With `kinds`, those of the next `limit` rows that are of these kinds, and the last of them
        whatever it is: so a reader knows how far it has come, and the others cost it nothing.
        """
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


class Views(Protocol):
    """The in-memory indexes of one process; every method may be called from any thread."""

    @property
    def lsn(self) -> int:
        """Return the LSN of the newest change that was applied."""
        ...

    def apply(self, changes: Sequence[Change]) -> None:
        """Apply changes in order; those at or below `lsn` are already in."""
        ...

    def vector_lsn(self, space: str) -> int:
        """Return the LSN up to which the vectors of this space are complete."""
        ...

    def put_vectors(self, space: str, ids: Sequence[str], vectors: npt.NDArray[np.float32], lsn: int) -> None:
        """Give the items of these ids their rows of `vectors`, (n, d); ids that are gone are ignored."""
        ...

    def drop_vectors(self, space: str, ids: Sequence[str], lsn: int) -> None:
        """Take the vectors of these items away; ids that are gone are ignored."""
        ...

    def save(self, directory: Path) -> None:
        """Write everything into an existing empty directory."""
        ...

    def digest(self) -> str:
        """Return a hash of the logical content: the same log gives the same digest."""
        ...


class Snapshots(Protocol):
    """Saved views on disk, each with the LSNs it holds; a new one appears whole or not at all."""

    def save(self, write: Callable[[Path], None], lsns: Mapping[str, int]) -> Path:
        """Let `write` fill a directory, seal it, and return where it now is."""
        ...


class TextEncoder(Protocol):
    """Words to vectors of `dim` floats; equal texts give equal vectors."""

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (len(texts), dim) rows of unit length."""
        ...


class VectorCache(Protocol):
    """Vectors by encoder and digest of the encoded text; losing it costs only time."""

    def get_many(self, encoder: str, digests: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return those that are known, by digest, each (d,)."""
        ...

    def put_many(self, encoder: str, vectors: Mapping[str, npt.NDArray[np.float32]]) -> None: ...


class Packages(Protocol):
    """Trained packages by name and version; what was added never changes."""

    def ids(self) -> list[PackageId]:
        """Return every package, by name and version."""
        ...

    def load(self, wanted: PackageId, *, files: bool = True) -> Package:
        """Return a package, without its files where only what is said of it is wanted.

        Raises NotFound, and Unavailable for one that is damaged.
        """
        ...


class Exposures(Protocol):
    """What answers showed, with every number that ordered them; the newest so many are kept."""

    def append(self, batch: Sequence[Exposure]) -> None:
        """Write exposures in one durable commit. Raises Unavailable when they cannot be written."""
        ...

    def get(self, request_id: str) -> Exposure | None: ...

    def scan(self, since: float = 0.0) -> Iterator[Exposure]:
        """Yield exposures of this moment and later, in the order of writing, in bounded memory."""
        ...

    def forget(self, user: str) -> int:
        """Delete what a user was shown, and return how many exposures that were."""
        ...
