"""Keeps exposures in a database of their own, the newest so many, in batches that are durable together."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import Unavailable
from app.domain.exposures import Exposure
from app.domain.rankers import RankerReport
from app.store.dialect import connect, writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

# The only version that is read: another one is another table, and what it held only trained rankers.
EXPOSURES_VERSION = 1
ROW_VERSION = 2  # a row says which; without a word it is the first
OLDEST_READABLE_ROW_VERSION = 1  # does not tell the ends of scales
PAGE_ROWS = 500
LEVEL = 1  # of compression: most numbers are zeros

METADATA = MetaData()
exposures = Table(
    f"exposures_{EXPOSURES_VERSION}",
    METADATA,
    # grows in the order of writing
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("request_id", Text, nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("user", Text, index=True),
    Column("feature_version", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("numbers", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
ARRAYS = ("ranks", "branch_scores", "contributions", "fused", "scores", "features", "ends")
SINCE: Mapping[str, int] = {"ends": 2}
STORED: Mapping[str, np.dtype[Any]] = {"ranks": np.dtype("<i4")}
FLOATS: np.dtype[Any] = np.dtype("<f4")
PLAIN = (
    "query",
    "offset",
    "total",
    "took_ms",
    "session",
    "device",
    "corrected",
    "fusion",
)


class SqlExposures:
    """Answers the port `Exposures`; at most `keep_rows` are kept, the oldest leaving first."""

    def __init__(self, url: str, keep_rows: int) -> None:
        self._engine = connect(url)
        self._keep_rows = keep_rows
        self._find = select(exposures).where(exposures.c.request_id == bindparam("wanted"))
        with writing(self._engine) as connection:  # one process at a time makes what is missing
            METADATA.create_all(connection)

    def append(self, batch: Sequence[Exposure]) -> None:
        """Write exposures in one durable commit. Raises Unavailable when they cannot be written."""
        if not batch:
            return
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(exposures), [_row(one) for one in batch])
                newest = connection.execute(select(func.max(exposures.c.seq))).scalar_one()
                connection.execute(delete(exposures).where(exposures.c.seq <= newest - self._keep_rows))
        except SQLAlchemyError as error:
            raise Unavailable(f"exposures cannot be written: {error}") from error

    def get(self, request_id: str) -> Exposure | None:
        with self._engine.connect() as connection:
            row = connection.execute(self._find, {"wanted": request_id}).one_or_none()
        return None if row is None else _exposure(row)

    def scan(self, since: float = 0.0) -> Iterator[Exposure]:
        """Yield exposures of this moment and later, in the order of writing, in bounded memory."""
        after = 0
        query = select(exposures).where(exposures.c.at >= since).order_by(exposures.c.seq).limit(PAGE_ROWS)
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(query.where(exposures.c.seq > after)).all()
            if not rows:
                return
            yield from (_exposure(row) for row in rows)
            after = rows[-1].seq

    def forget(self, user: str) -> int:
        """Delete what a user was shown, and return how many exposures that were."""
        with writing(self._engine) as connection:
            return connection.execute(delete(exposures).where(exposures.c.user == user)).rowcount

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _row(one: Exposure) -> dict[str, Any]:
    body: dict[str, Any] = {"format": ROW_VERSION} | {name: getattr(one, name) for name in PLAIN}
    body |= {"items": one.items, "arms": dict(one.arms), "teams": one.teams, "branches": one.branches}
    body["ranker"] = None if one.ranker is None else asdict(one.ranker)
    arrays = [np.asarray(getattr(one, name)) for name in ARRAYS] + list(one.shadows.values())
    names = [*ARRAYS, *one.shadows]
    body["arrays"] = [[name, list(array.shape)] for name, array in zip(names, arrays, strict=True)]
    parts = (a.astype(STORED.get(name, FLOATS)).tobytes() for name, a in zip(names, arrays, strict=True))
    return {
        "request_id": one.request_id,
        "at": one.at,
        "user": one.user,
        "feature_version": one.feature_version,
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        "numbers": zlib.compress(b"".join(parts), LEVEL),
    }


def _exposure(row: Any) -> Exposure:
    body = json.loads(row.body)
    version = body.get("format", OLDEST_READABLE_ROW_VERSION)
    if version > ROW_VERSION:
        reads = f"{OLDEST_READABLE_ROW_VERSION} to {ROW_VERSION}"
        raise Unavailable(f"an exposure has the format {version}; this release reads {reads}")
    arrays = _arrays(body["arrays"], zlib.decompress(row.numbers))
    told: dict[str, Any] = {name: body[name] for name in PLAIN}
    told |= {name: arrays[name] for name in ARRAYS if SINCE.get(name, 1) <= version}
    told["ranker"] = None if body["ranker"] is None else RankerReport(**body["ranker"])
    return Exposure(
        request_id=row.request_id,
        at=row.at,
        user=row.user,
        feature_version=row.feature_version,
        items=tuple(body["items"]),
        arms=body["arms"],
        teams=tuple(body["teams"]),
        branches=tuple(body["branches"]),
        shadows={name: array for name, array in arrays.items() if name not in ARRAYS},
        **told,
    )


def _arrays(shapes: Sequence[tuple[str, list[int]]], numbers: bytes) -> dict[str, npt.NDArray[Any]]:
    arrays, start = {}, 0
    for name, shape in shapes:
        kind = STORED.get(name, FLOATS)
        size = int(np.prod(shape)) * kind.itemsize
        arrays[name] = np.frombuffer(numbers[start : start + size], kind).reshape(shape)
        start += size
    return arrays
