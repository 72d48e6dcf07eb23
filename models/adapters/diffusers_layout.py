"""Knows four layouts of the diffusers format: what each folder holds and which classes read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.adapters.folder import contents, digest, read_json
from models.checkpoint import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "model_index.json"
NETWORK_WEIGHTS = "diffusion_pytorch_model"
TEXT_WEIGHTS = "model"


@dataclass(frozen=True, slots=True)
class Layout:
    """One family of text-to-picture models.

    pipeline:    `_class_name` in model_index.json. network: its component, and `network_class`.
    texts:       text encoders in order, each a component and its class; the tokenizers are named alike.
    optional:    components that may be left out of the folder.
    flow:        a rectified flow rather than a discrete-time network.
    guidance:    the strength of classifier-free guidance that its authors' examples use.
    """

    pipeline: str
    network: str
    network_class: str
    texts: tuple[tuple[str, str], ...]
    guidance: float
    flow: bool = False
    optional: frozenset[str] = frozenset()


_CLIP, _CLIP_PROJECTED, _T5 = "CLIPTextModel", "CLIPTextModelWithProjection", "T5EncoderModel"

LAYOUTS = {
    layout.pipeline: layout
    for layout in (
        Layout(
            "StableDiffusionPipeline",
            "unet",
            "UNet2DConditionModel",
            (("text_encoder", _CLIP),),
            guidance=7.5,
        ),
        Layout(
            "StableDiffusionXLPipeline",
            "unet",
            "UNet2DConditionModel",
            (("text_encoder", _CLIP), ("text_encoder_2", _CLIP_PROJECTED)),
            guidance=5.0,
        ),
        Layout(
            "StableDiffusion3Pipeline",
            "transformer",
            "SD3Transformer2DModel",
            (
                ("text_encoder", _CLIP_PROJECTED),
                ("text_encoder_2", _CLIP_PROJECTED),
                ("text_encoder_3", _T5),
            ),
            guidance=7.0,
            flow=True,
            optional=frozenset({"text_encoder_3"}),
        ),
        Layout(
            "FluxPipeline",
            "transformer",
            "FluxTransformer2DModel",
            (("text_encoder", _CLIP), ("text_encoder_2", _T5)),
            guidance=1.0,
            flow=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder whose index was read and found to be of a known layout."""

    directory: Path
    layout: Layout
    index: dict[str, Any]

    def has(self, component: str) -> bool:
        """Whether the index names this component."""
        named = self.index.get(component)
        return isinstance(named, list) and len(named) == 2 and named[1] is not None

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The text encoders that are there."""
        return tuple((name, kind) for name, kind in self.layout.texts if self.has(name))

    def digest(self) -> str:
        """Return a sha256 over every file that decides what the model does."""
        tokenizers = [tokenizer_of(name) for name, _ in self.texts]
        names = [self.layout.network, "vae", "scheduler", *tokenizers, *(name for name, _ in self.texts)]
        files = [path for name in names for path in contents(self.directory / name)]
        return digest(self.directory, [self.directory / INDEX, *files])


def opened(directory: Path) -> Checkpoint:
    """Read the index of a folder and check that it is of a known layout.

    Raises FileNotFoundError without an index or a component, and CheckpointError for another
    pipeline or for components of other classes.
    """
    index = read_json(directory / INDEX)
    layout = LAYOUTS.get(str(index.get("_class_name")))
    if layout is None:
        known = ", ".join(LAYOUTS)
        raise CheckpointError(f"{INDEX} names {index.get('_class_name')}; known here are {known}")
    checkpoint = Checkpoint(directory, layout, index)
    wanted = ((layout.network, layout.network_class), ("vae", "AutoencoderKL"), *layout.texts)
    for component, kind in wanted:
        if checkpoint.has(component):
            _check(checkpoint, component, kind)
        elif component not in layout.optional:
            raise CheckpointError(f"{INDEX} names no {component}")
    return checkpoint


def tokenizer_of(text_encoder: str) -> str:
    """Return the tokenizer's component: text_encoder_2 is served by tokenizer_2."""
    return text_encoder.replace("text_encoder", "tokenizer")


def _check(checkpoint: Checkpoint, component: str, kind: str) -> None:
    named = checkpoint.index[component][1]
    if named != kind:
        raise CheckpointError(f"{component} is a {named}; a {checkpoint.layout.pipeline} has a {kind}")
    if not (checkpoint.directory / component).is_dir():
        raise FileNotFoundError(f"{checkpoint.directory / component} is missing")
