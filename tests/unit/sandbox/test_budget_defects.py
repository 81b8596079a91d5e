"""Every kind of defect makes what it claims, and its answers stay the figures'."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import openpyxl
import pytest

from sandbox.budget.defects import NotApplicable, all_defects, defect_of
from sandbox.budget.forms import form_of
from sandbox.budget.legacy_fonts import to_tcvn3, to_vni
from sandbox.budget.render import Answer, Order, Rendered, render
from sandbox.budget.spoiling import REGISTERED
from sandbox.budget.spoiling.contents import CONTENT_DEFECTS
from sandbox.budget.styles import FileStyle
from tests.unit.sandbox import bare_readers as bare

FORMS = ("settlement.62.province", "execution.60.province", "decided.53.province")
BY_KIND = {"xlsx": bare.xlsx_cells, "xml": bare.xml_cells, "pdf": bare.pdf_cells}


@dataclass
class Pair:
    """A clean file and the same one with a defect."""

    clean: Rendered
    spoilt: Rendered
    kind: str

    @property
    def before(self) -> dict[Any, Any]:
        return self._cells(self.clean)

    @property
    def after(self) -> dict[Any, Any]:
        return self._cells(self.spoilt)

    def touched(self) -> list[Answer]:
        return [answer for answer in self.spoilt.answers if answer.defect]

    def shown(self) -> list[Any]:
        """What stands in the touched cells."""
        cells = self.after
        return [cells.get((answer.sheet, answer.cell)) for answer in self.touched()]

    def texts(self) -> str:
        return "\n".join(str(value) for value in self.after.values() if isinstance(value, str))

    def book(self) -> Any:
        return openpyxl.load_workbook(io.BytesIO(self.spoilt.content))

    def entries(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.spoilt.content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def _cells(self, rendered: Rendered) -> dict[Any, Any]:
        if self.kind == "csv":
            return bare.csv_cells(rendered.content, "utf-8-sig", ";")
        return BY_KIND[self.kind](rendered.content)


@cache
def pair_of(defect_id: str) -> Pair:
    """Files of a form that can have the defect, of the first kind that can."""
    defect = defect_of(defect_id)
    kind = defect.kinds[0]
    numbers = "stored" if kind == "xlsx" else "text_dots"
    style = FileStyle(kind=kind, numbers=numbers)  # type: ignore[arg-type]
    for first in FORMS:
        forms: tuple[str, ...] = (first,)
        if defect.needs_tables > 1:
            forms = ("execution.60.province", "execution.61.province")
            style = dataclasses.replace(style, together=True)
        order = Order(
            publisher="Ủy ban nhân dân tỉnh Sơn La",
            publisher_code="14",
            level="province",
            forms=forms,
            budget_year=2024,
            period_type="year",
            period_start=dt.date(2024, 1, 1),
            style=style,
        )
        try:
            spoilt = render(dataclasses.replace(order, defects=(defect_id,)))
        except NotApplicable:
            continue
        return Pair(render(order), spoilt, kind)
    raise AssertionError(f"no form can have {defect_id}")


def _is_text(values: list[Any], pattern: str) -> bool:
    """Whether some are texts of a pattern, and all texts among them."""
    texts = [value for value in values if isinstance(value, str)]
    return bool(texts) and any(re.search(pattern, text) for text in texts)


def _factor(pair: Pair) -> set[Decimal]:
    """What the numbers shown in touched cells are, of their answers."""
    found = set()
    for answer, value in zip(pair.touched(), pair.shown(), strict=True):
        if answer.value and isinstance(value, int | float):
            factor = 1_000_000 if answer.unit_code == "vnd" else 1
            found.add(round(Decimal(str(value)) * factor / answer.value, 6))
    return found


def _unit_lines(pair: Pair) -> list[str]:
    return [text for text in pair.texts().splitlines() if text.startswith("Đơn vị")]


def _form_lines(pair: Pair) -> list[str]:
    return re.findall(r"Biểu số \d+/CK-NSNN", pair.texts())


def _rows_of(answers: list[Answer]) -> list[str]:
    return [answer.row_label for answer in answers]


def _has_dates(pair: Pair) -> bool:
    return all(isinstance(value, dt.datetime) for value in pair.shown())


def _formulas(pair: Pair) -> list[str]:
    sheet = pair.book().active
    return [str(sheet[answer.cell].value) for answer in pair.touched()]


def _swapped(pair: Pair) -> bool:
    by_row: dict[str, list[Answer]] = {}
    cells = pair.after
    for answer in pair.touched():
        by_row.setdefault(answer.cell[1:], []).append(answer)
    return all(
        [Decimal(str(cells[a.sheet, a.cell])) * 1_000_000 for a in answers]
        == [a.value for a in reversed(answers)]
        for answers in by_row.values()
    )


CLAIMS: dict[str, Callable[[Pair], bool]] = {
    "unit_misspelt": lambda p: bool(_unit_lines(p)) and "Triệu đồng" not in p.texts(),
    "unit_missing": lambda p: not _unit_lines(p) and bool(p.touched()),
    "unit_line_is_organisation": lambda p: _unit_lines(p) == [
        "Đơn vị: Ủy ban nhân dân tỉnh sơn la"
    ],
    "organisation_and_unit_lines": lambda p: len(_unit_lines(p)) == 2,
    "unit_slip": lambda p: _unit_lines(p) == ["Đơn vị: đồng"]
    and p.touched()[0].value * 1_000_000 == p.clean.answers[0].value,
    "unit_in_header": lambda p: not _unit_lines(p) and "(Triệu đồng)" in p.texts(),
    "column_in_other_unit": lambda p: "(đồng)" in p.texts() and 1_000_000 in _factor(p),
    "unit_line_with_percent": lambda p: _unit_lines(p) == ["Đơn vị: Triệu đồng, %"],
    "second_table_other_unit": lambda p: _unit_lines(p) == [
        "Đơn vị: Triệu đồng", "Đơn vị: đồng"
    ],
    "thousands_became_decimals": lambda p: _factor(p) == {Decimal("0.001")},
    "mixed_separators": lambda p: _is_text(p.shown(), r"\.\d{3}$")
    and _is_text(p.shown(), r",\d{3}$"),
    "lone_ambiguous_number": lambda p: len(p.spoilt.answers) == 1
    and _is_text(p.shown(), r"^\d{1,3}\.\d{3}$"),
    "words_for_numbers": lambda p: len(p.spoilt.answers) == len(p.clean.answers) - 5
    and "chưa có" in p.texts(),
    "negatives_in_parentheses": lambda p: _is_text(p.shown(), r"^\([\d.]+\)$"),
    "unicode_minus": lambda p: _is_text(p.shown(), "^\u2212"),
    "full_width_digits": lambda p: _is_text(p.shown(), "[０-９]"),
    "no_break_spaces": lambda p: _is_text(p.shown(), "\u00a0\\d{3}"),
    "apostrophe_groups": lambda p: _is_text(p.shown(), r"'\d{3}"),
    "numbers_as_text": lambda p: all(isinstance(value, str) for value in p.shown()),
    "footnote_marks": lambda p: _is_text(p.shown(), r"\(1\)$") and _is_text(p.shown(), r"\*$"),
    "twenty_digits": lambda p: float(p.shown()[0]) > 1e19,
    "scientific": lambda p: _is_text(p.shown(), r"^-?\d,\d\dE\+\d"),
    "date_for_number": _has_dates,
    "letter_in_number": lambda p: _is_text(p.shown(), "[Ol]"),
    "percent_as_fraction": lambda p: _factor(p) == {Decimal("0.01")},
    "zero_width_characters": lambda p: _is_text(p.shown(), "\u200b") and "\ufeff" in p.texts(),
    "formula_without_value": lambda p: set(p.shown()) == {None}
    and all(text.startswith("=") for text in _formulas(p)),
    "error_cells": lambda p: set(p.shown()) == {"#REF!", "#N/A", "#DIV/0!"},
    "stale_formula_value": lambda p: _formulas(p)[0].startswith("=")
    and abs(_factor(p).pop() - Decimal("1.2")) < Decimal("0.001"),
    "header_moved_down": lambda p: min(int(a.cell[1:]) for a in p.spoilt.answers)
    >= min(int(a.cell[1:]) for a in p.clean.answers) + 3,
    "code_column_inserted": lambda p: "MÃ SỐ" in p.texts()
    and p.spoilt.answers[0].cell[0] == chr(ord(p.clean.answers[0].cell[0]) + 1),
    "values_swapped": _swapped,
    "total_at_the_end": lambda p: _rows_of(p.spoilt.answers)[-1] == _rows_of(p.clean.answers)[0],
    "rows_hidden": lambda p: {
        row for row, each in p.book().active.row_dimensions.items() if each.hidden
    }
    == {int(answer.cell[1:]) for answer in p.touched()},
    "row_twice": lambda p: len(p.spoilt.answers) > len(p.clean.answers)
    and len({a.row_label for a in p.touched()}) == 1,
    "header_repeated": lambda p: p.texts().count("SO SÁNH") == 2 * "\n".join(
        map(str, p.before.values())
    ).count("SO SÁNH"),
    "merged_labels": lambda p: p.touched()[0].row_label
    not in [p.after.get((a.sheet, f"B{a.cell[1:]}")) for a in p.touched()],
    "marks_lost": lambda p: not any(
        (a.sheet, f"A{a.cell[1:]}") in p.after for a in p.spoilt.answers
    ),
    "bare_roman": lambda p: not any(
        str(p.after.get((a.sheet, f"A{a.cell[1:]}"))).isdecimal() for a in p.spoilt.answers
    ),
    "header_label_lost": lambda p: len(p.after) == len(p.before) - 1 and bool(p.touched()),
    "empty_rows_between": lambda p: max(int(a.cell[1:]) for a in p.spoilt.answers)
    > 1.8 * max(int(a.cell[1:]) for a in p.clean.answers) - 20,
    "side_notes": lambda p: len(p.after) == len(p.before) + 5
    and p.spoilt.answers[0].cell == p.clean.answers[0].cell,
    "total_does_not_add": lambda p: abs(_factor(p).pop() - Decimal("1.18")) < Decimal("0.01"),
    "part_changed": lambda p: abs(_factor(p).pop() - Decimal("1.18")) < Decimal("0.01"),
    "cell_times_1000": lambda p: _factor(p) == {1_000} and len(p.touched()) == 1,
    "column_times_1000": lambda p: _factor(p) == {1_000} and len(p.touched()) > 5,
    "percent_off": lambda p: abs(
        Decimal(str(p.shown()[0])) - p.touched()[0].value - 17
    ) < Decimal("0.01"),
    "stale_copy": lambda p: [a.value for a in p.spoilt.answers]
    != [a.value for a in p.clean.answers]
    and "NĂM 2024" in p.texts(),
    "last_years_title": lambda p: [a.value for a in p.spoilt.answers]
    == [a.value for a in p.clean.answers]
    and "NĂM 2023" in p.texts(),
    "wrong_form_number": lambda p: len(_form_lines(p)) == 1
    and "62" not in _form_lines(p)[0],
    "other_publisher": lambda p: "ỦY BAN NHÂN DÂN TỈNH SƠN LA" not in p.texts(),
    "tcvn3_text": lambda p: to_tcvn3("QUYẾT TOÁN") in p.texts() and "QUYẾT" not in p.texts(),
    "vni_text": lambda p: to_vni("QUYẾT TOÁN") in p.texts() and "QUYẾT" not in p.texts(),
    "nfd_text": lambda p: unicodedata.normalize("NFD", "QUYẾT TOÁN") in p.texts(),
    "no_accents": lambda p: "QUYET TOAN" in p.texts() and "QUYẾT" not in p.texts(),
    "homoglyphs": lambda p: bool(re.search("[А-Яа-я]", p.texts())),
    "line_breaks_in_labels": lambda p: "\n " in p.texts(),
    "truncated": lambda p: len(p.spoilt.content) < len(p.clean.content),
    "empty_file": lambda p: p.spoilt.content == b"",
    "password": lambda p: p.spoilt.content.startswith(b"\xd0\xcf\x11\xe0")
    and "EncryptedPackage".encode("utf-16-le") in p.spoilt.content,
    "encrypted_pdf": lambda p: b"/Encrypt" in p.spoilt.content,
    "macros": lambda p: "xl/vbaProject.bin" in p.entries()
    and b"macroEnabled" in p.entries()["[Content_Types].xml"],
    "external_link": lambda p: "xl/externalLinks/externalLink1.xml" in p.entries(),
    "zip_bomb": lambda p: max(
        info.file_size / info.compress_size
        for info in zipfile.ZipFile(io.BytesIO(p.spoilt.content)).infolist()
    )
    > 500,
    "entity_bomb": lambda p: b"<!ENTITY a9" in p.spoilt.content and b"&a9;" in p.spoilt.content,
    "entity_bomb_in_workbook": lambda p: b"&a9;" in p.entries()["xl/worksheets/sheet1.xml"],
    "login_page": lambda p: b"password" in p.spoilt.content
    and p.spoilt.file_name.endswith(".xls"),
    "pdf_named_xlsx": lambda p: p.spoilt.content.startswith(b"%PDF")
    and p.spoilt.file_name.endswith(".xlsx"),
    "csv_named_xlsx": lambda p: p.spoilt.content == p.clean.content
    and p.spoilt.file_name.endswith(".xlsx"),
    "wrong_dimension": lambda p: b"A1:XFD1048576" in p.entries()["xl/worksheets/sheet1.xml"],
    "csv_ragged": lambda p: len({line.count(b";") for line in p.spoilt.content.splitlines()}) > 2,
    "csv_unclosed_quote": lambda p: p.spoilt.content.count(b'"') % 2 == 1,
    "csv_nul": lambda p: b"\0" in p.spoilt.content,
    "foreign_archive": lambda p: not any(name.startswith("xl/") for name in p.entries()),
}  # fmt: skip


def test_there_are_at_least_40_kinds_and_each_is_made_and_claimed() -> None:
    kinds = all_defects()
    on_paper = {name for name, defect in kinds.items() if defect.phase == "paper"}
    in_bytes = {name for name, defect in kinds.items() if defect.phase == "bytes"}

    assert len(kinds) >= 40
    assert on_paper == REGISTERED
    assert in_bytes == CONTENT_DEFECTS.keys()
    assert CLAIMS.keys() == kinds.keys()


@pytest.mark.parametrize("defect_id", sorted(all_defects()))
def test_a_defect_makes_what_it_claims(defect_id: str) -> None:
    pair = pair_of(defect_id)

    if defect_id not in ("csv_named_xlsx", "pdf_named_xlsx"):
        assert pair.spoilt.content != pair.clean.content
    assert CLAIMS[defect_id](pair)


@pytest.mark.parametrize("defect_id", sorted(all_defects()))
def test_answers_of_a_spoilt_file_are_the_figures(defect_id: str) -> None:
    """The key knows what was meant; only where the file by itself is sound, what it says."""
    pair, defect = pair_of(defect_id), defect_of(defect_id)
    meant = {(a.form_key, a.row_label, a.measure_code, a.value) for a in pair.clean.answers}

    assert {answer.expect for answer in pair.spoilt.answers} <= {"right_or_refused", "refused"}
    assert pair.spoilt.expected_states == defect.states
    assert pair.spoilt.undetectable_alone == defect.undetectable_alone
    if not defect.undetectable_alone:
        for answer in pair.spoilt.answers:
            key = (answer.form_key, answer.row_label, answer.measure_code, answer.value)
            assert key in meant
    touched = {answer.expect for answer in pair.touched()}
    assert touched <= {"right_or_refused", "refused"}
    if defect.expect == "refused" and defect.phase == "paper":
        assert touched == {"refused"}
    if "read" not in defect.states and defect.phase == "bytes":
        assert {answer.expect for answer in pair.spoilt.answers} == {"refused"}


@pytest.mark.parametrize(
    "defect_id", ["total_does_not_add", "part_changed", "cell_times_1000", "column_times_1000"]
)
def test_changed_numbers_break_an_identity_that_the_file_shows(defect_id: str) -> None:
    """What must be refused can be told from the file: a printed sum or comparison fails."""
    pair = pair_of(defect_id)
    cells = pair.after
    form = form_of(pair.spoilt.answers[0].form_key)
    broken = 0
    by_row: dict[str, dict[int, Decimal]] = {}
    for answer in pair.spoilt.answers:
        column = next(each for each in form.columns if each.measure == answer.measure_code)
        value = Decimal(str(cells[answer.sheet, answer.cell]))
        by_row.setdefault(answer.cell[1:], {})[column.number] = value
    for values in by_row.values():
        for column in form.columns:
            if column.formula and column.formula.operation == "difference":
                first, second = column.formula.operands
                if {first, second, column.number} <= values.keys():
                    broken += abs(values[first] - values[second] - values[column.number]) > 100
    assert broken


def test_a_kind_of_file_that_cannot_have_a_defect_is_refused() -> None:
    order = Order(
        publisher="UBND", publisher_code="14", level="province",
        forms=("execution.60.province",), budget_year=2024, period_type="year",
        period_start=dt.date(2024, 1, 1), style=FileStyle(kind="csv", numbers="text_dots"),
        defects=("macros",),
    )  # fmt: skip

    with pytest.raises(ValueError, match="cannot have the defect macros"):
        render(order)
    with pytest.raises(ValueError, match="no defect 'unheard_of'"):
        render(dataclasses.replace(order, defects=("unheard_of",)))
