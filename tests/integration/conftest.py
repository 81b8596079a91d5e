"""Fixtures of the integration tests."""

from tests.fixtures.budget.plugin import budget_station
from tests.fixtures.tthc.plugin import station

__all__ = ["budget_station", "station"]
