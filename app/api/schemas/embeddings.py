"""Shapes a request for embeddings and its answer, as OpenAI does."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, StringConstraints

from app.api.schemas.wire import Name, Wire
from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from app.search.embeddings import Embedded

Text = Annotated[str, StringConstraints(max_length=100_000)]


class EmbeddingBody(Wire):
    """What to embed: one text or several. Token numbers are refused, and so is `dimensions`."""

    input: Text | Annotated[list[Text], Field(min_length=1, max_length=2_048)]
    model: Name
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, description="Vectors come whole: anything here is refused.")
    user: Name | None = None

    def texts(self, model: str | None) -> list[str]:
        """Return the texts. Raises InvalidInput for what this encoder cannot do."""
        if model is not None and self.model != model:
            raise InvalidInput("model", f"{self.model!r} is not served here; this node runs {model!r}")
        if self.dimensions is not None:
            raise InvalidInput("dimensions", "vectors of this model cannot be shortened")
        return [self.input] if isinstance(self.input, str) else list(self.input)


def embeddings_json(found: Embedded, body: EmbeddingBody) -> dict[str, Any]:
    """Return vectors as they are sent: numbers, or little-endian float32 in base64."""
    rows = np.ascontiguousarray(found.vectors, "<f4")
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _vector(row, body.encoding_format)}
            for index, row in enumerate(rows)
        ],
        "model": body.model,
        "usage": {"prompt_tokens": found.num_tokens, "total_tokens": found.num_tokens},
    }


def _vector(row: Any, form: str) -> str | list[float]:
    return base64.b64encode(row.tobytes()).decode() if form == "base64" else row.tolist()
