"""Manages which words mean the same; searches use them from the moment they are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request

from app.api.deps import KeyDep, Refresh, ServicesDep, claim
from app.api.schemas.synonyms import SynonymsBody
from app.api.schemas.wire import Name

if TYPE_CHECKING:
    from app.domain.log import Appended
    from app.services import Services

router = APIRouter(tags=["synonyms"])
SetName = Annotated[Name, Path(description="The caller's own name of the set.")]


@router.get("/v1/synonyms")
async def list_synonyms(found: ServicesDep) -> dict[str, Any]:
    """Return every set of synonyms that searches use, by name."""
    return {"synonyms": {name: one.to_body() for name, one in found.synonyms.all().items()}}


@router.get("/v1/synonyms/{name}")
async def get_synonyms(name: SetName, found: ServicesDep) -> dict[str, Any]:
    """Return one set of synonyms."""
    return {"name": name} | found.synonyms.get(name).to_body()


@router.put("/v1/synonyms/{name}")
async def put_synonyms(
    name: SetName,
    body: SynonymsBody,
    request: Request,
    found: ServicesDep,
    key: KeyDep,
    refresh: Refresh = False,
) -> dict[str, Any]:
    """Keep a set of synonyms, whole; the answer comes when it is durable."""
    written = claim(key, request, await request.body())
    appended = await found.synonyms.put(name, body.to_synonyms(), written)
    return await _acknowledge(name, appended, refresh, found)


@router.delete("/v1/synonyms/{name}")
async def delete_synonyms(
    name: SetName, request: Request, found: ServicesDep, key: KeyDep, refresh: Refresh = False
) -> dict[str, Any]:
    """Forget a set of synonyms."""
    appended = await found.synonyms.delete(name, claim(key, request, b""))
    return await _acknowledge(name, appended, refresh, found)


async def _acknowledge(name: str, appended: Appended, refresh: bool, found: Services) -> dict[str, Any]:
    searchable = {"searchable": list(await found.operations.refresh(appended.lsn))} if refresh else {}
    return {"name": name, "lsn": appended.lsn, "replayed": appended.replayed} | searchable
