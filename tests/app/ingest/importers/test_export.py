"""What is exported is the collection, exactly."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import Conflict
from app.domain.items import Item, Location
from app.ingest.importers.export import ExportReport, export_folder
from app.ingest.importers.folder import import_folder
from app.ingest.importers.report import ImportReport
from tests.app.ingest.importers.collection import Blobs, Collection, Heard
from tests.app.ingest.importers.pictures import picture

if TYPE_CHECKING:
    from pathlib import Path


def _put(collection: Collection, item_id: str, content: bytes | None, **fields: object) -> None:
    body = {"id": item_id} | fields
    if content is not None:
        kind = "image/png" if content.startswith(b"\x89PNG") else "image/webp"
        body |= {"picture": hashlib.sha256(content).hexdigest(), "media_type": kind}
    asyncio.run(collection.put_many([(Item.from_body(body), content)]))


def _collection() -> Collection:
    collection = Collection()
    _put(collection, "a/../b", picture(0), title="Ünï\u2028code \n", tags=["x", "y"], attributes={"n": 1})
    _put(collection, "same picture", picture(0), attributes={"file_name": "q", "tags": ["t"], "ok": True})
    _put(collection, "made", picture(2, "WEBP"), origin="generated", receipt={"seed": 7, "deep": {"a": [1]}})
    _put(collection, "text 文", None, text="words", language="zh", popularity=0.1, created_at=1.5e9 + 1 / 3)
    _put(collection, "place", None, location={"lat": 1.25, "lon": -3.5}, embedding=[0.1, -2.0], category="c")
    assert collection.items["place"].location == Location(1.25, -3.5)
    return collection


def test_round_trip(tmp_path: Path) -> None:
    """Exported and imported into an empty collection, every item and picture is the same."""
    collection, copy = _collection(), Collection()
    report = export_folder(collection, Blobs(collection), tmp_path / "out", Heard())
    assert report == ExportReport(items=5, pictures=3)
    assert asyncio.run(import_folder(tmp_path / "out", copy, copy, Heard())) == ImportReport(accepted=5)
    assert copy.items == collection.items
    assert copy.blobs == collection.blobs


def test_same_bytes_again(tmp_path: Path) -> None:
    """Two exports of one collection are the same files; equal pictures are written once."""
    collection = _collection()
    for name in ("one", "two"):
        export_folder(collection, Blobs(collection), tmp_path / name, Heard())
    files = [
        {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "one", tmp_path / "two")
    ]
    assert files[0] == files[1]
    assert len(files[0]) == 3


def test_never_over_another(tmp_path: Path) -> None:
    """A folder that holds metadata is left alone unless told otherwise; a damaged picture is mended."""
    collection = _collection()
    export_folder(collection, Blobs(collection), tmp_path, Heard())
    damaged = next((tmp_path / "pictures").rglob("*.png"))
    damaged.write_bytes(b"half")
    with pytest.raises(Conflict):
        export_folder(collection, Blobs(collection), tmp_path, Heard())
    export_folder(collection, Blobs(collection), tmp_path, Heard(), replace=True)
    assert damaged.read_bytes() == picture(0)


def test_lost_picture(tmp_path: Path) -> None:
    """An item whose picture is lost keeps its words, and the report names it."""
    collection = _collection()
    collection.blobs.pop(collection.items["made"].picture or "")
    heard = Heard()
    report = export_folder(collection, Blobs(collection), tmp_path, heard)
    assert report == ExportReport(items=5, pictures=2, missing=("made",))
    assert heard.calls[-1] == (5, 5)
    lines = [json.loads(line) for line in (tmp_path / "metadata.jsonl").read_text().split("\n") if line]
    assert [line["id"] for line in lines] == sorted(collection.items)
    assert "file_name" not in next(line for line in lines if line["id"] == "made")
