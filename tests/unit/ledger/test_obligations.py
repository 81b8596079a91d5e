"""What is due, by era: the seed, spans of periods, and files that do not hold together."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingestion.core.environment import repo_root
from ingestion.core.period import Period
from ingestion.core.source import read_source, source_names
from ingestion.ledger.due import all_agencies
from ingestion.ledger.excuses import Excuses, read_excuses
from ingestion.ledger.obligations import (
    ObligationError,
    due_on,
    periods_due,
    read_obligations,
)

HEADER = (
    "source,resource,party,kinds,except_codes,only_codes,owed_by,period_type,due_days,if_day_off,"
    "valid_from,valid_to,legal_basis,certainty,note\n"
)
DAYS = st.dates(date(2020, 6, 1), date(2026, 12, 31))


def file(folder: Path, *lines: str) -> Path:
    path = folder / "obligations.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines), "utf-8")
    return path


def names(periods: list[Period]) -> list[str]:
    return [str(period) for period in periods]


def test_every_resource_of_every_source_is_due_today() -> None:
    today = date(2026, 11, 20)
    for source in source_names():
        for resource in read_source(source).resources:
            assert names(periods_due(source, resource, today, today)) == ["2026-11-20"]


def test_the_seeds_name_only_what_there_is() -> None:
    resources = {name: set(read_source(name).resources) for name in source_names()}
    forms = repo_root() / "ingestion" / "sources" / "agency_reports" / "forms"
    resources["agency_reports"] |= {
        yaml.safe_load(form.read_text("utf-8"))["resource"] for form in forms.glob("*.yml")
    }
    kinds = {agency.code: agency.kind for agency in all_agencies()}
    for item in read_obligations():
        assert item.resource in resources[item.source]
        assert set(item.kinds) <= set(kinds.values())
        assert {kinds[code] for code in item.except_codes + item.only_codes} <= set(item.kinds)
    assert isinstance(read_excuses(), Excuses)


def test_the_catalogue_was_due_once_a_month_until_the_plan_began() -> None:
    due = periods_due("tthc", "procedures", date(2025, 11, 1), date(2026, 1, 2))
    assert names(due) == ["2025-11", "2025-12", "2026-01-01", "2026-01-02"]
    assert due_on("tthc", "procedures", Period.parse("2025-11")) == date(2025, 12, 1)


def test_nothing_was_due_before_2021() -> None:
    assert names(periods_due("tthc", "dossiers", date(2020, 12, 30), date(2021, 1, 1))) == [
        "2021-01-01"
    ]
    with pytest.raises(ValueError, match="no obligation"):
        due_on("tthc", "dossiers", Period.parse("2020-12-31"))


@given(first=DAYS, cut=st.integers(1, 500), length=st.integers(1, 900))
def test_spans_share_out_the_periods(first: date, cut: int, length: int) -> None:
    last = first + timedelta(days=length)
    middle = min(first + timedelta(days=cut), last)
    for resource in ("dossiers", "procedures", "ratings"):
        whole = periods_due("tthc", resource, first, last)
        parts = periods_due("tthc", resource, first, middle - timedelta(days=1))
        parts += periods_due("tthc", resource, middle, last)
        assert parts == whole
        assert len(set(whole)) == len(whole)


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="lies before"):
        periods_due("tthc", "dossiers", date(2026, 1, 2), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,b,system,,,,any_day,month,5,same_day,2021-01-02,,,open,", "does not begin a month"),
        (
            "a,b,system,,,,any_day,month,5,same_day,2021-01-01,2021-02-03,,open,",
            "not begin a month",
        ),
        ("a,b,system,,,,any_day,fortnight,5,same_day,2021-01-01,,,open,", "no kind of period"),
        ("a,b,system,,,,any_day,day,5,same_day,2021-01-01,2020-01-01,,open,", "before it begins"),
        ("a,b,system,commune,,,any_day,day,5,same_day,2021-01-01,,,open,", "a system's none"),
        ("a,b,agency,,,,any_day,day,5,same_day,2021-01-01,,,open,", "names kinds"),
        ("a,b,nobody,,,,any_day,day,5,same_day,2021-01-01,,,open,", "no party"),
        ("a,b,agency,commune,A,B,any_day,day,5,same_day,2021-01-01,,,open,", "exclude each other"),
        ("a,b,agency,commune,,,never,day,5,same_day,2021-01-01,,,open,", "owed_by"),
        ("a,b,agency,commune,,,any_day,day,5,moon,2021-01-01,,,open,", "if_day_off"),
        ("a,b,system,,,,any_day,day,soon,same_day,2021-01-01,,,open,", "line 2"),
    ],
)
def test_a_row_that_cannot_hold_is_refused(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(ObligationError, match=message):
        read_obligations(file(tmp_path, line))


def test_nothing_is_due_twice(tmp_path: Path) -> None:
    day = "a,b,agency,{kinds},,,any_day,month,5,same_day,{first},{end},,open,"
    first = day.format(kinds="commune", first="2021-01-01", end="2022-01-01")
    kinds = day.format(kinds="district", first="2021-01-01", end="")
    after = day.format(kinds="commune;district", first="2022-01-01", end="")
    assert len(read_obligations(file(tmp_path, first, kinds))) == 2
    (tmp_path / "more").mkdir()
    with pytest.raises(ObligationError, match="two obligations hold from 2022-01-01"):
        read_obligations(file(tmp_path / "more", first, kinds, after))
