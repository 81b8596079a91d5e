"""A template bent in every way that offices bend them: the right value or a refusal, never another.

Faults 39 to 48 of the register of faults, as far as they reach what a cell means.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from ingestion.reading.text import _TCVN3
from tests.unit.agency_reports.papers import Answer, Paper, accepted, judged, template, wrong

BODIES, BODIES_DONE = "CV-01.approved_in_force.denominator", "CV-01.approved_in_force.numerator"
ASKED, DONE = "TC-02.by_count.denominator", "TC-02.by_count.numerator"
SUM, SUM_DONE = "TC-02.by_value.denominator", "TC-02.by_value.numerator"
ANSWERS: dict[str, Answer] = {
    BODIES: 12,
    BODIES_DONE: 11,
    ASKED: 7,
    DONE: 5,
    SUM: 5234,
    SUM_DONE: 4100,
}


@dataclass(frozen=True)
class Bent:
    """A way to bend a report.

    Attributes:
        bend: changes the paper.
        reason: code of a refusal of the whole.
        asked: code of the problem of `ASKED` alone.
        problems: code of the problem by field; all other fields must count all the same.
    """

    bend: Callable[[Paper], Any]
    reason: str | None = None
    asked: str | None = None
    problems: dict[str, str] = field(default_factory=dict)


def _texts(change: Callable[[str], str]) -> Callable[[Paper], None]:
    """Change every text but the form id."""

    def bend(paper: Paper) -> None:
        for row in paper.rows:
            for column, text in enumerate(row):
                if isinstance(text, str) and "/2026-Q3/" not in text:
                    row[column] = change(text)

    return bend


def _unaccented(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return plain.replace("đ", "d").replace("Đ", "D")


def _tcvn3(text: str) -> str:
    back = {ord(letter): code for code, letter in ((chr(k), chr(v)) for k, v in _TCVN3.items())}
    return unicodedata.normalize("NFC", text).translate(back)


def _cyrillic(text: str) -> str:
    return text.translate(str.maketrans("acepxoCTHK", "асерхоСТНК"))


def _wrap_labels(paper: Paper) -> None:
    item = paper.column("Chỉ tiêu")
    for row in paper.body():
        text = paper.rows[row][item]
        paper.rows[row][item] = (
            text[:20].rsplit(" ", 1)[0] + "\n" + text[len(text[:20].rsplit(" ", 1)[0]) + 1 :]
        )


def _swap_labels(paper: Paper) -> None:
    item = paper.column("Chỉ tiêu")
    one, two = paper.places[ASKED][0], paper.places[DONE][0]
    paper.rows[one][item], paper.rows[two][item] = paper.rows[two][item], paper.rows[one][item]


def _clear_codes(paper: Paper) -> None:
    column = paper.column("Mã")
    for row in range(paper.top, len(paper.rows)):
        paper.rows[row][column] = None


def _clear_labels(paper: Paper) -> None:
    column = paper.column("Chỉ tiêu")
    for row in paper.body():
        paper.rows[row][column] = None


def _previous_filled(paper: Paper) -> None:
    column = paper.column("Kỳ trước")
    for row in paper.body():
        paper.rows[row][column] = 999


def _merge_header(paper: Paper) -> None:
    """Two columns under one merged "Kỳ này"; the figures stand in the second one."""
    value = paper.column("Kỳ này")
    paper.insert_column(value + 1)
    paper.merged.append((paper.top, value, paper.top, value + 1))
    for code, (row, column) in paper.places.items():
        paper.rows[row][column + 1], paper.rows[row][column] = paper.rows[row][column], None
        paper.places[code] = (row, column + 1)


def _merge_two_values(paper: Paper) -> None:
    row, column = paper.places[ASKED]
    paper.rows[row + 1][column] = None
    paper.merged.append((row, column, row + 1, column))


def _merge_value_with_previous(paper: Paper) -> None:
    row, column = paper.places[ASKED]
    paper.rows[row][column + 1] = None
    paper.merged.append((row, column, row, column + 1))


def _two_row_header(paper: Paper) -> None:
    """ "Số liệu" above "Kỳ trước" and "Kỳ này"."""
    value, previous = paper.column("Kỳ này"), paper.column("Kỳ trước")
    paper.insert_row(paper.top + 1, {value: "Kỳ này", previous: "Kỳ trước"})
    paper.rows[paper.top][value], paper.rows[paper.top][previous] = "Số liệu", None
    paper.merged.append((paper.top, value, paper.top, previous))
    _previous_filled_at(paper, previous)


def _previous_filled_at(paper: Paper, column: int) -> None:
    for row in paper.body():
        paper.rows[row][column] = 999


def _numbered_header(paper: Paper) -> None:
    paper.insert_row(paper.top + 1, {i: f"({i + 1})" for i in range(7)})


def _repeat_row(value: Any) -> Callable[[Paper], None]:
    def bend(paper: Paper) -> None:
        row, column = paper.places[ASKED]
        copy = dict(enumerate(paper.rows[row])) | {column: value}
        paper.insert_row(row + 1, copy)

    return bend


def _second_table(paper: Paper) -> None:
    paper.rows += [[None] * 7, ["STT", None, "Nội dung", "ĐVT", "Số lượng", None, None]]
    paper.rows += [
        [i, None, text, "cuộc", 40 + i, None, None] for i, text in enumerate(["Họp", "Đi cơ sở"])
    ]


def _last_period_below(paper: Paper) -> None:
    table = [list(row) for row in paper.rows[paper.top :]]
    for row in table:
        if isinstance(row[4], int):
            row[4] += 1
    paper.rows += [[None] * 7, ["Quý II năm 2026", *[None] * 6], *table]


def _tables_side_by_side(paper: Paper) -> None:
    width = len(paper.rows[0])
    for row in paper.rows:
        row += [None] * 4
    paper.rows[paper.top][width + 1 :] = ["Nội dung", "Số lượng", None]
    for row in paper.body()[:3]:
        paper.rows[row][width + 1 : width + 3] = ["Cuộc họp", 33]


def _copy_sheet(visibility: str) -> Callable[[Paper], None]:
    def bend(paper: Paper) -> None:
        rows = [list(row) for row in paper.rows]
        for row, column in paper.places.values():
            rows[row][column] = 77
        paper.others.append(Paper(rows, {}, paper.top, name="Sheet2", visibility=visibility))

    return bend


def _hide_report(paper: Paper) -> None:
    paper.visibility = "hidden"
    paper.others.append(Paper([["Xem trang sau"]], {}, 0, name="Bia"))


def _heading(start: str, text: str) -> Callable[[Paper], None]:
    def bend(paper: Paper) -> None:
        row, column = paper.find(start)
        paper.rows[row][column] = text

    return bend


def _id(change: Callable[[str], str]) -> Callable[[Paper], None]:
    def bend(paper: Paper) -> None:
        row, column = paper.find("BC-CCHC-Q.2/")
        paper.rows[row][column] = change(paper.rows[row][column])

    return bend


def _unit(code: str, text: str | None) -> Callable[[Paper], None]:
    def bend(paper: Paper) -> None:
        paper.rows[paper.places[code][0]][paper.column("ĐVT")] = text

    return bend


def _value(value: Any, code: str = ASKED) -> Callable[[Paper], None]:
    return lambda paper: paper.put(code, value)


def _texts_for_numbers(paper: Paper) -> None:
    for code, answer in ANSWERS.items():
        paper.put(code, f" {answer}\u200b")


def _shift_right(paper: Paper) -> None:
    paper.insert_column(0)
    paper.insert_column(0)


BENDS: dict[str, Bent] = {
    # 44: where things stand
    "rows in the opposite order": Bent(lambda p: p.order_body([5, 4, 3, 2, 1, 0])),
    "rows of sections mixed": Bent(lambda p: p.order_body([2, 0, 4, 1, 5, 3])),
    "header three rows lower": Bent(lambda p: [p.insert_row(p.top) for _ in range(3)]),
    "lines above the header": Bent(lambda p: p.insert_row(p.top, {2: "Kính gửi: Sở Tài chính"})),
    "a column inserted": Bent(lambda p: p.insert_column(3, "Phòng theo dõi", lambda _: "Phòng 1")),
    "a column of numbers inserted": Bent(
        lambda p: p.insert_column(4, "Mã nội bộ", lambda row: 100 + row)
    ),
    "a column without header inserted": Bent(
        lambda p: p.insert_column(4, None, lambda row: 100 + row)
    ),
    "columns swapped": Bent(lambda p: p.order_columns([0, 1, 2, 4, 3, 6, 5])),
    "figures before labels": Bent(lambda p: p.order_columns([4, 3, 2, 1, 0, 5, 6])),
    "the table moved to the right": Bent(_shift_right),
    "previous figures beside": Bent(_previous_filled),
    "previous and present swapped": Bent(
        lambda p: (_previous_filled(p), p.order_columns([0, 1, 2, 3, 5, 4, 6]))
    ),
    "a header of two rows": Bent(_two_row_header),
    "a numbered header": Bent(_numbered_header),
    "a merged header, figures in its second column": Bent(_merge_header),
    "two cells merged downwards": Bent(
        _merge_two_values, problems={ASKED: "cells_merged", DONE: "cells_merged"}
    ),
    "a figure merged with last period's": Bent(_merge_value_with_previous, asked="cells_merged"),
    "blank rows between": Bent(lambda p: [p.insert_row(row + 1) for row in reversed(p.body())]),
    "a row of sums": Bent(lambda p: p.insert_row(p.body()[2], {2: "Tổng số", 4: 123})),
    "a hidden row": Bent(lambda p: p.hidden_rows.add(p.places[ASKED][0])),
    "another table below": Bent(_second_table),
    "another table beside": Bent(_tables_side_by_side),
    "last period's table below": Bent(_last_period_below, reason="wrong_period"),
    "a row twice, the same": Bent(_repeat_row(7)),
    "a row twice, another figure": Bent(_repeat_row(8), asked="duplicate_row"),
    "a row twice, once blank": Bent(_repeat_row(None), asked="duplicate_row"),
    "no header": Bent(lambda p: p.rows.__setitem__(p.top, [None] * 7), reason="nothing_read"),
    "no label above the figures": Bent(
        lambda p: p.rows[p.top].__setitem__(4, None), reason="nothing_read"
    ),
    "another label above the figures": Bent(
        lambda p: p.rows[p.top].__setitem__(4, "Dự toán"), reason="nothing_read"
    ),
    "a row deleted": Bent(
        lambda p: p.rows.__setitem__(p.places[ASKED][0], [None] * 7), asked="missing"
    ),
    "no codes": Bent(_clear_codes),
    "no labels": Bent(_clear_labels),
    "labels of two rows swapped": Bent(
        _swap_labels, problems={ASKED: "label_differs", DONE: "label_differs"}
    ),
    "labels on two lines": Bent(_wrap_labels),
    # 41, 45: sheets, names
    "the sheet renamed": Bent(lambda p: setattr(p, "name", "Quý II 2025")),
    "a hidden copy with other figures": Bent(_copy_sheet("hidden")),
    "a very hidden copy": Bent(_copy_sheet("veryHidden")),
    "a second copy to be seen": Bent(
        _copy_sheet("visible"), problems=dict.fromkeys(ANSWERS, "duplicate_row")
    ),
    "the report hidden": Bent(_hide_report),
    "the name without accents": Bent(_heading("Sở Nội vụ", "so noi vu")),
    "the name in capitals with the province": Bent(_heading("Sở Nội vụ", "SỞ NỘI VỤ TỈNH SƠN LA")),
    "the name misspelt": Bent(_heading("Sở Nội vụ", "Sở Nội vu.")),
    "another name typed": Bent(_heading("Sở Nội vụ", "Sở Tài chính"), reason="wrong_agency"),
    "another period typed": Bent(_heading("Quý III", "Quý II năm 2026"), reason="wrong_period"),
    # the form id
    "the id deleted": Bent(_id(lambda _: None)),  # type: ignore[arg-type,return-value]
    "another period in the id": Bent(
        _id(lambda t: t.replace("2026-Q3", "2026-Q2")), reason="form_id_broken"
    ),
    "another agency in the id": Bent(
        _id(lambda t: t.replace("/SNV/", "/STC/")), reason="form_id_broken"
    ),
    "another version in the id": Bent(
        _id(lambda t: t.replace(".2/", ".1/")), reason="form_id_broken"
    ),
    "look-alikes in the id": Bent(_id(lambda t: t.replace("C", "С", 1)), reason="form_id_broken"),
    "another check code": Bent(
        _id(lambda t: t[:-1] + ("0" if t[-1] != "0" else "1")), reason="form_id_broken"
    ),
    # 48: encodings
    "decomposed": Bent(_texts(lambda t: unicodedata.normalize("NFD", t))),
    "no accents": Bent(_texts(_unaccented)),
    "TCVN3": Bent(_texts(_tcvn3)),
    "look-alikes in words": Bent(_texts(_cyrillic)),
    "bidi and zero-width": Bent(_texts(lambda t: "\u202e" + "\u200b".join(t))),
    "capitals with dotted I": Bent(_texts(lambda t: t.upper().replace("I", "İ"))),
    # 43, 46: numbers
    "numbers as text": Bent(_texts_for_numbers),
    "full-width digits": Bent(_value("７")),
    "grouped by dots": Bent(_value("5.234", SUM), problems={SUM: "ambiguous_number"}),
    "grouped by blanks": Bent(_value("5 234", SUM)),
    "grouped by apostrophes": Bent(_value("5'234", SUM)),
    "half a body": Bent(_value("6,5"), asked="not_whole"),
    "negative": Bent(_value(-7), asked="below_minimum"),
    "in brackets": Bent(_value("(7)"), asked="ambiguous_number"),
    "a dash": Bent(_value("–"), asked="missing"),
    "a cross": Bent(_value("x"), asked="not_a_number"),
    "infinite": Bent(_value("∞"), asked="not_a_number"),
    "NaN": Bent(_value("NaN"), asked="not_a_number"),
    "percent": Bent(_value("7 %"), asked="number_in_text"),
    "per mille": Bent(_value("7‰"), asked="number_in_text"),
    "scientific": Bent(_value("7e0"), asked="not_a_number"),
    "letters for digits": Bent(_value("l2"), asked="not_a_number"),
    "the unit behind": Bent(_value("7 kiến nghị"), asked="number_in_text"),
    "about seven": Bent(_value("khoảng 7"), asked="number_in_text"),
    "a fraction": Bent(_value("7/9"), asked="not_a_number"),
    "twenty digits": Bent(_value("12345678901234567890"), asked="oversized_number"),
    "twenty digits as a float": Bent(_value(1.2345678901234567e19), asked="oversized_number"),
    "a day for a number": Bent(_value(date(2026, 7, 1)), asked="not_a_number"),
    "a truth for a number": Bent(_value(True), asked="not_a_number"),
    "a formula never calculated": Bent(_value("=3+4"), asked="formula_without_value"),
    "a broken reference": Bent(_value("#REF!"), asked="error_value"),
    "not available": Bent(_value("#N/A"), asked="error_value"),
    "more done than asked": Bent(_value(8, DONE), problems={DONE: "exceeds_whole"}),
    # 44: units
    "in đồng": Bent(_unit(SUM, "đồng"), problems={SUM: "unit_differs"}),
    "in billions": Bent(_unit(SUM, "Tỷ đồng"), problems={SUM: "unit_differs"}),
    "in thousands of recommendations": Bent(_unit(ASKED, "nghìn kiến nghị"), asked="unit_differs"),
    "the unit in capitals": Bent(_unit(SUM, "TRIỆU ĐỒNG")),
    "the unit above the figures": Bent(
        lambda p: p.rows[p.top].__setitem__(4, "Kỳ này (triệu đồng)")
    ),
    "another unit above the figures": Bent(
        lambda p: p.rows[p.top].__setitem__(4, "Kỳ này (đồng)"),
        problems={SUM: "unit_differs", SUM_DONE: "unit_differs"},
    ),
    "a line with another unit beside the units of the rows": Bent(
        lambda p: p.insert_row(p.top, {5: "ĐVT: nghìn đồng"}),
        problems={SUM: "unit_differs", SUM_DONE: "unit_differs"},
    ),
    "another unit above the table": Bent(
        lambda p: (
            _unit(SUM, None)(p),
            _unit(SUM_DONE, None)(p),
            p.insert_row(p.top, {5: "Đơn vị tính: đồng"}),
        ),
        problems={SUM: "unit_differs", SUM_DONE: "unit_differs"},
    ),
}


@pytest.mark.parametrize("bent", BENDS.values(), ids=BENDS)
def test_a_bent_report_gives_the_right_value_or_none(bent: Bent) -> None:
    paper = template(answers=ANSWERS)
    bent.bend(paper)
    judgement = judged(paper.bytes())
    assert wrong(judgement, ANSWERS) == {}
    if bent.reason:
        assert (judgement.state, judgement.reason_code) == ("refused", bent.reason)
        assert judgement.reason_vi
        return
    expected = {ASKED: bent.asked} if bent.asked else bent.problems
    problems = {cell.field_code: cell for cell in judgement.problems}
    assert {code: cell.problem_code for code, cell in problems.items()} == expected
    for cell in problems.values():
        assert cell.problem_vi
        assert cell.problem_code == "missing" or (cell.sheet and cell.cell)
    assert accepted(judgement) == {c: v for c, v in ANSWERS.items() if c not in expected}


def test_the_template_itself_counts_whole() -> None:
    judgement = judged(template(answers=ANSWERS).bytes())
    assert (judgement.state, judgement.form_id_state, judgement.completeness) == (
        "accepted",
        "intact",
        1,
    )
    assert accepted(judgement) == ANSWERS
    assert (judgement.value_status, judgement.remark_codes) == ("official", "")
    assert {cell.sheet for cell in judgement.values} == {"Báo cáo"}


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_template_as_text_with_delimiters(delimiter: str) -> None:
    judgement = judged(template(answers=ANSWERS).csv(delimiter))
    assert wrong(judgement, ANSWERS) == {}
    assert accepted(judgement) == ANSWERS


def test_numbers_of_one_column_decide_how_it_is_written() -> None:
    """A count has no thousandths, so the dot groups in the amounts below it too."""
    answers = ANSWERS | {ASKED: 1207, DONE: 1100}
    paper = template(answers=answers)
    for code in (ASKED, DONE, SUM, SUM_DONE):
        paper.put(code, f"{answers[code]:,}".replace(",", "."))
    assert accepted(judged(paper.bytes())) == answers


def test_two_manners_of_writing_leave_every_doubtful_figure_out() -> None:
    answers = ANSWERS | {ASKED: 1207, DONE: 1100}
    paper = template(answers=answers)
    for code, text in ((ASKED, "1.207"), (DONE, "1,100"), (SUM, "5.234"), (SUM_DONE, "4100")):
        paper.put(code, text)
    judgement = judged(paper.bytes())
    assert wrong(judgement, answers) == {}
    assert {c.field_code: c.problem_code for c in judgement.problems}[SUM] == "ambiguous_number"


@pytest.mark.parametrize(
    ("code", "stored", "shown"), [(DONE, 0.05, "0%"), (SUM, 5_234_000, "#,##0,")]
)
def test_a_number_that_is_shown_otherwise_than_stored_is_refused(
    code: str, stored: float, shown: str
) -> None:
    """0,05 shown as 5 % is no 5 pieces, and what is shown in thousands was typed in ones."""
    paper = template(answers=ANSWERS)
    paper.put(code, stored)
    book = load_workbook(io.BytesIO(paper.bytes()))
    row, column = paper.places[code]
    book["Báo cáo"].cell(row + 1, column + 1).number_format = shown
    saved = io.BytesIO()
    book.save(saved)
    judgement = judged(saved.getvalue())
    assert {c.field_code: c.problem_code for c in judgement.problems} == {code: "unit_differs"}
    assert wrong(judgement, ANSWERS) == {}


def test_a_long_list_beside_the_report_does_not_hide_it() -> None:
    """What stands below the rows that a form can have is not looked at, and the sender is told."""
    paper = template(answers=ANSWERS)
    rows = [[n, f"Doanh nghiệp số {n}", 3 * n] for n in range(3_000)]
    paper.others.append(Paper(rows, {}, 0, name="Danh sách"))
    judgement = judged(paper.bytes())
    assert accepted(judgement) == ANSWERS
    (remark,) = judgement.remarks
    assert (remark.code, remark.where) == ("long_sheet", "Danh sách")


def test_a_day_of_receipt_before_the_end_of_the_period_is_refused() -> None:
    judgement = judged(template(answers=ANSWERS).bytes(), received_on=date(2026, 9, 29))
    assert (judgement.state, judgement.reason_code) == ("refused", "wrong_period")
    assert "30/09" not in (judgement.reason_vi or "")
    assert "29/09/2026" in (judgement.reason_vi or "")
