"""Days, choices, levels and texts: read as they stand, or refused with what to mend."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ingestion.sources.agency_reports.forms import read_forms
from ingestion.sources.agency_reports.reading.words import column_role, meant, words
from ingestion.sources.agency_reports.template.wording import read_wording
from tests.unit.agency_reports.papers import Answer, accepted, judged, template

LEVEL, ASSESSED, EVIDENCE = "SO-03.assessed_level.value", "SO-03.assessed_on", "SO-03.evidence"
TASK = "PL2.I.1"


def of_level(**answers: Any) -> dict[str, tuple[str | None, Answer]]:
    """Problem and value of each field of the report on data governance of 2026."""
    told: dict[str, Any] = {LEVEL: 3, ASSESSED: date(2026, 11, 5), EVIDENCE: "12/BC-SKHCN"}
    told |= {
        {"level": LEVEL, "day": ASSESSED, "evidence": EVIDENCE}[k]: v for k, v in answers.items()
    }
    paper = template("BC-QTDL-N", "SKHCN", "2026", told)
    judgement = judged(paper.bytes(), "SKHCN", date(2027, 1, 20))
    counted = accepted(judgement)
    return {c.field_code: (c.problem_code, counted.get(c.field_code)) for c in judgement.values}


def test_a_report_of_three_types_counts_whole() -> None:
    assert of_level() == {
        LEVEL: (None, Decimal(3)),
        ASSESSED: (None, date(2026, 11, 5)),
        EVIDENCE: (None, "12/BC-SKHCN"),
    }


@pytest.mark.parametrize(
    ("typed", "problem", "day"),
    [
        (date(2026, 11, 5), None, date(2026, 11, 5)),
        (datetime(2026, 11, 5, 13, 30), None, date(2026, 11, 5)),  # noqa: DTZ001
        ("05/11/2026", None, date(2026, 11, 5)),
        ("5-11-2026", None, date(2026, 11, 5)),
        ("05.11.2026", None, date(2026, 11, 5)),
        ("2026-11-05", None, date(2026, 11, 5)),
        ("ngày 5 tháng 11 năm 2026", None, date(2026, 11, 5)),
        ("Ngày 05 tháng 11 năm 2026", None, date(2026, 11, 5)),
        ("０5/11/2026", None, date(2026, 11, 5)),
        ("31/02/2026", "not_a_date", None),
        ("2026-13-01", "not_a_date", None),
        ("11/25/2026", "not_a_date", None),
        ("05/11/26", "ambiguous_date", None),
        ("05/11/0026", "not_a_date", None),
        ("Quý I", "not_a_date", None),
        ("6 tháng", "not_a_date", None),
        ("hôm nay", "not_a_date", None),
        ("05/11/2569", "not_a_date", None),
        ("đến 05/11/2026", "not_a_date", None),
        (46331, "not_a_date", None),  # no format of a day: of which epoch?
        (True, "not_a_date", None),
        (date(1900, 1, 1), "not_a_date", None),
        ("31/12/9999", "not_a_date", None),
        (date(2027, 1, 21), "future_date", None),
        ("=TODAY()", "formula_without_value", None),
        ("#N/A", "error_value", None),
    ],
)  # fmt: skip
def test_days(typed: Any, problem: str | None, day: date | None) -> None:
    assert of_level(day=typed)[ASSESSED] == (problem, day)


def test_days_counted_from_1904_are_the_same_days() -> None:
    told = {LEVEL: 3, ASSESSED: date(2026, 11, 5), EVIDENCE: "12/BC-SKHCN"}
    paper = template("BC-QTDL-N", "SKHCN", "2026", told)
    paper.is_1904 = True
    assert accepted(judged(paper.bytes(), "SKHCN", date(2027, 1, 20)))[ASSESSED] == told[ASSESSED]


def test_a_text_without_end_is_cut_for_all_to_see() -> None:
    (problem, text) = of_level(evidence="văn bản " * 200)[EVIDENCE]
    assert (problem, len(str(text)), str(text)[-1]) == (None, 500, "…")


@pytest.mark.parametrize(
    ("typed", "problem", "level"),
    [
        (1, None, 1), ("4", None, 4), (5, None, 5), (0, "below_minimum", None),
        (9, "above_maximum", None), (2.5, "not_whole", None), ("III", "not_a_number", None),
        ("cấp 3", "number_in_text", None),
    ],
)  # fmt: skip
def test_levels(typed: Any, problem: str | None, level: int | None) -> None:
    assert of_level(level=typed)[LEVEL] == (problem, level)


@pytest.mark.parametrize(
    ("typed", "problem", "choice"),
    [
        ("Hoàn thành", None, "done"),
        ("hoan thanh", None, "done"),
        ("done", None, "done"),
        ("Đang thực hiện", None, "in_progress"),
        ("Đang thực hiện / Hoàn thành", "not_a_choice", None),
        ("Gần xong", "not_a_choice", None),
        (1, "not_a_choice", None),
    ],
)
def test_choices(typed: Any, problem: str | None, choice: str | None) -> None:
    paper = template("BC-NV-Q", answers={f"{TASK}.status": typed})
    judgement = judged(paper.bytes())
    (cell,) = (c for c in judgement.values if c.field_code == f"{TASK}.status")
    told = accepted(judgement).get(cell.field_code)
    assert (cell.problem_code, told) == (problem, choice)
    assert problem is None or "Đang thực hiện" in (cell.problem_vi or "")


@pytest.mark.parametrize(
    ("typed", "problem", "said"),
    [
        ("Có", None, 1), ("khong", None, 0), ("Chưa", None, 0), (True, None, 1),
        ("Có/Không", "not_a_choice", None), ("x", "not_a_choice", None), (1, "not_a_choice", None),
    ],
)  # fmt: skip
def test_yes_or_no(typed: Any, problem: str | None, said: int | None) -> None:
    code = "BM-01.confirmed.value"
    paper = template("BC-BM-N", "SNV", "2026", {code: typed, "BM-02.confirmed.value": "Không"})
    judgement = judged(paper.bytes(), "SNV", date(2027, 1, 20))
    (cell,) = (c for c in judgement.values if c.field_code == code)
    assert (cell.problem_code, accepted(judgement).get(code)) == (problem, said)


def test_notes_stay_in_the_file_and_are_only_known_to_be_there() -> None:
    paper = template("BC-NV-Q", answers={f"{TASK}.status": "Hoàn thành"})
    row, _ = paper.places[f"{TASK}.status"]
    paper.rows[row][paper.column("Ghi chú")] = "Bà Nguyễn Thị X, 0912345678"
    judgement = judged(paper.bytes())
    noted = {cell.row_code for cell in judgement.values if cell.has_note}
    assert noted == {TASK}
    assert "Nguyễn" not in str(judgement.as_record())


# --- what the reading knows of the forms ---------------------------------------------------------


def test_the_words_of_the_template_are_understood() -> None:
    wording = read_wording()
    roles = {"number": "ordinal", "code": "code", "item": "item", "task": "item", "unit": "unit"}
    roles |= {"previous": "previous", "note": "note"}
    for name, role in roles.items():
        assert column_role(wording.columns[name].stacked) == role
        assert column_role(wording.columns[name].both) == role
    for code, text in wording.value_statuses.items():
        assert meant(text, words().statuses) == code
    assert meant(wording.nil, words().nil) is True
    assert meant(wording.occurred, words().nil) is False
    assert meant(wording.yes, words().yes_no) is True
    assert meant(wording.no, words().yes_no) is False


def test_a_field_is_of_one_type_in_all_versions_of_its_form() -> None:
    """The job reads the rows of all versions as one list."""
    for form in read_forms().all:
        types: dict[str, set[str]] = {}
        for version in form.versions:
            for section in version.sections:
                for field in section.fields:
                    types.setdefault(field.code, set()).add(field.type)
        assert {code for code, found in types.items() if len(found) > 1} == set()
