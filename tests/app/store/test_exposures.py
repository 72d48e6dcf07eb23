"""Exposures come back to the bit, and the newest so many are kept."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import select, update

from app.domain.errors import Unavailable
from app.domain.exposures import Exposure
from app.domain.rankers import RankerReport
from app.store.dialect import connect
from app.store.exposures import PAGE_ROWS, ROW_VERSION, SqlExposures, exposures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def exposure(number: int, user: str | None = "ann") -> Exposure:
    """Return an exposure with something in every field."""
    rng = np.random.default_rng(number)
    return Exposure(
        request_id=f"request-{number}",
        at=1_000.0 + number,
        query="红 horse",
        items=("a", "b", "ü"),
        offset=3,
        total=40,
        took_ms=2.5,
        user=user,
        session="s",
        device="d",
        corrected=True,
        fusion="convex",
        ranker=RankerReport("clicks", 2, "late", "no scores within 50 ms"),
        arms={"trial": "b"},
        teams=(0, 1, -1),
        branches=("term", "text"),
        ranks=np.array([[1, 2, 0], [0, 1, 3]], np.int32),
        branch_scores=rng.random((2, 3)).astype(np.float32),
        contributions=rng.random((2, 3)).astype(np.float32),
        fused=rng.random(3).astype(np.float32),
        scores=rng.random(3).astype(np.float32),
        ends=rng.random((2, 2)).astype(np.float32),
        feature_version="v",
        features=rng.normal(size=(3, 7)).astype(np.float32),
        shadows={"net@1": rng.random(3).astype(np.float32)},
    )


@pytest.fixture
def place(new_url: Callable[[], str]) -> str:
    """The URL of an empty database, of each kind in turn."""
    return new_url()


@pytest.fixture
def store(place: str) -> Iterator[SqlExposures]:
    """An empty store that keeps five rows, in each kind of database."""
    opened = SqlExposures(place, keep_rows=5)
    yield opened
    opened.close()


def same(left: Exposure, right: Exposure) -> bool:
    """Compare two exposures field by field, arrays bit by bit."""
    for field in fields(Exposure):
        ours, theirs = getattr(left, field.name), getattr(right, field.name)
        if isinstance(ours, np.ndarray):
            if ours.dtype != theirs.dtype or ours.tobytes() != theirs.tobytes() or ours.shape != theirs.shape:
                return False
        elif field.name == "shadows":
            if {k: v.tobytes() for k, v in ours.items()} != {k: v.tobytes() for k, v in theirs.items()}:
                return False
        elif ours != theirs:
            return False
    return True


def test_every_number_reads_back_to_the_bit(store: SqlExposures) -> None:
    """What was served is what is read: ids, arms, ranks, scores and features."""
    written = exposure(1)
    store.append([written])
    read = store.get("request-1")
    assert read is not None
    assert same(written, read)
    assert same(next(iter(store.scan())), read)
    assert store.get("request-2") is None


def test_rows_of_the_first_format_are_read_and_later_ones_refused(store: SqlExposures, place: str) -> None:
    """A row that says no format tells no ends of scales; one of a later release is named as such."""
    store.append([replace(exposure(1), ends=np.empty((0, 2), np.float32)), exposure(2)])
    past = connect(place)
    with past.begin() as connection:
        for request_id, version in (("request-1", None), ("request-2", ROW_VERSION + 1)):
            chosen = exposures.c.request_id == request_id
            body = json.loads(connection.execute(select(exposures.c.body).where(chosen)).scalar_one())
            body["format"] = version
            if version is None:
                body["arrays"] = [pair for pair in body["arrays"] if pair[0] != "ends"]
                del body["format"]
            connection.execute(update(exposures).where(chosen).values(body=json.dumps(body)))
    past.dispose()
    read = store.get("request-1")
    assert read is not None
    assert read.ends.shape == (0, 2)
    assert read.scores.tobytes() == exposure(1).scores.tobytes()
    with pytest.raises(Unavailable, match="format 3"):
        store.get("request-2")


def test_the_oldest_leave_first(store: SqlExposures) -> None:
    """Of eight rows the last five are kept, in the order of writing."""
    store.append([exposure(number) for number in range(4)])
    store.append([exposure(number) for number in range(4, 8)])
    assert [one.request_id for one in store.scan()] == [f"request-{number}" for number in range(3, 8)]
    assert [one.request_id for one in store.scan(since=1_006.0)] == ["request-6", "request-7"]


def test_a_user_can_be_forgotten(store: SqlExposures) -> None:
    """What one user was shown goes, what others were stays."""
    store.append([exposure(1), exposure(2, "bob"), exposure(3, None), exposure(4)])
    assert store.forget("ann") == 2
    assert [one.user for one in store.scan()] == ["bob", None]


def test_many_rows_are_scanned_in_pages(place: str) -> None:
    """More rows than a page come in the order of writing, each once; what is repeated is refused whole."""
    store = SqlExposures(place, keep_rows=2 * PAGE_ROWS)
    store.append([replace(exposure(1), request_id=f"r{number}") for number in range(PAGE_ROWS + 3)])
    with pytest.raises(Unavailable, match="cannot be written"):
        store.append([replace(exposure(2), request_id=name) for name in ("new", "r1")])
    assert [one.request_id for one in store.scan()] == [f"r{number}" for number in range(PAGE_ROWS + 3)]
    store.close()


def test_they_outlive_the_process(place: str) -> None:
    """A store that is opened again has what was appended before."""
    first = SqlExposures(place, 5)
    first.append([exposure(1)])
    first.append([])
    first.close()
    second = SqlExposures(place, 5)
    assert second.get("request-1") is not None
    second.close()
