"""Tells what is nearer to a training picture than real pictures that were held out ever are."""

from __future__ import annotations

import numpy as np

from models.evaluate.shares import Share, share_of

NEAREST = 0.01  # quantile of held-out-to-train distances below which a sample counts as a copy


def nearest_distances(rows: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """Return each row's Euclidean distance (N,) to the nearest of the trained rows, (N, d) and (M, d)."""
    square = (trained**2).sum(1)
    parts = np.array_split(rows, max(1, len(rows) // 256))
    found = [((part**2).sum(1)[:, None] + square - 2.0 * part @ trained.T).min(1) for part in parts]
    distances: np.ndarray = np.sqrt(np.concatenate(found).clip(min=0.0))
    return distances


def copy_rates(samples: np.ndarray, held_out: np.ndarray, trained: np.ndarray) -> tuple[Share, Share]:
    """Return the share of samples that are copies, and that of real held-out pictures: the floor.

    The limit is the 1st percentile of the distances of one half of the held-out rows; the other half
    gives the floor, so that it is not one percent by construction.
    """
    known = nearest_distances(held_out, trained)
    limit = np.quantile(known[::2], NEAREST)
    return share_of(nearest_distances(samples, trained) < limit), share_of(known[1::2] < limit)
