"""Measures a generator of icons with a judge that the service never uses."""
