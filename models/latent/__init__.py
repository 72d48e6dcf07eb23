"""Latents: the autoencoder, and the whole system around a denoiser."""

from models.latent.autoencoder import AutoencoderShape, ConvAutoencoder
from models.latent.system import LatentSystem

__all__ = ["AutoencoderShape", "ConvAutoencoder", "LatentSystem"]
