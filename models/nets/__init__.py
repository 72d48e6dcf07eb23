"""Networks that estimate a clean latent from a noisy one."""

from models.nets.denoiser import LatentDenoiser
from models.nets.dit import DiffusionTransformer, TransformerShape

__all__ = ["DiffusionTransformer", "LatentDenoiser", "TransformerShape"]
