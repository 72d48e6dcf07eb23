"""Sends the page and its files, under a policy that lets nothing else in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from app.domain.errors import NotFound
from app.web.assets import INDEX, load_assets

router = APIRouter(tags=["page"])

# Everything comes from this service; pictures also as bytes that the page itself holds.
POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' blob: data:; "
    "connect-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # Kept by the browser, and asked about each time: an upgrade shows at once, and costs one 304 a file.
    "Cache-Control": "no-cache",
}
IfNoneMatch = Annotated[str, Header(description="Tag of the version that is held already.")]


@router.get("/")
async def page(if_none_match: IfNoneMatch = "") -> Response:
    """Send the page that finds and makes pictures."""
    return _send(INDEX, if_none_match)


@router.get("/static/{name}")
async def static(name: str, if_none_match: IfNoneMatch = "") -> Response:
    """Send one of the page's own files."""
    return _send(name, if_none_match)


def _send(name: str, if_none_match: str) -> Response:
    asset = load_assets().get(name)
    if asset is None:
        raise NotFound("file of the page", name)
    headers = {**HEADERS, "ETag": asset.etag}
    if asset.etag in if_none_match or if_none_match.strip() == "*":
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
