"""Trains the autoencoder and the denoiser from recipe files."""

from models.train.launch import KINDS, run

__all__ = ["KINDS", "run"]
