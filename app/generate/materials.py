"""Gathers what a job begins from, by the digests it carries in the log: the same after every restart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.engine import Start
from app.domain.errors import Unavailable
from app.generate.pictures import pixels_of, plane_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.engine import Plane
    from app.domain.jobs import GenerationRequest
    from app.domain.log import Blob
    from app.domain.ports import Blobs

LATENT = "application/x-trouvere-latent"  # little-endian float16 in the order C, h, w
SIGMA_LIMIT = 40.0  # where nothing of the source is left


@dataclass(frozen=True, slots=True)
class Materials:
    """What the engine is given beside the request; nothing for a picture from noise alone."""

    start: Start | None = None
    mask: Plane | None = None
    shown: tuple[bytes, ...] = ()


NOTHING = Materials()


def gather(
    request: GenerationRequest, blobs: Blobs, size: tuple[int, int], fresh: Sequence[Blob] = ()
) -> Materials:
    """Return the request's materials, from `fresh` or from the store, at the (width, height) drawn.

    Raises Unavailable when the store has lost one.
    """
    shown = tuple(_content(one.digest, blobs, fresh) for one in request.neighbours)
    source = request.source
    if source is None:
        return Materials(shown=shown)
    content = _content(source.digest, blobs, fresh)
    if source.is_latent:
        start = Start(source.sigma, latent=content)
    else:
        start = Start(source.sigma, pixels=pixels_of(content, size))
    if request.mask is None:
        return Materials(start, shown=shown)
    return Materials(start, plane_of(_content(request.mask, blobs, fresh), size), shown)


def sigma_of(strength: float) -> float:
    """Return the noise level that stands for a strength above 0 and up to 1.

    It is the share of the way from the picture to noise on the path x = cos(t)·clean + sin(t)·noise,
    where sigma = tan(t) and t runs to π/2: 0.5 is as much noise as picture (SDEdit, Meng et al. 2022,
    section 3, on the variance-preserving path). 1 keeps nothing.
    """
    return SIGMA_LIMIT if strength >= 1 else min(math.tan(strength * math.pi / 2), SIGMA_LIMIT)


def _content(digest: str, blobs: Blobs, fresh: Sequence[Blob]) -> bytes:
    for blob in fresh:
        if blob.digest == digest:
            return blob.content
    kept = blobs.get(digest)
    if kept is None:
        raise Unavailable(f"what the picture begins from, {digest}, is no longer in the store")
    return kept.content
