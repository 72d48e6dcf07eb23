"""Tells whether the service lives, is ready, what it can do and how it fares."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from app.api.deps import ServicesDep
from app.api.schemas.items import rfc3339
from app.domain.items import own_space
from app.search.branches.own import own_doc
from models.catalog import shipped_models
from models.diffusion import paths as _paths  # noqa: F401  # importing it gives the SDEs their names
from models.exported import registry

router = APIRouter(tags=["operations"])

# Every public name, by the kind it was exported under.
KINDS = ("branches", "samplers", "sdes", "grids", "guidance", "fusions", "features", "metrics", "formats")


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Answer while the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(found: ServicesDep) -> JSONResponse:
    """Answer 200 when search can be answered, else 503 with what is missing."""
    missing = dict(found.operations.unready())
    return JSONResponse({"ready": not missing, "waiting_for": missing}, 503 if missing else 200)


@router.get("/metrics")
async def metrics(found: ServicesDep) -> Response:
    """Return counters, histograms and gauges in the text form of Prometheus."""
    return Response(found.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/v1/stats")
async def stats(found: ServicesDep) -> dict[str, Any]:
    """Return how much there is: items, vectors, places in the log, whether the generator is warm."""
    values = found.operations.readings()
    counts = {name.removeprefix("trouvere_"): int(value) for name, value in values.items()}
    counts["model_ready"] = bool(counts.get("model_ready"))
    return counts


@router.get("/v1/capabilities")
async def capabilities(found: ServicesDep) -> dict[str, list[dict[str, str]]]:
    """Return every public name that this build knows, each with what it does."""
    names = {
        kind: [{"name": entry.name, "doc": entry.doc} for entry in registry(kind).values()] for kind in KINDS
    }
    fields = found.settings.vector_fields.items()
    names["branches"] += [{"name": own_space(name), "doc": own_doc(name, one.metric)} for name, one in fields]
    return names | {"models": [{"name": model.name, "doc": model.doc} for model in shipped_models()]}


@router.post("/v1/admin/snapshots")
async def take_snapshot(found: ServicesDep) -> dict[str, Any]:
    """Write a snapshot of every view now, so that the next start replays less."""
    folder = await found.operations.snapshot()
    return {"snapshot": folder.name, "at": rfc3339(folder.stat().st_mtime)}
