"""Lists the models that this node runs, in OpenAI's shape."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from app.api.deps import ServicesDep
from app.domain.errors import NotFound
from app.generate.validate import supported_sizes
from app.services import Services

router = APIRouter(tags=["models"])

SINCE = 1_790_000_000  # OpenAI's shape asks for a moment; ours are part of the release


@router.get("/v1/models")
async def list_models(found: ServicesDep) -> dict[str, Any]:
    """Return the generator and the text encoder of this node."""
    return {"object": "list", "data": _models(found)}


@router.get("/v1/models/{model_id:path}")
async def get_model(model_id: str, found: ServicesDep) -> dict[str, Any]:
    """Return one of them: a generator with its sizes and the classes that `control` may name."""
    for model in _models(found):
        if model["id"] == model_id:
            return model
    raise NotFound("model", model_id)


def _models(found: Services) -> list[dict[str, Any]]:
    models = []
    if found.studio is not None:
        engine = found.studio.engine
        models.append(
            _model(engine.model)
            | {
                "kind": "generator",
                "digest": engine.digest,
                "sizes": list(supported_sizes(engine)),
                "guidances": list(engine.guidances),
                "neighbours": engine.neighbours,
                "controls": {kind: list(names) for kind, names in engine.controls.items()},
            }
        )
    if found.embeddings.model is not None:
        models.append(_model(found.embeddings.model) | {"kind": "text encoder", "dimensions": found.text_dim})
    return models


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": SINCE, "owned_by": "trouvere"}
