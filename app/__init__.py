"""The service: HTTP, use cases, ranking, worker and store."""
