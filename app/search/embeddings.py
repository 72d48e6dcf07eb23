"""Embeds texts for callers, with the encoder by which the collection itself is searched."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from app.domain.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

CHUNK = 32  # texts of one encoder call: between two, those who search have their turn


class Encoder(Protocol):
    """A text encoder that counts its tokens; the first call may wait for its weights."""

    @property
    def name(self) -> str: ...

    @property
    def max_tokens(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]: ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors (n, d) of unit length, and how many tokens were read for them."""

    vectors: npt.NDArray[np.float32]
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The use case; `encoder` is None on a node that searches by words alone."""

    encoder: Encoder | None

    @property
    def model(self) -> str | None:
        """Return the name of the encoder."""
        return None if self.encoder is None else self.encoder.name

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Return one vector a text.

        Raises InvalidInput for a text that is empty or longer than the encoder reads, Unavailable
        without an encoder.
        """
        encoder = self.encoder
        if encoder is None:
            raise Unavailable("this service was started without a text encoder")
        counts = await asyncio.to_thread(encoder.count_tokens, texts)
        for place, (text, count) in enumerate(zip(texts, counts, strict=True)):
            if not text.strip():
                raise InvalidInput(f"input[{place}]", "there are no words in it")
            if count > encoder.max_tokens:
                raise InvalidInput(f"input[{place}]", f"{count} tokens; {encoder.max_tokens} are read")
        parts = [
            await asyncio.to_thread(encoder.encode, texts[start : start + CHUNK])
            for start in range(0, len(texts), CHUNK)
        ]
        return Embedded(np.concatenate(parts), sum(counts))

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has; without an encoder, how many words."""
        if self.encoder is None:
            return [len(text.split()) for text in texts]
        return await asyncio.to_thread(self.encoder.count_tokens, texts)
