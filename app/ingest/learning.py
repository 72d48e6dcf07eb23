"""Learns in the background from what people do, and publishes what it has learnt as a whole."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

from indexes.behavior.crowd import Crowd
from indexes.behavior.knowledge import learn_from
from indexes.behavior.trending import Trends
from indexes.text.suggest import Completer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from indexes.behavior.activity import Activity

LOGGER = logging.getLogger(__name__)
DAY_S: Final = 86_400.0
WINDOWS_S: Final = (DAY_S, 7 * DAY_S, 30 * DAY_S)  # the front page's: the first with enough in it
ENOUGH: Final = 20  # hot items
MOST_HOT: Final = 200
MOST_QUERIES: Final = 100_000
MEMORY_S: Final = 365 * DAY_S  # window of the queries that completion knows


@dataclass(frozen=True, slots=True)
class LearningPolicy:
    """When to look again: trends after `trends_s`, links after `links_s` and this share of new events.

    Without news, trends are looked at again after `stale_s` more. Both wait for `rest` times as long as
    the last look took.
    """

    trends_s: float = 1.0
    stale_s: float = 60.0
    links_s: float = 10.0
    share: float = 0.02
    least_events: int = 100
    rest: float = 20.0
    poll_s: float = 0.25


class Learning:
    """One thread. `wall` gives seconds since the epoch, `clock` seconds that never go back.

    `crowd` is replaced whole: whoever holds one keeps a consistent picture.
    """

    def __init__(
        self,
        activity: Activity,
        weights: Mapping[str, float],
        wall: Callable[[], float],
        clock: Callable[[], float],
        policy: LearningPolicy | None = None,
    ) -> None:
        self.crowd = Crowd(activity, weights)
        self._activity = activity
        self._wall = wall
        self._clock = clock
        self._policy = policy or LearningPolicy()
        self._seen_events = -1  # by the trends
        self._seen_forgets = activity.num_forgets
        self._trends_at = self._links_at = clock()
        self._looking = Lock()  # one look at a time: what was forgotten must not come back from an older one
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="learning", daemon=True)

    def start(self) -> None:
        """Begin to learn."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look at hand."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self) -> None:
        """Learn what is due."""
        with self._looking:
            self._look()

    def _look(self) -> None:
        if (num_forgets := self._activity.num_forgets) != self._seen_forgets:
            self._seen_forgets = num_forgets
            self._begin_anew()
        num_events, now = self._activity.num_events, self._clock()
        news = num_events != self._seen_events or now >= self._trends_at + self._policy.stale_s
        if news and now >= self._trends_at:
            self._seen_events = num_events
            self.crowd = self._with_trends()
            self._trends_at = self._next(now, self._policy.trends_s)
        fresh = num_events - self.crowd.knowledge.num_events
        if fresh >= max(self._policy.least_events, self._policy.share * num_events) and now >= self._links_at:
            self.crowd = replace(self.crowd, knowledge=learn_from(self._activity, self.crowd.weights))
            self._links_at = self._next(now, self._policy.links_s)

    def _begin_anew(self) -> None:
        """Let everything learnt go: somebody was forgotten, and their traces must go from it."""
        self._seen_events = -1
        self.crowd = Crowd(self._activity, self.crowd.weights)
        self._trends_at = self._links_at = self._clock()

    def _next(self, begun: float, least_s: float) -> float:
        now = self._clock()
        return now + max(least_s, self._policy.rest * (now - begun))

    def _with_trends(self) -> Crowd:
        trends, now = Trends(self._activity.record(), self.crowd.weights), self._wall()
        hot, window_s = trends.items(now, WINDOWS_S[0], MOST_HOT), WINDOWS_S[0]
        for longer_s in WINDOWS_S[1:]:
            if len(hot) < ENOUGH and len(more := trends.items(now, longer_s, MOST_HOT)) > len(hot):
                hot, window_s = more, longer_s
        asked = Completer()
        for query in trends.queries(now, MEMORY_S, MOST_QUERIES):
            asked.add(query.text, float(query.num_persons))
        asked.merge()
        return replace(self.crowd, trends=trends, hot=hot, hot_window_s=window_s, asked=asked)

    def _run(self) -> None:
        while not self._stopping.wait(self._policy.poll_s):
            try:
                self.look()
            except Exception:
                LOGGER.exception("learning from what people do failed")
