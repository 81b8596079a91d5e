"""The life of a finding: stable over re-runs, cleared when mended, open again when it returns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, text

from expectations.check import NothingToCheck, run_checks
from expectations.command import check, findings
from expectations.examples import Row, background, make_examples
from expectations.registry import UnknownRuleError, select_rules
from ingestion.embedded.postgres import Cluster
from tests.integration.checked_marts import load, make_warehouse

NOVEMBER = date(2026, 11, 1)
RULES = ["TTHC-011", "TTHC-014"]  # none of them needs Great Expectations: no import to wait for


@pytest.fixture
def marts(
    postgres_cluster: Cluster, migrated_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    url = make_warehouse(postgres_cluster, migrated_template)
    monkeypatch.setenv("WAREHOUSE_URL", url)
    engine = create_engine(url)
    yield engine
    engine.dispose()


def bad_rows(rule_id: str) -> list[Row]:
    bad, _ = make_examples(select_rules([rule_id]))
    return list(bad.rows)


def stored(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(text("select * from ops.finding order by finding_key"))
        return [dict(row) for row in rows.mappings()]


def mend(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("update marts.fct_dossier set due_at = received_at + '9 days'"))


def test_running_again_changes_nothing_but_the_last_sight(marts: Engine) -> None:
    load(marts, bad_rows("TTHC-011"))
    first = run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)
    before = stored(marts)

    again = run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)

    after = stored(marts)
    assert first["findings"] == {"open": 1, "new": 1, "reopened": 0, "cleared": 0}
    assert again["findings"] == {"open": 1, "new": 0, "reopened": 0, "cleared": 0}
    assert after[0].pop("last_seen_at") > before[0].pop("last_seen_at")
    assert after == before
    assert before[0]["finding_key"] == "TTHC-011/1001/2026-11-01"


def test_a_mended_finding_is_cleared_and_opens_again_when_it_returns(marts: Engine) -> None:
    load(marts, bad_rows("TTHC-011"))
    run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)
    first_seen_at: datetime = stored(marts)[0]["first_seen_at"]

    mend(marts)
    cleared = run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)
    assert cleared["findings"]["cleared"] == 1
    assert stored(marts)[0]["cleared_at"] is not None

    with marts.begin() as connection:
        connection.execute(text("update marts.fct_dossier set due_at = null"))
    back = run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)
    finding = stored(marts)[0]
    assert back["findings"] == {"open": 1, "new": 0, "reopened": 1, "cleared": 0}
    assert finding["cleared_at"] is None
    assert finding["first_seen_at"] == first_seen_at


@pytest.mark.parametrize(
    ("month", "rule_ids"),
    [(date(2026, 10, 1), RULES), (NOVEMBER, ["TTHC-014"])],
    ids=["another month", "another rule"],
)
def test_a_run_clears_only_what_it_looked_at(
    marts: Engine, month: date, rule_ids: list[str]
) -> None:
    load(marts, bad_rows("TTHC-011"))
    run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)
    mend(marts)

    summary = run_checks(month, month, rule_ids=rule_ids)

    assert summary["findings"]["cleared"] == 0
    assert stored(marts)[0]["cleared_at"] is None


def test_findings_of_a_withdrawn_rule_are_cleared(marts: Engine) -> None:
    load(marts, bad_rows("TTHC-011"))
    run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)
    with marts.begin() as connection:
        connection.execute(text("update ops.finding set rule_id = 'TTHC-999'"))

    run_checks(NOVEMBER, NOVEMBER, rule_ids=["TTHC-014"])

    assert stored(marts)[0]["cleared_at"] is not None


def test_when_the_whole_province_is_silent_no_agency_is(marts: Engine) -> None:
    load(marts, background())
    with marts.begin() as connection:
        # Nothing from anybody for weeks, but the source's clock goes on.
        connection.execute(
            text("delete from marts.fct_dossier where received_at >= '2026-10-20 00:00+07'")
        )

    summary = run_checks(NOVEMBER, NOVEMBER, rule_ids=["TTHC-017"])

    assert summary["findings"]["open"] == 0


def harvested(day: str, state: str | None, is_live: bool = True) -> list[Row]:
    """A day of the portal on which one dataset of agency 1001 is in a state as to OPEN-008."""
    said = "tệp không tải được" if state == "failed" else None
    check = {"rule_id": "OPEN-008", "dataset_key": "d", "state": state, "detail_vi": said}
    own = {"agency_key": 1001, "checked_on": day}
    return [
        ("marts.fct_open_data_publisher", {**own, "is_obliged": True, "has_live_dataset": is_live}),
        *(
            [("marts.fct_open_dataset_check", {**own, **check, "severity": "critical"})]
            if state
            else []
        ),
    ]


@pytest.fixture
def portal(marts: Engine) -> Engine:
    dataset = {"dataset_key": "d", "title": "Danh sách chợ"}
    load(marts, [*background(), ("marts.dim_open_dataset", dataset)])
    with marts.begin() as connection:
        connection.execute(text("truncate marts.fct_open_data_publisher"))
    return marts


def check_portal(month: date) -> dict[str, int]:
    return dict(run_checks(month, month, rule_ids=["OPEN-008", "OPEN-014"])["findings"])


def test_what_goes_on_failing_is_one_finding_over_the_months(portal: Engine) -> None:
    for day in ("2026-09-29", "2026-09-30"):
        load(portal, harvested(day, "failed"))
    first = check_portal(date(2026, 9, 1))
    load(portal, [*harvested("2026-10-15", "not_judged"), *harvested("2026-12-02", "failed")])
    later = check_portal(date(2026, 12, 1))

    assert (first["new"], later) == (1, {"open": 1, "new": 0, "reopened": 0, "cleared": 0})
    (finding,) = stored(portal)
    assert finding["finding_key"] == "OPEN-008/1001/2026-09-01"

    # Mended, then broken again: that is another problem, of its own month.
    load(portal, [*harvested("2026-12-03", "passed"), *harvested("2026-12-04", "failed")])
    assert check_portal(date(2026, 12, 1))["new"] == 1
    assert [row["cleared_at"] is None for row in stored(portal)] == [False, True]
    assert stored(portal)[1]["finding_key"] == "OPEN-008/1001/2026-12-01"


def test_an_outage_of_the_portal_is_no_agencys(portal: Engine) -> None:
    load(portal, harvested("2026-11-18", "passed"))
    assert check_portal(NOVEMBER)["open"] == 0

    # Its files could not be looked at: not judged, and nobody knows whether it lives.
    load(portal, harvested("2026-11-19", "not_judged"))
    with portal.begin() as connection:
        connection.execute(
            text(
                "update marts.fct_open_data_publisher set has_live_dataset = null "
                "where checked_on = '2026-11-19'"
            )
        )
    assert check_portal(NOVEMBER)["open"] == 0

    # Nothing was harvested for weeks: the last day that was stands, whatever the month.
    assert check_portal(date(2027, 1, 1))["open"] == 0


def test_a_portal_that_offers_nothing_is_judged_by_its_own_day(portal: Engine) -> None:
    load(portal, harvested("2026-11-18", "failed"))
    assert check_portal(NOVEMBER)["open"] == 1

    load(portal, harvested("2026-11-19", None, is_live=False))
    check_portal(NOVEMBER)

    open_now = [row["rule_id"] for row in stored(portal) if row["cleared_at"] is None]
    assert open_now == ["OPEN-014"]


def test_every_run_leaves_an_outcome_and_a_failure_is_ours(marts: Engine) -> None:
    with pytest.raises(NothingToCheck, match="load and build first"):
        run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)
    load(marts, bad_rows("TTHC-011"))
    run_checks(NOVEMBER, NOVEMBER, rule_ids=RULES)

    with marts.connect() as connection:
        outcomes = connection.execute(
            text("select step, state, cause, period from ops.outcome order by outcome_id")
        ).all()
    assert outcomes == [
        ("check", "failed", "ours", "2026-11..2026-11"),
        ("check", "ok", None, "2026-11..2026-11"),
    ]


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(UnknownRuleError, match="TTHC-999"):
        run_checks(NOVEMBER, NOVEMBER, rule_ids=["TTHC-999"])
    with pytest.raises(ValueError, match="after"):
        run_checks(NOVEMBER, date(2026, 10, 1))


def test_the_commands_print_tables_and_json(marts: Engine) -> None:
    load(marts, bad_rows("TTHC-011"))
    runner = CliRunner()
    arguments = ["--from", "2026-10", "--to", "2026-11", "--rule", "TTHC-011"]

    checked = runner.invoke(check, arguments)
    listed = runner.invoke(findings, ["--agency", "1001", "--json"])
    table = runner.invoke(findings, [], env={"COLUMNS": "200"})

    assert checked.exit_code == 0, checked.output
    assert "1 quy tắc, 1 phát hiện: 1 mới" in checked.output
    assert '"finding_key": "TTHC-011/1001/2026-11-01"' in listed.output
    assert "không có ngày hẹn trả" in table.output
    assert runner.invoke(findings, ["--agency", "no such", "--json"]).output.strip() == "[]"
    assert runner.invoke(check, ["--from", "2026-11-01", "--to", "2026-11"]).exit_code == 2
    assert runner.invoke(check, [*arguments, "--rule", "TTHC-999"]).exit_code == 2
