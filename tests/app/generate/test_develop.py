"""Pixels become a file, its record and an item that a search finds."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from app.domain.engine import EngineEvent, Pixels
from app.domain.items import Item
from app.domain.jobs import EventType, Job, Status
from app.generate import develop
from tests.app.generate.studio import drawn, request

EVENT = EngineEvent("j", EventType.IMAGE, 1, 3, 3, drawn(8), 5, "stop")


def job_of(**fields: object) -> Job:
    """Return a running job."""
    return Job("j", request(**{"size": "4x4", **fields}), Status.RUNNING, 12.0)


def test_a_finished_picture_is_file_record_and_item() -> None:
    """The digest is the file's, the record names the item, the item survives the log."""
    made = develop.finished(job_of(prompt=" a red horse "), EVENT, "abc")
    assert made.blob.digest == hashlib.sha256(made.blob.content).hexdigest() == made.picture.digest
    assert (made.picture.index, made.picture.item) == (1, "generated/j/1")
    assert (made.evaluations, made.rows) == (3, 5)
    assert made.item is not None
    assert (made.item.title, made.item.tags, made.item.created_at) == ("a red horse", (), 12.0)
    assert Item.from_body(made.item.to_body()) == made.item


def test_files_depend_on_the_request_alone() -> None:
    """Another job with the same request and seed has the same bytes."""
    other = Job("another", job_of().request, Status.RUNNING, 99.0)
    assert develop.finished(other, EVENT, "abc").blob == develop.finished(job_of(), EVENT, "abc").blob


@pytest.mark.parametrize(("name", "kind"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_format_and_size_are_as_asked(name: str, kind: str) -> None:
    """The file is of the format and size of the request; a small preview is brought to that size."""
    job = job_of(format=name, size="16x16")
    made = develop.finished(job, EVENT, None)
    shown, media_type = develop.preview(job.request, Pixels(1, 1, b"\x80\x80\x80"))
    for content in (made.blob.content, shown):
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.size) == (kind, (16, 16))
    assert made.blob.media_type == media_type == f"image/{name}"


def test_a_picture_without_pixels_is_a_mistake() -> None:
    """An image event always has pixels."""
    with pytest.raises(ValueError, match="pixels"):
        develop.finished(job_of(), EngineEvent("j", EventType.IMAGE, 0), None)
