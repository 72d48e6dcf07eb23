"""Counts what the service does, for Prometheus; gauges are read when they are asked for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client import Metric
    from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# Every gauge: name → what it says. Bootstrap supplies the readings by these names.
GAUGES: dict[str, str] = {
    "trouvere_items": "Items that can be found.",
    "trouvere_vectors": "Text vectors that can be searched.",
    "trouvere_log_lsn": "Newest durable row of the log.",
    "trouvere_applied_lsn": "Newest row that terms and columns show.",
    "trouvere_vectors_lsn": "Newest row that text vectors show.",
    "trouvere_picture_vectors": "Vectors of pictures that can be searched.",
    "trouvere_pictures_lsn": "Newest row that picture vectors show.",
    "trouvere_exposures_dropped_total": "Answers that could not be kept to learn from.",
    "trouvere_owner": "1 in the process that owns the worker, the snapshots and the imports.",
    "trouvere_process": "The process that tells all this; others on the folder have counters of their own.",
    "trouvere_model_ready": "1 when the generator is loaded and warm.",
    "trouvere_generation_waiting": "Pictures that wait for the generator.",
    "trouvere_generation_running": "Pictures that the generator holds.",
    "trouvere_generation_rows": "Denoiser rows of the last model call.",
    "trouvere_generation_evaluations_total": "Denoiser rows evaluated since the worker started.",
    "trouvere_generation_calls_total": "Model calls since the worker started.",
    "trouvere_generation_restarts_total": "Times the worker was started again after it died.",
}


class Readings:
    """Asks for every gauge at the moment of a scrape."""

    def __init__(self, read: Callable[[], Mapping[str, float]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """Yield one family a reading; what counts up, named `…_total`, as a counter."""
        values = self._read()
        for name, text in GAUGES.items():
            if name in values:
                family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
                yield family(name, text, value=values[name])


class Metrics:
    """The counters and histograms of one process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.requests = Counter(
            "trouvere_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self.request_seconds = Histogram(
            "trouvere_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self.stage_seconds = Histogram(
            "trouvere_search_stage_seconds",
            "Time that a stage of a search took.",
            ("stage",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self.branches = Counter(
            "trouvere_branches",
            "Recall branches by how they ended.",
            ("branch", "status"),
            registry=self._registry,
        )

        # By its labels: looking a child up costs more than counting does.
        self.request = cache(self.requests.labels)
        self.request_time = cache(self.request_seconds.labels)
        self.stage = cache(self.stage_seconds.labels)
        self.branch = cache(self.branches.labels)

    def watch(self, read: Callable[[], Mapping[str, float]]) -> None:
        """Report gauges from `read`, which is called at each scrape."""
        collector: Collector = Readings(read)
        self._registry.register(collector)

    def render(self) -> bytes:
        """Return everything in the text form of Prometheus."""
        return generate_latest(self._registry)
