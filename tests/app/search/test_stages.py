"""Stages add up."""

from app.search.stages import Stages
from tests.app.search.fakes import FakeClock


def test_laps_are_milliseconds_since_the_last_one() -> None:
    """Each lap gets the time since the one before; laps of one name add up; order is kept."""
    clock = FakeClock()
    stages = Stages(clock)
    for name, seconds in (("understand", 0.5), ("recall", 0.25), ("understand", 0.125)):
        clock.now += seconds
        stages.lap(name)
    stages.add("encode", 7.0)
    assert stages.laps == (("understand", 625.0), ("recall", 250.0), ("encode", 7.0))
