"""A month of a back-fill against a source that cannot give some days."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import create_engine

from ingestion.backfill.month import load_month
from ingestion.ledger.standing import standing
from tests.fixtures.tthc.server import Behaviour, Call, FakeSystem, Reply
from tests.fixtures.tthc.station import Station

FIRST = date(2021, 2, 1)
BROKEN = {FIRST + timedelta(days=n) for n in (4, 5, 6, 20)}


def broken_on(days: set[date]) -> Behaviour:
    """Answers 503 for the windows of these days, however often they are asked for."""

    def behave(call: Call, system: FakeSystem) -> Reply | None:
        until = call.query.get("updated_to", "")[:10]
        is_broken = until and date.fromisoformat(until) - timedelta(days=1) in days
        return Reply(503, b"{}") if is_broken else None

    return behave


def outcomes(warehouse: str) -> dict[str, set[date]]:
    engine = create_engine(warehouse)
    found: dict[str, set[date]] = {}
    for cell in standing(engine, FIRST, date(2021, 2, 28), ["tthc"], parties=["system"]):
        if cell.resource == "dossiers":
            found.setdefault(cell.verdict, set()).add(cell.period.start)
    engine.dispose()
    return found


def test_broken_days_cost_only_themselves_and_are_what_the_next_call_asks_for(
    station: Station, warehouse: str
) -> None:
    station.system.behaviour = broken_on(BROKEN)
    done = load_month(["tthc"], FIRST, date(2021, 2, 28), "2021_2025")
    # Three days without an answer in a row stop a nightly run; a back-fill goes on.
    assert outcomes(warehouse)["failed"] == BROKEN
    assert (done.cells, len(done.failed)) == (28 * 2 + 1, 4 * 2)
    assert done.causes == {"source": 8}
    assert done.trouble().startswith("8 of 57 failed (8 source), first: tthc dossiers 2021-02-05: ")
    assert done.as_dict()["failed"] == 8

    station.system.behaviour = None
    station.system.calls.clear()
    done = load_month(["tthc"], FIRST, date(2021, 2, 28), "2021_2025")
    assert outcomes(warehouse) == {"accepted": {FIRST + timedelta(days=n) for n in range(28)}}
    assert (done.cells, done.trouble()) == (8, "")
    asked = {call.query["updated_to"][:10] for call in station.system.pages_of("dossiers")}
    assert asked == {(day + timedelta(days=1)).isoformat() for day in BROKEN}


def test_a_source_that_is_down_is_not_asked_for_every_day_of_the_month(
    station: Station, warehouse: str
) -> None:
    station.system.behaviour = broken_on({FIRST + timedelta(days=n) for n in range(28)})
    done = load_month(["tthc"], FIRST, date(2021, 2, 28), "2021_2025")
    assert outcomes(warehouse)["failed"] == {FIRST + timedelta(days=n) for n in range(28)}
    assert any("not tried" in line for line in done.failed)
    assert len(station.system.pages_of("dossiers")) < 28 * 3
