"""The check names file and line of whatever an editor can get wrong."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import yaml

from ingestion.catalogue.check import check_catalogue, load_catalogue
from ingestion.catalogue.load import CatalogueFolder
from ingestion.catalogue.model import formula_versions
from ingestion.catalogue.problem import CatalogueError, Problem


def edit(folder: CatalogueFolder, name: str, old: str, new: str) -> int:
    """Replace the first occurrence of a text and return the line it stands on."""
    path = folder.indicators / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_a_copy_is_valid(broken_folder: CatalogueFolder) -> None:
    assert check_catalogue(broken_folder) == []


INDICATOR_FAULTS = [
    ("unknown_key", "frequency: month", "frequencyy: month\nfrequency: month", "frequency"),
    ("missing_key", "frequency: month\n", "", "frequency"),
    ("invalid_value", "unit: pct", "unit: percent", "percent"),
    ("invalid_value", "due_days: 5", "due_days: soon", "số nguyên"),
    ("invalid_value", "due_days: 5", "due_days: -5", "nhỏ hơn"),
    ("invalid_value", "  - version: 1", "  - version: 0", "nhỏ hơn"),
    ("invalid_value", "valid_from: '2020-01-01'", "valid_from: '2020-01-15'", "-01"),
    ("invalid_value", "valid_from: '2020-01-01'", "valid_from: 2020-01-01", "chuỗi"),
    ("headline_reading", "headline_reading: both", "headline_reading: none_such", "none_such"),
    ("duplicate_reading", "  - code: dossiers", "  - code: both", "both"),
    ("unknown_owner", "agency: VPUBND", "agency: SKHONGCO", "SKHONGCO"),
    ("owner_not_valid", "agency: VPUBND", "agency: SKHDT", "Kế hoạch và Đầu tư"),
    ("unknown_owner", "agency: VPUBND", "agency: CPB-HUYEN", "CPB-HUYEN"),
    ("duplicate_key", "unit: pct", "unit: pct\nunit: pct", "unit"),
    ("file_name", "code: TTHC-04", "code: TTHC-44", "TTHC-44.yml"),
    ("unit_rollup", "rollup: ratio_of_sums", "rollup: last", "trung bình"),
    ("plausible_range", "  min: 0", "  min: 101", "101"),
]


@pytest.mark.parametrize(("rule", "old", "new", "said"), INDICATOR_FAULTS)
def test_a_fault_in_an_indicator_file(
    broken_folder: CatalogueFolder, rule: str, old: str, new: str, said: str
) -> None:
    line = edit(broken_folder, "TTHC-04.yml", old, new)
    found = [p for p in check_catalogue(broken_folder) if p.rule == rule]
    problem = only(found)
    assert problem.file == "dbt_project/indicators/TTHC-04.yml"
    assert said in problem.message_vi
    # A missing key is reported at its parent; a repeated one at its second place.
    expected = {"missing_key": 1, "duplicate_key": line + 1}.get(rule, line)
    assert problem.line == expected


def test_a_missing_numerator_is_reported(broken_folder: CatalogueFolder) -> None:
    path = broken_folder.indicators / "TTHC-04.yml"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("numerator:"), text.index("denominator:")
    path.write_text(text[:start] + "numerator: null\n" + text[end:], encoding="utf-8")
    problem = only(check_catalogue(broken_folder))
    assert problem.rule == "missing_formula"
    assert problem.line == text[:start].count("\n") + 1


FORMULA_FAULTS = [
    # rule, what is added to the one version of TTHC-04, line within it, what the message names
    ("formula_version", [(3, "2026-07-01", "")], "- version: 3", "phải là 2"),
    ("formula_gap", [(2, "2026-07-01", "    valid_to: '2026-07-01'\n")], "valid_to", "phải sau"),
    ("formula_restated", [(2, "2020-01-01", "")], "valid_from: '2020-01-01'", "phiên bản 1"),
    ("missing_version_formula", [(2, "2026-07-01", "")], "- version: 2", "TTHC-04.both"),
]


def add_versions(folder: CatalogueFolder, added: list[tuple[int, str, str]]) -> Path:
    """Add formula versions to TTHC-04."""
    path = folder.indicators / "TTHC-04.yml"
    text = path.read_text(encoding="utf-8")
    new = "".join(
        f"  - version: {number}\n    valid_from: '{start}'\n{more}    document: Quyết định thử\n"
        for number, start, more in added
    )
    path.write_text(text.replace("\nname:", "\n" + new + "name:", 1), encoding="utf-8")
    return path


def count_for(folder: CatalogueFolder, old: str, new: str) -> None:
    """Change the file of the formulas."""
    text = folder.formulas.read_text(encoding="utf-8")
    assert old in text
    folder.formulas.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(("rule", "added", "at", "said"), FORMULA_FAULTS)
def test_a_fault_in_the_formula_versions(
    broken_folder: CatalogueFolder,
    rule: str,
    added: list[tuple[int, str, str]],
    at: str,
    said: str,
) -> None:
    path = add_versions(broken_folder, added)
    found = [p for p in check_catalogue(broken_folder) if p.rule == rule]
    assert found
    assert said in found[0].message_vi
    lines = path.read_text(encoding="utf-8").splitlines()
    assert at in lines[found[0].line - 1]


def test_a_gap_between_versions_is_refused(broken_folder: CatalogueFolder) -> None:
    edit(
        broken_folder,
        "TTHC-04.yml",
        "    valid_from: '2020-01-01'\n",
        "    valid_from: '2020-01-01'\n    valid_to: '2026-06-01'\n",
    )
    add_versions(broken_folder, [(2, "2026-07-01", "")])
    (gap,) = [p for p in check_catalogue(broken_folder) if p.rule == "formula_gap"]
    assert "2026-07-01" in gap.message_vi


def test_every_reading_of_every_version_needs_one_formula(broken_folder: CatalogueFolder) -> None:
    add_versions(broken_folder, [(2, "2026-07-01", "")])
    missing = [p for p in check_catalogue(broken_folder) if p.rule == "missing_version_formula"]
    assert len(missing) == 3
    for reading in ("both", "dossiers", "results"):
        mark = f"'reading': '{reading}', 'month': 'finished_month',"
        count_for(broken_folder, mark, mark + " 'versions': [1, 2],")
    again = CatalogueFolder(broken_folder.dbt_project)
    assert check_catalogue(again) == []
    versions = load_catalogue(again).indicator("TTHC-04")
    assert versions is not None
    spans = [(v.version, str(v.valid_from), str(v.valid_to)) for v in versions.formula_versions]
    assert spans == [(1, "2020-01-01", "2026-07-01"), (2, "2026-07-01", "None")]
    assert versions.formula_version == 2


@pytest.mark.parametrize(
    ("rule", "old", "new", "said"),
    [
        ("unknown_formula", "'reading': 'both',", "'reading': 'both', 'versions': [1, 4],", "4"),
        ("unknown_formula", "'reading': 'both',", "'reading': 'neither',", "neither"),
        ("duplicate_formula", "'reading': 'both',", "'reading': 'results',", "results"),
        ("unreadable", "{% macro dossier_readings() %}", "{% macro dossier_list() %}", "dossier"),
        ("unreadable", "'reading': 'both',", "'reading' 'both',", "readings"),
    ],
)
def test_a_fault_in_the_formulas(
    broken_folder: CatalogueFolder, rule: str, old: str, new: str, said: str
) -> None:
    count_for(broken_folder, old, new)
    found = [p for p in check_catalogue(broken_folder) if p.rule == rule]
    assert found
    assert found[0].file == "dbt_project/macros/readings.sql"
    assert said in found[0].message_vi


def test_a_version_may_restate_the_past_on_purpose(broken_folder: CatalogueFolder) -> None:
    """The third version counts from 2021 on: the second one keeps no month."""
    note = "    note: Tính lại từ 2021 theo quyết định\n"
    path = add_versions(broken_folder, [(2, "2026-07-01", ""), (3, "2021-01-01", note)])
    items = yaml.safe_load(path.read_text(encoding="utf-8"))["formula_versions"]
    assert [(v.version, str(v.valid_from), str(v.valid_to)) for v in formula_versions(items)] == [
        (1, "2020-01-01", "2021-01-01"),
        (2, "2026-07-01", "2026-07-01"),
        (3, "2021-01-01", "None"),
    ]
    rules = {p.rule for p in check_catalogue(broken_folder)}
    assert rules == {"missing_version_formula"}


TARGET_FAULTS = [
    ("unknown_indicator", "indicator: CV-02", "indicator: CV-09"),
    ("unknown_phase", "phase: 2026-2027", "phase: 2026-2029"),
    ("value_out_of_range", "value: 95", "value: 950"),
    ("invalid_value", "value: 95", "value: '95'"),
    ("operator_unit", "operator: '>='", "operator: '='"),
    ("duplicate_plan_ref", "plan_ref: PL1.I.5", "plan_ref: PL1.I.4"),
    ("unknown_plan_ref", "plan_ref: PL1.I.5", "plan_ref: PL1.I.7"),
    ("phase_gap", "start: '2028-01-01'", "start: '2028-02-01'"),
    ("phase_dates", "start: '2028-01-01'", "start: '2028-02-31'"),
    ("phase_overlap", "phase: 2028-2030\n    operator: '>'", "phase: annual\n    operator: '>'"),
]


@pytest.mark.parametrize(("rule", "old", "new"), TARGET_FAULTS)
def test_a_fault_in_the_targets_file(
    broken_folder: CatalogueFolder, rule: str, old: str, new: str
) -> None:
    line = edit(broken_folder, "targets.yml", old, new)
    found = [p for p in check_catalogue(broken_folder) if p.rule == rule]
    assert found
    assert found[0].file == "dbt_project/indicators/targets.yml"
    assert found[0].line == line


def test_a_missing_row_of_appendix_one(broken_folder: CatalogueFolder) -> None:
    path = broken_folder.indicators / "targets.yml"
    text = path.read_text(encoding="utf-8")
    start = text.index("  - key: PL1.II.7")
    end = text.index("  - key: PL1.II.8")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    rules = {p.rule: p.message_vi for p in check_catalogue(broken_folder)}
    assert "PL1.II.7" in rules["missing_plan_ref"]
    assert "TTHC-09" in rules["no_target"]


def test_a_repeated_owner_is_refused(broken_folder: CatalogueFolder) -> None:
    edit(broken_folder, "targets.yml", "plan_ref: PL1.I.4", "plan_ref: PL1.I.4\n    owners: [SNV]")
    assert only(check_catalogue(broken_folder)).rule == "repeated_fact"


def test_another_owner_is_kept(broken_folder: CatalogueFolder) -> None:
    edit(broken_folder, "targets.yml", "plan_ref: PL1.I.4", "plan_ref: PL1.I.4\n    owners: [STC]")
    owners = {t.key: t.owners for t in load_catalogue(broken_folder).targets}
    assert owners["PL1.I.4"] == ("STC",)
    assert owners["PL1.II.5"] == ("SNV",)


def test_a_tolerance_belongs_to_about_only(broken_folder: CatalogueFolder) -> None:
    edit(broken_folder, "targets.yml", "value: 95", "value: 95\n    tolerance: 1")
    problem = only(check_catalogue(broken_folder))
    assert problem.rule == "invalid_value"
    assert "approx" in problem.message_vi


def test_about_needs_the_tolerance_key(broken_folder: CatalogueFolder) -> None:
    edit(broken_folder, "targets.yml", "    tolerance: null\n", "")
    problem = only(check_catalogue(broken_folder))
    assert problem.rule == "missing_key"
    assert "tolerance" in problem.message_vi


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"code: [TTHC-04\nname: x\n", 2),
        (b"code: TTHC-04\n\tname: x\n", 2),
        (b"", 1),
        (b"code: TTHC-04\nname: \xe1\xba\n", 2),
        (b"a: &a [*a]\n", 1),
        (b"code: 2026-02-30\n", 1),
        (b"- just\n- a list\n", 1),
        (b"? [1, 2]\n: x\n", 1),
        (b"[" * 3000, 1),
        (b"code: \x00\n", 1),
    ],
)
def test_broken_yaml_is_reported_and_hides_nothing_else(
    broken_folder: CatalogueFolder, content: bytes, line: int
) -> None:
    (broken_folder.indicators / "TTHC-04.yml").write_bytes(content)
    edit(broken_folder, "TTHC-05.yml", "unit: pct", "unit: percent")
    problems = check_catalogue(broken_folder)
    by_file = {p.file.rsplit("/", 1)[-1]: p for p in problems}
    assert set(by_file) == {"TTHC-04.yml", "TTHC-05.yml"}
    first = min(p.line for p in problems if p.file.endswith("TTHC-04.yml"))
    assert first == line


def test_broken_targets_file(broken_folder: CatalogueFolder) -> None:
    (broken_folder.indicators / "targets.yml").write_text("targets: [\n", encoding="utf-8")
    problem = only(check_catalogue(broken_folder))
    assert (problem.rule, problem.file) == ("unreadable", "dbt_project/indicators/targets.yml")


def test_missing_targets_file(broken_folder: CatalogueFolder) -> None:
    (broken_folder.indicators / "targets.yml").unlink()
    assert only(check_catalogue(broken_folder)).rule == "unreadable"


def test_decomposed_text_is_refused(broken_folder: CatalogueFolder) -> None:
    word = "Chỉ hồ sơ"
    line = edit(broken_folder, "TTHC-04.yml", word, unicodedata.normalize("NFD", word))
    problem = only(check_catalogue(broken_folder))
    assert (problem.rule, problem.line) == ("not_nfc", line)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2025-03-01", "01/03/2025"),
        (",department,", ",ministry,"),
        ("101,VPUBND", "một,VPUBND"),
        ("101,VPUBND", "101,VPUBND,thừa"),
    ],
)
def test_an_unreadable_agency_row_is_reported_with_its_line(
    broken_folder: CatalogueFolder, old: str, new: str
) -> None:
    path = broken_folder.reference / "agencies.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    problem = only(check_catalogue(broken_folder))
    assert problem.rule == "unreadable"
    assert problem.line == text[: text.index(old)].count("\n") + 1


def test_a_missing_agencies_file_is_reported(broken_folder: CatalogueFolder) -> None:
    (broken_folder.reference / "agencies.csv").unlink()
    problem = only(check_catalogue(broken_folder))
    assert problem.file == "dbt_project/seeds/reference/agencies.csv"


def test_a_faulty_agency_row_is_reported_with_its_line(broken_folder: CatalogueFolder) -> None:
    path = broken_folder.reference / "agencies.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    index = next(i for i, text in enumerate(lines) if text.startswith("401,"))
    lines[index] = lines[index].replace(",14,3,", ",99,3,")
    path.write_text("".join(lines), encoding="utf-8")
    problem = only(check_catalogue(broken_folder))
    assert (problem.rule, problem.line) == ("unknown_parent", index + 1)


def test_loading_refuses_an_invalid_catalogue(broken_folder: CatalogueFolder) -> None:
    edit(broken_folder, "TTHC-04.yml", "unit: pct", "unit: percent")
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(broken_folder)
    assert len(caught.value.problems) == 1


def test_a_new_file_needs_no_code(broken_folder: CatalogueFolder) -> None:
    """A new indicator is a data diff: one file and one target."""
    source: Path = broken_folder.indicators / "TTHC-09.yml"
    text = source.read_text(encoding="utf-8").replace("code: TTHC-09", "code: TTHC-13")
    (broken_folder.indicators / "TTHC-13.yml").write_text(text, encoding="utf-8")
    assert only(check_catalogue(broken_folder)).rule == "no_target"
    with (broken_folder.indicators / "targets.yml").open("a", encoding="utf-8") as stream:
        stream.write(
            "  - key: I.2.b.TTHC-13\n    indicator: TTHC-13\n    plan_ref: I.2.b\n"
            "    phase: 2028-2030\n    operator: '>='\n    value: 70\n    wording_vi: Thử nghiệm\n"
        )
    again = CatalogueFolder(broken_folder.dbt_project)
    assert check_catalogue(again) == []
