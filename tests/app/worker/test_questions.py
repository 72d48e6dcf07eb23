"""What is asked beside pictures is bounded by kind and outlives the worker once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.domain.engine import Pixels
from app.domain.errors import InvalidInput, Overloaded, Unavailable
from app.worker.messages import Question
from app.worker.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Coroutine

PIXELS = Pixels(1, 1, b"abc")


def questions_of(limit: int = 2) -> Questions:
    """Return questions of two kinds."""
    return Questions({"encode": limit, "likelihood": limit})


def run(scenario: Coroutine[None, None, None]) -> None:
    """Run a scenario in an event loop of its own."""
    asyncio.run(scenario)


def test_each_kind_has_its_own_bound() -> None:
    """Likelihoods that wait refuse likelihoods, with the seconds one takes, and no encoding."""

    async def scenario() -> None:
        questions = questions_of()
        for number in range(2):
            questions.ask(Question(number, "likelihood", PIXELS))
        questions.deliver(0, {"likelihood": {}}, 6.0)
        questions.ask(Question(2, "likelihood", PIXELS))
        with pytest.raises(Overloaded) as refusal:
            questions.ask(Question(3, "likelihood", PIXELS))
        assert refusal.value.retry_after_s == pytest.approx(0.8 * 1.0 + 0.2 * 6.0)
        questions.ask(Question(4, "encode", PIXELS))
        assert len(questions) == 3

    run(scenario())


def test_answers_and_errors_reach_their_askers() -> None:
    """A body is the answer; the asker's mistake and the model's failure are told apart."""

    async def scenario() -> None:
        questions = questions_of(3)
        asked = [questions.ask(Question(number, "encode", PIXELS)) for number in range(3)]
        questions.deliver(1, {"error": "wrong size", "is_input": True}, 0.1)
        questions.deliver(2, {"error": "RuntimeError: no", "is_input": False}, 0.1)
        questions.deliver(0, {"latent": b"x"}, 0.1)
        questions.deliver(0, {"latent": b"y"}, 0.1)
        assert await asked[0] == {"latent": b"x"}
        with pytest.raises(InvalidInput, match="wrong size"):
            await asked[1]
        with pytest.raises(Unavailable, match="RuntimeError"):
            await asked[2]

    run(scenario())


def test_a_question_is_sent_once_a_worker_and_given_up_after_two() -> None:
    """Each new worker is asked what the last one owed; the second death is too many."""

    async def scenario() -> None:
        questions = questions_of()
        waiting = questions.ask(Question(7, "encode", PIXELS))
        assert [question.number for question in questions.to_send()] == [7]
        assert list(questions.to_send()) == []
        questions.worker_died()
        assert [question.number for question in questions.to_send()] == [7]
        questions.worker_died()
        with pytest.raises(Unavailable, match="died"):
            await waiting
        assert len(questions) == 0

    run(scenario())


def test_who_leaves_frees_the_place() -> None:
    """Leaving says whether the worker must be told; a later answer is dropped."""

    async def scenario() -> None:
        questions = questions_of()
        for number in (1, 2):
            questions.ask(Question(number, "encode", PIXELS))
        next(questions.to_send())
        assert [questions.leave(number) for number in (1, 2, 3)] == [True, False, False]
        questions.deliver(1, {"latent": b""}, 0.1)
        assert len(questions) == 0

    run(scenario())


def test_failing_all_tells_every_asker() -> None:
    """Without a worker nobody waits for ever."""

    async def scenario() -> None:
        questions = questions_of()
        waiting = questions.ask(Question(1, "encode", PIXELS))
        questions.fail_all("no model")
        with pytest.raises(Unavailable, match="no model"):
            await waiting

    run(scenario())
