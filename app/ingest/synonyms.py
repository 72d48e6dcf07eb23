"""Writes sets of synonyms to the log, and tells those that searches use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.domain.errors import InvalidInput, NotFound
from app.domain.log import Kind, NewRow
from app.domain.synonyms import MAX_SETS, Synonyms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.log import Appended, Claim
    from app.domain.ports import Log
    from indexes.text.synonyms import SynonymSet


class Known(Protocol):
    """Who knows the sets by which searches expand words."""

    @property
    def synonyms(self) -> Mapping[str, SynonymSet]: ...


class SynonymWriter:
    """Puts and deletes sets by name; what is read is what this process's searches use by now."""

    def __init__(self, log: Log, views: Known) -> None:
        self._log = log
        self._views = views

    def all(self) -> dict[str, Synonyms]:
        """Return every set, by name in string order."""
        return {name: Synonyms(one.words, one.to) for name, one in sorted(self._views.synonyms.items())}

    def get(self, name: str) -> Synonyms:
        """Return one set. Raises NotFound."""
        one = self._views.synonyms.get(name)
        if one is None:
            raise NotFound("synonym set", name)
        return Synonyms(one.words, one.to)

    async def put(self, name: str, synonyms: Synonyms, claim: Claim | None = None) -> Appended:
        """Keep a set under its name, instead of any before. Raises InvalidInput when there are too many."""
        known = self._views.synonyms
        if name not in known and len(known) >= MAX_SETS:
            raise InvalidInput("name", f"there are at most {MAX_SETS} sets of synonyms")
        return await self._log.append([NewRow(Kind.SYNONYMS, name, synonyms.to_body())], claim)

    async def delete(self, name: str, claim: Claim | None = None) -> Appended:
        """Forget a set. Raises NotFound when there is none, unless this claim took it away."""
        if claim is not None and (first := self._log.claimed(claim)) is not None:
            return first
        self.get(name)
        return await self._log.append([NewRow(Kind.SYNONYMS, name, {})], claim)
