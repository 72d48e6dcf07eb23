"""Tells what is hot: queries and items, in a sliding window."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from app.api.deps import ServicesDep
from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexes.behavior.trending import Hot

router = APIRouter(tags=["search"])
WINDOW = re.compile(r"([1-9]\d{0,5})([mhd])")
UNITS_S = {"m": 60.0, "h": 3_600.0, "d": 86_400.0}
LONGEST_S = 366 * 86_400.0


@router.get("/v1/trending")
async def trending(
    found: ServicesDep,
    window: Annotated[
        str, Query(description="How far back, in minutes, hours or days: 90m, 24h, 7d.")
    ] = "24h",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """Tell the hottest queries and items: one voice a person, newer acts counting more."""
    queries, items = await asyncio.to_thread(found.users.trending, _seconds(window), limit)
    return {"window": window, "queries": _told(queries, "query"), "items": _told(items, "item")}


def _seconds(window: str) -> float:
    match = WINDOW.fullmatch(window)
    seconds = float(match[1]) * UNITS_S[match[2]] if match else 0.0
    if not 0 < seconds <= LONGEST_S:
        raise InvalidInput("window", "a window is like 90m, 24h or 7d, and at most 366 days long")
    return seconds


def _told(hot: Sequence[Hot], name: str) -> list[dict[str, Any]]:
    return [{name: one.text, "heat": round(one.heat, 4), "people": one.num_persons} for one in hot]
