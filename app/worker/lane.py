"""Answers questions about pictures between model calls: what their latents are, and how likely they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import log
from typing import TYPE_CHECKING, Any, TypeAlias

import torch

from app.domain.engine import Likelihood
from app.worker.latents import to_bytes, to_pictures
from models.diffusion.likelihood import measuring, rademacher
from models.diffusion.paths import Straight
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from torch import Tensor

    from app.worker.messages import Question
    from app.worker.prompts import Prompts
    from app.worker.system import System
    from models.diffusion import likelihood
    from models.types import Denoiser

SHARE = 0.2  # of the time that questions may take while pictures are made
RTOL = 1e-3  # moves nats a dimension by less than a tenth of eight probes' standard error

NATS = "nats per latent dimension"
BITS = "bits per dimension"

# Pauses after each evaluation and returns the fields of the answer.
Work: TypeAlias = "Generator[None, None, dict[str, Any]]"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of question `number`: `latent`, `likelihood`, or `error` (with `is_input`: the asker's).

    seconds: from its first slice to its last, with what went on in between.
    """

    number: int
    body: dict[str, Any]
    seconds: float


class Lane:
    """Encodings first, then one likelihood at a time, an evaluation a turn.

    While pictures are made it takes SHARE of the time: what a slice costs is paid back in turns of the
    engine before the next one. One thread owns it; what is asked is bounded where it is asked.
    """

    def __init__(self, system: System, prompts: Prompts, timer: Callable[[], float]) -> None:
        self._system = system
        self._prompts = prompts
        self._sigma_min, sigma_max = system.sigma_span
        self._path = Straight(sigma_max / (1 + sigma_max))
        self._timer = timer
        self._quick: dict[int, Work] = {}
        self._slow: dict[int, Work] = {}
        self._began: dict[int, float] = {}
        self._debt_s = 0.0
        self._turned_at: float | None = None

    @property
    def has_work(self) -> bool:
        """Whether a question waits for its answer."""
        return bool(self._quick or self._slow)

    def ask(self, question: Question) -> None:
        """Take a question in; encodings go before likelihoods."""
        if question.kind == "encode":
            self._quick[question.number] = self._encode(question)
        else:
            self._slow[question.number] = self._likelihood(question)

    def forget(self, number: int) -> None:
        """Give a question up; unknown ones are ignored."""
        self._quick.pop(number, None)
        self._slow.pop(number, None)
        self._began.pop(number, None)

    def turn(self, *, beside: bool) -> list[Answer]:
        """Do a slice of the first question unless pictures made `beside` have the time; return answers."""
        now = self._timer()
        if self._turned_at is not None:
            self._debt_s -= (now - self._turned_at) * SHARE / (1 - SHARE)
        self._debt_s = max(0.0, self._debt_s) if beside else 0.0
        answers = self._slice() if self.has_work and self._debt_s == 0.0 else []
        self._turned_at = self._timer()
        self._debt_s += self._turned_at - now
        return answers

    def _slice(self) -> list[Answer]:
        number, work = next(iter((self._quick or self._slow).items()))
        began = self._began.setdefault(number, self._timer())
        try:
            next(work)
        except StopIteration as end:
            body = end.value
        except ValueError as error:
            body = {"error": str(error), "is_input": True}
        except Exception as error:  # noqa: BLE001  # whatever a model raises belongs to its question alone
            body = {"error": f"{type(error).__name__}: {error}", "is_input": False}
        else:
            return []
        self.forget(number)
        return [Answer(number, body, self._timer() - began)]

    def _encode(self, question: Question) -> Work:
        yield from ()
        return {"latent": to_bytes(self._system.encode(to_pictures(question.pixels))[0])}

    def _likelihood(self, question: Question) -> Work:
        x = self._system.encode(to_pictures(question.pixels))  # (1, C, h, w)
        yield
        # Clones, because what was made in inference mode cannot take part in a gradient.
        x = x.clone()
        cond = _cloned(self._prompts.row(question.prompt))
        draw = torch.Generator().manual_seed(question.seed % 2**63)
        found = yield from measuring(
            self._path,
            _differentiable(self._system),
            x,
            space=self._system.space,
            sigma_min=self._sigma_min,
            probes=rademacher(question.num_probes, x, draw),
            cond=cond,
            rtol=RTOL,
            atol=RTOL,
        )
        return {"likelihood": asdict(_told(found, question.num_probes))}


def _told(found: likelihood.Likelihood, num_probes: int) -> Likelihood:
    """Return the only row in the unit of its space; the numbers of two spaces cannot be compared."""
    if found.space == "latents":
        value, error, unit = found.nats_per_latent_dim(), found.standard_error, NATS
    else:
        value, error, unit = found.bits_per_dim(), found.standard_error / log(2), BITS
    return Likelihood(
        float(value),
        float(error) / found.num_dims,
        unit,
        found.num_dims,
        found.num_evaluations,
        num_probes,
    )


def _differentiable(system: System) -> Denoiser:
    def denoise(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        if cond is None:
            raise ValueError("a likelihood is that of a prompt")
        return system.differentiable(x, sigma, cond)

    return denoise


def _cloned(cond: Conditioning) -> Conditioning:
    return Conditioning(cond.tokens.clone(), cond.mask.clone(), cond.pooled.clone())
