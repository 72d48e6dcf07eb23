"""Turns an id and a salt into a place in [0, 1): the same in every process, for ever."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DIGEST_BYTES = 8
SPAN = 2.0**-53


def salted(salt: str) -> Callable[[str], float]:
    """Return the hash of this salt: BLAKE2b-64 over the salt, a zero byte and the id, as a float in [0, 1).

    The upper 53 bits of the digest are used, so that every value is exact in a double. Different
    salts give independent places: what one layer knows of a unit says nothing to another.
    """
    seeded = blake2b(salt.encode() + b"\0", digest_size=DIGEST_BYTES)

    def place(key: str) -> float:
        state = seeded.copy()
        state.update(key.encode("utf-8", "surrogatepass"))
        return (int.from_bytes(state.digest(), "big") >> 11) * SPAN

    return place
