"""Searches for judged queries in this process, and turns what is recalled into lists with grades."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from app.bootstrap.service import build
from app.domain.errors import InvalidInput, Unavailable
from app.domain.search import SearchRequest
from app.ranking.stage import RankStage
from models.rank.lists import Lists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from app.ranking.lists import Ranked
    from app.search.service import Search
    from app.search.types import Answer
    from app.services import Services
    from app.settings import Settings

    Judgments = Mapping[str, Mapping[str, float]]  # query → item → grade

MAX_GRADE = 30.0  # 2^30 is the largest gain
READY_S = 3_600.0
POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """One list a judged query, in the columns of the whole feature list, and the fused lists themselves."""

    lists: Lists
    ranked: tuple[Ranked, ...]
    grades: tuple[np.ndarray[Any, np.dtype[np.float64]], ...]


@dataclass(slots=True)
class Collector:
    """Keeps answers instead of writing them down."""

    answers: list[Answer] = field(default_factory=list)

    def note(self, answer: Answer) -> None:
        """Keep an answer."""
        self.answers.append(answer)


def read_judgments(file: Path) -> dict[str, dict[str, float]]:
    """Read JSON lines {"query", "item", "grade"}. Raises InvalidInput naming the line."""
    judgments: dict[str, dict[str, float]] = {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("judgments", f"{file} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            query, item, grade = _judgment(f"judgments:{number}", line)
            judgments.setdefault(query, {})[item] = grade
    if not judgments:
        raise InvalidInput("judgments", f"{file} holds no judgment")
    return judgments


def _judgment(here: str, line: str) -> tuple[str, str, float]:
    try:
        body = json.loads(line)
    except ValueError as error:
        raise InvalidInput(here, f"this is not JSON: {error}") from error
    if not isinstance(body, dict) or set(body) != {"query", "item", "grade"}:
        raise InvalidInput(here, "an object with query, item and grade is wanted, and nothing else")
    query, item, grade = body["query"], body["item"], body["grade"]
    if not isinstance(query, str) or not isinstance(item, str):
        raise InvalidInput(here, "query and item are texts")
    number = isinstance(grade, int | float) and not isinstance(grade, bool) and math.isfinite(grade)
    if not number or not 0 <= grade <= MAX_GRADE:
        raise InvalidInput(here, f"a grade is a number from 0 to {MAX_GRADE:g}")
    return query, item, float(grade)


def judged_lists(settings: Settings, judgments: Judgments) -> Judged:
    """Return the fused list of every judged query, whole, with features and grades.

    The views follow the log to its end first, text vectors too. Raises Unavailable when they cannot.
    """
    alone = settings.model_copy(update={"model": "none", "catalog": "none", "exposure_rate": 0.0})
    return asyncio.run(_judged(build(alone), judgments))


async def _judged(services: Services, judgments: Judgments) -> Judged:
    await services.operations.start()
    try:
        await _caught_up(services)
        answers = [await _search(services.search, query) for query in judgments]
        stage = services.search.ranking
        if not isinstance(stage, RankStage):
            raise Unavailable("this service computes no features")
        return _lists(stage, [one for one in answers if one is not None], judgments)
    finally:
        await services.operations.stop()


async def _caught_up(services: Services) -> None:
    waited = 0.0
    while waited < READY_S:
        told = services.operations.readings()
        if told["trouvere_vectors_lsn"] >= told["trouvere_log_lsn"]:
            return
        await asyncio.sleep(POLL_S)
        waited += POLL_S
    raise Unavailable(f"the views have not followed the log within {READY_S:g} s")


async def _search(search: Search, query: str) -> tuple[str, Answer] | None:
    """Return the answer to one query in the fused order, None where nothing is found."""
    kept = Collector()
    await replace(search, exposures=kept).search(SearchRequest(query=query, ranker="none"))
    return (query, kept.answers[0]) if kept.answers else None


def _lists(stage: RankStage, answers: Sequence[tuple[str, Answer]], judgments: Judgments) -> Judged:
    matrices, grades, ranked = [], [], []
    for query, answer in answers:
        asked = answer.pinned.asked
        if asked is None or not len(answer.pinned.ranked):
            continue
        one = answer.pinned.ranked
        matrices.append(stage.features(asked, one))
        ids = stage.ids(one.ordinals)
        grades.append(np.array([judgments[query].get(item, 0.0) for item in ids], np.float64))
        ranked.append(one)
    sizes = [len(one) for one in ranked]
    lists = Lists(
        matrix=np.concatenate(matrices) if matrices else np.empty((0, 0), np.float32),
        grades=np.concatenate(grades) if grades else np.empty(0),
        weights=np.ones(sum(sizes)),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
        moments=np.zeros(len(sizes)),
        fused=np.concatenate([one.scores for one in ranked]) if ranked else np.empty(0),
    )
    return Judged(lists, tuple(ranked), tuple(grades))
