"""A picture is made when it was asked for, or when the collection's own measures say that it is missing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from app.domain.errors import InvalidInput, Overloaded
from app.domain.items import Item
from app.domain.search import BranchHit, Hit, Reason, SearchResult
from app.search.discover import SAMPLE, Attempt, Discover, Policy, attempt_json

TITLES = [0.5 + place / 200 for place in range(100)]  # what titles find: 0.5 to 0.995


def result(*scores: float, reasons: tuple[Reason, ...] = ()) -> SearchResult:
    """Return hits with these scores by meaning."""
    hits = tuple(
        Hit(Item(str(n)), 1.0, {"text": BranchHit(n + 1, score)}, reasons) for n, score in enumerate(scores)
    )
    return SearchResult("r", hits, (), len(hits))


@dataclass
class Shelf:
    """Titles that find what they find, asked as often as `asked` counts."""

    items: int = 100
    asked: int = 0
    broken: bool = False

    def size(self) -> int:
        return self.items

    async def best_scores(self, number: int) -> list[float]:
        assert number == SAMPLE
        self.asked += 1
        await asyncio.sleep(0)
        if self.broken:
            raise RuntimeError("no vectors")
        return TITLES


async def encode(text: str) -> np.ndarray:
    """Return a vector that tells the length of a text."""
    return np.array([len(text)], np.float32)


async def make(prompt: str) -> str:
    """Accept everything."""
    return f"job of {prompt}"


async def full(_: str) -> str:
    """Accept nothing."""
    raise Overloaded("the queue is full", 3.0)


def consider(wish: str, found: SearchResult, query: str = "red horse", **parts: Any) -> Attempt:
    """Consider one search."""
    given = {"make": make, "encode": encode, "coverage": lambda _: 0.5, "titles": Shelf(), **parts}
    return asyncio.run(Discover(**given).consider(wish, query, found))


def test_what_is_covered_is_not_made() -> None:
    """A hit nearer than most titles find is enough; the numbers are told beside their thresholds."""
    attempt = consider("auto", result(0.3, 0.9))
    assert (attempt.job, attempt.decision.why) == (None, "the collection covers this")
    assert attempt.decision.numbers == {
        "best_score": 0.9,
        "score_share": 0.8,
        "score_share_threshold": Policy().score_share,
        "coverage_share": 0.5,
        "coverage_share_threshold": Policy().coverage_share,
    }


@pytest.mark.parametrize(
    ("found", "parts", "why"),
    [
        (result(), {}, "nothing was found"),
        (result(0.51), {}, "nothing near was found in the collection"),
        (result(0.9), {"coverage": lambda _: 0.01}, "words like these are rare in the collection"),
    ],
)
def test_what_is_missing_is_made(found: SearchResult, parts: dict[str, Any], why: str) -> None:
    """No hit, a hit farther than nearly every title finds, rare wording: each makes one and says why."""
    attempt = consider("auto", found, **parts)
    assert (attempt.job, attempt.decision.why) == ("job of red horse", why)


def test_a_title_that_is_the_query_is_the_answer() -> None:
    """However rare its words are."""
    found = result(0.1, reasons=(Reason("exact_title", "…"),))
    assert consider("auto", found, coverage=lambda _: 0.0).job is None


def test_always_asks_for_no_reason() -> None:
    """It is made of what is covered too, and the numbers are told all the same."""
    attempt = consider("always", result(0.99), query=" red horse ")
    assert attempt.job == "job of red horse"
    assert attempt.decision.numbers["best_score"] == 0.99


def test_without_words_there_is_nothing_to_draw() -> None:
    """Asked for, that is an error of its field; left to us, it is left."""
    with pytest.raises(InvalidInput) as refusal:
        consider("always", result(0.9), query=" ")
    assert refusal.value.field == "generate"
    assert consider("auto", result(0.9), query="").job is None


@pytest.mark.parametrize(("maker", "why"), [(full, "the queue is full"), (None, "no generator")])
def test_a_generator_that_cannot_costs_the_picture_only(maker: Any, why: str) -> None:
    """The answer says what was in the way."""
    attempt = consider("always", result(0.9), make=maker)
    assert attempt.job is None
    assert why in attempt.decision.why


def test_without_measures_nothing_is_decided() -> None:
    """A node without vectors makes a picture of what it does not find at all, and of nothing else."""
    nothing: dict[str, Any] = {"encode": None, "coverage": None, "titles": None}
    attempt = consider("auto", result(0.2), **nothing)
    assert (attempt.job, attempt.decision.why) == (None, "how well the collection covers this is not known")
    assert consider("auto", result(), **nothing).job is not None
    assert consider("auto", result(0.2), titles=Shelf(broken=True), coverage=None).job is None


def test_titles_are_asked_again_only_when_the_collection_has_grown() -> None:
    """Searches that come together wait for one measurement; half as many items more make another."""

    async def scenario() -> None:
        shelf = Shelf()
        discover = Discover(make, encode, None, shelf)
        await asyncio.gather(*(discover.consider("auto", "x", result(0.9)) for _ in range(5)))
        assert shelf.asked == 1
        shelf.items = 140
        await discover.consider("auto", "x", result(0.9))
        assert shelf.asked == 1
        shelf.items = 151
        await discover.consider("auto", "x", result(0.9))
        await asyncio.sleep(0.01)
        assert shelf.asked == 2

    asyncio.run(scenario())


def test_an_attempt_is_told_with_the_address_of_its_events() -> None:
    """Without a job there is no address."""
    told = attempt_json(consider("always", result(0.9)))
    assert (told["job"], told["events_url"]) == ("job of red horse", "/v1/jobs/job of red horse/events")
    assert attempt_json(consider("auto", result(0.9)))["events_url"] is None
