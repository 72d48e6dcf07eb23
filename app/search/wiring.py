"""Puts the parts of a search together for one process: the one place that knows them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.search.branches import make_branches
from app.search.encoding import QueryEncoder
from app.search.fanout import Fanout
from app.search.items import Items
from app.search.pages import Pages
from app.search.plan import Planner
from app.search.service import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from app.domain.ports import Documents
    from app.search.collection import Collection
    from models.types import TextEncoder

MEBIBYTE = 1024 * 1024
ENGLISH_SCRIPTS = frozenset({"LATIN"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a search may keep in memory, and for how long."""

    page_bytes: int = 256 * MEBIBYTE
    page_ttl_s: float = 600.0
    cached_items: int = 20_000
    cached_queries: int = 10_000
    encoder_batch: int = 32
    encoder_wait_ms: float = 1.0


def make_search(
    collection: Collection,
    documents: Documents,
    encoders: Mapping[str, TextEncoder],
    *,
    recall_pool: Executor,
    encode_pool: Executor,
    clock: Callable[[], float],
    new_id: Callable[[], str],
    fusion: str = "convex",
    scripts: Mapping[str, frozenset[str]] | None = None,
    limits: Limits | None = None,
) -> Search:
    """Return the use case over this collection.

    `encoders` are by space; `scripts` are those that each one knows, none named: English only.
    `clock` gives seconds and never goes back. Both pools stay the caller's to close.
    """
    bounds = limits or Limits()
    branches = make_branches()
    known = dict.fromkeys(encoders, ENGLISH_SCRIPTS) if scripts is None else scripts
    return Search(
        collection=collection,
        documents=documents,
        items=Items(documents, recall_pool, bounds.cached_items),
        encoders={
            space: QueryEncoder(
                encoder, encode_pool, bounds.cached_queries, bounds.encoder_batch, bounds.encoder_wait_ms
            )
            for space, encoder in encoders.items()
        },
        planner=Planner(branches, encoded=encoders.keys(), scripts=known),
        fanout=Fanout(branches, recall_pool, clock),
        pages=Pages(bounds.page_bytes, bounds.page_ttl_s, clock),
        fusion=fusion,
        clock=clock,
        new_id=new_id,
    )
