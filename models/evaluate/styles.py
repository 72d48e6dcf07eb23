"""Reads a picture's style, its family and weight, off the judge's features and how thick strokes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class StyleReader:
    """Linear discriminant analysis (Fisher 1936): names (K,), weights (d, K) and biases (K,)."""

    names: tuple[str, ...]
    weights: np.ndarray
    biases: np.ndarray

    def read(self, features: np.ndarray) -> list[str]:
        """Return the likeliest style of features (N, d)."""
        return [self.names[place] for place in (features @ self.weights + self.biases).argmax(1)]


def strokes(pictures: np.ndarray) -> np.ndarray:
    """Return how thick the ink of pictures (N, H, W, 3) uint8, black on white, is: (N, 22).

    Share of ink, length of edges, logarithm of the mean width, what is left of the ink after peeling
    one to eight pixels off its edge, and the squares of all these.
    """
    parts = np.array_split(pictures, max(1, len(pictures) // 128))
    found = np.concatenate([_thickness(1.0 - part.mean(3, dtype=np.float32) / 255.0) for part in parts])
    return np.concatenate([found, found**2], 1).astype(np.float64)


def _thickness(ink: np.ndarray) -> np.ndarray:
    total = ink.sum((1, 2)).clip(min=1e-3)
    across, down = np.diff(ink, axis=2)[:, :-1], np.diff(ink, axis=1)[:, :, :-1]
    edges = np.sqrt(across**2 + down**2).sum((1, 2)).clip(min=1e-3)
    columns, core = [total / ink[0].size, edges / ink[0].size, np.log(2.0 * total / edges)], ink
    for _ in range(8):
        sides = core[:, :-2, 1:-1], core[:, 2:, 1:-1], core[:, 1:-1, :-2], core[:, 1:-1, 2:]
        core = np.minimum.reduce([core[:, 1:-1, 1:-1], *sides])
        columns.append(core.sum((1, 2)) / total)
    return np.stack(columns, 1)


def fit_styles(features: np.ndarray, styles: Sequence[str], shrinkage: float = 1e-3) -> StyleReader:
    """Fit from features (N, d) of real pictures and their styles, with shares of styles as priors.

    Columns are brought to one scale, and the common covariance is mixed with `shrinkage` of the
    round one of the same total variance.
    """
    scale = features.std(0).clip(min=1e-9)
    features = features / scale
    names = tuple(sorted(set(styles)))
    labels = np.array([names.index(style) for style in styles])
    means = np.stack([features[labels == k].mean(0) for k in range(len(names))])
    spread = np.cov(features - means[labels], rowvar=False)
    roundness = np.trace(spread) / len(spread) * np.eye(len(spread))
    weights = np.linalg.solve((1 - shrinkage) * spread + shrinkage * roundness, means.T)  # (d, K)
    priors = np.bincount(labels, minlength=len(names)) / len(labels)
    return StyleReader(names, weights / scale[:, None], np.log(priors) - 0.5 * (means * weights.T).sum(1))
