"""A job's materials are found by digest, fresh or in the store, and are the same after a restart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from app.domain.engine import Pixels, Plane, Start
from app.domain.errors import Unavailable
from app.generate.develop import blob_of
from app.generate.materials import LATENT, NOTHING, SIGMA_LIMIT, Materials, gather, sigma_of
from tests.app.generate.files import file, holed
from tests.app.generate.studio import request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.log import Blob

PICTURE, MASK, KEPT = (
    blob_of("image/png", file("blue")),
    blob_of("image/png", holed()),
    blob_of(LATENT, b"zz"),
)


class Shelf:
    """Blobs in memory."""

    def __init__(self, blobs: Sequence[Blob]) -> None:
        self._blobs = {blob.digest: blob for blob in blobs}

    def get(self, digest: str) -> Blob | None:
        return self._blobs.get(digest)


def test_nothing_is_gathered_from_noise() -> None:
    """A request without a source has no materials."""
    assert gather(request(), Shelf([]), (4, 4)) == NOTHING


@pytest.mark.parametrize("where", ["fresh", "kept"])
def test_a_picture_and_its_mask_come_from_either_place(where: str) -> None:
    """Just uploaded or read back from the store, the materials are equal, at the size that is drawn."""
    wanted = request(source={"digest": PICTURE.digest, "sigma": 1.5}, mask=MASK.digest)
    blobs = [PICTURE, MASK]
    shelf, fresh = (Shelf([]), blobs) if where == "fresh" else (Shelf(blobs), [])
    found = gather(wanted, shelf, (4, 2), fresh)
    blue = Pixels(4, 2, bytes([0, 0, 255] * 8))
    assert found == Materials(Start(1.5, pixels=blue), Plane(4, 2, bytes([255, 255, 0, 0] * 2)))


def test_a_latent_is_handed_on_as_it_is() -> None:
    """A source that is a latent is no picture to be read."""
    wanted = request(source={"digest": KEPT.digest, "sigma": 2.0, "is_latent": True})
    found = gather(wanted, Shelf([KEPT]), (4, 4))
    assert found == Materials(Start(2.0, latent=b"zz"))


def test_what_the_store_lost_is_said() -> None:
    """A digest that nobody has is Unavailable, with the digest."""
    with pytest.raises(Unavailable, match=PICTURE.digest):
        gather(request(source={"digest": PICTURE.digest, "sigma": 1.0}), Shelf([]), (4, 4))


def test_strength_is_the_share_of_the_way_to_noise() -> None:
    """Half way is as much noise as picture; the whole way keeps nothing; more strength is more noise."""
    assert sigma_of(0.5) == pytest.approx(1.0)
    assert sigma_of(1.0) == SIGMA_LIMIT
    levels = [sigma_of(share / 10) for share in range(1, 11)]
    assert levels == sorted(levels)
    assert math.atan(sigma_of(0.3)) / (math.pi / 2) == pytest.approx(0.3)
