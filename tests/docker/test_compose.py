"""Holds the composition to its schema, to the code's own names, and to opening no door by itself."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from app.settings import Settings
from tests.docker.files import COMPOSE, PROMETHEUS, SETTING, last, read_yaml

# Variables of the composition itself, not of the service.
OF_COMPOSE = {"TROUVERE_PUBLISH", "TROUVERE_MEMORY", "TROUVERE_CPUS"}


def test_the_composition_follows_its_schema() -> None:
    """compose.yaml is what the Compose specification allows."""
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_every_setting_of_the_composition_exists() -> None:
    """Each TROUVERE_… that compose.yaml names is a setting, or one of the composition's own."""
    known = {f"TROUVERE_{name.upper()}" for name in Settings.model_fields}
    assert set(SETTING.findall(COMPOSE.read_text())) - known - OF_COMPOSE == set()


def test_nothing_is_published_beyond_loopback_unless_told() -> None:
    """Every port is published on 127.0.0.1 by default, and a key is never written down."""
    services = read_yaml(COMPOSE)["services"]
    published = [port for service in services.values() for port in service["ports"]]
    assert len(published) == 2
    assert [port for port in published if "127.0.0.1:" not in port] == []
    environment = services["api"]["environment"]
    assert environment["TROUVERE_API_KEYS"] == "${TROUVERE_API_KEYS:-}"
    assert environment["TROUVERE_ALLOW_OPEN"] == "${TROUVERE_ALLOW_OPEN:-false}"


def test_every_service_is_bounded_and_without_privileges() -> None:
    """Each has limits of memory, processors and processes, a read-only root and no capabilities."""
    for service in read_yaml(COMPOSE)["services"].values():
        assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_data_outlives_the_containers() -> None:
    """The folder that the image keeps its data in is a named volume."""
    composition = read_yaml(COMPOSE)
    assert f"data:{last('VOLUME')}" in composition["services"]["api"]["volumes"]
    assert "data" in composition["volumes"]


def test_prometheus_reads_the_service_where_it_is() -> None:
    """The scraped target is the service's name in the composition and the port of the image."""
    jobs = {job["job_name"]: job for job in read_yaml(PROMETHEUS)["scrape_configs"]}
    assert jobs["trouvere"]["metrics_path"] == "/metrics"
    assert jobs["trouvere"]["static_configs"] == [{"targets": [f"api:{last('EXPOSE')}"]}]
    assert "./prometheus.yml:/etc/prometheus/prometheus.yml:ro" in str(read_yaml(COMPOSE)["services"])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_its_file() -> None:
    """Prometheus finds no fault in prometheus.yml."""
    ran = subprocess.run(["promtool", "check", "config", PROMETHEUS], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
