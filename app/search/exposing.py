"""Writes down what was shown, behind the answers' back: queued, in batches, never in a request's way."""

from __future__ import annotations

import logging
from collections import deque
from hashlib import blake2b
from threading import Condition, Thread
from typing import TYPE_CHECKING, Protocol

import numpy as np

from app.domain.exposures import Exposure
from app.domain.rankers import RANKER, RankerReport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from app.domain.ports import Exposures
    from app.ranking.features.listing import FeatureMatrix
    from app.ranking.features.scene import Asked
    from app.ranking.lists import Ranked
    from app.ranking.shelf import Shelf
    from app.search.types import Answer

logger = logging.getLogger(__name__)
BATCH = 256
GATHER_S = 0.1  # how long a batch waits for company
BURST_S = 1.0  # seconds of anonymous searches that may come at once
MAX_WAITING = 5_000


class Features(Protocol):
    """Computes the whole feature list of a ranked list."""

    def features(self, asked: Asked, ranked: Ranked) -> FeatureMatrix: ...


class Exposer:
    """Takes answers from the event loop, and writes exposures on a thread of its own.

    A share `rate` of the searches is kept, the same for every page of one list's searcher. Of searches
    that name neither user nor session at most `anonymous_per_s` are kept a second: nobody learns from
    them; but where an experiment had its say, even an empty answer counts. `clock` gives seconds and
    never goes back. `num_dropped` counts what did not fit the queue.
    """

    def __init__(
        self,
        sink: Exposures,
        shelf: Shelf,
        stage: Features,
        clock: Callable[[], float],
        rate: float = 1.0,
        anonymous_per_s: float = 20.0,
    ) -> None:
        self._sink = sink
        self._shelf = shelf
        self._stage = stage
        self._clock = clock
        self._rate = rate
        self._anonymous_per_s = anonymous_per_s
        self._tokens = max(anonymous_per_s * BURST_S, 1.0) if anonymous_per_s else 0.0
        self._filled_at = clock()
        self.num_dropped = 0
        self._changed = Condition()  # guards the three below
        self._waiting: deque[tuple[float, Answer]] = deque()
        self._busy = False
        self._closed = False
        self._thread = Thread(target=self._run, name="exposures", daemon=True)
        self._thread.start()

    def note(self, answer: Answer) -> None:
        """Queue an answer; called on the event loop, takes microseconds."""
        asked = answer.pinned.asked
        if asked is None or not (answer.items or answer.arms) or not self._wants(answer, asked):
            return
        with self._changed:
            if len(self._waiting) >= MAX_WAITING or self._closed:
                self.num_dropped += 1
                return
            self._waiting.append((asked.at, answer))
            if len(self._waiting) == 1:
                self._changed.notify()

    def flush(self, timeout_s: float) -> bool:
        """Block until everything noted so far is written; False when the time is over."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout_s)

    def close(self) -> None:
        """Write what waits and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _wants(self, answer: Answer, asked: Asked) -> bool:
        unit = asked.user or asked.session or (answer.request_id if answer.arms else None)
        if self._rate < 1.0 and share_of(unit or answer.request_id) >= self._rate:
            return False
        if unit is not None:
            return True
        now = self._clock()
        filled = self._tokens + (now - self._filled_at) * self._anonymous_per_s
        self._tokens = min(filled, max(self._anonymous_per_s * BURST_S, 1.0))
        self._filled_at = now
        if self._tokens < 1.0 or not self._anonymous_per_s:
            return False
        self._tokens -= 1.0
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting) or self._closed)
                if not self._waiting:
                    return
                self._changed.wait_for(lambda: self._closed or len(self._waiting) >= BATCH, GATHER_S)
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                self._busy = True
            try:
                self._write([answer for _, answer in batch])
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _write(self, batch: Sequence[Answer]) -> None:
        exposures = []
        for answer in batch:
            try:
                exposures.append(self.exposure_of(answer))
            except Exception:
                logger.exception("an exposure could not be drawn up")
        try:
            self._sink.append(exposures)
        except Exception:
            self.num_dropped += len(exposures)
            logger.exception("%d exposures could not be written", len(exposures))

    def exposure_of(self, answer: Answer) -> Exposure:
        """Return the answer with every number that ordered it; features are the ranker's, if one did."""
        pinned = answer.pinned
        asked, ranked, reranked, draft = pinned.asked, pinned.ranked, pinned.reranked, pinned.draft
        if asked is None:
            raise ValueError("an answer without its question cannot be written down")
        served = None if reranked is None else reranked.features
        rows = np.array(answer.places, np.intp)
        features = self._features(asked, ranked, rows) if served is None else served
        shown = ranked.take(rows)
        return Exposure(
            request_id=answer.request_id,
            at=asked.at,
            query=asked.query,
            items=answer.items,
            offset=answer.places[0] if answer.places else 0,
            total=len(ranked),
            took_ms=answer.took_ms,
            user=asked.user,
            session=asked.session,
            device=asked.device,
            corrected=asked.corrected,
            fusion=pinned.fusion,
            ranker=RankerReport() if reranked is None else reranked.report,
            arms=answer.arms,
            teams=() if draft is None else tuple(draft.team_of(place) for place in answer.places),
            branches=ranked.names,
            ranks=shown.ranks,
            branch_scores=shown.branch_scores,
            contributions=shown.contributions.astype(np.float32),
            fused=shown.scores.astype(np.float32),
            scores=pinned.scores[rows].astype(np.float32),
            ends=ranked.ends.astype(np.float32),
            feature_version=self._shelf.features.version,
            features=features[rows],
            shadows=self._shadows(features[rows]),
        )

    def _features(self, asked: Asked, ranked: Ranked, rows: npt.NDArray[np.intp]) -> FeatureMatrix:
        """Return the features of the list down to the last row shown: that costs a tenth of the whole list's.

        A feature reads its own row, its place, and the highest score of all: what lies below changes
        nothing as long as the highest is not there.
        """
        head = ranked.take(slice(int(rows.max(initial=-1)) + 1))
        whole = len(head) == 0 or head.scores.max() < ranked.scores.max()
        return self._stage.features(asked, ranked if whole else head)

    def _shadows(self, features: FeatureMatrix) -> dict[str, npt.NDArray[np.float32]]:
        live = self._shelf.live
        told = {}
        for one in live.of(RANKER).shadows:
            model = live.models.get(one)
            if model is not None:
                told[str(one)] = model.scores(features).astype(np.float32)
        return told


def share_of(unit: str) -> float:
    """Return where a unit lies on [0, 1): the same for ever."""
    return int.from_bytes(blake2b(f"exposure:{unit}".encode(), digest_size=8).digest(), "big") / 2**64
