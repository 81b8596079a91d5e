"""Which days a run is about: decided by its parameters or its interval, never by a clock."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException

from dags.shared.defaults import TIMEZONE

LOCAL = ZoneInfo(TIMEZONE)


def _param(which: str) -> Param:
    text = f"{which} day to fetch, such as 2026-08-01; empty: the day of the run's interval."
    return Param(None, type=["null", "string"], format="date", description_md=text)


PARAMS = {"first_day": _param("First"), "last_day": _param("Last")}
"""Parameters of a run by hand that catches up several days at once."""


def days_of(context: dict[str, Any]) -> tuple[date, date]:
    """The first and last local day, both inclusive, that the run of ``context`` is about.

    Raises:
        AirflowFailException: the run has neither both parameters nor an interval.
    """
    given = [context["params"].get(name) for name in PARAMS]
    if all(given):
        first, last = (date.fromisoformat(str(day)) for day in given)
        return first, last
    start: datetime | None = context.get("data_interval_start")
    end: datetime | None = context.get("data_interval_end")
    if any(given) or start is None or end is None:
        raise AirflowFailException("Give both first_day and last_day, or a logical date.")
    inclusive_end = end - timedelta(microseconds=1)
    return start.astimezone(LOCAL).date(), inclusive_end.astimezone(LOCAL).date()
