"""Joins what was shown with what people then did: exposures and events become lists with grades."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from app.domain.log import Kind
from models.rank.lists import Lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from app.domain.exposures import Exposure
    from app.domain.log import LogRow
    from app.domain.ports import Log
    from app.ranking.predict import Scores

# What an action says of the item it was done to; what is not named says nothing.
GRADES: Final[Mapping[str, float]] = {
    "click": 1.0,
    "like": 2.0,
    "save": 2.0,
    "download": 2.0,
    "convert": 3.0,
    "purchase": 3.0,
}
HIDE = "hide"  # takes every grade away
READ_ROWS = 50_000
WINDOW_S = 1_800.0  # after an answer in which an act that names none may still be about it
LAST = "\U0010ffff"  # behind every request id

Acts = dict[str, dict[str, float]]  # request id → item → grade


@dataclass(frozen=True, slots=True)
class Examples:
    """Exposures with the grades of their items, one list each, in the order of `exposures`."""

    exposures: tuple[Exposure, ...]
    grades: tuple[npt.NDArray[np.float64], ...]

    def __len__(self) -> int:
        return len(self.exposures)

    @property
    def positions(self) -> npt.NDArray[np.intp]:
        """Where each row stood, from 1, all lists one after another, (n,)."""
        parts = [one.offset + 1 + np.arange(len(one.items)) for one in self.exposures]
        return np.concatenate(parts).astype(np.intp) if parts else np.empty(0, np.intp)

    def lists(self, matrix_of: Callable[[Exposure], npt.NDArray[np.float32]]) -> Lists:
        """Return them as what rankers learn from, with weights of 1; `matrix_of` gives a list's rows."""
        sizes = [len(one.items) for one in self.exposures]
        matrices = [matrix_of(one) for one in self.exposures]
        total = int(sum(sizes))
        return Lists(
            matrix=np.concatenate(matrices) if matrices else np.empty((0, 0), np.float32),
            grades=np.concatenate(self.grades) if sizes else np.empty(0),
            weights=np.ones(total),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
            moments=np.array([one.at for one in self.exposures]),
            fused=self.column(lambda one: one.fused),
        )

    def column(self, read: Callable[[Exposure], npt.NDArray[np.float32]]) -> Scores:
        """Return one number a row, (n,), all lists one after another."""
        parts = [read(one).astype(np.float64) for one in self.exposures]
        return np.concatenate(parts) if parts else np.empty(0)


class Trail:
    """Which answer somebody saw an item in last: what acts that name no answer are taken to be about."""

    def __init__(self, exposures: Iterable[Exposure] = ()) -> None:
        self._seen: dict[tuple[str, str, str], list[tuple[float, str]]] = {}
        for one in exposures:
            for role, who in (("session", one.session), ("user", one.user)):
                for item in () if who is None else one.items:
                    self._seen.setdefault((role, who or "", item), []).append((one.at, one.request_id))
        for seen in self._seen.values():
            seen.sort()

    def answer_of(self, body: Mapping[str, Any]) -> str | None:
        """Return the answer that the body of an event is about, None where there is none to be found.

        That is the one it names; else the last that showed the item in this session, or to this user where
        the session saw none, at most half an hour before.
        """
        named: str | None = body.get("request_id")
        if named is not None:
            return named
        for role in ("session", "user"):
            seen = self._seen.get((role, body.get(role, ""), body.get("item", "")), [])
            place = bisect_right(seen, (body["at"], LAST)) if seen else 0
            if place and body["at"] - seen[place - 1][0] <= WINDOW_S:
                return seen[place - 1][1]
        return None


def acts_of(rows: Iterable[LogRow], trail: Trail | None = None) -> Acts:
    """Return the highest grade of each item of each answer; an item that was hidden has none.

    Acts that name no answer are attributed by `trail`, and say nothing without one.
    """
    acts: Acts = {}
    hidden: set[tuple[str, str]] = set()
    trail = Trail() if trail is None else trail
    for row in rows:
        if row.kind is not Kind.EVENT:
            continue
        request_id, item, kind = trail.answer_of(row.body), row.body.get("item"), row.body["type"]
        if request_id is None or item is None:
            continue
        if kind == HIDE:
            hidden.add((request_id, item))
        elif kind in GRADES:
            told = acts.setdefault(request_id, {})
            told[item] = max(told.get(item, 0.0), GRADES[kind])
    for request_id, item in hidden:
        acts.get(request_id, {}).pop(item, None)
    return acts


def events_of(log: Log) -> Iterator[LogRow]:
    """Yield every event of the log in order, in bounded memory."""
    after = 0
    while rows := log.read(after, READ_ROWS, {Kind.EVENT}):
        yield from rows
        after = rows[-1].lsn


def join(exposures: Iterable[Exposure], acts: Mapping[str, Mapping[str, float]]) -> Examples:
    """Return every exposure with its grades, those without any too."""
    shown = tuple(exposures)
    return Examples(shown, tuple(_grades(one, acts.get(one.request_id, {})) for one in shown))


def only(examples: Examples, wanted: Callable[[Exposure], bool]) -> Examples:
    """Return the examples of some exposures."""
    pairs = [pair for pair in zip(examples.exposures, examples.grades, strict=True) if wanted(pair[0])]
    return Examples(tuple(one for one, _ in pairs), tuple(grades for _, grades in pairs))


def _grades(exposure: Exposure, acts: Mapping[str, float]) -> npt.NDArray[np.float64]:
    return np.array([acts.get(item, 0.0) for item in exposure.items], np.float64)


def counted(examples: Examples) -> Sequence[int]:
    """Return how many lists there are, how many with any grade, and how many rows with one."""
    graded = [int(np.count_nonzero(grades)) for grades in examples.grades]
    return len(examples), sum(count > 0 for count in graded), sum(graded)
