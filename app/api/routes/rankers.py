"""Tells of rankers and decides about them: deploy, shadow, canary, rollback."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from app.api.deps import CallerDep, ServicesDep
from app.api.schemas.rankers import CanaryBody, DeployBody, RollbackBody, ShadowBody
from app.api.schemas.wire import Name
from app.domain.rankers import CANARY, DEPLOY, ROLLBACK, SHADOW

router = APIRouter(tags=["rankers"])
NamePath = Annotated[Name, Path(description="Name of the ranker.")]


@router.get("/v1/rankers")
async def list_rankers(found: ServicesDep) -> dict[str, Any]:
    """Return every ranker with its versions, their metrics, and what is deployed."""
    return found.rankers.tell()


@router.get("/v1/rankers/{name}/report")
async def report(name: NamePath, found: ServicesDep) -> dict[str, Any]:
    """Compare what a ranker's versions would have shown with what was shown, and with what was clicked."""
    return await found.rankers.report(name)


@router.post("/v1/rankers/{name}/deploy")
async def deploy(
    name: NamePath, found: ServicesDep, caller: CallerDep, body: DeployBody | None = None
) -> dict[str, Any]:
    """Let a version order every answer that names no ranker; nobody's request is dropped by it."""
    return await found.rankers.decide(DEPLOY, name, None if body is None else body.version, caller)


@router.post("/v1/rankers/{name}/shadow")
async def shadow(
    name: NamePath, found: ServicesDep, caller: CallerDep, body: ShadowBody | None = None
) -> dict[str, Any]:
    """Let a version score every answer that is kept, and change nothing."""
    told = body or ShadowBody()
    return await found.rankers.decide(SHADOW, name, told.version, caller, enabled=told.enabled)


@router.post("/v1/rankers/{name}/canary")
async def canary(name: NamePath, found: ServicesDep, caller: CallerDep, body: CanaryBody) -> dict[str, Any]:
    """Let a version order the answers of a share of the users, the same ones as long as it grows."""
    return await found.rankers.decide(CANARY, name, body.version, caller, percent=body.percent)


@router.post("/v1/rankers/{name}/rollback")
async def rollback(
    name: NamePath, found: ServicesDep, caller: CallerDep, body: RollbackBody | None = None
) -> dict[str, Any]:
    """Take a ranker back: what was live before it decides again."""
    return await found.rankers.decide(ROLLBACK, name, None if body is None else body.version, caller)
