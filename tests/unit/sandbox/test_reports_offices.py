"""Offices that report: the same files for the same seed, figures that hang together, all eras."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from ingestion.core.period import Period
from ingestion.sources.agency_reports.identity import FormId, issue, parse
from ingestion.sources.agency_reports.template import write_template
from sandbox.reports.drop import drop_reports
from sandbox.reports.figures import Figures
from sandbox.reports.offices import SANDBOX_KEY, Delivered, Offices
from sandbox.reports.owed import all_offices, following, owed_reports
from sandbox.reports.rendering import Order, Press
from sandbox.reports.styles import Style
from sandbox.reports.subject import agency_of, form_of, sections_of

SEED = 20_260
UNTIL = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def offices() -> Offices:
    return Offices(SEED)


@pytest.fixture(scope="module")
def autumn(offices: Offices) -> list[Delivered]:
    return list(offices.deliveries(dt.date(2026, 10, 16), dt.date(2026, 10, 12)))


def test_what_arrives_is_the_same_again_and_for_part_of_the_days(
    autumn: list[Delivered],
) -> None:
    day = dt.date(2026, 10, 13)
    again = list(Offices(SEED).deliveries(day, dt.date(2026, 10, 12)))

    assert again == [delivered for delivered in autumn if delivered.day <= day]


def test_a_share_of_the_communes_leaves_the_others_as_they_are(offices: Offices) -> None:
    whole = offices.sendings(UNTIL)
    part = Offices(SEED, 0.2).sendings(UNTIL)

    assert set(part) < set(whole)
    assert {s.owed.key for s in whole if s.owed.office.kind == "department"} == {
        s.owed.key for s in part if s.owed.office.kind == "department"
    }


def test_every_era_and_kind_of_office_reports_and_most_reports_are_good(offices: Offices) -> None:
    sendings = offices.sendings(UNTIL)
    kinds = Counter((s.owed.office.kind, s.day.year) for s in sendings)
    good = sum(sending.behaviour_id == "good" for sending in sendings)
    late = sum(sending.day > sending.owed.due_on for sending in sendings if sending.number == 1)

    assert {kind for kind, _ in kinds} >= {"department", "district", "commune", "central_branch"}
    assert all(kinds["department", year] for year in range(2021, 2027))
    assert not kinds["commune", 2024]
    assert not kinds["district", 2026]
    assert 0.85 < good / len(sendings) < 0.98
    assert 0.05 < late / len(sendings) < 0.2


def test_reports_for_the_whole_province_are_right_in_the_end(offices: Offices) -> None:
    last: dict[str, str] = {}
    for sending in offices.sendings(dt.date(2027, 12, 31)):
        if form_of(sending.owed.form_code).reports_for == "province" and not sending.repeats:
            last[sending.owed.key] = sending.behaviour_id
    owed = {
        owed.key
        for owed in owed_reports(dt.date(2021, 1, 1), dt.date(2027, 3, 31))
        if form_of(owed.form_code).reports_for == "province"
    }

    assert set(last) >= owed
    assert {last[key] for key in owed} == {"good"}


def test_what_counts_in_the_end_is_what_the_last_good_file_says(offices: Offices) -> None:
    until = dt.date(2025, 4, 30)
    standing = offices.standing(until)
    first = dt.date(2025, 4, 1)
    last = {
        (delivered.form_code, delivered.expected.agency_key, delivered.period): delivered
        for delivered in offices.deliveries(until, first)
        if delivered.behaviour == "good"
    }
    compared = 0
    for owed, filled in standing.items():
        delivered = last.get((owed.form_code, owed.office.key, owed.period))
        if delivered is None:
            continue
        for cell in delivered.expected.cells:
            if cell.kind == "number" and cell.field_code in filled.values:
                compared += 1
                assert Decimal(cell.value) == filled.values[cell.field_code]
    assert len(standing) > 600
    assert compared > 60


def test_stocks_move_slowly_and_parts_stay_below_their_wholes() -> None:
    figures = Figures(SEED)
    offices = [o for o in all_offices() if o.kind == "department" and o.exists_on(UNTIL)]
    for office in offices:
        before: tuple[Decimal, Decimal] | None = None
        for number in range(20):
            period = following(Period.parse("2026-Q1"), number)
            sections = sections_of("BC-CCHC-Q", office, period)
            values = {
                code: value
                for code, value in figures.of(office, sections, period).values.items()
                if isinstance(value, Decimal)
            }
            for field in (field for section in sections for field in section.fields):
                if field.code in values and field.at_most:
                    assert values[field.code] <= values[field.at_most]
            done = values["CV-01.approved_in_force.numerator"]
            whole = values["CV-01.approved_in_force.denominator"]
            if before:
                assert abs(whole - before[1]) <= 1
                assert done / whole > before[0] / before[1] - Decimal("0.1")
            before = done, whole


def test_a_filled_template_is_the_products_workbook_with_other_cells() -> None:
    """The template of one office, made into another's, is what the product writes for that one."""
    press = Press(SEED, SANDBOX_KEY)
    period = Period.parse("2026-Q3")
    first, office = (o for o in all_offices() if o.code in ("STC", "SNV") and o.exists_on(UNTIL))
    for each in (first, office):
        order = Order(each, "BC-CCHC-Q", period, UNTIL, "good", Style(kind="template"))
        rendered = press.render(order)

    written = write_template(form_of("BC-CCHC-Q"), agency_of(office), period, SANDBOX_KEY)
    mine, theirs = (
        openpyxl.load_workbook(io.BytesIO(content)) for content in (rendered.content, written)
    )
    asked = {answer.cell for answer in rendered.answer.cells}
    for sheet in theirs.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                same = mine[sheet.title][cell.coordinate]
                if sheet.title == "Báo cáo" and cell.coordinate in asked:
                    assert same.protection.locked is False
                elif cell.value is not None:
                    assert same.value == cell.value, cell.coordinate
                assert same.number_format == cell.number_format
    report, blank = mine["Báo cáo"], theirs["Báo cáo"]
    assert report.protection.sheet
    assert report.data_validations.count == blank.data_validations.count
    assert report.oddFooter.left.text == blank.oddFooter.left.text
    expected = FormId("BC-CCHC-Q", 2, office.code, office.key, period)
    texts = [str(cell.value) for row in report.iter_rows() for cell in row if cell.value]
    assert issue(expected, SANDBOX_KEY) in texts
    assert parse(issue(expected, SANDBOX_KEY), SANDBOX_KEY) == expected
    with zipfile.ZipFile(io.BytesIO(rendered.content)) as packed:
        assert office.name in packed.read("docProps/core.xml").decode()


