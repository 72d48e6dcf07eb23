"""Shows past answers with the numbers that made them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from app.api.deps import ServicesDep
from app.api.schemas.rankers import exposure_json
from app.api.schemas.wire import Name

router = APIRouter(tags=["search"])


@router.get("/v1/search/{request_id}")
async def past_answer(
    request_id: Annotated[Name, Path(description="The `request_id` of the answer.")],
    found: ServicesDep,
    user: Annotated[Name | None, Query(description="Answer only when the search was this user's.")] = None,
) -> dict[str, Any]:
    """Return what a search showed, with each hit's ranks, scores and features, as long as it is kept."""
    exposure = await found.answers.find(request_id, user)
    return exposure_json(exposure, found.rankers.feature_names(exposure.feature_version))
