"""Names requests and answers: nobody guesses the names, and a name costs next to nothing."""

from __future__ import annotations

from secrets import token_bytes
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ID_BYTES: Final = 16
DRAWN: Final = 256  # at once: asking the system for random bytes takes longer than all else about a name


def random_ids() -> Iterator[str]:
    """Yield names for ever, 32 hexadecimal digits each; for one thread."""
    while True:
        drawn = token_bytes(DRAWN * ID_BYTES)
        for start in range(0, len(drawn), ID_BYTES):
            yield drawn[start : start + ID_BYTES].hex()
