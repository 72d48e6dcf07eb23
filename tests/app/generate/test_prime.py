"""A picture begins from the nearest one where that was measured to help, or from the one that is named."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import InvalidInput, Unavailable
from app.domain.items import FOUND, GENERATED, Item
from app.generate.develop import blob_of
from app.generate.encoded import Encoded
from app.generate.materials import LATENT, sigma_of
from app.generate.prime import Near as Neighbour
from app.generate.prime import Prime, Primer
from models.reuse import ReuseTable, Step
from tests.app.generate.files import file
from tests.app.generate.studio import FakeEngine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.domain.engine import Pixels
    from app.domain.log import Blob

LEVELS = ReuseTable(
    {GENERATED: (Step(0.5, 8.0), Step(0.9, 1.0)), FOUND: (Step(0.8, 4.0),)}, "f" * 64, 0.01, "correlation"
)
PICTURE = blob_of("image/png", file("red"))
KEPT = blob_of(LATENT, b"kept")


def made(name: str, **receipt: Any) -> Item:
    """Return an item that this model made."""
    told = {"latent_sha256": KEPT.digest, "model_digest": "f" * 64, "finish_reason": "stop", **receipt}
    return Item(name, picture=PICTURE.digest, origin=GENERATED, receipt=told)


def found(name: str, picture: str | None = PICTURE.digest) -> Item:
    """Return an item that a caller put in."""
    return Item(name, picture=picture)


class Shelf:
    """Items and blobs in memory."""

    def __init__(self, items: Sequence[Item], blobs: Sequence[Blob]) -> None:
        self._items = {item.id: item for item in items}
        self._blobs = {blob.digest: blob for blob in blobs}

    def get(self, key: str) -> Any:
        return self._items.get(key) or self._blobs.get(key)

    def get_many(self, item_ids: Sequence[str]) -> dict[str, Item]:
        return {name: self._items[name] for name in item_ids if name in self._items}

    def count(self) -> int:
        return len(self._items)

    def scan(self) -> Iterator[Item]:
        yield from self._items.values()


@dataclass
class Near:
    """A search that knows its answer, or fails."""

    answer: list[Neighbour]
    error: Exception | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def __call__(self, texts: Sequence[str], number: int) -> list[Neighbour]:
        self.asked.append(tuple(texts))
        if self.error is not None:
            raise self.error
        return self.answer[:number]


class CountingEngine(FakeEngine):
    """Counts what it encodes."""

    def __init__(self) -> None:
        super().__init__()
        self.encoded = 0

    async def encode(self, pixels: Pixels) -> bytes:
        self.encoded += 1
        return await super().encode(pixels)


def primer(items: Sequence[Item], near: Near | None = None, levels: ReuseTable | None = LEVELS) -> Primer:
    """Return a primer over items whose neighbours are all of them, at 0.95."""
    shelf = Shelf(items, [PICTURE, KEPT])
    search = near or Near([Neighbour(item.id, 0.95) for item in items])
    return Primer(search, shelf, Encoded(shelf), levels)


def ask(
    target: Primer, prime: Prime | None = None, engine: FakeEngine | None = None, words: str = "a horse, red"
) -> Any:
    """Ask for a source."""

    async def scenario() -> Any:
        return await target.source(words, prime or Prime(), engine or FakeEngine())

    return asyncio.run(scenario())


def test_the_neighbour_that_starts_lowest_is_taken() -> None:
    """A picture made here starts at 1, a found one at 4: the first is taken, with its latent."""
    source, blob = ask(primer([found("f"), made("m")]))
    assert blob == KEPT
    assert (source.item, source.sigma, source.similarity, source.why) == ("m", 1.0, 0.95, "auto")
    assert (source.is_latent, source.digest) == (True, KEPT.digest)


def test_of_equals_the_most_similar_is_taken_then_the_first_by_id() -> None:
    """Two that start at the same level are told apart by similarity, then by id."""
    items = [found("c"), found("b"), found("a")]
    near = Near([Neighbour("c", 0.82), Neighbour("b", 0.9), Neighbour("a", 0.9)])
    assert ask(primer(items, near))[0].item == "a"


@pytest.mark.parametrize(
    "items",
    [
        [found("f", picture=None)],
        [made("m", mask="d")],
        [made("m", source={"why": "asked"})],
        [made("m", finish_reason="deadline")],
        [found("gone", picture="0" * 64)],
    ],
)
def test_what_does_not_stand_for_its_words_is_passed_over(items: list[Item]) -> None:
    """Edits, variations, unfinished pictures, and items without a picture start nothing."""
    assert ask(primer(items)) is None


def test_nothing_is_begun_from_what_is_too_far_or_unmeasured() -> None:
    """Below the table, or without one, a picture begins from noise; so it does when the search fails."""
    assert ask(primer([found("f")], Near([Neighbour("f", 0.7)]))) is None
    assert ask(primer([found("f")], levels=None)) is None
    assert ask(primer([found("f")], Near([], Unavailable("no encoder")))) is None


def test_a_found_picture_is_put_into_the_colours_asked_for() -> None:
    """It is looked for without the words of colour; where colours cannot be read it starts nothing."""
    near = Near([Neighbour("f", 0.95)])
    target = primer([found("f")], near)
    _, red = ask(target)
    assert near.asked == [("a horse, red",), ("a horse", "a horse")]
    _, dark = ask(target, words="a horse, white on black")
    assert red.content != dark.content
    assert ask(target, words="a red horse") is None


def test_a_found_picture_is_encoded_once() -> None:
    """Its latent is remembered by the picture and the model; a latent of another model is not used."""
    engine = CountingEngine()
    target = primer([found("f"), made("m", model_digest="other")])
    for _ in range(2):
        source, blob = ask(target, Prime("f", 0.5), engine)
        assert (source.sigma, source.why) == (sigma_of(0.5), "asked")
        assert blob == blob_of(LATENT, bytes([4, 4, 255, 0]))
    assert engine.encoded == 1
    assert ask(target, Prime("m"), engine)[1].content != KEPT.content


@pytest.mark.parametrize("items", [[], [found("f", picture=None)], [found("f", picture="0" * 64)]])
def test_an_item_that_cannot_be_begun_from_is_refused(items: list[Item]) -> None:
    """Asked for by name, an item must be there with a picture."""
    with pytest.raises(InvalidInput) as refusal:
        ask(primer(items), Prime("f", 0.5))
    assert refusal.value.field == "prime.item"
