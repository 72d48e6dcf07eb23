"""Measures log p(picture) by following the probability-flow ODE to the prior and counting volume."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

from models.diffusion.ode import finish, solving
from models.diffusion.sde import prior_log_density, velocity

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from torch import Tensor

    from models.diffusion.ode import Slope
    from models.diffusion.paths import Path
    from models.types import Conditioning, Denoiser


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Log density of each row in nats, in the space its model lives in.

    space: "pixels" or "latents"; the units below refuse the other one, because the numbers of two
           spaces cannot be compared.
    nats, standard_error: (B,); the error is that of the trace estimate, 0 where the trace was exact.
    num_dims: values a row. noise: (B, ...) the state at the horizon that the row is carried to.
    num_evaluations: batched evaluations of the denoiser.
    """

    space: Literal["pixels", "latents"]
    nats: Tensor
    standard_error: Tensor
    num_dims: int
    noise: Tensor
    num_evaluations: int

    def bits_per_dim(self, num_levels: int = 256, span: float = 2.0) -> Tensor:
        """Return bits per channel of a uniformly dequantised picture, (B,); smaller is better.

        `num_levels` integer levels cover `span` (2 for pictures in [-1, 1]), so a level is
        span / num_levels wide and log2(num_levels / span) is added to the density's bits: 7 for
        256 levels in [-1, 1] (Theis et al. 2016, section 3.1). Raises ValueError for latents.
        """
        self._require("pixels")
        return -self.nats / (self.num_dims * math.log(2)) + math.log2(num_levels / span)

    def nats_per_latent_dim(self) -> Tensor:
        """Return nats per latent value, (B,); larger is better. Raises ValueError for pixels."""
        self._require("latents")
        return self.nats / self.num_dims

    def _require(self, space: str) -> None:
        if self.space != space:
            raise ValueError(f"this is a likelihood of {self.space}, not of {space}")


def rademacher(num: int, x: Tensor, generator: torch.Generator) -> Tensor:
    """Draw `num` sign probes for every row of x: (num, B, ...) of +1 and -1, on the generator's device."""
    bits = torch.randint(0, 2, (num, *x.shape), generator=generator, device=generator.device)
    return (2 * bits - 1).to(x)


def log_likelihood(
    path: Path,
    denoise: Denoiser,
    x: Tensor,
    *,
    space: Literal["pixels", "latents"],
    sigma_min: float,
    probes: Tensor | None = None,
    cond: Conditioning | None = None,
    log_prior: Callable[[Tensor], Tensor] | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-5,
) -> Likelihood:
    """Return log p(x; sigma_min) of pictures x (B, ...), the density seen through that little noise.

    probes: (num, B, ...) random signs estimate the trace (Hutchinson), each along its own integral, so
    that their spread gives the standard error; num is at least 2. Without probes the trace is exact,
    for as many gradients as there are dimensions. log_prior: density at the horizon, (B, ...) → (B,),
    by default the path's own. Song et al. 2021 (score SDE), appendix D.2, eq. 39-40. Raises
    ValueError for a single probe and NoConvergence.
    """
    pausing = measuring(
        path,
        denoise,
        x,
        space=space,
        sigma_min=sigma_min,
        probes=probes,
        cond=cond,
        log_prior=log_prior,
        rtol=rtol,
        atol=atol,
    )
    return finish(pausing)


def measuring(
    path: Path,
    denoise: Denoiser,
    x: Tensor,
    *,
    space: Literal["pixels", "latents"],
    sigma_min: float,
    probes: Tensor | None,
    cond: Conditioning | None = None,
    log_prior: Callable[[Tensor], Tensor] | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-5,
) -> Generator[None, None, Likelihood]:
    """Like `log_likelihood`, pausing after each evaluation, so that other work can go in between."""
    if probes is not None and len(probes) < 2:
        raise ValueError("one probe has no spread to take a standard error from")
    num_dims, num_integrals = x[0].numel(), 1 if probes is None else len(probes)
    start = float(path.time(x.new_tensor(sigma_min).double()))
    alpha = path.alpha(x.new_tensor(start))
    augmented = torch.cat([(alpha * x).flatten(1), x.new_zeros(len(x), num_integrals)], 1)
    slope = _with_volume(path, denoise, x.shape, probes, cond)
    solved = yield from solving(slope, augmented, start, path.horizon, rtol=rtol, atol=atol)
    noise = solved.x[:, :num_dims].reshape(x.shape)
    # log p_start(alpha·x) is that of x less num_dims·log(alpha).
    density = (log_prior or (lambda end: prior_log_density(path, end)))(noise) + num_dims * alpha.log()
    estimates = density[:, None] + solved.x[:, num_dims:]  # (B, num)
    error = x.new_zeros(len(x))
    if num_integrals > 1:
        error = estimates.std(1) / math.sqrt(num_integrals)
    return Likelihood(space, estimates.mean(1), error, num_dims, noise, solved.num_evaluations)


def _with_volume(
    path: Path, denoise: Denoiser, shape: torch.Size, probes: Tensor | None, cond: Conditioning | None
) -> Slope:
    """Build the slope of (state, log-volume integrals), both flat: (B, d + num)."""
    num_dims = shape[1:].numel()

    def slope(augmented: Tensor, t: Tensor) -> Tensor:
        # Clones, because tensors made in inference mode cannot be differentiated.
        with torch.inference_mode(mode=False), torch.enable_grad():
            state = augmented[:, :num_dims].detach().clone().reshape(shape).requires_grad_()
            motion = velocity(path, denoise, state, t.clone(), cond=cond)
            if probes is None:
                volume = [_exact_trace(motion, state)]
            else:
                volume = [_estimated_trace(motion, state, probe) for probe in probes]
        return torch.cat([motion.detach().flatten(1), torch.stack(volume, 1)], 1)

    return slope


def _estimated_trace(motion: Tensor, state: Tensor, probe: Tensor) -> Tensor:
    # E[probe^T J probe] = tr J; Song et al. 2021 (score SDE), eq. 40; Hutchinson 1989.
    (product,) = torch.autograd.grad(motion, state, probe, retain_graph=True)
    return (product * probe).flatten(1).sum(1)  # (B,)


def _exact_trace(motion: Tensor, state: Tensor) -> Tensor:
    return torch.stack([_diagonal(motion, state, i) for i in range(state[0].numel())]).sum(0)  # (B,)


def _diagonal(motion: Tensor, state: Tensor, index: int) -> Tensor:
    (row,) = torch.autograd.grad(motion.flatten(1)[:, index].sum(), state, retain_graph=True)
    return row.flatten(1)[:, index]
