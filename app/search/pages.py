"""Pins ranked lists, so that a cursor continues the very list whose first page was shown."""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from app.domain.errors import Expired, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.search import BranchReport
    from app.ranking.features.scene import Asked
    from app.ranking.lists import Ranked, Scores
    from app.ranking.stage import Reranked
    from app.search.drafting import Draft
    from app.search.types import Prepared

DIGEST_BYTES = 16
OFFSET_BYTES = 6
FACTS_BYTES = 2_048  # what a pinned list weighs beside its arrays, rounded up


@dataclass(frozen=True, slots=True)
class Pinned:
    """A whole ranked list and what its pages say beside the hits; nothing in it ever changes.

    Where a ranker was asked, `reranked` is what it said, and `ranked` its list. Where an experiment had
    two lists draft this one, `draft` says which hit is whose.
    """

    ranked: Ranked
    prepared: Prepared
    fusion: str
    reports: tuple[BranchReport, ...]
    explain: bool
    asked: Asked | None = None
    reranked: Reranked | None = None
    arms: Mapping[str, str] = field(default_factory=dict)
    draft: Draft | None = None

    @property
    def scores(self) -> Scores:
        """The scores that are shown, (n,): the ranker's where it ordered the list."""
        if self.draft is not None:
            return self.draft.scores
        given = None if self.reranked is None else self.reranked.scores
        return self.ranked.scores if given is None else given

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory."""
        return FACTS_BYTES + len(self.prepared.query) * 4 + sum(a.nbytes for a in self.ranked.arrays)

    def digest(self) -> bytes:
        """Return a name for the content: equal lists for equal searches share one place."""
        like = self.prepared.like
        facts = (
            self.prepared.query,
            self.prepared.corrected,
            like,
            self.prepared.near,
            self.prepared.picture is not None,
            self.fusion,
            self.explain,
            self.ranked.names,
            None if self.asked is None else (self.asked.user, self.asked.session, self.asked.device),
            None if self.reranked is None else self.reranked.report,
            sorted(self.arms.items()),
            None if self.draft is None else self.draft.teams,
        )
        sha = blake2b(repr(facts).encode(), digest_size=DIGEST_BYTES)
        for array in self.ranked.arrays:
            sha.update(array.data if array.flags.c_contiguous else np.ascontiguousarray(array).data)
        return sha.digest()


class Pages:
    """Pinned lists in memory, the least recently used leaving first; for one event loop.

    A list is kept for `ttl_s` after its last use, and all together take at most `max_bytes`; the
    newest is kept whatever its size. `clock` gives seconds and never goes back.
    """

    def __init__(self, max_bytes: int, ttl_s: float, clock: Callable[[], float]) -> None:
        self._max_bytes = max_bytes
        self._ttl_s = ttl_s
        self._clock = clock
        self._lists: OrderedDict[bytes, tuple[float, Pinned]] = OrderedDict()
        self._size_bytes = 0

    def pin(self, pinned: Pinned) -> bytes:
        """Keep the list and return its key."""
        key = pinned.digest()
        self._drop(key)
        self._lists[key] = (self._clock(), pinned)
        self._size_bytes += pinned.size_bytes
        self._shrink()
        return key

    def find(self, key: bytes) -> Pinned:
        """Return a pinned list and keep it longer. Raises Expired when it is gone."""
        self._shrink()
        entry = self._lists.get(key)
        if entry is None:
            raise Expired("this cursor's list is gone; search again from the start")
        self._lists[key] = (self._clock(), entry[1])
        self._lists.move_to_end(key)
        return entry[1]

    def _shrink(self) -> None:
        oldest = self._clock() - self._ttl_s
        while self._lists:
            key, (used_at, _) = next(iter(self._lists.items()))
            if used_at >= oldest and (self._size_bytes <= self._max_bytes or len(self._lists) == 1):
                return
            self._drop(key)

    def _drop(self, key: bytes) -> None:
        entry = self._lists.pop(key, None)
        if entry is not None:
            self._size_bytes -= entry[1].size_bytes


def write_cursor(key: bytes, offset: int) -> str:
    """Return the opaque token of a place in a pinned list."""
    return base64.urlsafe_b64encode(key + offset.to_bytes(OFFSET_BYTES, "big")).decode().rstrip("=")


def read_cursor(token: str) -> tuple[bytes, int]:
    """Return (key, offset). Raises InvalidInput for what `write_cursor` cannot have written."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("cursor", "this is no cursor of this service") from error
    if len(raw) != DIGEST_BYTES + OFFSET_BYTES:
        raise InvalidInput("cursor", "this is no cursor of this service")
    return raw[:DIGEST_BYTES], int.from_bytes(raw[DIGEST_BYTES:], "big")
