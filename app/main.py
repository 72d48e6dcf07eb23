"""The only door: `create_app(settings)` gives the ASGI application of one process."""

from __future__ import annotations

import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from app import __version__
from app.api import errors
from app.api.auth import KeyGuard
from app.api.door import Door
from app.api.forward import Forward
from app.api.limits import BodyLimit, ConnectionLimit
from app.api.observe import Observer
from app.api.routes import ROUTERS, search
from app.api.schemas.items import ToldItems
from app.api.schemas.search import SearchBody
from app.bootstrap import build
from app.web.routes import router as page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.services import Services
    from app.settings import Settings


TOLD_ITEMS = 20_000


def create_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """Return the application; `services` replaces what bootstrap would build."""
    built = services or build(settings)

    @asynccontextmanager
    async def lifespan(started: FastAPI) -> AsyncIterator[None]:
        await built.operations.start()
        # What is in memory now stays: looking through it again and again would hold up answers.
        gc.collect()
        gc.freeze()
        try:
            async with built.ownership.serving(started):
                yield
        finally:
            await built.operations.stop()

    app = FastAPI(
        title="Trouvere",
        version=__version__,
        summary="Finds the picture you ask for, or makes it.",
        lifespan=lifespan,
    )
    app.state.services = built
    app.state.told_items = ToldItems(TOLD_ITEMS)
    for router in (page, *ROUTERS):
        app.include_router(router)
    errors.install(app)
    _wrap(app, settings, built)
    return app


def _wrap(app: FastAPI, settings: Settings, services: Services) -> None:
    """Put the layers around the routes, innermost first."""
    (route,) = (one for one in search.router.routes if getattr(one, "endpoint", None) is search.search)
    app.add_middleware(Door, path=search.PATH, shape=SearchBody, answer=search.search, route=route)
    if not services.ownership.is_owner and settings.model != "none":
        app.add_middleware(
            Forward,
            door=services.ownership.door,
            limit_bytes=settings.max_body_bytes,
            decided=services.experiments.make_pictures,
        )
    app.add_middleware(BodyLimit, limit_bytes=settings.max_body_bytes)
    if settings.api_keys:
        app.add_middleware(KeyGuard, keys=settings.keys)
    app.add_middleware(ConnectionLimit, limit=settings.max_connections)
    app.add_middleware(Observer, metrics=services.metrics)
