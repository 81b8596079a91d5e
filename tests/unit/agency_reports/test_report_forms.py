"""The report forms: that those of the checkout hold together, and that a broken one is told."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from ingestion.catalogue.agencies import Agency
from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import (
    FormsError,
    check_forms,
    due_reports,
    read_forms,
    sections_for,
)
from ingestion.sources.agency_reports.forms_model import Form, FormVersion
from ingestion.sources.agency_reports.plan_tasks import read_plan_tasks

FOLDER = Path(__file__).resolve().parents[3] / "ingestion" / "sources" / "agency_reports" / "forms"
VERSIONS = [(form, version) for form in read_forms().all for version in form.versions]


def agency(key: int) -> Agency:
    return next(unit for unit in all_agencies() if unit.key == key)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A copy of the forms that a test may break."""
    return Path(shutil.copytree(FOLDER, tmp_path / "forms"))


@pytest.mark.parametrize(("form", "version"), VERSIONS, ids=lambda x: getattr(x, "code", None))
def test_a_version_counts_every_part_of_a_reading_once(form: Form, version: FormVersion) -> None:
    fields = [field for section in version.sections for field in section.fields]
    parts = Counter(field.counts for field in fields if field.counts)

    assert set(parts.values()) <= {1}
    readings: dict[tuple[str, str], set[str]] = {}
    for counts in parts:
        readings.setdefault((counts.indicator, counts.reading), set()).add(counts.part)
    assert all(part in ({"value"}, {"numerator", "denominator"}) for part in readings.values())
    assert len({field.code for field in fields}) == len(fields)


@pytest.mark.parametrize(("form", "version"), VERSIONS, ids=lambda x: getattr(x, "code", None))
def test_what_is_not_seen_says_so(form: Form, version: FormVersion) -> None:
    assert version.certainty == "proposed"
    assert "đề xuất" in version.document


def test_versions_hold_one_after_the_other() -> None:
    form = read_forms().by_resource("reform_quarter")

    assert form.version_on(Period.parse("2020-Q4").start) is None
    assert [v.version for v in (form.version_on(Period.parse("2025-Q4").start),) if v] == [1]
    assert [v.version for v in (form.version_on(Period.parse("2026-Q1").start),) if v] == [2]


def test_a_version_keeps_what_it_asked_when_the_next_asks_more() -> None:
    old, new = read_forms().by_resource("training_year").versions

    assert [field.code for section in old.sections for field in section.fields] == [
        "CV-02.standard_met.denominator",
        "CV-02.standard_met.numerator",
    ]
    assert "trained_in_year" in [field.code for section in new.sections for field in section.fields]


def test_a_code_from_outside_may_be_none_and_a_resource_may_not() -> None:
    forms = read_forms()

    assert forms.by_code("BC-XX-Q") is None
    with pytest.raises(FormsError, match="không có mẫu nào cho nghĩa vụ “xx_quarter”"):
        forms.by_resource("xx_quarter")


def test_an_agency_is_asked_for_its_own_indices_only() -> None:
    form = read_forms().by_resource("external_indices_year")
    version = form.versions[-1]

    asked = {
        key: {row.code for s in sections_for(form, version, agency(key), ()) for row in s.rows}
        for key in (119, 120, 122)
    }

    assert {code.split(".")[1] for code in asked[119]} == {"par_index", "sipas", "papi"}
    assert {code.split(".")[1] for code in asked[120]} == {"pci", "pobi"}
    assert {code.split(".")[1] for code in asked[122]} == {"dti"}
    with pytest.raises(FormsError, match="không hỏi Sở Y tế"):
        sections_for(form, version, agency(105), ())


def test_an_agency_is_asked_for_the_tasks_that_it_leads() -> None:
    form = read_forms().by_resource("plan_tasks_quarter")
    (version,) = form.versions
    tasks = read_plan_tasks()
    commune = next(u for u in all_agencies() if u.kind == "commune" and u.valid_to is None)

    (of_commune,) = sections_for(form, version, commune, tasks)
    (of_broadcaster,) = sections_for(form, version, agency(207), tasks)
    (of_home_affairs,) = sections_for(form, version, agency(119), tasks)

    assert len(of_commune.rows) == 20
    assert [row.code for row in of_broadcaster.rows] == ["PL2.I.5"]
    assert {"PL2.I.1", "PL2.VII.8"} <= {row.code for row in of_home_affairs.rows}
    assert [field.code for field in of_broadcaster.fields] == [
        "PL2.I.5.status",
        "PL2.I.5.completed_on",
        "PL2.I.5.evidence",
    ]
    assert [field.column for field in of_broadcaster.fields] == [
        column.code for column in of_broadcaster.columns
    ]
    guidance = of_broadcaster.rows[0].guidance_vi
    assert guidance.startswith("Sản phẩm: Chuyên trang")
    assert guidance.endswith("Thời hạn: Thường xuyên.")


