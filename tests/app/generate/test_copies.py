"""A picture that is nearly one of the collection's is told so, by the collection's own measure."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.domain.engine import Pixels
from app.generate.copies import FEW, HELD_OUT, THRESHOLD_OF_FEW, Fingerprints, fingerprint

Color = tuple[int, int, int]


def pixels_of(picture: np.ndarray) -> Pixels:
    """Return an array (H, W, 3) as pixels."""
    return Pixels(picture.shape[1], picture.shape[0], picture.tobytes())


def icon(number: int, size: int = 64, ink: Color = (0, 0, 0), paper: Color = (255, 255, 255)) -> np.ndarray:
    """Return a drawing of its own for each number: a polygon with a hole."""
    corners = np.random.default_rng(number).uniform(0.1, 0.9, (6, 2)) * size * 4
    large = Image.new("RGB", (size * 4, size * 4), paper)
    pen = ImageDraw.Draw(large)
    pen.polygon([(float(x), float(y)) for x, y in corners], fill=ink)
    pen.ellipse([*(corners[0] - size / 4).tolist(), *(corners[0] + size / 4).tolist()], fill=paper)
    return np.asarray(large.resize((size, size), Image.Resampling.BOX))


def test_a_fingerprint_is_of_the_drawing_not_its_colours() -> None:
    """The same icon in other colours and at another size is nearly itself; another icon is not."""
    one = fingerprint(icon(100))
    same = fingerprint(icon(100, 128, ink=(250, 204, 21), paper=(23, 37, 84)))
    other = fingerprint(icon(4000))
    assert np.linalg.norm(one) == pytest.approx(1.0)
    assert one @ same > 0.98
    assert one @ other < 0.9
    assert not fingerprint(np.full((64, 64, 3), 9, np.uint8)).any()


def test_a_copy_is_named_and_a_stranger_is_not() -> None:
    """The nearest item is told with its similarity when it is near; blank paper is near nothing."""
    index = Fingerprints()
    for number in range(100, 120):
        index.put(f"icon/{number}", fingerprint(icon(number)))
    near = index.nearest(pixels_of(icon(107, ink=(220, 38, 38))))
    assert near is not None
    assert near.item == "icon/107"
    assert near.similarity >= THRESHOLD_OF_FEW
    assert index.nearest(pixels_of(icon(9000))) is None
    assert index.nearest(pixels_of(np.full((64, 64, 3), 9, np.uint8))) is None
    assert Fingerprints().nearest(pixels_of(icon(107))) is None


def test_what_is_removed_or_replaced_is_no_longer_found() -> None:
    """An item stands for its newest picture; of equals the first by id is named."""
    index = Fingerprints()
    for name in ("b", "a", "c"):
        index.put(name, fingerprint(icon(100)))
    wanted = pixels_of(icon(100))
    found = []
    for change in ("", "a", "b"):
        index.remove(change)
        near = index.nearest(wanted)
        found.append(None if near is None else near.item)
    index.put("c", fingerprint(icon(4000)))
    assert (found, index.nearest(wanted), len(index)) == (["a", "b", "c"], None, 1)


def test_the_threshold_is_the_rule_of_the_percentile() -> None:
    """It equals the 1st percentile of held-out distances, computed here from all pairs."""
    random = np.random.default_rng(1)
    rows = random.normal(size=(FEW * 3, 256)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = Fingerprints()
    for number, row in enumerate(rows):
        index.put(str(number), row)
    held = [int(sha256(str(n).encode()).hexdigest(), 16) % HELD_OUT == 0 for n in range(len(rows))]
    rest = rows[~np.array(held)]
    distances = [1 - max(float(row @ other) for other in rest) for row in rows[np.array(held)]]
    assert index.threshold == pytest.approx(1 - np.percentile(distances, 1.0), abs=1e-5)