def test_an_id_pasted_from_the_office_that_the_template_was_made_for_stays() -> None:
    press, period = Press(SEED, SANDBOX_KEY), Period.parse("2026-Q3")
    offices = [o for o in all_offices() if o.kind == "department" and o.exists_on(UNTIL)]
    pasted = 0
    for office in offices:
        order = Order(office, "BC-CCHC-Q", period, UNTIL, "others_id_pasted", Style("template"))
        report = openpyxl.load_workbook(io.BytesIO(press.render(order).content)).worksheets[0]
        texts = " ".join(str(cell.value) for row in report.iter_rows() for cell in row)
        form_id = FormId("BC-CCHC-Q", 2, office.code, office.key, period)
        assert issue(form_id, SANDBOX_KEY) not in texts
        pasted += "BC-CCHC-Q.2/" in texts
    assert pasted == len(offices) > 10


def test_what_the_key_says_stands_in_the_cell(autumn: list[Delivered]) -> None:
    looked_at = 0
    for delivered in autumn:
        if delivered.behaviour != "good" or not delivered.file_name.endswith(".xlsx"):
            continue
        book = openpyxl.load_workbook(io.BytesIO(delivered.content))
        for answer in delivered.expected.cells:
            value = book[answer.sheet][answer.cell].value
            if answer.kind == "number" and not isinstance(value, str):
                looked_at += 1
                assert float(answer.value) == value
            elif not answer.kind:
                assert value is None
    assert looked_at > 100


def test_files_lie_by_day_and_office(offices: Offices, tmp_path: Path) -> None:
    first, last = dt.date(2025, 10, 13), dt.date(2025, 10, 15)
    written = drop_reports(offices, tmp_path, first, last)
    expected = list(offices.deliveries(last, first))

    assert len(written) == len(set(written)) == len(expected) > 10
    for path, delivered in zip(written, expected, strict=True):
        place = path.relative_to(tmp_path / "manual/agency_reports").parts
        assert place[:2] == (delivered.day.isoformat(), delivered.agency_code)
        assert path.read_bytes() == delivered.content
