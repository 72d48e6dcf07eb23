"""Embeds texts, in OpenAI's shape."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.responses import Response

from app.api.deps import ServicesDep
from app.api.schemas.embeddings import EmbeddingBody, embeddings_json

router = APIRouter(tags=["models"])


@router.post("/v1/embeddings")
async def embed(body: EmbeddingBody, found: ServicesDep) -> Response:
    """Return a vector for each text, of the encoder by which the collection is searched."""
    embedded = await found.embeddings.embed(body.texts(found.embeddings.model))
    return Response(to_json(embeddings_json(embedded, body)), media_type="application/json")
