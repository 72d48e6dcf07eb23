"""The service: HTTP, use cases, ranking, worker and store."""

__version__ = "0.1.0"
