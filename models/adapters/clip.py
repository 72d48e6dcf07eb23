"""Reads a user's own CLIP or SigLIP folder as a dual encoder: pictures and words in one space."""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from models.adapters.folder import contents, digest, loaded, read_json
from models.adapters.libraries import found
from models.checkpoint import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType

    from PIL.Image import Image
    from torch import Tensor

# By `model_type` in config.json: the model and what prepares its pictures, with Pillow for all machines.
_KINDS = {
    "clip": ("CLIPModel", "CLIPImageProcessorPil"),
    "siglip": ("SiglipModel", "SiglipImageProcessorPil"),
}


class ImageTextModel:
    """The `DualEncoder` over transformers' CLIP (Radford et al. 2021) or SigLIP (Zhai et al. 2023).

    name: what the folder is called. dim: floats a vector. digest: sha256 of its files.

    Texts are padded, and cut, to the model's own length and every row is a call of its own, so equal
    input gives equal bits whoever shares the batch. May be called from several threads.
    """

    def __init__(
        self, model: Any, tokenizer: Any, processor: Any, *, name: str, digest: str, length: int, dim: int
    ) -> None:
        self.name, self.digest, self.dim = name, digest, dim
        self._model, self._tokenizer, self._processor = model, tokenizer, processor
        self._length = length
        self._lock = Lock()  # guards the tokenizer, whose padding is set for each call

    @classmethod
    def load(
        cls,
        directory: Path,
        *,
        device: str = "cpu",
        importer: Callable[[str], ModuleType] = import_module,
    ) -> ImageTextModel:
        """Load a folder in transformers' layout, from disk alone, as float32.

        It holds config.json, model.safetensors, preprocessor_config.json and the tokenizer's files.
        Raises FileNotFoundError for a missing file, CheckpointError for one that is not what it should
        be (pickles are never opened), and AdapterMissing when transformers is not installed.
        """
        kind = str(read_json(directory / "config.json").get("model_type"))
        if kind not in _KINDS:
            raise CheckpointError(f"config.json is of a {kind}; known here are {', '.join(_KINDS)}")
        source, preparer = (found(each, importer) for each in _KINDS[kind])
        model = loaded(source, directory, "model", dtype=torch.float32).to(device)
        processor = _read(preparer, directory, "preprocessor_config.json")
        tokenizer = _read(found("AutoTokenizer", importer), directory, "tokenizer_config.json")
        return cls(
            model,
            tokenizer,
            processor,
            name=directory.resolve().name,
            digest=digest(directory, contents(directory)),
            length=int(model.config.text_config.max_position_embeddings),
            dim=_dim(model.config),
        )

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (len(texts), dim) float32 rows of unit length."""
        return self._unit([self._text(text) for text in texts])

    def encode_pictures(self, pictures: Sequence[Image]) -> np.ndarray:
        """Return (len(pictures), dim) float32 rows of unit length; pictures of any size and mode."""
        return self._unit([self._picture(picture) for picture in pictures])

    def _text(self, text: str) -> Tensor:
        with self._lock:
            told = self._tokenizer(
                [text], padding="max_length", max_length=self._length, truncation=True, return_tensors="pt"
            )
        # SigLIP was trained to attend to its padding and its tokenizers give no mask; CLIP's causal
        # attention never sees what follows the end, so its mask changes nothing.
        ids = told.input_ids.to(self._model.device)
        with torch.inference_mode():
            vector: Tensor = self._model.get_text_features(input_ids=ids).pooler_output
        return vector

    def _picture(self, picture: Image) -> Tensor:
        pixels = self._processor(images=_opaque(picture), return_tensors="pt").pixel_values  # (1, 3, H, W)
        with torch.inference_mode():
            vector: Tensor = self._model.get_image_features(
                pixel_values=pixels.to(self._model.device, torch.float32)
            ).pooler_output
        return vector

    def _unit(self, rows: list[Tensor]) -> np.ndarray:
        vectors = np.zeros((len(rows), self.dim), dtype=np.float32)
        for i, row in enumerate(rows):
            vectors[i] = functional.normalize(row, dim=-1)[0].float().cpu().numpy()
        return vectors


def _opaque(picture: Image) -> Image:
    """Return the picture as RGB; what is transparent is seen on white, as pages show it."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    paper = layered.copy()
    paper.paste((255, 255, 255, 255), (0, 0, *layered.size))
    paper.alpha_composite(layered)
    return paper.convert("RGB")


def _dim(config: Any) -> int:
    """Return the width of the shared space: CLIP projects into it, SigLIP's towers end in it."""
    if config.model_type == "clip":
        return int(config.projection_dim)
    return int(config.vision_config.hidden_size)


def _read(source: Any, directory: Path, file: str) -> Any:
    if not (directory / file).is_file():
        raise FileNotFoundError(f"{directory / file} is missing")
    try:
        return source.from_pretrained(str(directory.resolve()), local_files_only=True)
    except ImportError:
        raise
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{directory.name} has no usable {file}: {error}") from error
