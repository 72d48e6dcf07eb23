"""Makes a denoiser of a network, whatever the network was trained to predict.

Every network here reads x scaled to unit variance and a number that names the noise level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from models.diffusion.sde import spread

if TYPE_CHECKING:
    from torch import Tensor

    from models.types import Conditioning, Denoiser


class Network(Protocol):
    """The trained function: scaled state (B, ...), noise label (B,), conditioning → (B, ...)."""

    def __call__(self, x: Tensor, label: Tensor, cond: Conditioning | None, /) -> Tensor: ...


def edm(network: Network, sigma_data: float = 1.0) -> Denoiser:
    """Make a denoiser of a network with EDM's preconditioning; the label is log(sigma) / 4.

    Karras et al. 2022, eq. 7 and table 1.
    """

    def denoise(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        level = spread(sigma, x)
        total = level.square() + sigma_data**2
        # D = c_skip·x + c_out·F(c_in·x, c_noise)
        c_skip, c_out, c_in = sigma_data**2 / total, level * sigma_data * total.rsqrt(), total.rsqrt()
        return c_skip * x + c_out * network(c_in * x, sigma.log() / 4, cond)

    return denoise


def v_prediction(network: Network) -> Denoiser:
    """Make a denoiser of a network that predicts v on the cos/sin path; the label is t = arctan(sigma).

    x_t = cos(t)·clean + sin(t)·noise and v = cos(t)·noise - sin(t)·clean, so clean =
    cos(t)·x_t - sin(t)·v. With sigma = tan(t) this is `edm` of -v at sigma_data 1.
    Salimans & Ho 2022, section 4 and appendix D.
    """

    def denoise(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        angle = sigma.atan()
        cos, sin = spread(angle.cos(), x), spread(angle.sin(), x)
        return cos * (cos * x) - sin * network(cos * x, angle, cond)

    return denoise


def noise_prediction(network: Network) -> Denoiser:
    """Make a denoiser of a network that predicts the noise of a VP state; the label is sigma.

    Ho et al. 2020, eq. 15, divided by sqrt(abar).
    """

    def denoise(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        level = spread(sigma, x)
        return x - level * network(x * (1 + level.square()).rsqrt(), sigma, cond)

    return denoise


def flow_prediction(network: Network) -> Denoiser:
    """Make a denoiser of a network that predicts noise - clean on the straight line; the label is its t.

    x_t = (1 - t)·clean + t·noise with t = sigma / (1 + sigma), so clean = x_t - t·(noise - clean).
    Liu et al. 2023, eq. 1.
    """

    def denoise(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        t = sigma / (1 + sigma)
        state = x * spread(1 - t, x)
        return state - spread(t, x) * network(state, t, cond)

    return denoise
