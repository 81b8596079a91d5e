"""A correction is refused unless it says what, why, on whose word, and can be read in one way."""

from __future__ import annotations

import pytest

from ingestion.catalogue.check import check_catalogue
from ingestion.catalogue.load import CatalogueFolder

ACCOUNT = "Nguồn ghi sai đơn vị,Biên bản 12/BB-SNV,Sở Nội vụ,2026-11-20"
DOSSIER = {
    "correction_id": "HC-1",
    "dossier_code": "H52.D03-261005-00001",
    "field": "unit_code",
    "expect": "H52.D03",
    "value": "H52.D08",
}
READING = {
    "correction_id": "HC-2",
    "indicator_code": "TTHC-04",
    "reading_code": "both",
    "agency_key": "",
    "agency_code": "SNV",
    "agency_on": "",
    "month_start": "2026-10-01",
    "expect_numerator": "1",
    "expect_denominator": "3",
    "numerator": "2",
    "denominator": "3",
}


def add(
    folder: CatalogueFolder, name: str, row: dict[str, str], account: str = ACCOUNT, times: int = 1
) -> None:
    line = ",".join(row.values()) + "," + account + "\n"
    with (folder.corrections / f"{name}.csv").open("a", encoding="utf-8") as stream:
        stream.write(line * times)


def rules(folder: CatalogueFolder) -> set[str]:
    problems = check_catalogue(folder)
    assert all(problem.file.startswith("dbt_project/seeds/corrections/") for problem in problems)
    assert all(problem.line > 1 for problem in problems)
    return {problem.rule for problem in problems}


def test_good_corrections_pass(broken_folder: CatalogueFolder) -> None:
    add(broken_folder, "dossiers", DOSSIER)
    clear = {"field": "due_at", "expect": "2026-10-12T17:00:00+07:00", "value": ""}
    add(broken_folder, "dossiers", DOSSIER | {"correction_id": "HC-3"} | clear)
    add(broken_folder, "readings", READING)
    nothing = {"expect_numerator": "", "expect_denominator": "", "agency_code": "SYT"}
    add(broken_folder, "readings", READING | {"correction_id": "HC-4"} | nothing)
    assert check_catalogue(broken_folder) == []


def test_shipped_corrections_are_none(folder: CatalogueFolder) -> None:
    for name in ("dossiers", "readings"):
        text = (folder.corrections / f"{name}.csv").read_text(encoding="utf-8")
        assert len(text.splitlines()) == 1
        columns = text.strip().split(",")
        readme = (folder.corrections / "README.md").read_text(encoding="utf-8")
        assert all(f"`{column}`" in readme for column in columns)


DOSSIER_FAULTS = [
    ({"field": "applicant"}, "unknown_field"),
    ({"field": "status_code", "expect": "9", "value": "finished"}, "invalid_value"),
    ({"field": "due_at", "value": "12/10/2026"}, "invalid_value"),
    ({"field": "due_at", "expect": "", "value": "2026-10-12T17:00:00"}, "invalid_value"),
    ({"field": "due_at", "expect": "", "value": "2026-02-30T17:00:00+07:00"}, "invalid_value"),
    ({"field": "channel", "expect": "online", "value": ""}, "invalid_value"),
    ({"value": "H52.D03"}, "nothing_corrected"),
    ({"dossier_code": ""}, "invalid_value"),
    ({"correction_id": ""}, "correction_id"),
]


@pytest.mark.parametrize(("changes", "rule"), DOSSIER_FAULTS)
def test_a_fault_in_a_correction_of_a_dossier(
    broken_folder: CatalogueFolder, changes: dict[str, str], rule: str
) -> None:
    row = DOSSIER | changes
    if row["field"] == "due_at" and row["expect"] == "H52.D03":
        row["expect"] = ""
    add(broken_folder, "dossiers", row)
    assert rules(broken_folder) == {rule}


READING_FAULTS = [
    ({"reading_code": "neither"}, "unknown_reading"),
    ({"indicator_code": "TTHC-99"}, "unknown_reading"),
    ({"indicator_code": "CV-01", "reading_code": "both"}, "unknown_reading"),
    ({"agency_code": "KHONGCO"}, "unknown_agency"),
    ({"agency_code": "SKHDT"}, "unknown_agency"),  # ended before that month
    ({"agency_key": "103"}, "unknown_agency"),  # both a key and a code
    ({"month_start": "2026-10-02"}, "invalid_value"),
    ({"month_start": "10/2026"}, "invalid_value"),
    ({"numerator": "1.234,5"}, "unreadable"),  # the comma opens another cell
    ({"numerator": "1e3"}, "invalid_value"),
    ({"numerator": "4"}, "invalid_value"),
    ({"numerator": "-1"}, "invalid_value"),
    ({"numerator": ""}, "invalid_value"),
    ({"numerator": "1"}, "nothing_corrected"),
]


