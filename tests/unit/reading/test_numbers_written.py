"""Written cases of numbers in their columns, units, column units and periods (CSV fixtures)."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.reading.numbers import REFUSALS_VI, parse, read_column
from ingestion.reading.periods_stated import find_day, find_period, find_period_of_title
from ingestion.reading.text import clean
from ingestion.reading.units import find_unit, label_unit, may_be_ratio, spellings, stated_unit

FIXTURES = Path(__file__).parents[2] / "fixtures" / "reading"


def cases(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def named(name: str) -> list[object]:
    return [pytest.param(case, id=f"line{line}") for line, case in enumerate(cases(name), 2)]


@pytest.mark.parametrize("case", named("numbers.csv"))
def test_number_in_its_column(case: dict[str, str]) -> None:
    column = [case["text"], *filter(None, case["column"].split("|"))]
    number = read_column(column, unit=find_unit(case["unit"], "B2")).numbers[0]
    found = {
        "value": str(number.value),
        "refused": f"refused:{number.code}",
    }.get(number.state, number.state)
    assert found == case["expected"], case["why"]


@pytest.mark.parametrize("case", named("units.csv"))
def test_line_about_a_unit(case: dict[str, str]) -> None:
    said = stated_unit(clean(case["line"]), "D3")
    kind = "none" if said is None else said.kind
    if said is not None and said.unit is not None and said.unit.is_misspelt:
        kind += ":misspelt"
    assert kind == case["kind"], case["why"]
    if said is not None and said.unit is not None:
        assert said.unit.code == case["code"]
        assert said.unit.factor == Decimal(case["factor"])
        assert said.unit.where == "D3"


@pytest.mark.parametrize("case", named("column_units.csv"))
def test_unit_of_a_header_label(case: dict[str, str]) -> None:
    unit = label_unit(case["label"], "C5")
    assert (unit.code if unit else "") == case["code"], case["why"]
    assert (str(unit.factor) if unit else "") == case["factor"]
    assert may_be_ratio(case["label"]) is (case["may_be_ratio"] == "yes"), case["why"]


@pytest.mark.parametrize("case", named("periods.csv"))
def test_period_of_a_line(case: dict[str, str]) -> None:
    period = find_period(clean(case["line"]), "A2")
    found = (period.kind, period.start.isoformat()) if period else ("", "")
    assert found == (case["kind"], case["start"]), case["why"]


def test_there_are_enough_written_cases() -> None:
    assert len(cases("numbers.csv")) + len(cases("units.csv")) >= 300


def test_every_refusal_has_its_sentence() -> None:
    codes = {
        case["expected"].removeprefix("refused:")
        for case in cases("numbers.csv")
        if case["expected"].startswith("refused:")
    }
    assert codes <= REFUSALS_VI.keys()


def test_the_dictionary_holds_the_spellings_counted_in_real_publications() -> None:
    for text, factor in {
        "Triệu đồng": 10**6,
        "tỷ đồng": 10**9,
        "1.000 đồng": 1000,
        "1.000.000 đồng": 10**6,
        "Nghìn đồng": 1000,
        "1000 đồng": 1000,
        "Triệu dồng": 10**6,
        "Tiệu đồng": 10**6,
        "Tr đồng": 10**6,
        "Triệu đổng": 10**6,
    }.items():
        unit = find_unit(text, "")
        assert unit is not None and (unit.code, unit.factor) == ("vnd", factor), text


def test_no_spelling_of_the_dictionary_means_two_things() -> None:
    with (FIXTURES.parents[2] / "ingestion/reading/data/units.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({clean(row["spelling"]).lower() for row in rows}) == len(rows)
    assert len(spellings()) <= len(rows)
    assert {row["certainty"] for row in rows} <= {"seen", "recalled", "open", "proposed"}
    for row in rows:
        unit = find_unit(row["spelling"], "")
        assert unit is not None and unit.factor == Decimal(row["factor"]), row["spelling"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ngày 23 tháng 7 năm 2015", "2015-07-23"),
        ("23/7/2015", "2015-07-23"),
        ("Sơn La, ngày 01/02/2025", "2025-02-01"),
        ("31/02/2027", None),
        ("12/03/27", None),
        ("2027-13-01", None),
        ("ngày 30 tháng 2 năm 2025", None),
        ("từ 01/02/2025 đến 03/04/2025", None),
        ("01/01/1900", None),
        ("31/12/9999", None),
        ("hôm nay", None),
    ],
)
def test_a_stated_day_exists_or_is_none(text: str, expected: str | None) -> None:
    day = find_day(text)
    assert (day.isoformat() if day else None) == expected


def test_a_period_over_two_lines_is_not_the_year_alone() -> None:
    title = [("THỰC HIỆN DỰ TOÁN QUÝ I", "A2"), ("NĂM 2026", "A3")]
    period = find_period_of_title(title)
    assert period is not None
    assert (period.kind, period.start.isoformat()) == ("quarter", "2026-01-01")


def test_a_reference_over_two_lines_is_no_title() -> None:
    title = [
        ("(Kèm theo Quyết định số 3008/QĐ-BTC ngày 14/12/2011", "A4"),
        ("của Bộ trưởng về việc công bố số liệu dự toán năm 2012)", "A5"),
        ("DỰ TOÁN NĂM 2013", "A6"),
    ]
    period = find_period_of_title(title)
    assert period is not None and period.start.year == 2013


def test_what_cannot_be_read_twice_is_not_ambiguous() -> None:
    assert parse("1.234").separator == "."
    assert parse("1.234,5").separator == ""
