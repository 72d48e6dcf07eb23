"""Icons as vectors, drawn again as polygons to see what was kept."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from models.icons import Icon, load_icons, render_mask
from models.icons.render import Color, colorize
from models.vector import split, trace

pytest.importorskip("vtracer", reason="tracing needs vtracer")

SIZE = 128
ZOOM = 4
FINER = 4
NAMESPACE = "{http://www.w3.org/2000/svg}"
INK, PAPER = (200, 30, 60), (250, 245, 220)
NAMES = ["phosphor/horse/bold", "font-awesome/house/solid", "elusive/home/solid", "phosphor/heart/regular"]


@pytest.fixture(scope="module")
def icons() -> dict[str, Icon]:
    """All icons by id."""
    return {icon.id: icon for icon in load_icons()}


def drawn(icons: dict[str, Icon], name: str, ink: Color = INK, paper: Color = PAPER) -> np.ndarray:
    """An icon's pixels."""
    return np.asarray(colorize(render_mask(icons[name], SIZE), ink, paper))


def paths(svg: str) -> dict[str, str]:
    """Path data by fill."""
    root = ET.fromstring(svg)  # noqa: S314  # our own output
    assert root.tag == f"{NAMESPACE}svg"
    return {path.attrib["fill"]: path.attrib["d"] for path in root.iter(f"{NAMESPACE}path")}


def rasterised(data: str, width: int, height: int) -> np.ndarray:
    """Fill absolute M, L, C, Z path data by the even-odd rule, at ZOOM times the size; a mask."""
    # Pillow also fills the pixels that an outline only touches: drawn finer, that matters less.
    fine = ZOOM * FINER
    mask = Image.new("1", (width * fine, height * fine))
    for outline in data.split("M")[1:]:
        points: list[tuple[float, float]] = []
        for letter, body in re.findall(r"([MLC])([^MLCZ]*)", "M" + outline):
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", body)]
            corners = list(zip(numbers[::2], numbers[1::2], strict=True))
            points += _bezier(points[-1], *corners) if letter == "C" else corners
        layer = Image.new("1", mask.size)
        ImageDraw.Draw(layer).polygon([(x * fine - 0.5, y * fine - 0.5) for x, y in points], fill=1)
        mask = ImageChops.logical_xor(mask, layer)
    shares = np.asarray(mask).reshape(height * ZOOM, FINER, width * ZOOM, FINER).mean((1, 3))
    return np.asarray(shares >= 0.5)


def _bezier(*corners: tuple[float, float]) -> list[tuple[float, float]]:
    start, first, second, end = (np.array(corner) for corner in corners)
    steps = np.linspace(0, 1, 17)[1:, None]
    curve = (
        (1 - steps) ** 3 * start
        + 3 * (1 - steps) ** 2 * steps * first
        + 3 * (1 - steps) * steps**2 * second
        + steps**3 * end
    )
    return [(float(x), float(y)) for x, y in curve]


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two masks."""
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize("name", NAMES)
def test_the_outline_is_the_icon(icons: dict[str, Icon], name: str) -> None:
    """The filled path covers what the icon covers at four times the size, to 97 parts of a hundred."""
    large = render_mask(icons[name], SIZE).resize((SIZE * ZOOM,) * 2, Image.Resampling.BICUBIC)
    traced = rasterised(paths(trace(drawn(icons, name)))["#c81e3c"], SIZE, SIZE)
    assert overlap(traced, np.asarray(large) > 127) >= 0.97


def test_colours_are_those_of_the_picture(icons: dict[str, Icon]) -> None:
    """Paper is the border's colour and ink the other one, dark on light or light on dark."""
    assert list(paths(trace(drawn(icons, NAMES[0])))) == ["#faf5dc", "#c81e3c"]
    assert list(paths(trace(drawn(icons, NAMES[0], PAPER, INK)))) == ["#c81e3c", "#faf5dc"]


def test_the_view_is_the_picture_s_size(icons: dict[str, Icon]) -> None:
    """The viewBox counts pixels, width before height."""
    wide = np.asarray(Image.new("RGB", (40, 24), PAPER))
    assert 'viewBox="0 0 40 24"' in trace(wide)
    assert 'd="M0 0H40V24H0Z"' in trace(wide)
    assert ET.fromstring(trace(drawn(icons, NAMES[0]))).attrib["viewBox"] == "0 0 128 128"  # noqa: S314  # our own output


def test_holes_stay_open() -> None:
    """A ring is traced with its hole, in the right place to half a pixel."""
    picture = Image.new("RGB", (SIZE, SIZE), PAPER)
    ImageDraw.Draw(picture).ellipse((20, 20, 107, 107), fill=INK)
    ImageDraw.Draw(picture).ellipse((44, 44, 83, 83), fill=PAPER)
    traced = rasterised(paths(trace(np.asarray(picture)))["#c81e3c"], SIZE, SIZE)
    assert not traced[256, 256]
    assert traced[256, 32 * ZOOM]
    rows, columns = np.nonzero(traced)
    assert [rows.min(), rows.max() + 1, columns.min(), columns.max() + 1] == pytest.approx(
        [80, 432] * 2, abs=2
    )


def test_soft_noise_is_not_ink(icons: dict[str, Icon]) -> None:
    """Noise of a decoder moves the outline by less than three parts of a hundred, and adds no specks."""
    clean = drawn(icons, NAMES[1])
    noise = np.random.default_rng(0).normal(0, 8, clean.shape)
    noisy = (clean + noise).round().clip(0, 255).astype(np.uint8)
    fill = next(fill for fill in paths(trace(noisy)) if fill[1] == "c")
    one = rasterised(paths(trace(noisy))[fill], SIZE, SIZE)
    assert overlap(one, rasterised(paths(trace(clean))["#c81e3c"], SIZE, SIZE)) >= 0.97


def test_the_same_pixels_give_the_same_text(icons: dict[str, Icon]) -> None:
    """Tracing is a function, and its text is small."""
    first = trace(drawn(icons, NAMES[0]))
    assert trace(drawn(icons, NAMES[0])) == first
    assert len(first) < 12000


def test_paper_may_be_left_out(icons: dict[str, Icon]) -> None:
    """A transparent tracing holds the ink alone."""
    assert list(paths(trace(drawn(icons, NAMES[0]), transparent=True))) == ["#c81e3c"]


def test_a_blank_picture_is_paper_alone() -> None:
    """One colour has no ink."""
    assert paths(trace(np.full((8, 8, 3), 77, dtype=np.uint8))) == {"#4d4d4d": "M0 0H8V8H0Z"}


def test_cover_is_the_share_of_ink() -> None:
    """A pixel a quarter of the way from paper to ink is a quarter ink."""
    pixels = np.full((9, 9, 3), 200, dtype=np.uint8)
    pixels[3:6, 3:6] = 0
    pixels[4, 6] = 150
    found = split(pixels)
    assert (found.ink, found.paper) == ((0, 0, 0), (200, 200, 200))
    assert found.cover[4, 4:8].tolist() == [1.0, 1.0, 0.25, 0.0]


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 4), (0, 8, 3)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    """Pixels are rows of RGB."""
    with pytest.raises(ValueError, match="pixels are"):
        trace(np.zeros(shape, dtype=np.uint8))
