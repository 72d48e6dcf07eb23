"""Loads the views from the last good snapshot and has them follow the log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.bootstrap.encoder import OnceEncoder, make_encoder
from app.bootstrap.looks import make_image_encoder
from app.bootstrap.people import catch_up_people
from app.bootstrap.tools import open_tools
from app.bootstrap.workspace import Workspace
from app.domain.items import own_space
from app.ingest.looks import IMAGE_SPACE, PICTURES_LANE, PictureVectors
from app.ingest.maintenance import Maintenance, SnapshotPolicy
from app.ingest.own import OWN_LANE, OwnVectors
from app.ingest.replay import Replay, SideLane
from app.ingest.vectors import TEXT_SPACE
from app.store.snapshots import SnapshotFolder
from app.store.vectors import SqlVectorCache
from indexes.collection import Collection, CollectionConfig
from indexes.dense.space import SpaceConfig

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.bootstrap.encoder import LazyEncoder
    from app.bootstrap.looks import LazyDual
    from app.bootstrap.tools import Tools
    from app.ingest.importers import Progress
    from app.settings import Settings

POLL_S = 0.25

# Pictures lie apart: of the demo collection's nearest ten to 300 queries in words this width finds .9997.
PICTURES_EF = 128


@dataclass(frozen=True, slots=True)
class ViewsOfLog:
    """The views of one process with what keeps them up to date."""

    collection: Collection
    replay: Replay
    maintenance: Maintenance
    encoder: LazyEncoder | None
    queries: OnceEncoder | None
    looks: LazyDual | None
    cache: SqlVectorCache
    workspace: Workspace

    def close(self) -> None:
        """Stop following the log, take a last snapshot, and let go of the files."""
        self.replay.stop()
        self.maintenance.stop()
        self.collection.close()
        self.cache.close()
        self.workspace.close()


def open_views(tools: Tools, *, anew: bool = False, saves: bool = True) -> ViewsOfLog:
    """Load the newest good snapshot, or begin with nothing when there is none or `anew` is set.

    Without `saves` snapshots are another process's to take.
    """
    settings = tools.settings
    encoder = make_encoder(settings)
    workspace = Workspace(settings.data / "working")
    queries = None if encoder is None else OnceEncoder(encoder)
    looks = make_image_encoder(settings, queries)
    config = CollectionConfig(spaces=_spaces(settings, encoder, looks), working_directory=workspace.views)
    # Vectors of another encoder are of no use: a snapshot is bound to the encoder as well as to the log.
    made_with = f"{tools.store.log_id}/{'none' if encoder is None else encoder.name}"
    snapshots = SnapshotFolder(settings.data / "snapshots", made_with, time.time)
    last_lsn = tools.store.log.last_lsn()
    loaded = snapshots.load(lambda path: Collection.load(path, config), last_lsn)
    fresh = anew or loaded.views is None
    collection = Collection(config) if fresh or loaded.views is None else loaded.views
    cache = SqlVectorCache(settings.data / "vectors.db")
    lsns = {} if fresh else loaded.lsns
    lanes = _lanes(tools, collection, looks, cache, lsns)
    replay = Replay(tools.store.log, collection, encoder, cache, lsns, others=lanes)
    policy = SnapshotPolicy(every_rows=settings.snapshot_rows)
    maintenance = Maintenance(replay, collection, snapshots, time.monotonic, policy, saves=saves)
    return ViewsOfLog(collection, replay, maintenance, encoder, queries, looks, cache, workspace)


def _spaces(
    settings: Settings, encoder: LazyEncoder | None, looks: LazyDual | None
) -> dict[str, SpaceConfig]:
    """Return the spaces of text, of pictures, and of every vector field."""
    spaces = {} if encoder is None else {TEXT_SPACE: SpaceConfig(dim=encoder.dim)}
    if looks is not None:
        spaces[IMAGE_SPACE] = SpaceConfig(dim=looks.dim, made_with=looks.name, small_ef=PICTURES_EF)
    own = {
        own_space(name): SpaceConfig(dim=field.dim, metric=field.metric)
        for name, field in settings.vector_fields.items()
    }
    return spaces | own


def _lanes(
    tools: Tools,
    collection: Collection,
    looks: LazyDual | None,
    cache: SqlVectorCache,
    lsns: Mapping[str, int],
) -> list[SideLane]:
    """Return the lanes of vector fields and of pictures, each where the snapshot's spaces end."""
    lanes = []
    if fields := tools.settings.vector_fields:
        own = OwnVectors(collection, {name: field.dim for name, field in fields.items()})
        lanes.append(SideLane(OWN_LANE, own, own.start_lsn(), "vectors"))
    if looks is not None:
        seen = PictureVectors(collection, looks, tools.store.blobs, cache)
        # A space that begins anew has LSN 0, whatever the lane had done with another encoder.
        known = collection.vector_lsn(IMAGE_SPACE)
        start = max(known, lsns.get(PICTURES_LANE, 0)) if known else 0
        lanes.append(SideLane(PICTURES_LANE, seen, start, "pictures"))
    return lanes


def catch_up(settings: Settings, progress: Progress, *, anew: bool) -> Path:
    """Apply the log to its end, from the last snapshot or `anew`, and return a new snapshot's folder."""
    tools = open_tools(settings)
    views = open_views(tools, anew=anew)
    try:
        views.replay.start()
        last_lsn = tools.store.log.last_lsn()
        while not views.replay.wait_vectors(last_lsn, POLL_S):
            progress(views.replay.vectors_lsn, last_lsn)
        progress(last_lsn, last_lsn)
        catch_up_people(tools, anew=anew)
        return views.maintenance.save_now()
    finally:
        views.close()
        tools.close()
