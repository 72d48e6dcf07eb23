"""The change of scale and time between sigma and the times of other people's networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from models.adapters.diffusers_timesteps import Clock, discrete_clock, flow_clock
from models.checkpoint import CheckpointError

SD = {
    "_class_name": "PNDMScheduler",
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
}


def ask(clock: Clock, sigmas: list[float]) -> list[float]:
    """The network's times of noise levels."""
    return [float(time) for time in clock.timestep(torch.tensor(sigmas, dtype=torch.float64))]


def test_training_levels_are_whole_steps() -> None:
    """Each of the thousand levels is told its own step, also when it was rounded to float32."""
    clock = discrete_clock(SD)
    rounded = torch.tensor(clock.levels, dtype=torch.float32).double()
    assert (clock.timestep(rounded) - torch.arange(1000)).abs().max() < 1e-3


def test_between_levels_time_is_linear_in_log_sigma() -> None:
    """The geometric mean of two neighbouring levels lies half a step between them."""
    clock = discrete_clock(SD)
    low, high = clock.levels[300], clock.levels[301]
    assert ask(clock, [(low * high) ** 0.5, low**0.75 * high**0.25]) == pytest.approx([300.5, 300.25])


def test_outside_its_levels_a_network_is_told_the_nearest_end() -> None:
    """Less noise than the first level is step 0, more than the last is the last."""
    clock = discrete_clock(SD)
    assert ask(clock, [clock.span[0] / 10, clock.span[1] * 10]) == [0.0, 999.0]


def test_the_levels_are_those_everyone_knows() -> None:
    """Stable Diffusion's ladder runs from 0.0292 to 14.6146."""
    assert discrete_clock(SD).span == pytest.approx((0.02917, 14.6146), rel=1e-3)


def test_a_flow_is_told_the_straight_line_s_time() -> None:
    """Equal parts of picture and noise are half way, whatever shift the grid has."""
    clock = flow_clock({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0})
    assert ask(clock, [1.0, 0.25, 9.0]) == pytest.approx([500.0, 200.0, 900.0])


@pytest.mark.parametrize(
    "config",
    [
        {**SD, "prediction_type": "sample"},
        {**SD, "beta_schedule": "sigmoid"},
        {"_class_name": "EDMEulerScheduler", "prediction_type": "epsilon"},
        {"_class_name": "FlowMatchEulerDiscreteScheduler", "prediction_type": "flow_prediction"},
    ],
)
def test_an_unknown_schedule_is_refused(config: dict[str, Any]) -> None:
    """What is not understood is not guessed."""
    with pytest.raises(CheckpointError, match="not known here"):
        discrete_clock(config)


def test_a_discrete_scheduler_is_no_flow() -> None:
    """A rectified flow with a discrete-time scheduler is refused by name."""
    with pytest.raises(CheckpointError, match="PNDMScheduler"):
        flow_clock(SD)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("schedule", ["linear", "scaled_linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize("rescale", [False, True])
def test_the_levels_are_diffusers_own(schedule: str, *, rescale: bool) -> None:
    """Every schedule, also without signal at the end, gives the levels of diffusers' Euler method."""
    diffusers: Any = pytest.importorskip("diffusers", reason="needs trouvere[diffusers]")
    config = {
        "beta_schedule": schedule,
        "beta_start": 0.001,
        "beta_end": 0.015,
        "num_train_timesteps": 200,
        "rescale_betas_zero_snr": rescale,
    }
    theirs = diffusers.EulerDiscreteScheduler(**config)
    variances = theirs.alphas_cumprod.double().numpy()
    if rescale:
        variances[-1] = 2.0**-24
    np.testing.assert_allclose(discrete_clock(config).levels, np.sqrt((1 - variances) / variances), rtol=2e-4)


def test_the_betas_themselves_may_be_given() -> None:
    """A folder that lists its betas is read by them alone."""
    levels = discrete_clock({**SD, "trained_betas": [0.5, 0.5]}).levels
    assert levels == pytest.approx((1.0, 3**0.5))


def test_a_perfect_network_is_a_perfect_denoiser() -> None:
    """A network that knows the noise, the velocity or the flow gives back the clean picture exactly."""
    generator = torch.Generator().manual_seed(0)
    clean, noise = torch.randn(2, 3, 4, 4, 4, generator=generator, dtype=torch.float64).unbind()
    sigma = torch.tensor([0.05, 1.0, 12.0], dtype=torch.float64)
    level = sigma.reshape(-1, 1, 1, 1)
    x = clean + level * noise
    alpha = (1 + level.square()).rsqrt()
    answers = {
        "epsilon": noise,
        "v_prediction": alpha * noise - alpha * level * clean,
        "flow": noise - clean,
    }
    for prediction, answer in answers.items():
        levels = () if prediction == "flow" else discrete_clock(SD).levels
        denoise = Clock(prediction, 1000, levels).denoiser(lambda *_, answer=answer: answer)
        torch.testing.assert_close(denoise(x, sigma, None), clean)
