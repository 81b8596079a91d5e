"""Fixtures of the integration tests."""

from tests.fixtures.tthc.plugin import station

__all__ = ["station"]
