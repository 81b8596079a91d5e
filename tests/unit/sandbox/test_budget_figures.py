"""The invented budgets: every identity holds, whatever is drawn."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.budget.figures import SETTLED, YEAR_QUARTERS, Basis, Book
from sandbox.budget.filling import FilledForm, Subject, children_of, fill
from sandbox.budget.forms import all_forms, form_of, forms_of
from sandbox.budget.members import members_on
from sandbox.budget.numerals import rounded

CODES = {"province": "14", "commune": "03646", "unit": "STC"}
KEYS = sorted(all_forms())
seeds = st.integers(0, 10_000)
years = st.integers(2021, 2026)
periods = st.sampled_from([("quarter", 1), ("quarter", 7), ("half_year", 1), ("nine_months", 1)])


def filled(key: str, year: int, seed: int, period: tuple[str, int] = ("year", 1)) -> FilledForm:
    form = form_of(key)
    kind, month = period if form.stage == "execution" else ("year", 1)
    start = dt.date(year, month, 1)
    return fill(form, Subject(CODES[form.level], form.level, year, kind, start, seed))


def column(form: FilledForm, measure: str) -> dict[str, Any]:
    """Cells of a column by item code, the first of each."""
    number = next(each.number for each in form.form.columns if each.measure == measure)
    found: dict[str, Any] = {}
    for row, cells in zip(form.rows, form.cells, strict=True):
        found.setdefault(row.item, cells[number - 1])
    return found


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(KEYS), years, seeds, periods)
def test_parts_add_up_and_columns_follow_their_formula(
    key: str, year: int, seed: int, period: tuple[str, int]
) -> None:
    form = filled(key, year, seed, period)
    columns = form.form.columns
    for parent, parts in children_of(form.rows).items():
        for each in columns:
            cells = [form.cells[part][each.number - 1] for part in parts]
            numbers = [cell for cell in cells if isinstance(cell, Decimal)]
            if each.kind == "amount" and numbers:
                assert form.cells[parent][each.number - 1] == sum(numbers)
    for cells in form.cells:
        for each in columns:
            result = cells[each.number - 1]
            if each.formula is None or not isinstance(result, Decimal):
                continue
            values = [cells[number - 1] for number in each.formula.operands]
            numbers = [value for value in values if isinstance(value, Decimal)]
            if each.formula.operation == "sum":
                assert result == sum(numbers)
            elif each.formula.operation == "difference":
                assert result == numbers[0] - numbers[1]
            else:
                assert result == numbers[0] / numbers[1] * 100


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(KEYS), years, seeds)
def test_whole_items_of_the_book_are_the_sums_of_a_forms_rows(
    key: str, year: int, seed: int
) -> None:
    """Every form that breaks an item down breaks the same figure down."""
    form = filled(key, year, seed)
    members = members_on(dt.date(year - 1, 12, 31), CODES[form.form.level], form.form.level)
    book = Book(form.form.level, CODES[form.form.level], seed, members)
    plain = [each for each in form.form.columns if each.basis == "council" and not each.formula]
    for index in children_of(form.rows):
        row = form.rows[index]
        for each in plain:
            if row.item and book.has(row.item) and not each.item and not each.slice:
                cell = form.cells[index][each.number - 1]
                assert cell == book.amount(row.item, Basis("council", year)), row.label


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(KEYS), years, seeds, st.sampled_from([0, 2]))
def test_published_roundings_add_up_within_rounding(
    key: str, year: int, seed: int, decimals: int
) -> None:
    form = filled(key, year, seed)
    step = Decimal(1).scaleb(-decimals)
    for parent, parts in children_of(form.rows).items():
        for each in form.form.columns:
            cells = [form.cells[part][each.number - 1] for part in parts]
            printed = [rounded(c / 1_000_000, decimals) for c in cells if isinstance(c, Decimal)]
            whole = form.cells[parent][each.number - 1]
            if each.kind == "amount" and printed and isinstance(whole, Decimal):
                off = abs(rounded(whole / 1_000_000, decimals) - sum(printed))
                assert off <= step * (len(printed) + 1) / 2


@given(years, seeds)
@settings(deadline=None, max_examples=12)
def test_the_province_spends_what_it_has_and_borrows(year: int, seed: int) -> None:
    for key, measure in (("decided.46.province", "estimate"), ("settlement.62.province", "actual")):
        cells = column(filled(key, year, seed), measure)

        resources = cells["total_local_resources"] + cells["deficit"]
        assert cells["total_expenditure"] == resources


@given(years, seeds)
@settings(deadline=None, max_examples=8)
def test_forms_of_a_year_tell_one_story(year: int, seed: int) -> None:
    balance = column(filled("decided.46.province", year, seed), "estimate")
    revenue = column(filled("decided.48.province", year, seed), "estimate")
    fields = column(filled("decided.50.province", year, seed), "estimate")
    structure = column(filled("decided.49.province", year, seed), "amount_province")
    next_year = column(filled("draft.33.province", year + 1, seed), "estimate_last_year")

    assert balance["total_expenditure"] == next_year["total_expenditure"]
    assert fields["recurrent_expenditure@province"] == structure["recurrent_expenditure"]
    local = column(filled("decided.48.province", year, seed), "estimate_local")
    assert balance["local_revenue"] == local["total_revenue"] <= revenue["total_revenue"]

    agencies = filled("decided.51.province", year, seed)
    by_field = filled("decided.53.province", year, seed)
    recurrent = column(agencies, "amount_recurrent_expenditure")[""]
    assert recurrent == by_field.cells[0][0] == fields["recurrent_expenditure@province"]


@given(years, seeds)
@settings(deadline=None, max_examples=8)
def test_quarters_add_up_to_the_year_and_the_settlement_follows(year: int, seed: int) -> None:
    quarters = [
        column(filled("execution.60.province", year, seed, ("quarter", month)), "actual")
        for month in (1, 4, 7, 10)
    ]
    half = column(filled("execution.60.province", year, seed, ("half_year", 1)), "actual")
    whole = column(filled("execution.60.province", year, seed, ("year", 1)), "actual")
    settled = column(filled("settlement.63.province", year, seed), "actual")

    for item in ("domestic_revenue", "land_use_levy", "customs_revenue"):
        amounts = [quarter[item] for quarter in quarters]
        assert sum(amounts[:2]) == half[item]
        assert sum(amounts) == whole[item]
        assert whole[item] <= settled[item] <= whole[item] * Decimal("1.01")


def test_domestic_revenue_is_a_few_percent_off_the_central_estimate() -> None:
    ratios = []
    for seed in range(12):
        for year in (2021, 2024):
            form = filled("settlement.63.province", year, seed)
            actual, central = (
                column(form, measure)["domestic_revenue"]
                for measure in ("actual", "estimate_central")
            )
            ratios.append(actual / central)

    assert Decimal("0.95") < min(ratios) < Decimal("1.03")
    assert Decimal("1.06") < max(ratios) < Decimal("1.13")


def test_the_council_asks_for_no_less_than_the_centre() -> None:
    form = filled("execution.60.province", 2025, 7)

    council = column(form, "estimate_council")["domestic_revenue"]
    assert council >= column(form, "estimate_central")["domestic_revenue"]


def test_a_correction_moves_the_figures_and_keeps_their_identities() -> None:
    subject = Subject("14", "province", 2024, "year", dt.date(2024, 1, 1), 7)
    corrected = Subject("14", "province", 2024, "year", dt.date(2024, 1, 1), 7, version=2)
    form = form_of("settlement.62.province")

    first, second = fill(form, subject), fill(form, corrected)

    assert first.cells != second.cells
    total = column(second, "actual")
    assert total["total_expenditure"] == total["total_local_resources"] + total["deficit"]


@pytest.mark.parametrize("level", ["province", "commune", "unit"])
def test_publishers_differ_and_seeds_decide(level: str) -> None:
    key = forms_of("settlement", level)[0]
    form = form_of(key)

    def cells(code: str, seed: int) -> object:
        return fill(form, Subject(code, level, 2024, "year", dt.date(2024, 1, 1), seed)).cells

    assert cells("A", 7) == cells("A", 7)
    assert cells("A", 7) != cells("B", 7)
    assert cells("A", 7) != cells("A", 8)


def test_a_settled_year_is_its_quarters_and_what_came_late() -> None:
    book = Book("province", "14", 7, {})
    parts = [book.amount("lottery_revenue", Basis("actual", 2024, (each,))) for each in SETTLED]

    assert sum(parts) == book.amount("lottery_revenue", Basis("actual", 2024, SETTLED))
    assert sum(parts[:4]) == book.amount("lottery_revenue", Basis("actual", 2024, YEAR_QUARTERS))
