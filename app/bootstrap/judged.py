"""Searches for judged queries in this process, and turns what is recalled into lists with grades."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from app.bootstrap.service import build
from app.domain.errors import InvalidInput, Unavailable
from app.domain.search import BranchOptions, SearchRequest
from app.experiments.assign import Assignment
from app.ranking.fusion import convex
from app.ranking.stage import RankStage
from app.search.plan import MAX_DEADLINE_MS
from models.rank.lists import Lists

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from app.ranking.fusion import Fusion
    from app.ranking.lists import Grid, Ranked, Scores
    from app.search.service import Search
    from app.search.types import Answer
    from app.services import Services
    from app.settings import Settings

    Judgments = Mapping[str, Mapping[str, float]]  # query → item → grade

T = TypeVar("T")

MAX_GRADE = 30.0  # 2^30 is the largest gain
READY_S = 3_600.0
POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """One list a judged query, in the columns of the whole feature list, and the fused lists themselves."""

    lists: Lists
    ranked: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class JudgedGrids:
    """What the branches gave each judged query, with the grades of the candidates."""

    grids: tuple[Grid, ...]
    grades: tuple[Scores, ...]


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

    async def work(services: Services) -> Judged:
        answers = [(query, await _search(services.search, query)) for query in judgments]
        return _lists(_stage(services), [(q, one) for q, one in answers if one is not None], judgments)

    return asyncio.run(_alone(settings, work))


def judged_grids(settings: Settings, judgments: Judgments) -> JudgedGrids:
    """Return what every branch gave each judged query before any fusion. Raises Unavailable as above."""

    async def work(services: Services) -> JudgedGrids:
        stage, grids, grades = _stage(services), [], []
        for query in judgments:
            kept: list[Grid] = []
            search = replace(services.search, learned=partial(_kept, kept))
            await _search(search, query)
            grids += kept
            ids = [stage.ids(one.ordinals) for one in kept]
            grades += [np.array([judgments[query].get(item, 0.0) for item in some]) for some in ids]
        return JudgedGrids(tuple(grids), tuple(grades))

    return asyncio.run(_alone(settings, work))


def _kept(kept: list[Grid]) -> tuple[str, Fusion]:
    """Return a fusion like `convex` that keeps what it is given."""

    def keep(grid: Grid) -> Scores:
        kept.append(grid)
        return convex(grid)

    return "kept", keep


async def _alone(settings: Settings, work: Callable[[Services], Awaitable[T]]) -> T:
    """Run `work` on a service without a door, once its views have followed the log."""
    services = build(settings.model_copy(update={"model": "none", "catalog": "none"}))
    await services.operations.start()
    try:
        await _caught_up(services)
        return await work(services)
    finally:
        await services.operations.stop()


def _stage(services: Services) -> RankStage:
    stage = services.search.ranking
    if not isinstance(stage, RankStage):
        raise Unavailable("this service computes no features")
    return stage


async def _caught_up(services: Services) -> None:
    waited = 0.0
    while waited < READY_S:
        told = services.operations.readings()
        if told["trouvere_vectors_lsn"] >= told["trouvere_log_lsn"]:
            return
        await asyncio.sleep(POLL_S)
        waited += POLL_S
    raise Unavailable(f"the views have not followed the log within {READY_S:g} s")


async def _search(search: Search, query: str) -> Answer | None:
    """Return the answer to one query in the fused order, None where nothing is found.

    Branches are given all the time there is: what is learned shall not hang on how busy the machine was.
    """
    kept = Collector()
    alone = replace(search, exposures=kept, assignment=Assignment)
    patient = {name: BranchOptions(deadline_ms=MAX_DEADLINE_MS) for name in search.planner.branches}
    await alone.search(SearchRequest(query=query, ranker="none", branches=patient))
    return kept.answers[0] if kept.answers else None


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
    return Judged(lists, tuple(ranked))
