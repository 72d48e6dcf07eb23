"""Styles are read off by a linear discriminant."""

from __future__ import annotations

import numpy as np

from models.evaluate.styles import fit_styles, strokes


def test_it_is_the_bayes_rule_of_gaussians() -> None:
    """Two classes of one covariance are parted where their densities, weighted by shares, are equal."""
    random = np.random.default_rng(0)
    mix = np.array([[1.0, 0.8], [0.0, 0.6]])
    means = {"a": np.array([0.0, 0.0]), "b": np.array([1.5, -1.0])}
    styles = ["a"] * 30_000 + ["b"] * 10_000
    rows = np.stack([means[s] for s in styles]) + random.standard_normal((40_000, 2)) @ mix
    reader = fit_styles(rows, styles, shrinkage=0.0)
    inverse = np.linalg.inv(mix.T @ mix)

    def density(x: np.ndarray, mean: np.ndarray) -> np.ndarray:
        result: np.ndarray = -0.5 * ((x - mean) @ inverse * (x - mean)).sum(1)
        return result

    fresh = random.standard_normal((500, 2)) * 2
    margin = density(fresh, means["b"]) + np.log(0.25) - density(fresh, means["a"]) - np.log(0.75)
    clear = np.abs(margin) > 0.4
    wanted = np.where(margin > 0, "b", "a")
    assert (np.array(reader.read(fresh))[clear] == wanted[clear]).all()


def test_thicker_bars_are_thicker() -> None:
    """The mean width of a bar is its width, whatever its length, and eight peels leave the thickest alone."""
    bars = np.full((3, 64, 64, 3), 255, np.uint8)
    for picture, width in zip(bars, (2, 6, 24), strict=True):
        picture[8:56, 10 : 10 + width] = 0
    found = strokes(bars)
    assert found.shape == (3, 22)
    assert np.allclose(np.exp(found[:, 2]), [2, 6, 24], rtol=0.4)
    assert (found[:, 10] > 0).tolist() == [False, False, True]
    assert np.allclose(found[:, 11:], found[:, :11] ** 2)
