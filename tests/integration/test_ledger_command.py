"""``cchc ledger`` as an officer calls it and reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingestion.ledger.command import ledger_group
from tests.fixtures.tthc.server import PASSWORD, Reply, dossier, dossiers
from tests.fixtures.tthc.station import Station

THREE_DAYS = ("--from", "2026-11-19", "--to", "2026-11-21", "--resource", "dossiers")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(ledger_group, list(arguments))


def cells(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(call(*arguments, "--json").stdout)
    return found


@pytest.fixture
def one_day_in_one_refused(station: Station) -> Station:
    """The 20th is loaded with a reject, the 21st refused, the 19th never asked for."""
    station.system.records["dossiers"] = [*dossiers(30), dossier(31, MaHoSo="")]
    station.ingest()
    station.system.behaviour = lambda call, system: Reply(404)
    station.ingest(first=station.rows("select date '2026-11-21'")[0][0])
    return station


@pytest.mark.usefixtures("one_day_in_one_refused")
def test_show_lists_what_is_due_and_not_only_what_came() -> None:
    assert [
        (c["period_start"], c["due_on"], c["outcome"], c["cause"], c["row_count"])
        for c in cells("show", *THREE_DAYS)
    ] == [
        ("2026-11-19", "2026-11-20", "undecided", None, None),
        ("2026-11-20", "2026-11-21", "accepted", None, 30),
        ("2026-11-21", "2026-11-22", "failed", "source", None),
    ]


@pytest.mark.usefixtures("one_day_in_one_refused")
def test_show_counts_all_cells_whatever_the_list_leaves_out() -> None:
    told = call("show", *THREE_DAYS, "--outcome", "failed").stdout
    assert "failed (không nạp được)" in told
    assert "hệ thống nguồn" in told
    assert "accepted" not in told
    assert (
        "tthc: phải có 3, đã nạp 1, thiếu 0, được miễn 0, không nạp được 1, chưa quyết 1; "
        "đầy đủ 33,33 %" in told
    )
    only = cells("show", *THREE_DAYS, "--undecided")
    assert [c["period_start"] for c in only] == ["2026-11-19"]


@pytest.mark.usefixtures("one_day_in_one_refused")
def test_without_days_the_ledger_says_which_span() -> None:
    found = cells("show", "--resource", "dossiers")
    assert [c["period_start"] for c in found] == ["2026-11-20", "2026-11-21"]


@pytest.mark.usefixtures("warehouse")
def test_an_empty_ledger_is_said_to_be_empty() -> None:
    told = call("show")
    assert told.exit_code == 0
    assert "Không có kỳ nào đến hạn" in told.stdout


@pytest.mark.usefixtures("one_day_in_one_refused")
def test_why_missing_names_the_side_the_step_and_what_to_do() -> None:
    told = call("why-missing", *THREE_DAYS)
    assert told.exit_code == 1
    lines = told.stdout.splitlines()
    assert lines[0] == "tthc dossiers 2026-11-19: chưa quyết (hạn 20/11/2026)"
    load = "cchc ingest tthc --resource dossiers --period 2026-11-19"
    assert lines[1] == f"  Cần làm: Kỳ này chưa được quyết. Hãy nạp: {load}"
    assert lines[2] == (
        "tthc dossiers 2026-11-21: không nạp được, do hệ thống nguồn (hạn 22/11/2026)"
    )
    assert lines[3] == "  Vì sao: Hệ thống nguồn không trả được dữ liệu của kỳ này."
    assert lines[4].startswith("  Nhật ký: ")
    assert "2026-11-21 bước fetch, hệ thống nguồn: " in lines[4]
    assert "404" in lines[4]
    assert lines[5].startswith("  Cần làm: Báo đơn vị vận hành hệ thống nguồn")
    assert lines[6].startswith("tthc: phải có 3, đã nạp 1")
    assert PASSWORD not in told.stdout


@pytest.mark.usefixtures("one_day_in_one_refused")
def test_why_missing_tells_days_that_stand_alike_in_one_story() -> None:
    week = ("--from", "2026-11-13", "--to", "2026-11-20", "--resource", "dossiers")
    assert call("why-missing", *week).stdout.splitlines()[:2] == [
        "tthc dossiers 2026-11-13 … 2026-11-19 (7 kỳ): chưa quyết (hạn 20/11/2026)",
        "  Cần làm: Kỳ này chưa được quyết. Hãy nạp: cchc ingest tthc --resource dossiers "
        "--period 2026-11-13 --until 2026-11-19",
    ]
    apart = json.loads(call("why-missing", *week, "--json").stdout)
    assert [cell["period_start"] for cell in apart] == [f"2026-11-{day}" for day in range(13, 20)]


@pytest.mark.usefixtures("one_day_in_one_refused")
def test_why_missing_is_silent_and_0_where_everything_came() -> None:
    one = ("--from", "2026-11-20", "--to", "2026-11-20", "--resource", "dossiers")
    told = call("why-missing", *one)
    assert told.exit_code == 0
    assert told.stdout.splitlines() == [
        "tthc: phải có 1, đã nạp 1, thiếu 0, được miễn 0, không nạp được 0, chưa quyết 0; "
        "đầy đủ 100,00 %"
    ]


@pytest.mark.usefixtures("one_day_in_one_refused")
def test_a_day_that_came_late_is_accepted_and_a_later_failure_does_not_undo_it(
    station: Station,
) -> None:
    day = ("--from", "2026-11-21", "--to", "2026-11-21", "--resource", "dossiers")
    station.system.behaviour = None
    later = station.rows("select date '2026-11-21'")[0][0]
    station.ingest(first=later)
    assert call("why-missing", *day).exit_code == 0
    station.system.behaviour = lambda call, system: Reply(404)
    station.ingest(first=later)
    assert [(c["outcome"], c["cause"], c["reason"]) for c in cells("show", *day)] == [
        ("accepted", None, None)
    ]


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "--from", "2026-11-21", "--to", "2026-11-20"],
        ["show", "--agency", "không có nơi nào như thế", "--from", "2026-11-01"],
        ["show", "--undecided", "--outcome", "missing"],
        ["show", "--source", "nowhere"],
        ["settle", "--from", "2026-11-21", "--to", "2026-11-20"],
        ["settle"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert call(*arguments).exit_code == 2


@pytest.mark.usefixtures("warehouse")
def test_settling_before_a_build_says_what_to_do() -> None:
    told = call("settle", "--from", "2026-11-01", "--to", "2026-11-30")
    assert told.exit_code == 1
    assert "cchc marts build" in told.output
