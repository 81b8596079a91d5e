from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.core.period import Period

DATES = st.dates(min_value=date(1900, 1, 1), max_value=date(2998, 12, 31))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-20", date(2026, 11, 20), date(2026, 11, 21)),
        ("2028-02-29", date(2028, 2, 29), date(2028, 3, 1)),
        ("2026-12-31", date(2026, 12, 31), date(2027, 1, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-H1", date(2026, 1, 1), date(2026, 7, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_parse_gives_half_open_days(text: str, start: date, end: date) -> None:
    period = Period.parse(text)
    assert (period.start, period.end, str(period)) == (start, end, text)


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2026-02-29", "2026-Q5", "2026-H3", "26-11", "2026-11-20 ", "٢٠٢٦", "2026-W53"],
)
def test_parse_refuses_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError):
        Period.parse(text)


def test_a_month_begins_on_its_first_day() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        Period(date(2026, 11, 2), "month")
    with pytest.raises(ValueError, match="does not begin"):
        Period(date(2026, 2, 1), "quarter")


@given(DATES)
def test_every_day_survives_a_round_trip(day: date) -> None:
    period = Period(day)
    assert Period.parse(str(period)) == period
    assert period.end - period.start == timedelta(days=1)


@given(DATES, st.sampled_from(["%Y-%m", "quarter", "half", "%Y"]))
def test_days_of_a_longer_period_cover_it_once(day: date, form: str) -> None:
    text = {
        "quarter": f"{day:%Y}-Q{(day.month + 2) // 3}",
        "half": f"{day:%Y}-H{(day.month + 5) // 6}",
    }.get(form) or day.strftime(form)
    period = Period.parse(text)
    days = [one.start for one in period.days()]
    assert day in days
    assert days == sorted(set(days))
    assert (days[0], days[-1] + timedelta(days=1)) == (period.start, period.end)


def test_bounds_are_midnights_of_the_zone_not_of_utc() -> None:
    first, last = Period.parse("2026-12-31").bounds(ZoneInfo("Asia/Ho_Chi_Minh"))
    assert first.isoformat() == "2026-12-31T00:00:00+07:00"
    assert last.isoformat() == "2027-01-01T00:00:00+07:00"


def test_periods_sort_by_time() -> None:
    days = [Period(day) for day in (date(2027, 1, 1), date(2026, 12, 31))]
    assert [str(day) for day in sorted(days)] == ["2026-12-31", "2027-01-01"]
