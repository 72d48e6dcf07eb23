"""What the table of pictures promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.app.store.rows import append, blob, gone, put

if TYPE_CHECKING:
    from app.store.store import Store


def test_kept_with_the_row(store: Store) -> None:
    """A blob is there when its row is acknowledged, byte for byte."""
    picture = blob(bytes(range(256)) * 100)
    append(store, put("a", "", picture))
    assert store.blobs.get(picture.digest) == picture
    assert store.blobs.get("0" * 64) is None


def test_same_content_twice(store: Store) -> None:
    """The same bytes may come with many rows and outlive the item that brought them."""
    picture = blob(b"same")
    append(store, put("a", "", picture), put("b", "", picture))
    append(store, put("c", "", picture), gone("a"))
    assert store.blobs.get(picture.digest) == picture
