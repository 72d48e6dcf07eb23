"""Answers the port `Jobs` from the SQL table of the newest job rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.domain.jobs import Job, Status
from app.store.schema import jobs

if TYPE_CHECKING:
    from sqlalchemy import Engine


class SqlJobs:
    """The newest row of every job; every method may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, job_id: str) -> Job | None:
        with self._engine.connect() as connection:
            body = connection.execute(select(jobs.c.body).where(jobs.c.id == job_id)).scalar_one_or_none()
        return None if body is None else Job.from_body(json.loads(body))

    def unfinished(self) -> list[Job]:
        waiting = [status.value for status in Status if not status.is_final]
        query = select(jobs.c.body).where(jobs.c.status.in_(waiting)).order_by(jobs.c.created_at, jobs.c.id)
        with self._engine.connect() as connection:
            return [Job.from_body(json.loads(body)) for body in connection.execute(query).scalars()]
