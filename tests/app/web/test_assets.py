"""The files of the page are read once and known by their content."""

from __future__ import annotations

import hashlib

from app.web.assets import MEDIA_TYPES, load_assets


def test_tags_tell_the_content() -> None:
    """Each file's tag is drawn from its bytes, so equal files have equal tags and others differ."""
    assets = load_assets()
    assert {"index.html", "style.css"} <= set(assets)
    for asset in assets.values():
        assert asset.etag == f'"{hashlib.sha256(asset.content).hexdigest()[:32]}"'
    assert len({asset.etag for asset in assets.values()}) == len(assets)


def test_kinds() -> None:
    """Only kinds that a browser is told about are sent."""
    for name, asset in load_assets().items():
        assert asset.media_type == MEDIA_TYPES[name.rpartition(".")[2]]
