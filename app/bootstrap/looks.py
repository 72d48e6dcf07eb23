"""Picks the encoder of pictures and words, and loads it behind the service's back."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput, TooLarge
from app.ingest.looks import opened
from app.ingest.pictures import PictureLimits, verify_picture
from models.catalog import shipped_encoders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from app.bootstrap.encoder import OnceEncoder
    from app.settings import Settings
    from models.types import DualEncoder

SHIPPED = "dual"
HEAD_BYTES = 1024 * 1024  # of each file, that its identity is taken from
LOGGER = logging.getLogger(__name__)


class LazyDual:
    """A dual encoder whose name and size are known now, and whose weights arrive when first asked for."""

    def __init__(self, name: str, dim: int, load: Callable[[], DualEncoder]) -> None:
        self.name = name
        self.dim = dim
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="dual-load")
        self._future = self._pool.submit(load)
        self._pool.shutdown(wait=False)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (len(texts), dim) float32 rows of unit length, comparable with those of pictures."""
        return self._future.result().encode_texts(texts)

    def encode_pictures(self, pictures: Sequence[Image]) -> npt.NDArray[np.float32]:
        """Return (len(pictures), dim) float32 rows of unit length."""
        return self._future.result().encode_pictures(pictures)


def make_image_encoder(settings: Settings, texts: OnceEncoder | None) -> LazyDual | None:
    """Return the encoder that the settings name, None for `none` and where the shipped one is not installed.

    The shipped one is made upon a text encoder: with `texts`, where that is the one, a query is encoded
    once for both. Raises InvalidInput when the path they name is no CLIP or SigLIP folder.
    """
    if settings.image_encoder == "none":
        return None
    if settings.image_encoder == SHIPPED:
        return _shipped(texts)
    folder = Path(settings.image_encoder)
    return LazyDual(_identity(folder), _dim_of(folder), lambda: _load_clip(folder))


def _shipped(texts: OnceEncoder | None) -> LazyDual | None:
    known = shipped_encoders()
    if not known:
        LOGGER.info("no shipped encoder of pictures: the image branch is off")
        return None
    folder = known[0].directory
    config = json.loads((folder / "dual.json").read_text())
    shared = texts if texts is not None and texts.name == config["text_encoder"] else None
    return LazyDual(_identity(folder), int(config["tower"]["dim"]), lambda: _load_shipped(folder, shared))


def _load_shipped(folder: Path, texts: OnceEncoder | None) -> DualEncoder:
    from models.encoders.dual import IconTextModel

    return IconTextModel.load(folder, texts)


def _load_clip(folder: Path) -> DualEncoder:
    from models.adapters.clip import ImageTextModel

    return ImageTextModel.load(folder)


def _dim_of(folder: Path) -> int:
    try:
        config = json.loads((folder / "config.json").read_text())
        kind = config["model_type"]
        return int(config["projection_dim"] if kind == "clip" else config["vision_config"]["hidden_size"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput("image_encoder", f"{folder} is no CLIP or SigLIP folder: {error}") from error


def _identity(folder: Path) -> str:
    """Return a name that changes when the folder's files do: vectors of another encoder are of no use."""
    sha = sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            with path.open("rb") as file:
                sha.update(f"{path.name} {path.stat().st_size} ".encode() + file.read(HEAD_BYTES))
    return f"{folder.name}@{sha.hexdigest()[:16]}"


def looker(encoder: LazyDual, settings: Settings) -> Callable[[bytes], npt.NDArray[np.float32]]:
    """Return what turns the bytes of a picture that a search brings into its vector, (dim,)."""
    limits = PictureLimits(settings.max_picture_bytes, settings.max_picture_pixels)

    def look(content: bytes) -> npt.NDArray[np.float32]:
        try:
            verify_picture(content, limits)
        except TooLarge as error:
            raise TooLarge("image", error.limit_bytes) from error
        except InvalidInput as error:
            raise InvalidInput("image", error.message) from error
        row: npt.NDArray[np.float32] = encoder.encode_pictures([opened(content)])[0]
        return row

    return look
