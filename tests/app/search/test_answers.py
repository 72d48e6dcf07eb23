"""Past answers are found at once, by their id, and by nobody else's name."""

from __future__ import annotations

import asyncio

import pytest

from app.domain.errors import NotFound
from app.search.answers import Answers
from tests.app.search.test_exposing import World, answer


def test_an_answer_is_found_right_after_it_was_given() -> None:
    """What still waits to be written is waited for; another user's, and what is gone, is not found."""
    world = World()
    answers = Answers(world.kept, world.exposer)
    world.exposer.note(answer("r"))
    found = asyncio.run(answers.find("r"))
    assert found.items == ("rich", "far")
    assert asyncio.run(answers.find("r", "ann")) == found
    for name, user in (("r", "bob"), ("gone", None)):
        with pytest.raises(NotFound):
            asyncio.run(answers.find(name, user))
    world.exposer.note(answer("s"))
    assert asyncio.run(answers.forget("ann")) == 2
    with pytest.raises(NotFound):
        asyncio.run(answers.find("s"))
    world.close()
