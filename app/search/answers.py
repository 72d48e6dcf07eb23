"""The use case of looking back: a past answer with the numbers that made it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import NotFound

if TYPE_CHECKING:
    from app.domain.exposures import Exposure
    from app.domain.ports import Exposures
    from app.search.exposing import Exposer

FLUSH_S = 5.0
OTHERS_S = 0.3  # within which other processes have written what they showed


@dataclass(frozen=True, slots=True)
class Answers:
    """Past answers as long as they are kept."""

    exposures: Exposures
    exposer: Exposer

    async def find(self, request_id: str, user: str | None = None) -> Exposure:
        """Return what an answer showed.

        Raises NotFound when it is gone, or when `user` is given and it was another's.
        """
        await asyncio.to_thread(self.exposer.flush, FLUSH_S)
        found = await asyncio.to_thread(self.exposures.get, request_id)
        if found is None:  # another process may just be writing it
            await asyncio.sleep(OTHERS_S)
            found = await asyncio.to_thread(self.exposures.get, request_id)
        if found is None or (user is not None and found.user != user):
            raise NotFound("answer", request_id)
        return found

    async def forget(self, user: str) -> int:
        """Take away what a user was shown, and return how many answers that were."""
        await asyncio.to_thread(self.exposer.flush, FLUSH_S)
        return await asyncio.to_thread(self.exposures.forget, user)