@pytest.mark.parametrize(("changes", "rule"), READING_FAULTS)
def test_a_fault_in_a_correction_of_a_reading(
    broken_folder: CatalogueFolder, changes: dict[str, str], rule: str
) -> None:
    add(broken_folder, "readings", READING | changes)
    assert rules(broken_folder) == {rule}


@pytest.mark.parametrize(
    ("account", "rule"),
    [
        (",Biên bản 12,Sở Nội vụ,2026-11-20", "missing_account"),
        ("Nguồn ghi sai,,Sở Nội vụ,2026-11-20", "missing_account"),
        ("Nguồn ghi sai,Biên bản 12, ,2026-11-20", "missing_account"),
        ("Nguồn ghi sai,Biên bản 12,Sở Nội vụ,20/11/2026", "invalid_value"),
        ("Nguồn ghi sai,Biên bản 12,Sở Nội vụ,", "invalid_value"),
    ],
)
def test_a_correction_says_why_and_on_whose_word(
    broken_folder: CatalogueFolder, account: str, rule: str
) -> None:
    add(broken_folder, "dossiers", DOSSIER, account)
    assert rules(broken_folder) == {rule}


def test_ids_are_unique_over_both_files(broken_folder: CatalogueFolder) -> None:
    add(broken_folder, "dossiers", DOSSIER)
    add(broken_folder, "readings", READING | {"correction_id": "HC-1"})
    (problem,) = check_catalogue(broken_folder)
    assert problem.rule == "duplicate_correction"
    assert "dossiers.csv:2" in problem.message_vi


def test_one_place_is_corrected_once(broken_folder: CatalogueFolder) -> None:
    add(broken_folder, "dossiers", DOSSIER)
    add(broken_folder, "dossiers", DOSSIER | {"correction_id": "HC-9", "value": "H52.D09"})
    (problem,) = check_catalogue(broken_folder)
    assert (problem.rule, problem.line) == ("duplicate_correction", 3)


def test_a_file_without_its_columns_is_refused(broken_folder: CatalogueFolder) -> None:
    path = broken_folder.corrections / "readings.csv"
    path.write_text("correction_id,agency\n", encoding="utf-8")
    (problem,) = check_catalogue(broken_folder)
    assert problem.rule == "unreadable"
    assert "expect_denominator" in problem.message_vi
    path.unlink()
    (problem,) = check_catalogue(CatalogueFolder(broken_folder.dbt_project))
    assert "không mở được" in problem.message_vi


def test_no_milestone_is_invented(folder: CatalogueFolder) -> None:
    text = (folder.reference / "target_milestones.csv").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("PL1.I.9,2026-12-31,50,Sở Nội vụ,QĐ 1,", "unknown_target"),
        ("PL1.I.1,31/12/2026,50,Sở Nội vụ,QĐ 1,", "invalid_value"),
        ("PL1.I.1,2028-01-01,50,Sở Nội vụ,QĐ 1,", "invalid_value"),  # its phase ends before
        ("PL1.I.1,2026-12-31,nhiều,Sở Nội vụ,QĐ 1,", "invalid_value"),
        ("PL1.I.1,2026-12-31,50,,QĐ 1,", "missing_account"),
        ("PL1.I.1,2026-12-31,50,Sở Nội vụ,QĐ 1", "unreadable"),
    ],
)
def test_a_fault_in_a_milestone(broken_folder: CatalogueFolder, line: str, rule: str) -> None:
    path = broken_folder.reference / "target_milestones.csv"
    good = "PL1.I.1,2027-06-30,70,Sở Nội vụ,QĐ 1,\n"
    path.write_text(path.read_text(encoding="utf-8") + good, encoding="utf-8")
    assert check_catalogue(broken_folder) == []
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    (problem,) = check_catalogue(CatalogueFolder(broken_folder.dbt_project))
    assert (problem.rule, problem.line) == (rule, 3)
