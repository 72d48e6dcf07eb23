"""Every sampler as its own paper writes it, one loop each, in the paper's scale and notation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    Denoise = Callable[[Tensor, float], Tensor]
    Noise = Callable[[int], Tensor]

# Each loop takes D(x, sigma), the levels, x at the first level and the noise by step number.


def euler(denoise: Denoise, t: Sequence[float], x: Tensor, noise: Noise) -> Tensor:
    """Karras et al. 2022, algorithm 1 without the second stage."""
    del noise
    for i in range(len(t) - 1):
        d = (x - denoise(x, t[i])) / t[i]
        x = x + (t[i + 1] - t[i]) * d
    return x


def heun(denoise: Denoise, t: Sequence[float], x: Tensor, noise: Noise) -> Tensor:
    """Karras et al. 2022, algorithm 1."""
    del noise
    for i in range(len(t) - 1):
        d = (x - denoise(x, t[i])) / t[i]
        x_next = x + (t[i + 1] - t[i]) * d
        if t[i + 1] != 0:
            d_next = (x_next - denoise(x_next, t[i + 1])) / t[i + 1]
            x_next = x + (t[i + 1] - t[i]) * (d / 2 + d_next / 2)
        x = x_next
    return x


def edm_churn(
    denoise: Denoise, t: Sequence[float], x: Tensor, noise: Noise, churn: tuple[float, float, float, float]
) -> Tensor:
    """Karras et al. 2022, algorithm 2; churn = (S_churn, S_tmin, S_tmax, S_noise)."""
    s_churn, s_min, s_max, s_noise = churn
    num = len(t) - 1
    for i in range(num):
        gamma = min(s_churn / num, math.sqrt(2) - 1) if s_min <= t[i] <= s_max else 0.0
        hat = t[i] + gamma * t[i]
        x_hat = x + math.sqrt(hat**2 - t[i] ** 2) * s_noise * noise(i)
        d = (x_hat - denoise(x_hat, hat)) / hat
        x = x_hat + (t[i + 1] - hat) * d
        if t[i + 1] != 0:
            d_next = (x - denoise(x, t[i + 1])) / t[i + 1]
            x = x_hat + (t[i + 1] - hat) * (d / 2 + d_next / 2)
    return x


def ddim(denoise: Denoise, t: Sequence[float], x: Tensor, noise: Noise, eta: float) -> Tensor:
    """Song et al. 2021 (DDIM), eq. 12 and 16; `a` is the paper's alpha, the squared signal scale."""
    a = [1 / (1 + level**2) for level in t]
    y = x * math.sqrt(a[0])
    for i in range(len(t) - 1):
        clean = denoise(y / math.sqrt(a[i]), t[i])
        epsilon = (y - math.sqrt(a[i]) * clean) / math.sqrt(1 - a[i])
        s = eta * math.sqrt((1 - a[i + 1]) / (1 - a[i])) * math.sqrt(1 - a[i] / a[i + 1])
        y = math.sqrt(a[i + 1]) * clean + math.sqrt(max(1 - a[i + 1] - s**2, 0.0)) * epsilon + s * noise(i)
    return y


def euler_maruyama(denoise: Denoise, t: Sequence[float], x: Tensor, noise: Noise) -> Tensor:
    """Song et al. 2021 (score SDE), algorithm 2 without its corrector; the mean of the last step."""
    for i in range(len(t) - 1):
        score = (denoise(x, t[i]) - x) / t[i] ** 2
        mean = x + (t[i] ** 2 - t[i + 1] ** 2) * score
        x = mean + math.sqrt(t[i] ** 2 - t[i + 1] ** 2) * noise(i)
    return mean


