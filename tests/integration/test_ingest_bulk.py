"""Many days in one transaction: the same rows, and no day suffers for another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from ingestion.core import load
from tests.fixtures.tthc.server import Reply, dossier, dossiers
from tests.fixtures.tthc.station import Station

FIRST, LAST = date(2025, 6, 28), date(2025, 7, 4)
DAYS = [FIRST + timedelta(days=n) for n in range(7)]
LOADED = """
    select period, row_count, rejected_count from ops.load order by load_id"""


def week() -> list[dict[str, object]]:
    """Seven days of different sizes; the last one is empty, the first has a bad record."""
    records = [dossier(900, "20250628", NgayTra="31/02/2027")]
    for place, day in enumerate(DAYS[:-1]):
        records += dossiers(40 + 10 * place, day.strftime("%Y%m%d"))
    return records


def test_the_rows_are_those_of_single_days(station: Station) -> None:
    station.system.records["dossiers"] = week()
    station.ingest(FIRST, LAST)
    single, ledger = station.content(), station.rows(LOADED)
    summaries = station.ingest(FIRST, LAST, bulk=True)
    assert station.content() == single
    assert station.rows(LOADED)[len(ledger) :] == ledger
    assert [summary.state for summary in summaries] == ["accepted"] * 7
    assert [summary.row_count for summary in summaries] == [40, 50, 60, 70, 80, 90, 0]
    assert summaries[0].reasons == {"unreadable_date": 1}


def test_every_day_keeps_a_load_of_its_own_in_one_transaction(station: Station) -> None:
    station.system.records["dossiers"] = week()
    station.ingest(FIRST, LAST, bulk=True)
    assert station.rows(
        "select count(*), count(distinct load_id), count(distinct loaded_at) from ops.load"
    ) == [(7, 7, 1)]
    assert station.rows("""
        select bool_and(d._period = l.period), count(*)
        from raw.tthc__dossiers as d inner join ops.load as l on d._load_id = l.load_id
    """) == [(True, 390)]
    assert station.rows("select count(*) from ops.ledger where outcome = 'accepted'") == [(7,)]


def test_days_are_cut_into_transactions_by_records(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.system.records["dossiers"] = week()
    monkeypatch.setattr("ingestion.core.run._BULK_RECORDS", 120)
    station.ingest(FIRST, LAST, bulk=True)
    assert station.rows("select count(distinct loaded_at) from ops.load") == [(3,)]


def test_a_day_that_the_source_refuses_leaves_the_others(station: Station) -> None:
    station.system.records["dossiers"] = week()
    bad = "2025-07-01"
    station.system.behaviour = lambda call, _: (
        Reply(status=400) if call.query["updated_to"].startswith("2025-07-02") else None
    )
    states = {item.period: item.state for item in station.ingest(FIRST, LAST, bulk=True)}
    assert states.pop(bad) == "failed"
    assert set(states.values()) == {"accepted"}
    assert station.rows(
        "select period_start::text, outcome, cause from ops.ledger where outcome <> 'accepted'"
    ) == [(bad, "failed", "source")]


def test_a_damaged_file_costs_its_own_day_only(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.system.records["dossiers"] = week()
    real = load.load_extracts
    calls: list[int] = []

    def damage_first(*given: Any) -> Sequence[load.Loaded]:
        due = given[2]
        if not calls:
            path = station.landing / due[2][1].files[0].file.path
            path.write_bytes(path.read_bytes()[:-1] + b"x")
        calls.append(len(due))
        return real(*given)

    monkeypatch.setattr("ingestion.core.run.load_extracts", damage_first)
    states = [item.state for item in station.ingest(FIRST, LAST, bulk=True)]
    assert calls == [7, 1, 1, 1, 1, 1, 1, 1]
    assert states == ["accepted", "accepted", "failed", *["accepted"] * 4]
    assert station.rows("select count(*) from raw.tthc__dossiers where _period = '2025-06-30'") == [
        (0,)
    ]
