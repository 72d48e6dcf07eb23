"""Tells a ranker what was asked, from the request and what was understood of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ranking.features.scene import Asked

if TYPE_CHECKING:
    from app.domain.search import SearchRequest
    from app.search.encoding import Vector
    from app.search.types import Prepared


def asked_of(request: SearchRequest, prepared: Prepared, at: float, vector: Vector | None = None) -> Asked:
    """Return the question as features see it; `at` is seconds since the epoch, UTC, `vector` the query's."""
    near = request.near
    return Asked(
        query=prepared.query,
        stems=frozenset() if prepared.terms is None else frozenset(w.stem for w in prepared.terms.words),
        scripts=prepared.scripts,
        corrected=prepared.corrected,
        like=prepared.like is not None,
        at=at,
        user=request.user,
        session=request.session,
        device=request.device,
        device_kind=request.device_kind,
        near=None if near is None else (near.lat, near.lon),
        vector=vector,
        known=None if prepared.crowd is None else (prepared.crowd, prepared.person),
    )


def unit_of(request: SearchRequest) -> str:
    """Return who asks, as far as the request says: the user, else the session, the device, the query."""
    return request.user or request.session or request.device or request.query
