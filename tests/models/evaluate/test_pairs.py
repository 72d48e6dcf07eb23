"""Pairs are judged among hard negatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.evaluate.judge import Judge, Looks
from models.evaluate.pairs import AMONG, CLUSTER, grouped, judged, prompt_of, style_of
from models.evaluate.styles import StyleReader
from models.icons import Icon

if TYPE_CHECKING:
    from collections.abc import Sequence


class Perfect(Judge):
    """A judge to whom a picture is its caption: features are one-hot, and titles are met by any style."""

    def __init__(self, icons: list[Icon]) -> None:
        self.captions = [prompt_of(icon) for icon in icons]
        self.titles = [icon.title for icon in icons]

    def pictures(self, features: np.ndarray) -> np.ndarray:
        """Return the features."""
        return features

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return 1 where the text is the caption, or the title, of an icon."""
        known = zip(self.captions, self.titles, strict=True)
        rows = [list(pair) for pair in known]
        return np.array([[float(text in row) for row in rows] for text in texts])


def _icons(count: int) -> list[Icon]:
    weights = ("bold", "thin")
    return [Icon("Phosphor", f"thing-{i // 2}", weights[i % 2], i, False, "f.ttf") for i in range(count)]


def _looks(features: np.ndarray) -> Looks:
    return Looks(features, np.zeros((len(features), 0)))


def _reader(icons: list[Icon]) -> StyleReader:
    names = ("Phosphor bold", "Phosphor thin")
    weights = np.array([[float(style_of(icon) == name) for name in names] for icon in icons])
    return StyleReader(names, weights, np.zeros(2))


def test_what_is_right_counts_and_what_is_not_does_not() -> None:
    """The icons themselves are right in everything; those of the other weight in concept alone."""
    icons = _icons(AMONG)
    judge, reader, same = Perfect(icons), _reader(icons), np.eye(AMONG)
    right = judged(icons, _looks(same), judge, reader)
    assert [s.value for s in (right.first, right.concept, right.style, right.both)] == [1.0] * 4
    swapped = same.reshape(-1, 2, AMONG)[:, ::-1].reshape(AMONG, AMONG)
    other = judged(icons, _looks(swapped), judge, reader)
    assert [s.value for s in (other.first, other.concept, other.style, other.both)] == [0.0, 1.0, 0.0, 0.0]


def test_titles_alike_share_a_group() -> None:
    """Rows around the same direction end up side by side; whole groups alone are kept."""
    kinds = np.repeat(np.arange(44), CLUSTER)
    vectors = np.eye(44)[kinds]
    icons = _icons(len(kinds))
    mixed = np.random.default_rng(1).permutation(len(kinds))
    order = grouped([icons[i] for i in mixed], vectors[mixed])
    assert len(order) == 2 * AMONG
    kind = {icon.id: int(k) for icon, k in zip(icons, kinds, strict=True)}
    for start in range(0, len(order), CLUSTER):
        assert len({kind[icon.id] for icon in order[start : start + CLUSTER]}) == 1
