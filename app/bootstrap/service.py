"""Builds the use cases of one serving process from its settings."""

from __future__ import annotations

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from app.bootstrap.discover import make_discover
from app.bootstrap.experiments import Followed, make_experiments
from app.bootstrap.generator import make_generator
from app.bootstrap.looks import SHIPPED, looker
from app.bootstrap.ownership import Ownership
from app.bootstrap.people import open_people
from app.bootstrap.rankers import make_ranking
from app.bootstrap.tools import import_catalog, open_tools
from app.bootstrap.views import open_views
from app.domain.ids import random_ids
from app.ingest.events import EventWriter
from app.ingest.looks import IMAGE_SPACE, PICTURES_LANE
from app.ingest.synonyms import SynonymWriter
from app.ingest.vectors import TEXT_SPACE
from app.lifecycle import Lifecycle
from app.search.answers import Answers
from app.search.branches import make_branches
from app.search.branches.region import AroundBranch
from app.search.embeddings import Embeddings
from app.search.encoding import QueryEncoder
from app.search.fanout import Fanout
from app.search.items import Items
from app.search.looking import PictureQueries
from app.search.pages import Pages
from app.search.personal import PersonalColumns
from app.search.plan import Defaults, Planner
from app.search.service import Search
from app.search.suggest import Suggest
from app.search.users import Users
from app.services import Services
from app.telemetry.metrics import Metrics
from indexes.geo.popularity import Liked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.bootstrap.generator import Generator
    from app.bootstrap.people import PeopleOfLog
    from app.bootstrap.rankers import Ranking
    from app.bootstrap.tools import Tools
    from app.bootstrap.views import ViewsOfLog
    from app.search.people import People
    from app.settings import Settings

logger = logging.getLogger(__name__)

PINNED_BYTES = 256 * 1024 * 1024
PINNED_S = 600.0
KEPT_ITEMS = 20_000
ENGLISH = frozenset({"LATIN"})  # the scripts that the packaged encoder was trained on
# How loud a branch is beside others when a request says nothing: where somebody is, and how things look,
# support what was asked in words; a place alone says more than the order of the whole collection.
WEIGHTS = {
    "region": Defaults(0.5),
    "around": Defaults(0.3),
    "image": Defaults(0.3),
    "browse": Defaults(0.1),
    "behavior": Defaults(1.0, beside=0.2),
    "preference": Defaults(0.7, beside=0.15),
    "trending": Defaults(0.4),
}
REPORT_EVERY = 2_048


def build(settings: Settings) -> Services:
    """Return the use cases; nothing runs before `operations.start()`."""
    ownership = Ownership(settings.data)
    tools = open_tools(settings)
    views = open_views(tools, saves=ownership.is_owner)
    events = EventWriter(tools.store.log)
    followed = open_people(tools, saves=ownership.is_owner)
    people = followed.people(lambda: events.last_lsn)
    ranking = make_ranking(settings, tools, views, PersonalColumns(people, views.collection))
    trials = Followed(tools.store.log)
    around = AroundBranch(Liked(followed.activity, settings.event_weights))
    search = _search(settings, tools, views, ranking, people, trials, around)
    generator = None
    if ownership.is_owner:  # others pass what is about pictures on to the owner
        generator = make_generator(settings, tools, views, search.encoders.get(TEXT_SPACE))
    metrics = Metrics()
    services = Services(
        settings=settings,
        log=tools.store.log,
        documents=tools.store.documents,
        blobs=tools.store.blobs,
        items=tools.items,
        synonyms=SynonymWriter(tools.store.log, views.collection),
        events=events,
        search=search,
        answers=Answers(ranking.exposures, ranking.exposer),
        rankers=ranking.rankers,
        experiments=make_experiments(trials, tools.store.log, search, ranking),
        suggest=Suggest(views.collection, people),
        users=Users(people, views.collection, followed.forgotten),
        generation=None if generator is None else generator.generation,
        studio=None if generator is None else generator.studio,
        embeddings=Embeddings(views.encoder),
        discover=make_discover(views, search.encoders.get(TEXT_SPACE), generator),
        operations=_lifecycle(settings, tools, views, followed, ranking, trials, generator, ownership),
        metrics=metrics,
        text_dim=None if views.encoder is None else views.encoder.dim,
        ownership=ownership,
    )
    metrics.watch(services.operations.readings)
    return services


