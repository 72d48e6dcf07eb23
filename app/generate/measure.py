"""Measures how likely a picture is under the model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput
from app.generate.pictures import pixels_of
from app.generate.validate import PROMPT_LIMIT

if TYPE_CHECKING:
    from app.domain.engine import Engine, Likelihood

FEWEST_PROBES = 2  # one has no standard error
PROBES_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Measuring:
    """The use case."""

    engine: Engine

    async def likelihood(self, content: bytes, prompt: str, seed: int, num_probes: int) -> Likelihood:
        """Return log p of a picture file given a prompt, "" for none.

        The picture is brought to the size the model draws. Raises InvalidInput with the field,
        Unavailable without a worker, Overloaded when too many wait.
        """
        if len(prompt) > PROMPT_LIMIT:
            raise InvalidInput("prompt", f"at most {PROMPT_LIMIT} characters are read")
        if not FEWEST_PROBES <= num_probes <= PROBES_LIMIT:
            raise InvalidInput("num_probes", f"need {FEWEST_PROBES} to {PROBES_LIMIT}, not {num_probes}")
        pixels = await asyncio.to_thread(pixels_of, content, self.engine.native_size)
        return await self.engine.likelihood(pixels, prompt, seed, num_probes)
