"""Opens what is needed to look at rankers and what was shown, beside a service or without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.bootstrap.rankers import LOADERS, Decisions, exposures_url, make_features, packages_of
from app.bootstrap.tools import open_tools
from app.ranking.examples import Trail, acts_of, events_of, join
from app.ranking.learned import read_weights
from app.ranking.rankers import Rankers
from app.ranking.shelf import Shelf
from app.store.exposures import SqlExposures

if TYPE_CHECKING:
    from app.bootstrap.tools import Tools
    from app.ranking.examples import Examples
    from app.settings import Settings

BATCH_ROWS = 50_000


@dataclass(slots=True)
class OpenRankers:
    """The registry, the log's decisions and what was shown; close it when done."""

    tools: Tools
    shelf: Shelf
    exposures: SqlExposures
    rankers: Rankers
    lsn: int = 0

    def catch_up(self) -> None:
        """Follow the log's decisions to its end."""
        feed = Decisions(self.tools.store.log)
        while rows := feed.read(self.lsn, BATCH_ROWS):
            self.rankers.follow(rows)
            self.lsn = rows[-1].lsn

    def examples(self) -> Examples:
        """Return every answer that is kept, with what people did with its items."""
        shown = tuple(self.exposures.scan())
        return join(shown, acts_of(events_of(self.tools.store.log), Trail(shown)))

    def close(self) -> None:
        """Let go of the files."""
        self.exposures.close()
        self.tools.close()


def open_rankers(settings: Settings) -> OpenRankers:
    """Open the data folder of the settings."""
    features, _ = make_features(settings)
    tools = open_tools(settings)
    packages = packages_of(settings)
    shelf = Shelf(packages, features, LOADERS, read_weights)
    exposures = SqlExposures(exposures_url(settings), settings.exposure_rows)
    opened: list[OpenRankers] = []

    async def applied(_: int) -> None:
        opened[0].catch_up()

    rankers = Rankers(tools.store.log, packages, shelf, exposures, applied)
    opened.append(OpenRankers(tools, shelf, exposures, rankers))
    return opened[0]
