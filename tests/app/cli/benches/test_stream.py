"""The stream is random, the same for its seed, and mixed as it says."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.cli.benches.stream import CANCELLED, USUAL, stream


def test_arrivals_are_poisson_at_the_rate_asked_for() -> None:
    """Gaps are exponential: their mean is one over the rate and their deviation about as large."""
    arrivals = stream(4000, 5.0, seed=1)
    times = [0.0, *(arrival.at for arrival in arrivals)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(0.2, rel=0.05)
    assert deviation == pytest.approx(mean, rel=0.1)


def test_the_mix_is_the_same_at_every_rate() -> None:
    """Only the moments differ: requests, and who gives up, are those of the seed."""
    slow, fast, other = stream(50, 1.0, 7), stream(50, 10.0, 7), stream(50, 1.0, 8)
    assert [one.order for one in slow] == [one.order for one in fast]
    assert [one.gives_up_at is None for one in slow] == [one.gives_up_at is None for one in fast]
    assert [one.order for one in slow] != [one.order for one in other]
    assert slow[-1].at == pytest.approx(10 * fast[-1].at)


def test_half_are_usual_and_a_tenth_gives_up() -> None:
    """The shares are those that are told with the figures; who gives up does so after coming."""
    arrivals = stream(2000, 1.0, 3)
    usual = sum(
        one.order.request.steps == 10
        and one.order.request.guidance_interval == (0.2, 10.0)
        and one.order.request.sampler == "dpmpp_2m"
        and one.order.request.guidance == 3.0
        for one in arrivals
    )
    leaving = [one for one in arrivals if one.gives_up_at is not None]
    assert usual / 2000 == pytest.approx(USUAL, abs=0.04)
    assert len(leaving) / 2000 == pytest.approx(CANCELLED, abs=0.03)
    assert all(one.gives_up_at and one.gives_up_at > one.at for one in leaving)
