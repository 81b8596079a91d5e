"""``cchc catalogue``: exit codes, output and what is rendered."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingestion.catalogue.check import load_catalogue
from ingestion.catalogue.command import catalogue
from ingestion.catalogue.load import CatalogueFolder
from ingestion.catalogue.render import render_catalogue


def run(folder: CatalogueFolder, *arguments: str) -> Result:
    return CliRunner().invoke(catalogue, ["--project", str(folder.dbt_project), *arguments])


def break_unit(folder: CatalogueFolder) -> int:
    """Misname a unit and return the line on which it stands."""
    path = folder.indicators / "TTHC-04.yml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("unit: pct", "unit: percent"), "utf-8")
    return text.splitlines().index("unit: pct") + 1


def test_check_of_a_valid_catalogue(folder: CatalogueFolder) -> None:
    result = run(folder, "check")
    assert result.exit_code == 0
    assert "34 chỉ tiêu, 43 mục tiêu" in result.output


def test_check_of_a_broken_catalogue(broken_folder: CatalogueFolder) -> None:
    line = break_unit(broken_folder)
    result = run(broken_folder, "check")
    assert result.exit_code == 4
    assert f"dbt_project/indicators/TTHC-04.yml:{line}: " in result.output


def test_check_as_json(broken_folder: CatalogueFolder) -> None:
    line = break_unit(broken_folder)
    result = run(broken_folder, "check", "--json")
    assert result.exit_code == 4
    (problem,) = json.loads(result.stdout)["problems"]
    assert problem["line"] == line
    assert problem["rule"] == "invalid_value"


def test_render_writes_nothing_from_a_broken_catalogue(broken_folder: CatalogueFolder) -> None:
    break_unit(broken_folder)
    assert run(broken_folder, "render").exit_code == 4
    assert not broken_folder.rendered.exists()


def test_render_lists_what_it_wrote(broken_folder: CatalogueFolder) -> None:
    result = run(broken_folder, "render", "--json")
    assert result.exit_code == 0
    names = [Path(name).name for name in json.loads(result.stdout)["written"]]
    assert names == [
        "formula_versions.csv", "indicator_parameters.csv", "indicator_readings.csv",
        "indicators.csv", "plan_phases.csv", "report_fields.csv", "report_forms.csv",
        "report_parameters.csv", "targets.csv",
    ]  # fmt: skip


def test_rendering_is_deterministic(folder: CatalogueFolder, tmp_path: Path) -> None:
    first = render_catalogue(load_catalogue(folder), tmp_path / "first")
    second = render_catalogue(
        load_catalogue(CatalogueFolder(folder.dbt_project)), tmp_path / "second"
    )
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert all(b"\r" not in p.read_bytes() for p in first)


def test_rendered_rows(folder: CatalogueFolder, tmp_path: Path) -> None:
    render_catalogue(load_catalogue(folder), tmp_path)

    def rows(name: str) -> list[dict[str, str]]:
        with (tmp_path / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    targets = {row["target_key"]: row for row in rows("targets.csv")}
    assert len(targets) == 43
    row = targets["I.2.b.TC-02"]
    assert (row["operator"], row["target_value"], row["unit"]) == (">", "85", "pct")
    assert (row["phase_start"], row["phase_end"]) == ("2028-01-01", "2031-01-01")
    assert row["owners"] == "STC;TTT"
    assert targets["I.2.b.TC-04"]["tolerance"] == ""
    assert targets["II.6.b.TTHC-10"]["phase_start"] == ""
    indicators = {row["indicator_code"]: row for row in rows("indicators.csv")}
    assert indicators["CTX-01"]["is_context"] == "true"
    assert indicators["TTHC-01"]["owners"] == "SKHCN;VPUBND"
    versions = rows("formula_versions.csv")
    assert {(row["formula_version"], row["valid_from"], row["valid_to"]) for row in versions} == {
        ("1", "2020-01-01", "")
    }
    assert len(versions) == len(indicators)
    headlines = [row for row in rows("indicator_readings.csv") if row["is_headline"] == "true"]
    assert len(headlines) == len(indicators) == 34
    assert {row["value"] for row in rows("indicator_parameters.csv")} == {"4"}


def test_rendered_columns_are_typed(folder: CatalogueFolder, tmp_path: Path) -> None:
    import yaml

    declared = yaml.safe_load((folder.dbt_project / "seeds" / "_seeds.yml").read_text("utf-8"))
    types = {seed["name"]: list(seed["config"]["column_types"]) for seed in declared["seeds"]}
    for path in render_catalogue(load_catalogue(folder), tmp_path):
        assert types[path.stem] == path.read_text("utf-8").splitlines()[0].split(",")


@pytest.mark.parametrize("code", ["TTHC-02", "tthc-02"])
def test_show(folder: CatalogueFolder, code: str) -> None:
    result = run(folder, "show", code)
    assert result.exit_code == 0
    assert "* valid_e_result" in result.output
    assert "PL1.I.2, 2026-2027: >= 100" in result.output
    assert "Công thức phiên bản 1: từ 2020-01-01 (" in result.output


def test_show_says_what_is_missing_from_about(folder: CatalogueFolder) -> None:
    assert "dung sai: chưa đặt" in run(folder, "show", "TC-04").output


def test_show_as_json(folder: CatalogueFolder) -> None:
    record = json.loads(run(folder, "show", "TC-03a", "--json").stdout)
    assert record["mart_name"] == "ind_tc_03a"
    assert [target["key"] for target in record["targets"]] == ["I.2.a.TC-03a"]


def test_show_of_an_unknown_code(folder: CatalogueFolder) -> None:
    result = run(folder, "show", "TTHC-99")
    assert result.exit_code == 1
    assert "TTHC-01" in result.output


def test_agency_is_found_without_accents(folder: CatalogueFolder) -> None:
    result = run(folder, "agency", "so", "noi", "vu", "--on", "2026-01-01")
    assert result.exit_code == 0
    assert "Sở Nội vụ" in result.output


def test_agency_as_json(folder: CatalogueFolder) -> None:
    found = json.loads(run(folder, "agency", "snv", "--json").stdout)
    assert [(row["code"], row["valid_to"]) for row in found] == [
        ("SNV", None),
        ("SNV", "2025-03-01"),
    ]


def test_unknown_agency(folder: CatalogueFolder) -> None:
    result = run(folder, "agency", "khong co")
    assert result.exit_code == 1
    assert "Không tìm thấy" in result.output


def test_a_folder_without_a_catalogue_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(catalogue, ["--project", str(tmp_path), "check"])
    assert result.exit_code == 2
    assert "--project" in result.output


def test_agency_refuses_a_broken_seed(broken_folder: CatalogueFolder) -> None:
    path = broken_folder.reference / "agencies.csv"
    path.write_text(path.read_text("utf-8").replace("101,VPUBND", "x,VPUBND"), "utf-8")
    result = run(broken_folder, "agency", "snv")
    assert result.exit_code == 4
    assert "agencies.csv:5: " in result.output
