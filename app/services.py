"""Holds what bootstrap built, for the routes to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from starlette.types import ASGIApp

    from app.domain.engine import Engine
    from app.domain.ports import Blobs, Documents, Log
    from app.experiments.service import Experiments
    from app.generate.measure import Measuring
    from app.generate.proof import Replays
    from app.generate.service import Generation
    from app.ingest.events import EventWriter
    from app.ingest.items import ItemWriter
    from app.ingest.synonyms import SynonymWriter
    from app.ranking.rankers import Rankers
    from app.search.answers import Answers
    from app.search.discover import Discover
    from app.search.embeddings import Embeddings
    from app.search.service import Search
    from app.search.suggest import Suggest
    from app.search.users import Users
    from app.settings import Settings
    from app.telemetry.metrics import Metrics


class Operations(Protocol):
    """What running the service asks of it."""

    async def start(self) -> None:
        """Load the last snapshot, follow the log, start the worker; returns when search can answer."""
        ...

    async def stop(self) -> None:
        """Finish what was acknowledged, write a snapshot, stop the worker."""
        ...

    async def refresh(self, lsn: int) -> Sequence[str]:
        """Return by what everything up to `lsn` can be found: `words`, and `meaning` unless that is far off.

        Raises Unavailable when even words take too long.
        """
        ...

    async def snapshot(self) -> Path:
        """Write a snapshot now and return its folder."""
        ...

    def unready(self) -> Mapping[str, str]:
        """Return what is not ready yet, by part; empty when search is ready."""
        ...

    def readings(self) -> Mapping[str, float]:
        """Return the value of every gauge of `app.telemetry.metrics.GAUGES`."""
        ...


@dataclass(frozen=True, slots=True)
class Studio:
    """What else can be asked of the generator; `engine` says what it is."""

    engine: Engine
    replays: Replays
    measuring: Measuring


class Ownership(Protocol):
    """Whether this process owns what only one on a data folder may, and where to find the one that does."""

    is_owner: bool

    def door(self) -> Path | None:
        """Return the owner's socket, None while there is none."""
        ...

    def serving(self, app: ASGIApp) -> AbstractAsyncContextManager[None]:
        """Answer other processes at that socket, where this one owns."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Every use case of one process; `generation` and `studio` are None on a search-only node."""

    settings: Settings
    log: Log
    documents: Documents
    blobs: Blobs
    items: ItemWriter
    synonyms: SynonymWriter
    events: EventWriter
    search: Search
    answers: Answers
    rankers: Rankers
    experiments: Experiments
    suggest: Suggest
    users: Users
    generation: Generation | None
    studio: Studio | None
    embeddings: Embeddings
    discover: Discover
    operations: Operations
    metrics: Metrics
    text_dim: int | None
    ownership: Ownership