def dpmpp_2m(denoise: Denoise, t: Sequence[float], x: Tensor, noise: Noise) -> Tensor:
    """Lu et al. 2022 (DPM-Solver++), algorithm 2, variance-preserving; the step to zero is exact for D."""
    del noise
    alpha = [1 / math.sqrt(1 + level**2) for level in t]
    sigma = [level / math.sqrt(1 + level**2) for level in t]
    lam = [math.log(a / s) for a, s in zip(alpha[:-1], sigma[:-1], strict=True)]
    y, q = x * alpha[0], []
    for i in range(1, len(t) - 1):
        q.append(denoise(y / alpha[i - 1], t[i - 1]))
        h = lam[i] - lam[i - 1]
        d = q[-1]
        if i > 1:
            r = (lam[i - 1] - lam[i - 2]) / h
            d = (1 + 1 / (2 * r)) * q[-1] - 1 / (2 * r) * q[-2]
        y = sigma[i] / sigma[i - 1] * y - alpha[i] * (math.exp(-h) - 1) * d
    return denoise(y / alpha[-2], t[-2])


def dpmpp_2m_sde(denoise: Denoise, t: Sequence[float], x: Tensor, noise: Noise) -> Tensor:
    """Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver++(2M), variance-preserving."""
    alpha = [1 / math.sqrt(1 + level**2) for level in t]
    sigma = [level / math.sqrt(1 + level**2) for level in t]
    lam = [math.log(a / s) for a, s in zip(alpha[:-1], sigma[:-1], strict=True)]
    y, before = x * alpha[0], None
    for i in range(len(t) - 2):
        now, h = denoise(y / alpha[i], t[i]), lam[i + 1] - lam[i]
        slope = 0 * now
        if before is not None:
            r = (lam[i] - lam[i - 1]) / h
            slope = (now - before) / r
        y = (
            sigma[i + 1] / sigma[i] * math.exp(-h) * y
            + alpha[i + 1] * (1 - math.exp(-2 * h)) * now
            + alpha[i + 1] * (1 - math.exp(-2 * h)) / 2 * slope
            + sigma[i + 1] * math.sqrt(1 - math.exp(-2 * h)) * noise(i)
        )
        before = now
    return denoise(y / alpha[-2], t[-2])


def unipc(denoise: Denoise, t: Sequence[float], x: Tensor, noise: Noise) -> Tensor:
    """Zhao et al. 2023, UniPC-2 with B_2(h) in data prediction, variance-preserving, systems solved."""
    del noise
    alpha = [1 / math.sqrt(1 + level**2) for level in t]
    sigma = [level / math.sqrt(1 + level**2) for level in t]
    lam = [math.log(a / s) for a, s in zip(alpha[:-1], sigma[:-1], strict=True)]
    corrected = x * alpha[0]
    q = [denoise(x, t[0])]
    for i in range(1, len(t) - 1):
        h = lam[i] - lam[i - 1]
        b = math.exp(-h) - 1
        linear = sigma[i] / sigma[i - 1] * corrected - alpha[i] * b * q[i - 1]
        ratios = [(lam[i - 2] - lam[i - 1]) / h] if i > 1 else []
        known = [(q[i - 2] - q[i - 1]) / ratios[0]] if i > 1 else []
        predicted = linear - alpha[i] * b * sum((0.5 * d for d in known), start=0 * x)
        q.append(denoise(predicted / alpha[i], t[i]))
        weights = _unipc_weights([*ratios, 1.0], h)
        known.append(q[i] - q[i - 1])
        residual = sum((w * d for w, d in zip(weights, known, strict=True)), start=0 * x)
        corrected = linear - alpha[i] * b * residual
    return q[-1]


def _unipc_weights(ratios: list[float], h: float) -> list[float]:
    """Solve sum_m a_m r_m^(n-1) = n!·phi_(n+1)(-h)·(-h)·... / B for n = 1 .. p, theorem 3.1 at -h."""
    order, x = len(ratios), -h
    if order == 1:
        return [0.5]
    # phi_(n+1)(x) = integral of e^((1-u)x) u^n / n! over u in [0, 1], here by Gauss-Legendre quadrature.
    nodes, mass = np.polynomial.legendre.leggauss(40)
    u, mass = (nodes + 1) / 2, mass / 2
    matrix = np.array([[r ** (n - 1) for r in ratios] for n in range(1, order + 1)])
    right = [
        float((mass * np.exp((1 - u) * x) * u**n).sum()) * x / math.expm1(x) for n in range(1, order + 1)
    ]
    return [float(a) for a in np.linalg.solve(matrix, np.array(right))]
