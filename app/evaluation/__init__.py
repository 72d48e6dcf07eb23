"""Measures how good the answers of a service are, through its public API alone."""
