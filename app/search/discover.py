"""Decides whether a picture is made of what a search asked for, by how well the collection covers it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from app.domain.errors import InvalidInput, TrouvereError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from app.domain.search import SearchResult
    from app.search.encoding import Vector

logger = logging.getLogger(__name__)

AUTO = "auto"
ALWAYS = "always"
BRANCH = "text"  # whose score, a cosine, says how near the best hit is by meaning
EXACT = "exact_title"  # the code of the reason that a title is the query
SAMPLE = 96  # titles that the best score is compared with
GROWTH = 1.5  # of the collection, after which they are asked again


@dataclass(frozen=True, slots=True)
class Policy:
    """When `auto` makes a picture: below one of these shares, 0 to 1.

    `score_share`: of the collection's own titles, asked as queries that it can answer, this share finds
    nothing nearer than the query did. `coverage_share`: of the wording that the flow was measured
    on, this share lies where words are rarer.
    """

    score_share: float = 0.05
    coverage_share: float = 0.02


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to make one, why in a sentence, and the numbers behind it beside their thresholds."""

    makes: bool
    why: str
    numbers: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a search's wish for a picture; `job` is None when none is being made."""

    job: str | None
    decision: Decision


class Titles(Protocol):
    """Titles of the collection, asked as if they were queries."""

    def size(self) -> int:
        """Return how many items there are."""
        ...

    async def best_scores(self, number: int) -> Sequence[float]:
        """Return the score of the best hit of up to `number` titles spread evenly."""
        ...


class Discover:
    """The use case; one event loop owns it.

    `make` submits a prompt and returns its job's id. `coverage` gives the share of known wording that
    is rarer than a vector. Each is None where there is no generator, no vectors, no flow.
    """

    def __init__(
        self,
        make: Callable[[str], Awaitable[str]] | None,
        encode: Callable[[str], Awaitable[Vector]] | None,
        coverage: Callable[[Vector], float] | None,
        titles: Titles | None,
        policy: Policy | None = None,
    ) -> None:
        self._make = make
        self._encode = encode
        self._coverage = coverage
        self._titles = titles
        self._policy = policy or Policy()
        self._scores = np.empty(0)
        self._measured_at = 0
        self._measuring: asyncio.Task[None] | None = None

    async def consider(self, wish: str, query: str, result: SearchResult) -> Attempt:
        """Make a picture of the query when that is wished (`always`), or needed (`auto`).

        A generator that is full or missing costs the picture, never the list. Raises InvalidInput
        when a picture is wished for and there are no words to draw.
        """
        prompt = query.strip()
        if not prompt:
            if wish == ALWAYS:
                raise InvalidInput("generate", "there are no words to draw")
            return Attempt(None, Decision(False, "nothing was asked for in words"))
        decision = await self._decide(wish, prompt, result)
        if not decision.makes:
            return Attempt(None, decision)
        if self._make is None:
            return Attempt(None, Decision(False, "this node has no generator", decision.numbers))
        try:
            return Attempt(await self._make(prompt), decision)
        except TrouvereError as error:
            return Attempt(None, Decision(False, f"it cannot be made now: {error.message}", decision.numbers))

    async def _decide(self, wish: str, prompt: str, result: SearchResult) -> Decision:
        numbers = await self._numbers(prompt, result)
        if wish == ALWAYS:
            return Decision(True, "a picture was asked for", numbers)
        if any(reason.code == EXACT for hit in result.hits for reason in hit.reasons):
            return Decision(False, "a title is the query", numbers)
        if not result.hits:
            return Decision(True, "nothing was found", numbers)
        for name, words in (
            ("score_share", "nothing near was found"),
            ("coverage_share", "words like these are rare"),
        ):
            share, threshold = numbers[name], numbers[f"{name}_threshold"]
            if share is not None and threshold is not None and share < threshold:
                return Decision(True, f"{words} in the collection", numbers)
        if numbers["score_share"] is None and numbers["coverage_share"] is None:
            return Decision(False, "how well the collection covers this is not known", numbers)
        return Decision(False, "the collection covers this", numbers)

    async def _numbers(self, prompt: str, result: SearchResult) -> dict[str, float | None]:
        best = max(
            (hit.branches[BRANCH].score for hit in result.hits if BRANCH in hit.branches), default=None
        )
        return {
            "best_score": None if best is None else round(best, 4),
            "score_share": await self._score_share(best),
            "score_share_threshold": self._policy.score_share,
            "coverage_share": await self._coverage_share(prompt),
            "coverage_share_threshold": self._policy.coverage_share,
        }

    async def _score_share(self, best: float | None) -> float | None:
        """Return the share of titles that find nothing nearer than `best`, measured when first asked."""
        if self._titles is None:
            return None
        if self._titles.size() > self._measured_at * GROWTH and self._measuring is None:
            self._measuring = asyncio.create_task(self._measure(self._titles))
        if self._measuring is not None and not len(self._scores):
            await asyncio.shield(self._measuring)
        if not len(self._scores):
            return None
        return round(float(np.mean(self._scores < (-1.0 if best is None else best))), 4)

    async def _measure(self, titles: Titles) -> None:
        try:
            size = titles.size()
            self._scores = np.array(await titles.best_scores(SAMPLE))
            self._measured_at = size
        except Exception:
            logger.exception("how near titles find each other is not known")
        finally:
            self._measuring = None

    async def _coverage_share(self, prompt: str) -> float | None:
        if self._coverage is None or self._encode is None:
            return None
        vector = await self._encode(prompt)
        return round(await asyncio.to_thread(self._coverage, vector), 4)


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    """Return what came of it as JSON values: job, address of its events, why, and the numbers."""
    job = attempt.job
    return {
        "job": job,
        "events_url": None if job is None else f"/v1/jobs/{job}/events",
        "why": attempt.decision.why,
        "numbers": dict(attempt.decision.numbers),
    }
