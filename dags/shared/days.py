"""Which days and months a run is about: its parameters, interval or asset events, never a clock."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, Param
from airflow.sdk.exceptions import AirflowFailException

from dags.shared.defaults import TIMEZONE

LOCAL = ZoneInfo(TIMEZONE)

LOOK_BACK = timedelta(days=92)
"""Dossiers received up to so long ago still change, so their months are judged again."""


def span_params(unit: str, otherwise: str) -> dict[str, Param]:
    """The parameters ``first_<unit>`` and ``last_<unit>`` of a run by hand, dates or empty."""
    text = f"{{}} {unit}, as a date such as 2026-08-01; empty: {otherwise}."
    return {
        f"{which}_{unit}": Param(
            None,
            type=["null", "string"],
            format="date",
            description_md=text.format(which.capitalize()),
        )
        for which in ("first", "last")
    }


def days_of(context: Mapping[str, Any]) -> tuple[date, date]:
    """The first and last local day, both inclusive, that an ingestion run is to fetch.

    Raises:
        AirflowFailException: the run has neither both parameters nor an interval.
    """
    if span := _given(context, "day"):
        return span
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start is None or end is None:
        raise AirflowFailException("Give first_day and last_day, or a logical date.")
    last_moment = end - timedelta(microseconds=1)
    return start.astimezone(LOCAL).date(), last_moment.astimezone(LOCAL).date()


def announce(
    context: Mapping[str, Any], asset: Asset, first: date, last: date, **facts: object
) -> None:
    """Say in the event of outlet ``asset`` which days changed."""
    days = {"first_day": first.isoformat(), "last_day": last.isoformat()}
    context["outlet_events"][asset].extra = {**days, **facts}


def run_day(context: Mapping[str, Any]) -> date:
    """The local day for which the run was made; it stays the same when tasks are cleared."""
    day: date = context["dag_run"].run_after.astimezone(LOCAL).date()
    return day


def announced_days(context: Mapping[str, Any], *assets: Asset) -> tuple[date, date]:
    """The days that changed, by the events of ``assets`` that led to this run.

    A run by hand has no events: then it is `run_day`.
    """
    events = context["triggering_asset_events"]
    told = [
        event.extra
        for asset in assets
        for event in events.get(asset, [])
        if "first_day" in event.extra
    ]
    if not told:
        return run_day(context), run_day(context)
    first = min(date.fromisoformat(extra["first_day"]) for extra in told)
    return first, max(date.fromisoformat(extra["last_day"]) for extra in told)


def months_of(context: Mapping[str, Any], asset: Asset) -> tuple[date, date]:
    """The months to judge, each by any day in it: those given, else the changed and `LOOK_BACK`."""
    if span := _given(context, "month"):
        return span
    first, last = announced_days(context, asset)
    return first - LOOK_BACK, last


def _given(context: Mapping[str, Any], unit: str) -> tuple[date, date] | None:
    first, last = (context["params"].get(f"{which}_{unit}") for which in ("first", "last"))
    if bool(first) != bool(last):
        raise AirflowFailException(f"Give both first_{unit} and last_{unit}, or neither.")
    if not first:
        return None
    span = date.fromisoformat(first), date.fromisoformat(last)
    if span[0] > span[1]:
        raise AirflowFailException(f"first_{unit} {first} lies after last_{unit} {last}.")
    return span
