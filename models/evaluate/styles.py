"""Reads a picture's style, its family and weight, off the judge's features by a linear discriminant."""

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


def fit_styles(features: np.ndarray, styles: Sequence[str], shrinkage: float = 0.02) -> StyleReader:
    """Fit from features (N, d) of real pictures and their styles, with shares of styles as priors.

    The common covariance is mixed with `shrinkage` of the round one of the same total variance.
    """
    names = tuple(sorted(set(styles)))
    labels = np.array([names.index(style) for style in styles])
    means = np.stack([features[labels == k].mean(0) for k in range(len(names))])
    spread = np.cov(features - means[labels], rowvar=False)
    roundness = np.trace(spread) / len(spread) * np.eye(len(spread))
    weights = np.linalg.solve((1 - shrinkage) * spread + shrinkage * roundness, means.T)  # (d, K)
    priors = np.bincount(labels, minlength=len(names)) / len(labels)
    return StyleReader(names, weights, np.log(priors) - 0.5 * (means * weights.T).sum(1))
