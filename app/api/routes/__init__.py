"""One file a resource; each route reads, delegates and writes."""

from app.api.routes import (
    embeddings,
    events,
    experiments,
    images,
    items,
    jobs,
    models,
    operations,
    proofs,
    rankers,
    search,
    search_log,
    synonyms,
    trending,
    users,
)

# In the order of the reference. What is not here is neither served nor documented.
ROUTERS = (
    search.router,
    items.router,
    events.router,
    users.router,
    trending.router,
    synonyms.router,
    search_log.router,
    rankers.router,
    experiments.router,
    images.router,
    proofs.router,
    jobs.router,
    models.router,
    embeddings.router,
    operations.router,
)

__all__ = ["ROUTERS"]
