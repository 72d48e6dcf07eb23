"""Keeps what was asked of the worker beside pictures: bounded, and asked again when the worker dies."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.errors import InvalidInput, Overloaded, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.worker.messages import Question

GIVE_UP_AFTER = 2  # deaths of the worker while it had the question
MEMORY = 0.8  # what the mean seconds of an answer keep with each later answer


@dataclass(slots=True)
class Asked:
    """A question with its asker's future; deaths counts workers that died while they had it."""

    question: Question
    answer: asyncio.Future[Mapping[str, Any]] = field(default_factory=asyncio.Future)
    is_sent: bool = False
    deaths: int = 0


class Questions:
    """Of each kind up to its limit without an answer. One event loop owns it.

    limits: by kind. seconds: what an answer takes, to say when there will be room; learned from answers.
    """

    def __init__(self, limits: Mapping[str, int], seconds: float = 1.0) -> None:
        self._limits = limits
        self._seconds = dict.fromkeys(limits, seconds)
        self._asked: dict[int, Asked] = {}

    def __len__(self) -> int:
        return len(self._asked)

    def ask(self, question: Question) -> asyncio.Future[Mapping[str, Any]]:
        """Take a question's place and return what will be its answer. Raises Overloaded."""
        kind = question.kind
        waiting = sum(asked.question.kind == kind for asked in self._asked.values())
        if waiting >= self._limits[kind]:
            message = f"{waiting} pictures wait for {kind}, the limit is {self._limits[kind]}"
            raise Overloaded(message, retry_after_s=self._seconds[kind])
        asked = self._asked[question.number] = Asked(question)
        return asked.answer

    def leave(self, number: int) -> bool:
        """Free the place of a question that nobody waits for; True when the worker has it."""
        asked = self._asked.pop(number, None)
        return asked is not None and asked.is_sent

    def to_send(self) -> Iterator[Question]:
        """Yield what the worker should have and has not, and count it as sent."""
        for asked in self._asked.values():
            if not asked.is_sent:
                asked.is_sent = True
                yield asked.question

    def deliver(self, number: int, body: Mapping[str, Any], seconds: float) -> None:
        """Pass an answer on; what nobody waits for any more is dropped."""
        asked = self._asked.pop(number, None)
        if asked is None or asked.answer.done():
            return
        kind = asked.question.kind
        self._seconds[kind] = MEMORY * self._seconds[kind] + (1 - MEMORY) * seconds
        if "error" not in body:
            asked.answer.set_result(body)
        elif body["is_input"]:
            asked.answer.set_exception(InvalidInput("image", body["error"]))
        else:
            asked.answer.set_exception(Unavailable(f"the generator failed: {body['error']}"))

    def worker_died(self) -> None:
        """Owe every answer again; a question that two workers died with is given up."""
        for number, asked in list(self._asked.items()):
            asked.deaths += asked.is_sent
            asked.is_sent = False
            if asked.deaths >= GIVE_UP_AFTER:
                self._fail(number, "the worker died while it answered")

    def fail_all(self, why: str) -> None:
        """Give every question up."""
        for number in list(self._asked):
            self._fail(number, why)

    def _fail(self, number: int, why: str) -> None:
        asked = self._asked.pop(number)
        if not asked.answer.done():
            asked.answer.set_exception(Unavailable(why))
