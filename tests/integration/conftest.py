"""Fixtures of the integration tests."""

from tests.fixtures.budget.plugin import budget_station
from tests.fixtures.open_data.plugin import open_data_station
from tests.fixtures.reports.plugin import report_desk
from tests.fixtures.tthc.plugin import station

__all__ = ["budget_station", "open_data_station", "report_desk", "station"]
