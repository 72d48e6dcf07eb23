"""The demo icons become items with pictures."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from app.domain.errors import InvalidInput
from app.ingest.importers.icons import PICTURE_SIZE, draw, icon_item, icons_fingerprint, import_icons
from app.ingest.importers.marker import Marker
from app.ingest.importers.report import ImportReport
from models.icons import load_icons, render_picture
from tests.app.ingest.importers.collection import Collection, Heard

if TYPE_CHECKING:
    from pathlib import Path

    from models.icons import Icon


@pytest.fixture(scope="module")
def icons() -> list[Icon]:
    """Every fiftieth icon, of all families."""
    return load_icons()[::50]


def _import(icons: list[Icon], collection: Collection, marker: Marker | None = None) -> ImportReport:
    with ThreadPoolExecutor(1) as executor:
        return asyncio.run(import_icons(icons, executor, collection, collection, Heard(), marker=marker))


def test_pictures(icons: list[Icon]) -> None:
    """Each picture is the icon in black on white, and small."""
    pictures = draw(icons)
    for icon, picture in zip(icons, pictures, strict=True):
        drawn = Image.open(io.BytesIO(picture)).convert("RGB")
        asked = render_picture(icon, PICTURE_SIZE, (0, 0, 0), (255, 255, 255))
        assert drawn.size == (PICTURE_SIZE, PICTURE_SIZE)
        assert ImageChops.difference(drawn, asked).getextrema() == ((0, 0),) * 3
    assert sum(map(len, pictures)) / len(pictures) < 1_500


def test_fields() -> None:
    """An icon's words, family and facts are where a search looks for them."""
    icons = {icon.id: icon for icon in load_icons()}
    item, blob = icon_item(icons["phosphor/horse/bold"], draw([icons["phosphor/horse/bold"]])[0])
    assert (item.id, item.title, item.category) == ("phosphor/horse/bold", "horse", "Phosphor")
    assert item.tags == ("horse", "phosphor", "bold")
    attributes = dict(item.attributes)
    assert isinstance(attributes.pop("codepoint"), int)
    assert attributes == {"concept": "horse", "family": "Phosphor", "weight": "bold", "brand": False}
    assert (item.picture, item.media_type) == (blob.digest, "image/png")
    assert (item.created_at, item.popularity) == (None, None)
    logo = next(icon for icon in icons.values() if icon.brand)
    assert "brand" in icon_item(logo, draw([logo])[0])[0].tags


def test_resumes(icons: list[Icon]) -> None:
    """An import cut short is completed by the next, which writes only the rest."""
    collection = Collection()
    assert _import(icons[:100], collection) == ImportReport(accepted=100)
    assert _import(icons, collection) == ImportReport(accepted=len(icons) - 100, unchanged=100)
    assert sorted(collection.items) == sorted(icon.id for icon in icons)
    assert _import(icons, collection) == ImportReport(unchanged=len(icons))


def test_marker_spares_the_work(icons: list[Icon], tmp_path: Path) -> None:
    """After a whole import nothing is drawn or written again, until the icons change."""
    some, marker, collection = icons[:20], Marker(tmp_path / "icons.json"), Collection()
    assert _import(some, collection, marker) == ImportReport(accepted=20)
    collection.items.pop(some[0].id)
    assert _import(some, collection, marker) == ImportReport(unchanged=20)
    assert some[0].id not in collection.items
    assert _import(icons[:21], collection, marker) == ImportReport(accepted=2, unchanged=19)


def test_no_marker_after_rejections(icons: list[Icon], tmp_path: Path) -> None:
    """An import that lost entries is not marked as done."""
    marker = Marker(tmp_path / "icons.json")
    report = _import(icons[:3], Collection(refuse={icons[1].id: InvalidInput("id", "no")}), marker)
    assert [(r.line, r.id) for r in report.rejected] == [(2, icons[1].id)]
    assert not marker.holds(icons_fingerprint(icons[:3]))
