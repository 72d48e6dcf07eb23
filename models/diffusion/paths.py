"""Names the ways from picture to noise: VP linear, VP cosine, sub-VP, VE and the straight line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from models.exported import exported

if TYPE_CHECKING:
    from torch import Tensor


class Path(Protocol):
    """A linear SDE dx = drift(t)·x dt + diffusion(t) dw with x_t = alpha(t)·clean + sigma(t)·noise.

    Times are (B,) in (0, horizon], and so are all results. Everything about a path but the network
    is in `level = sigma / alpha`, its noise level after division by alpha, which grows with t.
    """

    @property
    def horizon(self) -> float:
        """The time at which sampling starts."""
        ...

    def alpha(self, t: Tensor) -> Tensor:
        """Scale of the picture."""
        ...

    def sigma(self, t: Tensor) -> Tensor:
        """Scale of the noise."""
        ...

    def drift(self, t: Tensor) -> Tensor:
        """f(t) = d log alpha / dt (Kingma et al. 2021, variational diffusion models)."""
        ...

    def diffusion(self, t: Tensor) -> Tensor:
        """g(t), whose square is d sigma^2 / dt - 2 f sigma^2."""
        ...

    def time(self, level: Tensor) -> Tensor:
        """The time at which sigma / alpha is `level`."""
        ...


@exported("sdes", "vp_linear")
@dataclass(frozen=True, slots=True)
class LinearVP:
    """Variance-preserving with beta(t) linear in time: the continuous DDPM.

    Song et al. 2021 (score SDE), eq. 11 and 32-33.
    """

    beta_min: float = 0.1
    beta_max: float = 20.0
    horizon: float = 1.0

    def alpha(self, t: Tensor) -> Tensor:
        return (-_integrated(self, t) / 2).exp()

    def sigma(self, t: Tensor) -> Tensor:
        return (-(-_integrated(self, t)).expm1()).sqrt()

    def drift(self, t: Tensor) -> Tensor:
        return -_beta(self, t) / 2

    def diffusion(self, t: Tensor) -> Tensor:
        return _beta(self, t).sqrt()

    def time(self, level: Tensor) -> Tensor:
        # level^2 = exp(integral of beta) - 1
        return _time_of_integral(self, level.square().log1p())


@exported("sdes", "sub_vp")
@dataclass(frozen=True, slots=True)
class SubVP:
    """Sub-variance-preserving: the linear-beta drift with less noise, made for likelihoods.

    Song et al. 2021 (score SDE), eq. 12 and 29.
    """

    beta_min: float = 0.1
    beta_max: float = 20.0
    horizon: float = 1.0

    def alpha(self, t: Tensor) -> Tensor:
        return (-_integrated(self, t) / 2).exp()

    def sigma(self, t: Tensor) -> Tensor:
        return -(-_integrated(self, t)).expm1()

    def drift(self, t: Tensor) -> Tensor:
        return -_beta(self, t) / 2

    def diffusion(self, t: Tensor) -> Tensor:
        return (_beta(self, t) * -(-2 * _integrated(self, t)).expm1()).sqrt()

    def time(self, level: Tensor) -> Tensor:
        # level = 2 sinh(integral of beta / 2)
        return _time_of_integral(self, 2 * (level / 2).asinh())


@exported("sdes", "vp_cosine")
@dataclass(frozen=True, slots=True)
class CosineVP:
    """Variance-preserving with alpha a quarter cosine; offset 0 is the cos/sin path itself.

    Nichol & Dhariwal 2021, eq. 17, in continuous time; the horizon keeps beta finite.
    """

    offset: float = 0.008
    horizon: float = 0.9946

    def alpha(self, t: Tensor) -> Tensor:
        return self._angle(t).cos() / math.cos(self._start())

    def sigma(self, t: Tensor) -> Tensor:
        # 1 - cos^2(u)/cos^2(u_0) without cancellation
        angle, start = self._angle(t), self._start()
        return ((angle - start).sin() * (angle + start).sin()).sqrt() / math.cos(start)

    def drift(self, t: Tensor) -> Tensor:
        return -self._angle(t).tan() * self._speed()

    def diffusion(self, t: Tensor) -> Tensor:
        return (2 * self._angle(t).tan() * self._speed()).sqrt()

    def time(self, level: Tensor) -> Tensor:
        # tan^2(u) = tan^2(u_0) + level^2 / cos^2(u_0), from cos(u) = cos(u_0)·alpha
        start = self._start()
        tangent = (level.square() / math.cos(start) ** 2 + math.tan(start) ** 2).sqrt()
        return (tangent.atan() - start) / self._speed()

    def _speed(self) -> float:
        return math.pi / 2 / (1 + self.offset)

    def _start(self) -> float:
        return self.offset * self._speed()

    def _angle(self, t: Tensor) -> Tensor:
        return t * self._speed() + self._start()


@exported("sdes", "ve")
@dataclass(frozen=True, slots=True)
class VE:
    """Variance-exploding: noise added geometrically, the picture never scaled.

    Song et al. 2021 (score SDE), eq. 9 and 30-31; time 0 is the level sigma_min, not the clean picture.
    """

    sigma_min: float = 0.002
    sigma_max: float = 80.0
    horizon: float = 1.0

    def alpha(self, t: Tensor) -> Tensor:
        return 0 * t + 1

    def sigma(self, t: Tensor) -> Tensor:
        return self.sigma_min * (self._log_ratio() * t).exp()

    def drift(self, t: Tensor) -> Tensor:
        return 0 * t

    def diffusion(self, t: Tensor) -> Tensor:
        return self.sigma(t) * math.sqrt(2 * self._log_ratio())

    def time(self, level: Tensor) -> Tensor:
        return (level / self.sigma_min).log() / self._log_ratio()

    def _log_ratio(self) -> float:
        return math.log(self.sigma_max / self.sigma_min)


@exported("sdes", "straight")
@dataclass(frozen=True, slots=True)
class Straight:
    """The straight line (1 - t)·clean + t·noise of flow matching and rectified flow.

    Lipman et al. 2023, eq. 20-21; Liu et al. 2023, eq. 1. Its SDE has f = -1/(1 - t) and
    g^2 = 2t/(1 - t); the horizon keeps both finite.
    """

    horizon: float = 80 / 81

    def alpha(self, t: Tensor) -> Tensor:
        return 1 - t

    def sigma(self, t: Tensor) -> Tensor:
        return t * 1

    def drift(self, t: Tensor) -> Tensor:
        return -1 / (1 - t)

    def diffusion(self, t: Tensor) -> Tensor:
        return (2 * t / (1 - t)).sqrt()

    def time(self, level: Tensor) -> Tensor:
        return level / (1 + level)


def _beta(path: LinearVP | SubVP, t: Tensor) -> Tensor:
    return path.beta_min + t * (path.beta_max - path.beta_min)


def _integrated(path: LinearVP | SubVP, t: Tensor) -> Tensor:
    # Integral of beta from 0 to t; Song et al. 2021, eq. 33's exponent.
    return t * (path.beta_min + t * (path.beta_max - path.beta_min) / 2)


def _time_of_integral(path: LinearVP | SubVP, integral: Tensor) -> Tensor:
    slope = path.beta_max - path.beta_min
    return 2 * integral / (path.beta_min + (path.beta_min**2 + 2 * slope * integral).sqrt())
