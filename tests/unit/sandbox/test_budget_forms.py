"""The forms as data: complete, coherent, and known to the figures."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from sandbox.budget.figures import Book
from sandbox.budget.forms import UnknownForm, all_forms, filled_rows, form_of, forms_of
from sandbox.budget.members import members_on

WORDS = {"year": "2026", "last_year": "2025", "PERIOD": "NĂM 2026", "lower": "xã", "LOWER": "XÃ"}
NUMBERS = {
    ("draft", "province"): range(33, 46),
    ("decided", "province"): range(46, 59),
    ("execution", "province"): range(59, 62),
    ("settlement", "province"): range(62, 69),
    ("draft", "commune"): range(103, 108),
    ("decided", "commune"): range(108, 113),
    ("execution", "commune"): range(113, 116),
    ("settlement", "commune"): range(116, 121),
}
FORMS = sorted(all_forms())


@pytest.mark.parametrize(("place", "numbers"), NUMBERS.items())
def test_each_stage_has_the_forms_of_the_circular(place: tuple[str, str], numbers: range) -> None:
    assert [form_of(key).number for key in forms_of(*place)] == list(numbers)


def test_budget_units_have_a_form_per_stage_without_a_number() -> None:
    unit = [form for form in all_forms().values() if form.level == "unit"]

    assert {form.key for form in unit} == {"decided.unit", "execution.unit", "settlement.unit"}
    assert {(form.number, form.certainty) for form in unit} == {(None, "open")}


@pytest.mark.parametrize("key", FORMS)
def test_keys_say_stage_number_and_level(key: str) -> None:
    form = form_of(key)

    assert key == ".".join(str(part) for part in (form.stage, form.number, form.level) if part)
    assert form.certainty in ("seen", "recalled", "open")


@pytest.mark.parametrize("key", FORMS)
def test_formulas_use_columns_of_the_right_kind(key: str) -> None:
    form = form_of(key)

    for column in form.columns:
        if column.formula:
            operands = [form.column(number) for number in column.formula.operands]
            assert column not in operands
            assert {operand.kind for operand in operands} == {"amount"}
            assert (column.formula.operation == "percent") == (column.kind == "percent")


@pytest.mark.parametrize("key", FORMS)
def test_every_leaf_has_a_figure(key: str) -> None:
    form = form_of(key)
    members = members_on(dt.date(2025, 12, 31), "14", form.level)
    book = Book(form.level, "14", 7, members)
    rows = filled_rows(form, members, WORDS)
    parents = {row.parent for row in rows}

    for index, row in enumerate(rows):
        if row.item and index not in parents and row.relation != "heading":
            assert book.has(row.item), row.item
    for column in form.columns:
        assert column.kind != "amount" or column.formula or column.basis
        if column.item and column.kind == "amount":
            assert book.has(column.item), column.item


def test_a_measure_names_one_column() -> None:
    for form in all_forms().values():
        assert max(Counter(column.measure for column in form.columns).values()) == 1, form.key


def test_tables_per_unit_list_districts_then_communes() -> None:
    before = members_on(dt.date(2025, 6, 30), "14", "province")["lower"]
    after = members_on(dt.date(2025, 7, 1), "14", "province")["lower"]

    assert (len(before), len(after)) == (12, 75)
    assert before[0].name.startswith("Thành phố")


def test_an_unknown_form_is_named() -> None:
    with pytest.raises(UnknownForm, match=r"execution\.99\.province"):
        form_of("execution.99.province")
