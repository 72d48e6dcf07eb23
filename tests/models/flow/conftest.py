"""Runs these tests on one thread, like those of diffusion."""

from tests.models.diffusion.conftest import one_thread

__all__ = ["one_thread"]