def _search(
    settings: Settings,
    tools: Tools,
    views: ViewsOfLog,
    ranking: Ranking,
    people: People,
    trials: Followed,
    around: AroundBranch,
) -> Search:
    pool = ThreadPoolExecutor(settings.branch_threads, thread_name_prefix="branch")
    branches = make_branches({name: field.metric for name, field in settings.vector_fields.items()})
    branches["around"] = around
    encoders = {}
    if views.queries is not None:
        encode = ThreadPoolExecutor(1, thread_name_prefix="encode")
        encoders[TEXT_SPACE] = QueryEncoder(views.queries, encode)
    scripts = {TEXT_SPACE: ENGLISH} if settings.encoder == "minilm" else {}
    pictures = None
    if views.looks is not None:
        see = ThreadPoolExecutor(1, thread_name_prefix="see")
        encoders[IMAGE_SPACE] = QueryEncoder(views.looks, see)
        pictures = PictureQueries(looker(views.looks, settings), see)
        if settings.image_encoder == SHIPPED:
            scripts[IMAGE_SPACE] = ENGLISH
    return Search(
        collection=views.collection,
        items=Items(tools.store.documents, pool, KEPT_ITEMS),
        encoders=encoders,
        planner=Planner(branches, frozenset(encoders), WEIGHTS, scripts=scripts),
        fanout=Fanout(branches, pool, time.perf_counter),
        pages=Pages(PINNED_BYTES, PINNED_S, time.monotonic),
        fusion=settings.fusion,
        clock=time.perf_counter,
        new_id=partial(next, random_ids()),
        pictures=pictures,
        people=people,
        ranking=ranking.stage,
        exposures=ranking.exposer,
        learned=ranking.learned,
        assignment=trials.assignment,
    )


def _lifecycle(
    settings: Settings,
    tools: Tools,
    views: ViewsOfLog,
    followed: PeopleOfLog,
    ranking: Ranking,
    trials: Followed,
    generator: Generator | None,
    ownership: Ownership,
) -> Lifecycle:
    async def close_views() -> None:
        views.close()
        tools.close()
        ownership.close()

    async def watch() -> None:
        views.maintenance.start()

    async def fill() -> None:
        def tell(done: int, total: int) -> None:
            if done == total or done % REPORT_EVERY == 0:
                logger.info("demo collection: %d of %d icons", done, total)

        await import_catalog(tools, tell, once=True)

    ends = [] if generator is None else [generator.close]
    return Lifecycle(
        replay=views.replay,
        starts=[
            watch,
            followed.open,
            ranking.open,
            trials.open,
            *([] if generator is None else [generator.open]),
        ],
        stops=[close_views, followed.close, ranking.close, trials.close, *ends],
        background=[fill] if settings.catalog == "icons" and ownership.is_owner else [],
        take_snapshot=lambda: _save(views, followed),
        waiting_for=lambda: _waiting_for(views),
        read_gauges=lambda: (
            _gauges(tools, views, ranking, generator)
            | {"trouvere_owner": float(ownership.is_owner), "trouvere_process": float(os.getpid())}
        ),
    )


def _save(views: ViewsOfLog, followed: PeopleOfLog) -> Path:
    followed.maintenance.save_now()
    return views.maintenance.save_now()


def _waiting_for(views: ViewsOfLog) -> Mapping[str, str]:
    progress = views.replay.progress()
    if progress.tail_done:
        return {}
    return {"log": f"row {progress.applied_lsn} of {progress.target_lsn} is applied"}


def _gauges(
    tools: Tools, views: ViewsOfLog, ranking: Ranking, generator: Generator | None
) -> dict[str, float]:
    progress = views.replay.progress()
    spaces = views.collection.spaces
    readings: dict[str, float] = {
        "items": views.collection.num_items,
        "vectors": len(spaces[TEXT_SPACE]) if TEXT_SPACE in spaces else 0,
        "log_lsn": tools.store.log.last_lsn(),
        "applied_lsn": progress.applied_lsn,
        "vectors_lsn": progress.vectors_lsn,
        "picture_vectors": len(spaces[IMAGE_SPACE]) if IMAGE_SPACE in spaces else 0,
        "pictures_lsn": views.replay.lsns().get(PICTURES_LANE, progress.applied_lsn),
        "exposures_dropped_total": ranking.exposer.num_dropped,
    }
    if generator is not None:
        readings |= generator.readings()
    return {f"trouvere_{name}": value for name, value in readings.items()}
