"""Starts, changes and ends experiments, and reports on them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from app.api.deps import KeyDep, ServicesDep, claim
from app.api.schemas.experiments import ExperimentBody, experiment_json, report_json, told_json
from app.api.schemas.wire import Name

router = APIRouter(tags=["experiments"])
NamePath = Annotated[Name, Path()]


@router.get("/v1/experiments")
async def list_experiments(found: ServicesDep) -> dict[str, Any]:
    """Return the experiments that run, by name."""
    return {"experiments": [experiment_json(running) for running in found.experiments.running()]}


@router.get("/v1/experiments/{name}")
async def get_experiment(name: NamePath, found: ServicesDep) -> dict[str, Any]:
    """Return an experiment as it is now, and everything that ever happened to it."""
    return told_json(name, *found.experiments.find(name))


@router.put("/v1/experiments/{name}")
async def put_experiment(
    name: NamePath, body: ExperimentBody, request: Request, found: ServicesDep, key: KeyDep
) -> dict[str, Any]:
    """Start an experiment, or change it; more traffic moves nobody who already takes part."""
    written = claim(key, request, await request.body())
    running, lsn = await found.experiments.put(body.to_experiment(name), written)
    return experiment_json(running) | {"lsn": lsn}


@router.delete("/v1/experiments/{name}")
async def end_experiment(name: NamePath, request: Request, found: ServicesDep, key: KeyDep) -> dict[str, Any]:
    """End an experiment; its history stays."""
    lsn = await found.experiments.end(name, claim(key, request, b""))
    return {"name": name, "status": "ended", "lsn": lsn}


@router.get("/v1/experiments/{name}/report")
async def report_on_experiment(name: NamePath, found: ServicesDep) -> dict[str, Any]:
    """Return what came of an experiment so far: lifts with intervals, p-values for any time, alarms."""
    return report_json(await found.experiments.report(name))
