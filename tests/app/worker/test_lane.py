"""Questions are answered between model calls, and take no more than their share of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from app.domain.engine import Pixels
from app.worker.lane import NATS, SHARE, Answer, Lane
from app.worker.latents import from_bytes, to_pictures
from app.worker.messages import Question
from app.worker.prompts import Prompts
from models.diffusion.likelihood import log_likelihood, rademacher
from models.diffusion.paths import Straight
from tests.app.worker.studio import Clock
from tests.app.worker.tiny import TinySystem

if TYPE_CHECKING:
    from models.types import Conditioning

PIXELS = Pixels(16, 16, np.random.default_rng(5).integers(0, 256, 768, np.uint8).tobytes())


def lane_of(clock: Clock | None = None) -> Lane:
    """Return an idle lane over the tiny system."""
    system = TinySystem()
    return Lane(system, Prompts(system), clock or Clock())


def answered(lane: Lane, *, beside: bool = False) -> list[Answer]:
    """Turn until nothing waits."""
    answers = []
    while lane.has_work:
        answers += lane.turn(beside=beside)
    return answers


def test_encoding_gives_the_latent_of_the_system() -> None:
    """The answer is what the system's own encoder says, in float16."""
    lane = lane_of()
    lane.ask(Question(3, "encode", PIXELS))
    (answer,) = answered(lane)
    expected = TinySystem().encode(to_pictures(PIXELS))[0]
    assert torch.equal(from_bytes(answer.body["latent"], (4, 4, 4)), expected.half().float())


def test_a_likelihood_is_that_of_the_formulas_whatever_goes_on_beside() -> None:
    """Value, error and unit are those of `models.diffusion.likelihood`, and the seed decides them."""
    lane = lane_of()
    for number, seed in enumerate((8, 8, 9)):
        lane.ask(Question(number, "likelihood", PIXELS, "a red horse", seed, num_probes=3))
    lane.ask(Question(9, "encode", PIXELS))
    answers = {answer.number: answer.body for answer in answered(lane)}
    assert list(answers) == [9, 0, 1, 2]
    first, again, other = (answers[number]["likelihood"] for number in range(3))
    assert first == again
    assert first["value"] != other["value"]
    system = TinySystem()
    x = system.encode(to_pictures(PIXELS))
    found = log_likelihood(
        Straight(40 / 41),
        lambda x, sigma, cond: system.denoise(x, sigma, cond or system.condition([""], 6)),
        x,
        space="latents",
        sigma_min=0.02,
        probes=rademacher(3, x, torch.Generator().manual_seed(8)),
        cond=system.condition(["a red horse"], 6),
        rtol=1e-3,
        atol=1e-3,
    )
    assert first["value"] == pytest.approx(float(found.nats) / 64)
    assert first["standard_error"] == pytest.approx(float(found.standard_error) / 64)
    assert (first["unit"], first["num_dimensions"], first["num_probes"]) == (NATS, 64, 3)


def test_wrong_pictures_are_the_askers_mistake_and_failures_are_not() -> None:
    """A size the model cannot read is told as input; whatever a model raises is told as its failure."""

    class Broken(TinySystem):
        def encode(self, pictures: np.ndarray) -> torch.Tensor:
            if pictures.shape[1] == 16:
                raise RuntimeError("boom")
            return super().encode(pictures)

    system = Broken()
    lane = Lane(system, Prompts(system), Clock())
    lane.ask(Question(1, "encode", Pixels(1, 1, b"abc")))
    lane.ask(Question(2, "encode", PIXELS))
    bodies = [answer.body for answer in answered(lane)]
    assert [body["is_input"] for body in bodies] == [True, False]
    assert bodies[1]["error"] == "RuntimeError: boom"


def test_beside_pictures_questions_take_their_share_and_no_more() -> None:
    """A slice that costs as much as a call is followed by four calls before the next one."""
    clock = Clock(0.0)

    class Slow(TinySystem):
        def differentiable(self, x: torch.Tensor, sigma: torch.Tensor, cond: Conditioning) -> torch.Tensor:
            clock.now += 1.0
            self.calls.append(1)
            return super().differentiable(x, sigma, cond)

    system = Slow()
    lane = Lane(system, Prompts(system), clock)
    lane.ask(Question(1, "likelihood", PIXELS))
    while not lane.turn(beside=True):
        clock.now += 1.0  # a model call of the pictures
    assert len(system.calls) / clock.now == pytest.approx(SHARE, abs=0.02)


def test_a_forgotten_question_costs_nothing_more() -> None:
    """Giving up in the middle leaves the lane idle; unknown numbers are ignored."""
    lane = lane_of()
    lane.ask(Question(1, "likelihood", PIXELS))
    for _ in range(5):
        assert lane.turn(beside=False) == []
    lane.forget(1)
    lane.forget(2)
    assert not lane.has_work
