"""Tests that a load is sent as told and timed from when it was due."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.bench.client import encode
from tests.bench.driver import Load, drive, drive_here, moments
from tests.bench.server import NotServed, Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = encode("GET", "/")
BAD = encode("GET", "/nowhere")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve one route that answers and none else, in a process of its own."""
    folder = tmp_path_factory.mktemp("served")
    with serving("tests.bench.echo", [], folder / "log") as started:
        started.wait(lambda: started.answers("/"), 60)
        yield started


def test_callers_send_one_after_the_other(server: Server) -> None:
    """A closed loop of two gets only good answers, and counts them by the time it took."""
    outcome = drive(Load(server.port, [GOOD], concurrency=2, seconds=0.3))
    assert outcome.failures == []
    assert len(outcome.latencies_ms) == pytest.approx(outcome.rate * outcome.seconds)
    # Two callers are busy all the time: their waits fill twice the time there was, but for the client's own.
    assert 0.3 < sum(outcome.latencies_ms) / 1_000 < 2 * outcome.seconds


def test_bad_answers_are_failures(server: Server) -> None:
    """A 404 is no latency; it is told."""
    outcome = drive_here(Load(server.port, [GOOD, BAD], concurrency=1, seconds=0.1))
    assert outcome.failures[0].startswith("404")
    assert abs(len(outcome.failures) - len(outcome.latencies_ms)) <= 1


def test_requests_fall_due_at_their_rate(server: Server) -> None:
    """An open loop sends each moment's request once, however many connections there are."""
    outcome = drive_here(Load(server.port, [GOOD], concurrency=2, seconds=0.4, rate=50, seed=3))
    assert len(outcome.latencies_ms) == len(list(moments(50, 0.4, 3)))


def test_moments_are_a_poisson_process() -> None:
    """Gaps at 100 a second have mean and deviation of about 10 ms."""
    at = list(moments(100, 60, seed=1))
    gaps = [b - a for a, b in pairwise(at)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(0.01, rel=0.05)
    assert deviation == pytest.approx(0.01, rel=0.05)


def test_a_server_that_ends_is_told_with_its_last_words(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Waiting for a process that has died raises what it said."""
    log = tmp_path_factory.mktemp("dead") / "log"
    with serving("tests.bench.nowhere", [], log) as server, pytest.raises(NotServed, match="No module named"):
        server.wait(lambda: False, 30)


def test_processor_time_is_read_of_the_server(server: Server) -> None:
    """Answering costs the server processor time."""
    before = server.cpu_seconds()
    drive_here(Load(server.port, [GOOD], concurrency=2, seconds=0.3))
    assert server.cpu_seconds() > before
