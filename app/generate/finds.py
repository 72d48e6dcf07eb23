"""Adds to a request what the collection has to help it: where a picture begins, what the model is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.generate.validate import may_begin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.engine import Engine
    from app.domain.jobs import GenerationRequest
    from app.domain.log import Blob
    from app.generate.neighbours import Neighbourhood
    from app.generate.prime import Prime, Primer


@dataclass(frozen=True, slots=True)
class Finds:
    """Two links that know nothing of each other, for one event loop."""

    primer: Primer
    neighbourhood: Neighbourhood

    async def added(
        self,
        request: GenerationRequest,
        prime: Prime | None,
        neighbours: Sequence[str] | None,
        engine: Engine,
    ) -> tuple[GenerationRequest, tuple[Blob, ...]]:
        """Return the request with what was found for it, and the latents that must be kept with it.

        `prime` asks for a source where there is none, `neighbours` for these items to be shown, or the
        nearest where it is empty; None asks for nothing. Raises InvalidInput with the field.
        """
        blobs: tuple[Blob, ...] = ()
        if prime is not None and may_begin(request, prime.item):
            found = await self.primer.source(request.prompt, prime, engine)
            if found is not None:
                request, blobs = replace(request, source=found[0]), (found[1],)
        if neighbours is not None and not request.neighbours:
            shown, latents = await self.neighbourhood.shown(request.prompt, neighbours, engine)
            request, blobs = replace(request, neighbours=shown), (*blobs, *latents)
        return request, blobs
