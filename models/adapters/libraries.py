"""Imports diffusers and transformers when a folder first needs them, and says what to install."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

EXTRA = "pip install 'trouvere[diffusers]'"

# Where each class that a folder may name is defined; nothing else is ever imported for a folder.
CLASSES = {
    "AutoencoderKL": "diffusers.models.autoencoders.autoencoder_kl",
    "FluxTransformer2DModel": "diffusers.models.transformers.transformer_flux",
    "SD3Transformer2DModel": "diffusers.models.transformers.transformer_sd3",
    "UNet2DConditionModel": "diffusers.models.unets.unet_2d_condition",
    "AutoTokenizer": "transformers.models.auto.tokenization_auto",
    "CLIPImageProcessorPil": "transformers.models.clip.image_processing_pil_clip",
    "CLIPModel": "transformers.models.clip.modeling_clip",
    "CLIPTextModel": "transformers.models.clip.modeling_clip",
    "CLIPTextModelWithProjection": "transformers.models.clip.modeling_clip",
    "CLIPTokenizer": "transformers.models.clip.tokenization_clip",
    "SiglipImageProcessorPil": "transformers.models.siglip.image_processing_pil_siglip",
    "SiglipModel": "transformers.models.siglip.modeling_siglip",
    "T5EncoderModel": "transformers.models.t5.modeling_t5",
    "T5Tokenizer": "transformers.models.t5.tokenization_t5",
}


class AdapterMissing(ImportError):
    """The library that a folder's format belongs to is not installed; the message says how to get it."""


def found(name: str, importer: Callable[[str], ModuleType] = import_module) -> Any:
    """Return a class of CLASSES. Raises AdapterMissing when its library is not installed."""
    module = CLASSES[name]
    library = module.partition(".")[0]
    try:
        return getattr(importer(module), name)
    except ModuleNotFoundError as error:
        raise AdapterMissing(f"this folder needs {library}, and {error.name} is missing: {EXTRA}") from error
