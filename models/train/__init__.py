"""Trains every network that ships, each from a recipe file."""

from models.train.launch import KINDS, run

__all__ = ["KINDS", "run"]
