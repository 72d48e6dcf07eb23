"""Tests that counts and gauges come out in the form that Prometheus reads."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from app.telemetry.metrics import GAUGES, Metrics


def samples(metrics: Metrics) -> dict[str, float]:
    """Return every sample by its name and labels."""
    found = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def test_requests_are_counted_by_route_and_status() -> None:
    """Each request adds one to its own series."""
    metrics = Metrics()
    for status in ("200", "200", "404"):
        metrics.requests.labels("GET", "/v1/items/{id}", status).inc()
    found = samples(metrics)
    assert found["trouvere_requests_total{method=GET,route=/v1/items/{id},status=200}"] == 2
    assert found["trouvere_requests_total{method=GET,route=/v1/items/{id},status=404}"] == 1


def test_gauges_are_read_at_the_moment_of_the_scrape() -> None:
    """A gauge tells the reading of now; one without a reading is left out."""
    readings = {"trouvere_items": 3.0}
    metrics = Metrics()
    metrics.watch(lambda: readings)
    assert samples(metrics)["trouvere_items{}"] == 3
    readings["trouvere_items"] = 4.0
    found = samples(metrics)
    assert found["trouvere_items{}"] == 4
    assert "trouvere_log_lsn{}" not in found
    assert set(GAUGES) >= set(readings)


def test_two_processes_parts_do_not_share_counts() -> None:
    """Each Metrics has its own registry."""
    one, other = Metrics(), Metrics()
    one.branches.labels("term", "ok").inc()
    assert "trouvere_branches_total{branch=term,status=ok}" not in samples(other)
