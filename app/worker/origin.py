"""Finds what a picture begins from: the clean latent, the part of it that stays, and the pixels that stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from app.domain.engine import Pixels
from app.worker.latents import from_bytes, to_pictures

if TYPE_CHECKING:
    from torch import Tensor

    from app.domain.engine import Plane, Start
    from app.worker.system import System
    from app.worker.task import Task


@dataclass(frozen=True, slots=True)
class Origin:
    """The source's latent (C, h, w), and where it is drawn anew, (1, h, w) bool; None is everywhere."""

    clean: Tensor
    redrawn: Tensor | None = None

    def hold(self, denoised: Tensor) -> Tensor:
        """Put the source in the place of a denoised estimate (C, h, w) where it stays.

        Every sampler's update is linear with weights that keep `clean + sigma * noise` on its way, so
        a part whose estimate is always the source is, at each level, exactly the source noised to that
        level: what RePaint pastes in before each step (Lugmayr et al. 2022, eq. 8), with the noise that
        the sampler itself carries. Samplers that add noise (ancestral, churn) harmonise the border as
        its resampling does.
        """
        return denoised if self.redrawn is None else torch.where(self.redrawn, denoised, self.clean)


def origin_of(task: Task, system: System) -> Origin | None:
    """Return what a task begins from, None for noise alone. Raises ValueError for what does not fit it."""
    if task.start is None:
        if task.mask is not None:
            raise ValueError("a mask keeps part of a picture, and there is none")
        return None
    clean = _clean(task.start, task.shape, system)
    return Origin(clean, None if task.mask is None else _redrawn(task.mask, clean))


def pasted(drawn: Pixels, task: Task) -> Pixels:
    """Return a drawn picture in which what the mask keeps is the source to the byte, blended in between.

    A preview of another size is returned as it is.
    """
    if task.mask is None or task.start is None or task.start.pixels is None:
        return drawn
    source = task.start.pixels
    if (drawn.width, drawn.height) != (source.width, source.height):
        return drawn
    weight = _plane(task.mask).astype(np.uint32)[:, :, None]
    mixed = weight * to_pictures(drawn)[0] + (255 - weight) * to_pictures(source)[0]
    return Pixels(drawn.width, drawn.height, ((mixed + 127) // 255).astype(np.uint8).tobytes())


def _clean(start: Start, shape: tuple[int, int, int], system: System) -> Tensor:
    if start.latent is not None:
        return from_bytes(start.latent, shape)
    if start.pixels is None:
        raise ValueError("a start has a latent or pixels")
    clean = system.encode(to_pictures(start.pixels))[0]
    if tuple(clean.shape) != shape:
        raise ValueError(f"the source has a latent of {tuple(clean.shape)}, the picture one of {shape}")
    return clean


def _redrawn(mask: Plane, clean: Tensor) -> Tensor:
    """Return where any pixel of a latent position is drawn anew, (1, h, w)."""
    plane = torch.from_numpy((_plane(mask) > 0).astype(np.float32))
    height, width = clean.shape[1:]
    if mask.height % height or mask.width % width:
        raise ValueError(f"a mask of {mask.width} x {mask.height} does not fit {width} x {height} positions")
    fold = (mask.height // height, mask.width // width)
    return functional.max_pool2d(plane[None], fold, fold) > 0


def _plane(mask: Plane) -> np.ndarray:
    if len(mask.content) != mask.width * mask.height:
        raise ValueError(f"a mask of {mask.width} x {mask.height} has other than {len(mask.content)} bytes")
    return np.frombuffer(mask.content, dtype=np.uint8).reshape(mask.height, mask.width)
