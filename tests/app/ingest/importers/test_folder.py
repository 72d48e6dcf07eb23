"""A folder of pictures with its metadata becomes items."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import NotFound
from app.ingest.importers.folder import import_folder
from app.ingest.importers.report import ImportReport
from tests.app.ingest.importers.collection import Collection, Heard
from tests.app.ingest.importers.pictures import picture

if TYPE_CHECKING:
    from pathlib import Path


def _write(folder: Path, *lines: dict[str, Any] | str) -> None:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "metadata.jsonl").write_text("\n".join(texts) + "\n", encoding="utf-8")


def _import(folder: Path, collection: Collection) -> tuple[ImportReport, Heard]:
    heard = Heard()
    return asyncio.run(import_folder(folder, collection, collection, heard)), heard


def test_pictures_and_texts(tmp_path: Path) -> None:
    """Lines with a file are pictures, lines without are texts, other fields are attributes."""
    (tmp_path / "a.png").write_bytes(picture())
    _write(
        tmp_path, {"file_name": "a.png", "text": "a square", "color": "black"}, {"id": "t", "title": "words"}
    )
    collection = Collection()
    report, heard = _import(tmp_path, collection)
    assert report == ImportReport(accepted=2)
    assert heard.calls[-1] == (2, 2)
    item = collection.items["a.png"]
    assert (item.text, item.attributes, item.media_type) == ("a square", {"color": "black"}, "image/png")
    assert collection.blobs[item.picture or ""].content == picture()
    assert collection.items["t"].picture is None


def test_bad_lines_are_reported(tmp_path: Path) -> None:
    """Each bad line is named with its number, id and reason; all others are taken."""
    (tmp_path.parent / "secret.png").write_bytes(picture())
    _write(
        tmp_path,
        {"id": "one", "title": "1"},
        "{not json",
        "",
        {"id": "four", "file_name": "../secret.png"},
        {"id": "five", "tags": "red"},
        {"id": "six", "title": "6"},
    )
    collection = Collection()
    report, _ = _import(tmp_path, collection)
    assert sorted(collection.items) == ["one", "six"]
    assert [(r.line, r.id) for r in report.rejected] == [(2, None), (4, "four"), (5, "five")]
    assert "outside" in report.rejected[1].error
    assert report.rejected[2].error.startswith("tags: ")


def test_changed_picture_is_written_again(tmp_path: Path) -> None:
    """An unchanged folder writes nothing; a picture drawn anew under its name is written."""
    (tmp_path / "a.png").write_bytes(picture(0))
    (tmp_path / "b.png").write_bytes(picture(1))
    _write(tmp_path, {"file_name": "a.png"}, {"file_name": "b.png"})
    collection = Collection()
    _import(tmp_path, collection)
    assert _import(tmp_path, collection)[0] == ImportReport(unchanged=2)
    (tmp_path / "b.png").write_bytes(picture(2))
    assert _import(tmp_path, collection)[0] == ImportReport(accepted=1, unchanged=1)
    assert collection.blobs[collection.items["b.png"].picture or ""].content == picture(2)


def test_no_metadata(tmp_path: Path) -> None:
    """A folder without metadata is named as missing it."""
    with pytest.raises(NotFound, match=r"metadata\.jsonl"):
        _import(tmp_path, Collection())