def test_every_task_is_asked_of_somebody() -> None:
    units = [unit for unit in all_agencies() if unit.is_valid_on(Period.parse("2026").start)]

    assert [t.task_ref for t in read_plan_tasks() if not any(map(t.is_led_by, units))] == []


@pytest.mark.parametrize(
    ("key", "period", "expected"),
    [
        (119, "2026-Q3", ["BC-CCHC-Q", "BC-NV-Q"]),
        (103, "2026-Q1", ["BC-CCHC-Q", "BC-NV-Q", "BC-VB-Q"]),
        (119, "2026", ["BC-BM-N", "BC-CSN-N", "BC-DTBD-N", "BC-HL-N"]),
        (120, "2026-09", ["BC-DN-T"]),
        (119, "2026-09", []),
        (207, "2026-Q2", ["BC-NV-Q"]),
        (409, "2023-Q4", ["BC-CCHC-Q"]),
        (206, "2026-Q3", []),
    ],
)
def test_what_an_agency_owes_is_what_the_obligations_say(
    key: int, period: str, expected: list[str]
) -> None:
    owed = due_reports(agency(key), Period.parse(period))

    assert sorted(report.form.code for report in owed) == expected
    assert all(report.due_on >= Period.parse(period).end for report in owed)


def test_every_obligation_of_agencies_has_a_form_and_every_form_an_obligation() -> None:
    year = [Period.parse(text) for text in ("2026", "2026-Q1", "2026-01", "2026-H1")]
    owed = {
        report.form.code for unit in all_agencies() for p in year for report in due_reports(unit, p)
    }

    assert owed == {form.code for form in read_forms().all}


_BROKEN = [
    ("bc_dn_t", "type: count", "type: cuont", "invalid_value", "type: cuont", "“cuont”"),
    ("bc_dn_t", "nature: stock", "natur: stock", "missing_key", "- code: TC-04.act", "“nature”"),
    ("bc_dn_t", "nature: stock", "natur: stock", "unknown_key", "natur:", "có phải “nature”?"),
    ("bc_dn_t", "resource: enterprises_month", "", "missing_key", "code: BC-DN-T", "“resource”"),
    ("bc_dn_t", "'2021-01-01'", "'2021-02-30'", "no_day", "- version: 1", "không có thật"),
    ("bc_dn_t", "'2021-01-01'", "'2027-01-01'", "empty_validity", "valid_to", "valid_to"),
    ("bc_dn_t", "to: '2026-", "to: '2025-", "version_gap", "from: '2026-01-01'", "2025-01-01"),
    ("bc_dn_t", "version: 2", "version: 3", "version_order", "version: 3", "phải là 2"),
    ("bc_dn_t", "code: new_in", "code: TC-04.new_in", "", "", ""),
    ("bc_dn_t", "new_in_period", "TC-04.active_stock.value", "repeated_row", "TC-04.act", "TC-04"),
    ("bc_dn_t", "most: TC-04.reg", "most: TC-04.x", "at_most", "TC-04.active", "không có"),
    ("bc_cchc_q", "unit_vi: 'cơ", "unit_vi: 'Cơ", "at_most", "numerator", "khác loại hoặc đơn vị"),
    ("bc_qtdl_n", "            max: 5\n", "", "bounds", "SO-03.assessed_level", "cần min và max"),
    ("bc_qtdl_n", "min: 1\n", "min: 7\n", "bounds", "SO-03.assessed_level", "min lớn hơn max"),
    ("bc_nv_q", "type: choice", "type: text", "choices", "- code: status", "choices"),
    ("bc_hl_n", "code: B\n", "code: A\n", "repeated_section", "- code: A", "phần A"),
    ("bc_dn_t", "code: BC-DN-T", "code: BC-BM-N", "repeated_form", "BC-BM-N", "BC-BM-N"),
    ("bc_dn_t", "ions: *sections", "ions: *none", "unreadable", "*none", "YAML hỏng"),
]


@pytest.mark.parametrize(("file", "old", "new", "rule", "at", "said"), _BROKEN)
def test_what_is_wrong_is_told_once_with_its_line(
    broken: Path, file: str, old: str, new: str, rule: str, at: str, said: str
) -> None:
    path = broken / f"{file}.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    problems = check_forms(broken)

    if not rule:
        assert problems == []
        return
    (problem,) = [problem for problem in problems if problem.rule == rule]
    assert said in problem.message_vi
    assert problem.file == f"forms/{file}.yml"
    assert at in path.read_text(encoding="utf-8").splitlines()[problem.line - 1]
    with pytest.raises(FormsError, match=rule):
        read_forms(broken)


def test_the_forms_of_the_checkout_are_sound() -> None:
    assert check_forms(FOLDER) == []
