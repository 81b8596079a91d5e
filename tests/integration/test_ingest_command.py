"""``cchc ingest`` and ``cchc ledger`` as a person calls them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from ingestion.core.ingest_command import ingest
from tests.fixtures.tthc.server import PASSWORD, Reply, dossier, dossiers
from tests.fixtures.tthc.station import Station


def call(*arguments: str) -> Result:
    return CliRunner().invoke(ingest, ["tthc", *arguments])


def test_a_table_for_people_names_rejects_and_synthetic_data(station: Station) -> None:
    station.system.records["dossiers"] = [*dossiers(30), dossier(31, MaHoSo="")]
    station.system.headers = {"X-Data-Origin": "synthetic"}
    result = call("--period", "2026-11-20")
    assert result.exit_code == 0, result.output
    assert "accepted (đã nạp)" in result.stdout
    assert "dossiers 2026-11-20: rejected missing_key 1" in result.stdout
    assert "DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA" in result.stdout


def test_json_covers_every_resource_and_day(station: Station) -> None:
    result = call("--period", "2026-11-20", "--until", "2026-11-21", "--json")
    summaries = json.loads(result.stdout)
    assert [(s["resource"], s["period"][-2:]) for s in summaries] == [
        (name, day) for name in ("dossiers", "procedures", "ratings") for day in ("20", "21")
    ]


@pytest.mark.parametrize(
    ("reply", "code"), [(Reply(404), 3), (Reply(body=b"<html>"), 4), (Reply(500), 3)]
)
def test_exit_code_says_whose_fault(station: Station, reply: Reply, code: int) -> None:
    station.system.behaviour = lambda call, system: reply
    result = call("--period", "2026-11-20", "--resource", "dossiers")
    assert result.exit_code == code
    assert "dossiers 2026-11-20: /api/dossiers" in result.stderr or "page 1" in result.stderr
    assert PASSWORD not in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["--period", "hôm nay"],
        ["--period", "2026-11-20", "--until", "2026-11-19"],
        ["--period", "2026-11-20", "--resource", "people"],
        [],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert call(*arguments).exit_code == 2
    assert CliRunner().invoke(ingest, ["nowhere", "--period", "2026"]).exit_code == 2
