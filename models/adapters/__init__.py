"""Loads models that others trained, from folders on disk and never from a network."""
