"""Turns words into what the networks of the diffusers format attend to: CLIP states, T5 states."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch.nn import functional

from models.adapters.diffusers_layout import TEXT_WEIGHTS, Checkpoint, tokenizer_of
from models.adapters.folder import loaded
from models.adapters.libraries import found
from models.checkpoint import CheckpointError
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from torch import Tensor

_T5_LENGTH = {"StableDiffusion3Pipeline": 256, "FluxPipeline": 512}


class Words:
    """One text encoder with its tokenizer: texts to hidden states, padded to a fixed length.

    May be called from several threads.
    """

    def __init__(self, tokenizer: Any, model: Any, length: int) -> None:
        self._tokenizer, self._model, self.length = tokenizer, model, length
        self._lock = Lock()  # guards the tokenizer, whose padding is set for each call

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return the model's output, with all hidden states, of texts (B tokens rows of `length`)."""
        with self._lock:
            ids = self._tokenizer(
                list(texts),
                padding="max_length",
                max_length=self.length,
                truncation=True,
                return_tensors="pt",
            ).input_ids
        return self._model(ids.to(self._model.device), output_hidden_states=True)


class Prompter(Protocol):
    """A family's way from prompts to conditioning; `length` text tokens a row, all of them attended to."""

    @property
    def length(self) -> int: ...

    def __call__(self, texts: Sequence[str]) -> Conditioning: ...


@dataclass(frozen=True, slots=True)
class LastStates:
    """Stable Diffusion 1 and 2: the last states of one CLIP; nothing reads the pooled vector."""

    clip: Words

    @property
    def length(self) -> int:
        return self.clip.length

    def __call__(self, texts: Sequence[str]) -> Conditioning:
        states = self.clip(texts)[0]  # (B, 77, D)
        return _conditioning(states, states.new_zeros(len(states), 1))


@dataclass(frozen=True, slots=True)
class TwoClips:
    """SDXL: penultimate states of two CLIPs side by side, pooled by the second (Podell et al. 2023, 2.1).

    silent: the empty text is told as zeros, as the network was trained.
    """

    first: Words
    second: Words
    silent: bool

    @property
    def length(self) -> int:
        return self.first.length

    def __call__(self, texts: Sequence[str]) -> Conditioning:
        one, two = self.first(texts), self.second(texts)
        states = torch.cat([one.hidden_states[-2], two.hidden_states[-2]], dim=-1)  # (B, 77, D1 + D2)
        pooled = two.text_embeds
        if self.silent:
            said = torch.tensor([[bool(text.strip())] for text in texts], device=states.device)  # (B, 1)
            states, pooled = states * said[..., None], pooled * said
        return _conditioning(states, pooled)


@dataclass(frozen=True, slots=True)
class ClipsAndT5:
    """Stable Diffusion 3: two CLIPs side by side, then T5 after them (Esser et al. 2024, section 4.3).

    Without a T5, `num_absent` rows of zeros stand for it; `dim` is the width of a state.
    """

    first: Words
    second: Words
    t5: Words | None
    num_absent: int
    dim: int

    @property
    def length(self) -> int:
        return self.first.length + (self.t5.length if self.t5 else self.num_absent)

    def __call__(self, texts: Sequence[str]) -> Conditioning:
        one, two = self.first(texts), self.second(texts)
        clips = torch.cat([one.hidden_states[-2], two.hidden_states[-2]], dim=-1)  # (B, 77, D1 + D2)
        clips = functional.pad(clips, (0, self.dim - clips.shape[-1]))  # (B, 77, dim)
        after = self.t5(texts)[0] if self.t5 else clips.new_zeros(len(clips), self.num_absent, self.dim)
        pooled = torch.cat([one.text_embeds, two.text_embeds], dim=-1)
        return _conditioning(torch.cat([clips, after], dim=1), pooled)


@dataclass(frozen=True, slots=True)
class PooledAndT5:
    """FLUX: T5's states, and CLIP's pooled vector."""

    clip: Words
    t5: Words

    @property
    def length(self) -> int:
        return self.t5.length

    def __call__(self, texts: Sequence[str]) -> Conditioning:
        return _conditioning(self.t5(texts)[0], self.clip(texts).pooler_output)


def load_prompter(
    checkpoint: Checkpoint,
    width: int,
    *,
    length: int | None,
    device: torch.device,
    dtype: torch.dtype,
    importer: Callable[[str], ModuleType],
) -> Prompter:
    """Load the text encoders of a folder.

    width: of the states the network attends to. length: T5's tokens, where the family has a T5; 256 in
    Stable Diffusion 3 and 512 in FLUX by default. Raises CheckpointError, AdapterMissing.
    """
    share = length or _T5_LENGTH.get(checkpoint.layout.pipeline, 0)

    def words(place: int) -> Words:
        return _load_words(checkpoint, place, share, device=device, dtype=dtype, importer=importer)

    if checkpoint.layout.pipeline == "StableDiffusionPipeline":
        return LastStates(words(0))
    if checkpoint.layout.pipeline == "StableDiffusionXLPipeline":
        silent = bool(checkpoint.index.get("force_zeros_for_empty_prompt", True))
        return TwoClips(words(0), words(1), silent)
    if checkpoint.layout.pipeline == "StableDiffusion3Pipeline":
        t5 = words(2) if checkpoint.has("text_encoder_3") else None
        return ClipsAndT5(words(0), words(1), t5, share, width)
    return PooledAndT5(words(0), words(1))


def _load_words(
    checkpoint: Checkpoint,
    place: int,
    t5_length: int,
    *,
    device: torch.device,
    dtype: torch.dtype,
    importer: Callable[[str], ModuleType],
) -> Words:
    name, kind = checkpoint.layout.texts[place]
    model = loaded(found(kind, importer), checkpoint.directory / name, TEXT_WEIGHTS, dtype=dtype)
    family = "T5Tokenizer" if kind == "T5EncoderModel" else "CLIPTokenizer"
    folder = checkpoint.directory / tokenizer_of(name)
    try:
        tokenizer = found(family, importer).from_pretrained(str(folder.resolve()), local_files_only=True)
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"{folder.name} does not hold a {family}: {error}") from error
    places = getattr(model.config, "max_position_embeddings", None)
    length = t5_length if places is None else min(int(tokenizer.model_max_length), int(places))
    return Words(tokenizer, model.to(device), length)


def _conditioning(states: Tensor, pooled: Tensor) -> Conditioning:
    # These networks were trained to attend to their padding: every token is real.
    mask = torch.ones(states.shape[:2], dtype=torch.bool)
    return Conditioning(states.float().cpu(), mask, pooled.float().cpu())
