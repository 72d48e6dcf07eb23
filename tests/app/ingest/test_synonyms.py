"""What managing synonyms promises."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from app.domain.errors import InvalidInput, NotFound
from app.domain.log import Claim
from app.domain.synonyms import MAX_SETS, Synonyms
from app.ingest.changes import change_of
from app.ingest.synonyms import SynonymWriter
from indexes.text.synonyms import SynonymSet
from indexes.types import DropSynonyms, PutSynonyms
from tests.app.ingest.fakes import FakeLog


@dataclass
class Views:
    """Knows the sets that it is told."""

    synonyms: dict[str, SynonymSet] = field(default_factory=dict)


def test_sets_go_through_the_log() -> None:
    """A put and a deletion are rows that change the indexes, in order."""
    log, views = FakeLog(), Views()
    writer = SynonymWriter(log, views)
    asyncio.run(writer.put("seats", Synonyms(("couch", "sofa"))))
    asyncio.run(writer.put("phones", Synonyms(("iphone",), ("phone",))))
    views.synonyms["seats"] = SynonymSet(("couch", "sofa"))
    asyncio.run(writer.delete("seats"))
    assert [change_of(row) for row in log.rows] == [
        PutSynonyms(1, "seats", ("couch", "sofa")),
        PutSynonyms(2, "phones", ("iphone",), ("phone",)),
        DropSynonyms(3, "seats"),
    ]
    assert writer.all() == {"seats": Synonyms(("couch", "sofa"))}


def test_unknown_sets_and_too_many_are_refused() -> None:
    """What is not there cannot be read or deleted, but a repeated deletion is answered as the first was."""
    log, views = FakeLog(), Views({"a": SynonymSet(("x", "y"))})
    writer, claim = SynonymWriter(log, views), Claim("key", "print")
    first = asyncio.run(writer.delete("a", claim))
    views.synonyms.clear()
    again = asyncio.run(writer.delete("a", claim))
    assert (again.lsn, again.replayed) == (first.lsn, True)
    with pytest.raises(NotFound):
        asyncio.run(writer.delete("a"))
    with pytest.raises(NotFound):
        writer.get("a")
    views.synonyms |= {str(number): SynonymSet(("x", "y")) for number in range(MAX_SETS)}
    with pytest.raises(InvalidInput):
        asyncio.run(writer.put("new", Synonyms(("x", "y"))))
    asyncio.run(writer.put("7", Synonyms(("x", "z"))))
