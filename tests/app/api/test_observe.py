"""Tests that each request is named, counted and timed, whatever becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.api.observe import Observer
from app.telemetry.metrics import Metrics
from tests.app.api.asgi import Echo, call

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


def test_a_usable_id_is_kept_and_another_is_made() -> None:
    """The caller's X-Request-Id comes back when it is harmless, else a fresh one does."""
    app = Observer(Echo(), Metrics())
    assert call(app, "GET", "/", headers={"X-Request-Id": "a.B-9_z"}).headers["x-request-id"] == "a.B-9_z"
    for bad in ("", "with blank", "x" * 129, "<script>"):
        made = call(app, "GET", "/", headers={"X-Request-Id": bad}).headers["x-request-id"]
        assert len(made) == 32
        assert made != bad


def test_an_application_that_fails_counts_as_500() -> None:
    """A request that ends in an exception is counted, and the exception goes on."""

    async def broken(_: Scope, __: Receive, ___: Send) -> None:
        raise RuntimeError("broken")

    metrics = Metrics()
    with pytest.raises(RuntimeError, match="broken"):
        call(Observer(broken, metrics), "GET", "/v1/x")
    assert 'trouvere_requests_total{method="GET",route="none",status="500"} 1.0' in metrics.render().decode()


def test_time_is_taken_once_a_request() -> None:
    """The histogram of a route counts its requests."""
    metrics = Metrics()
    app = Observer(Echo(delay_s=0.01), metrics)
    call(app, "GET", "/a")
    call(app, "GET", "/b")
    rendered = metrics.render().decode()
    assert 'trouvere_request_seconds_count{route="none"} 2.0' in rendered
    assert 'trouvere_request_seconds_bucket{le="0.005",route="none"} 0.0' in rendered
