"""Tells how well a collection covers a query: the log density of the query's vector, and its percentile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from models.checkpoint import read_config
from models.flow.flow import Flow, load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COVERAGE_FILE = "coverage.json"


class Coverage:
    """A flow with the densities it gives to wording of the collection that it was not trained on.

    text_encoder: name of the encoder whose vectors it reads. dim: floats a vector. quantiles: log
    densities in nats, evenly spaced in probability from 0 to 1, rising. A row is computed alone, so
    its bits never depend on who shares the batch.
    """

    def __init__(self, flow: Flow, text_encoder: str, quantiles: Sequence[float] | np.ndarray) -> None:
        self._flow = flow
        self.text_encoder = text_encoder
        self.dim = flow.shape.dim
        self.quantiles = np.asarray(quantiles, dtype=np.float64)

    @classmethod
    def load(cls, folder: Path) -> Coverage:
        """Load flow.safetensors, flow.json and coverage.json from a folder.

        Raises FileNotFoundError for a missing file and CheckpointError for one of another format.
        """
        config = read_config(folder / COVERAGE_FILE)
        return cls(load(folder), str(config["text_encoder"]), config["quantiles"])

    @staticmethod
    def shipped_in(folder: Path) -> bool:
        """Tell whether a model's folder has a coverage."""
        return (folder / COVERAGE_FILE).is_file()

    def log_density(self, vectors: np.ndarray) -> np.ndarray:
        """Return the log density of vectors (B, dim) in nats, (B,) float64.

        Vectors are brought to unit length; the density is per unit of area on their sphere. Raises
        ValueError for vectors of another width.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise ValueError(f"vectors are (B, {self.dim}), not {vectors.shape}")
        rows = functional.normalize(torch.from_numpy(np.array(vectors, dtype=np.float32)), dim=1)
        result = np.zeros(len(rows))
        with torch.inference_mode():
            for i, row in enumerate(rows):
                result[i] = float(self._flow.log_prob(row[None]))
        return result

    def percentile(self, log_density: np.ndarray) -> np.ndarray:
        """Return the share of the collection's held-out wording that is less dense, 0 to 1, (B,)."""
        chances = np.linspace(0.0, 1.0, len(self.quantiles))
        shares: np.ndarray = np.interp(log_density, self.quantiles, chances)
        return shares

    def threshold(self, share: float) -> float:
        """Return the log density below which a share, 0 to 1, of the held-out wording lies."""
        return float(np.interp(share, np.linspace(0.0, 1.0, len(self.quantiles)), self.quantiles))
