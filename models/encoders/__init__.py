"""Encoders from words to vectors."""

from models.encoders.minilm import EncoderMissing, MiniLM, packaged_model

__all__ = ["EncoderMissing", "MiniLM", "packaged_model"]
