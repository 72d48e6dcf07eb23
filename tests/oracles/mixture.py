"""A Gaussian mixture seen through noise: log p, score, denoiser and divergence in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from models.types import Conditioning


@dataclass(frozen=True, slots=True)
class Mixture:
    """K isotropic Gaussians in d dimensions, float64: weights (K,), means (K, d), deviations (K,).

    With x = clean + sigma·noise, component k becomes N(mean_k, deviation_k^2 + sigma^2), so everything
    about the noisy density is exact at every sigma. x is (B, d) or any (B, ...) with d values a row.
    """

    weights: Tensor
    means: Tensor
    deviations: Tensor

    @property
    def num_dims(self) -> int:
        return int(self.means.shape[1])

    def log_p(self, x: Tensor, sigma: Tensor) -> Tensor:
        """The log density log p(x; sigma), (B,)."""
        return self._joint(x, sigma).logsumexp(1)

    def responsibilities(self, x: Tensor, sigma: Tensor) -> Tensor:
        """p(component | x; sigma), (B, K)."""
        return self._joint(x, sigma).softmax(1)

    def denoise(self, x: Tensor, sigma: Tensor, cond: Conditioning | None = None) -> Tensor:
        """E[clean | x; sigma], shaped as x: the responsibilities' mean of the components' own."""
        del cond
        means = self._component_denoised(x, sigma)
        return (self.responsibilities(x, sigma)[:, :, None] * means).sum(1).reshape(x.shape)

    def score(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Gradient of log p(x; sigma), by components: -sum_k r_k (x - mean_k) / (deviation_k^2 + sigma^2)."""
        pull = (self.means - x.reshape(len(x), 1, -1)) / self._variances(sigma)[:, :, None]
        return (self.responsibilities(x, sigma)[:, :, None] * pull).sum(1).reshape(x.shape)

    def laplacian(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Divergence of the score, (B,): sum_k r_k (|s_k|^2 - d/v_k) - |sum_k r_k s_k|^2."""
        variances = self._variances(sigma)
        pull = (self.means - x.reshape(len(x), 1, -1)) / variances[:, :, None]  # (B, K, d)
        own = pull.square().sum(2) - self.num_dims / variances
        shares = self.responsibilities(x, sigma)
        return (shares * own).sum(1) - self.score(x, sigma).reshape(len(x), -1).square().sum(1)

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Clean samples, (num, d)."""
        chosen = torch.multinomial(self.weights, num, replacement=True, generator=generator)
        noise = torch.randn(num, self.num_dims, dtype=torch.float64, generator=generator)
        return self.means[chosen] + self.deviations[chosen, None] * noise

    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean (d,) and covariance (d, d) of the clean density."""
        mean = self.weights @ self.means
        centred = self.means - mean
        spread = (self.weights * self.deviations.square()).sum()
        return mean, (self.weights[:, None] * centred).T @ centred + spread * torch.eye(self.num_dims)

    def _variances(self, sigma: Tensor) -> Tensor:
        return self.deviations.square() + sigma[:, None].square()  # (B, K)

    def _joint(self, x: Tensor, sigma: Tensor) -> Tensor:
        variances = self._variances(sigma)
        distance = (x.reshape(len(x), 1, -1) - self.means).square().sum(2)  # (B, K)
        volume = self.num_dims / 2 * (2 * math.pi * variances).log()
        return self.weights.log() - volume - distance / (2 * variances)

    def _component_denoised(self, x: Tensor, sigma: Tensor) -> Tensor:
        kept = (self.deviations.square() / self._variances(sigma))[:, :, None]  # (B, K, 1)
        return kept * x.reshape(len(x), 1, -1) + (1 - kept) * self.means  # (B, K, d)


def trio() -> Mixture:
    """Three unequal components in the plane, of roughly unit variance: nothing is symmetric or zero."""
    return Mixture(
        weights=torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64),
        means=torch.tensor([[-0.9, 0.4], [0.8, 0.9], [0.6, -1.2]], dtype=torch.float64),
        deviations=torch.tensor([0.35, 0.5, 0.25], dtype=torch.float64),
    )
