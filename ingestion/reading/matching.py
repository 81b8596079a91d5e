"""Which form a table is: by what it says and what its columns mean, never by where it stands.

Evidence is the form number above the table, its title, its header labels and the stage that title
or the source's record tell. Header labels alone never make a form, and no evidence overrules
another: where two contradict each other, the table is of no known form, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from ingestion.reading.labels import Meaning, fold
from ingestion.reading.layouts import ColumnRule, Layout, Layouts
from ingestion.reading.tables import Column, Table

_FORM_NUMBER = re.compile(
    r"\b(?:(?:mau |phu )?bieu(?: mau)?(?: so)?|mau(?: so)?|form(?: no)?|b) ?0?(\d{2,3})\b"
    r"|\b(\d{2,3}) ck ns"
)
_BARE_NUMBER = re.compile(r"0?(\d{2,3})")
_NO_YEAR = 9999
"""Without a year the layouts in force now are tried; what they give is held for want of a year."""
_IGNORED = frozenset({"note", "code_text"})
"""Concepts of columns that hold no figures of the form."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the source's record says of the file; None and empty where it says nothing."""

    form_text: str = ""
    stage_text: str = ""
    period_text: str = ""
    budget_year: int | None = None
    currency_unit_text: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """A table of a known form.

    Attributes:
        columns: rule by column number of the sheet.
        extra: numbered columns that the form does not have; they are not read.
        year: the budget year with which the labels make sense; None where nothing says one.
    """

    layout: Layout
    columns: dict[int, ColumnRule]
    extra: tuple[Column, ...]
    year: int | None


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Why a table is of no known form."""

    code: str
    say_vi: str


@dataclass(slots=True)
class _Fit:
    """How a table's columns fit a form.

    Attributes:
        missing: required columns of the form that no label names.
        unlabelled: extra columns whose labels hold no strange word: they may be cut short.
    """

    columns: dict[int, ColumnRule] = field(default_factory=dict)
    extra: list[Column] = field(default_factory=list)
    missing: int = 0
    unlabelled: int = 0

    @property
    def is_whole(self) -> bool:
        return not self.missing

    @property
    def may_be_damaged(self) -> bool:
        """A label was lost: nearly all columns are there, the others hold no strange word."""
        return self.missing <= self.unlabelled and len(self.columns) >= 2 * self.missing


def match(table: Table, stated: Stated, layouts: Layouts) -> Matched | Unmatched:
    """The form of a table, or why it is none.

    Args:
        table: as found in the file.
        stated: the source's record of the file.
        layouts: all known forms.
    """
    meanings = {
        column.index: layouts.phrases.meaning(column.labels)
        for column in table.columns
        if column.role not in ("mark", "item")
    }
    told: list[int | None] = [*_years(table, stated, meanings)]
    failure: Unmatched | None = None
    for year in told or [None]:
        found = _match_in_year(table, stated, layouts, meanings, year)
        if isinstance(found, Matched):
            return found
        failure = failure or found
    return failure or Unmatched("unknown_form", "Bảng không có cột nào.")


def form_numbers(text: str) -> list[int]:
    """Numbers of disclosure forms in a text such as ``Biểu số 62/CK-NSNN``, ``B62``; in order."""
    folded = fold(text)
    found = [int(one or other) for one, other in _FORM_NUMBER.findall(folded)]
    bare = _BARE_NUMBER.fullmatch(folded)
    return list(dict.fromkeys([*found, *([int(bare[1])] if bare else [])]))


def stage_of(text: str, layouts: Layouts) -> str | None:
    """The stage that a text tells by its words; None where it tells none."""
    plain = layouts.phrases.plain(text)
    return next((stage for words, stage in layouts.stages if words in plain), None)


def _years(table: Table, stated: Stated, meanings: dict[int, Meaning]) -> Iterable[int]:
    """Budget years to try, the best told first."""
    named = sorted({year for meaning in meanings.values() for year in meaning.years}, reverse=True)
    title = [table.period.start.year] if table.period else []
    record = [stated.budget_year] if stated.budget_year else []
    return dict.fromkeys(chain(title, record, named))


def _match_in_year(
    table: Table,
    stated: Stated,
    layouts: Layouts,
    meanings: dict[int, Meaning],
    year: int | None,
) -> Matched | Unmatched:
    known = layouts.in_year(_NO_YEAR if year is None else year)
    by_set = {
        layout.column_set: _fit(table, layout, meanings, year)
        for layout in {layout.column_set: layout for layout in known}.values()
    }
    fits = [(layout, fit) for layout in known if (fit := by_set[layout.column_set])]
    numbers, where = _numbers(table, stated, known)
    if not any(fit.is_whole for _, fit in fits) and not numbers:
        return _no_columns(meanings)
    # Only a number says what a damaged header was meant to be.
    fits = [(layout, fit) for layout, fit in fits if fit.is_whole or numbers]
    title = layouts.phrases.plain(" ".join(table.title) or stated.title)
    if numbers:
        numbered = [layout for layout in known if layout.number in numbers]
        if not numbered:
            said = ", ".join(map(str, numbers))
            return Unmatched("unknown_form", f"Biểu số {said} ({where}) chưa có bố cục.")
        chosen = [(layout, fit) for layout, fit in fits if layout in numbered]
        # A whole form goes before a damaged one; two that may be damaged are both possible.
        chosen = [item for item in chosen if item[1].is_whole] or chosen
        if not chosen:
            return Unmatched(
                "form_conflict",
                f"{where.capitalize()} ghi biểu {numbered[0].number} nhưng tiêu đề cột không phải"
                f" của biểu đó ({numbered[0].name_vi}).",
            )
    else:
        chosen = [(layout, fit) for layout, fit in fits if _says_title(layout, title)]
        if not chosen:
            return Unmatched("unknown_form", "Không thấy số biểu hay tên biểu đã biết trên bảng.")
    chosen = _by_stage(chosen, table, stated, layouts)
    if not chosen:
        return Unmatched("form_conflict", "Giai đoạn ngân sách ghi trên bảng trái với số biểu.")
    chosen = _by_title(chosen, known, title)
    if not chosen:
        return Unmatched("form_conflict", "Tên biểu trên bảng là của một biểu khác.")
    exact = [item for item in chosen if not item[1].extra]
    chosen = exact or chosen
    if len(chosen) > 1:
        keys = ", ".join(layout.form_key for layout, _ in chosen[:4])
        return Unmatched("ambiguous_form", f"Bảng có thể là nhiều biểu: {keys}.")
    (layout, fit) = chosen[0]
    if fit.extra and not numbers:
        return Unmatched("unknown_form", "Bảng có cột lạ và không ghi số biểu.")
    return Matched(layout, fit.columns, tuple(fit.extra), year)


# --- columns -----------------------------------------------------------------------------------


def _fit(
    table: Table, layout: Layout, meanings: dict[int, Meaning], year: int | None
) -> _Fit | None:
    """Rules by column; a rule that two columns fit is given to neither."""
    fit = _Fit()
    by_rule: dict[str, list[tuple[Column, ColumnRule]]] = {}
    for column in table.columns:
        meaning = meanings.get(column.index)
        if meaning is None:
            continue
        rule = _rule_of(meaning, layout, year)
        if rule is not None:
            by_rule.setdefault(rule.measure_code, []).append((column, rule))
            continue
        is_note = bool(meaning.concepts) and _IGNORED.issuperset(meaning.concepts)
        if column.role in ("amount", "percent") and not is_note:
            fit.extra.append(column)
            fit.unlabelled += not meaning.unknown
    for fitting in by_rule.values():
        if len(fitting) > 1:
            fit.extra += [column for column, _ in fitting]
            fit.unlabelled += len(fitting)
        else:
            fit.columns[fitting[0][0].index] = fitting[0][1]
    found = {rule.measure_code for rule in fit.columns.values()}
    required = [rule for rule in layout.columns if rule.is_required]
    fit.missing = sum(1 for rule in required if rule.measure_code not in found)
    return fit if fit.columns and (fit.is_whole or fit.may_be_damaged) else None


def _rule_of(meaning: Meaning, layout: Layout, year: int | None) -> ColumnRule | None:
    if meaning.unknown or not meaning.concepts:
        return None
    named = [rule for rule in layout.columns if meaning.concepts in rule.labels]
    fitting = [
        rule
        for rule in named
        if not (meaning.is_percent and rule.unit == "money") and _says_year(meaning, rule, year)
    ]
    if len(fitting) > 1 and meaning.is_percent:
        fitting = [rule for rule in fitting if rule.unit == "percent"]
    return fitting[0] if len(fitting) == 1 else None


def _says_year(meaning: Meaning, rule: ColumnRule, year: int | None) -> bool:
    if rule.year == "any":
        return True
    if rule.year == "last":
        return meaning.relative == -1 or (year is not None and meaning.years == (year - 1,))
    if meaning.relative == -1:
        return False
    return not meaning.years or meaning.years == (year,)


def _no_columns(meanings: dict[int, Meaning]) -> Unmatched:
    unknown = [meaning.unknown for meaning in meanings.values() if meaning.unknown]
    if unknown:
        words = "; ".join(f"“{text[:40]}”" for text in unknown[:3])
        return Unmatched("unknown_form", f"Nhãn cột chưa biết (bỏ dấu): {words}.")
    return Unmatched("unknown_form", "Các cột không khớp đủ với biểu nào đã biết.")


# --- number, stage, title ------------------------------------------------------------------------


def _numbers(table: Table, stated: Stated, known: Iterable[Layout]) -> tuple[list[int], str]:
    """Form numbers by the best source that tells any, and which source that is."""
    numbers = form_numbers(table.form_text)
    if not numbers:
        numbers = list(dict.fromkeys(n for line in table.title for n in form_numbers(line)))
    if numbers:
        return numbers, "bảng"
    numbers = form_numbers(table.sheet)
    if any(layout.number in numbers for layout in known):
        return numbers, "tên trang tính"
    numbers = form_numbers(stated.form_text)
    return numbers, "hồ sơ nguồn"


def _by_stage(
    chosen: list[tuple[Layout, _Fit]], table: Table, stated: Stated, layouts: Layouts
) -> list[tuple[Layout, _Fit]]:
    """Those that no stage told contradicts."""
    told = {
        stage
        for text in (" ".join((*table.title, table.form_text)), stated.stage_text)
        if (stage := stage_of(text, layouts)) is not None
    }
    return [item for item in chosen if not told or told == {item[0].stage}]


def _says_title(layout: Layout, title: str) -> bool:
    return any(words in title for words in layout.titles)


def _by_title(
    chosen: list[tuple[Layout, _Fit]], known: Iterable[Layout], title: str
) -> list[tuple[Layout, _Fit]]:
    """Those with the longest words of the title; all, where it speaks of no known form."""
    longest = max(
        (len(words) for layout in known for words in layout.titles if words in title), default=0
    )
    if not longest:
        return chosen
    said = [item for item in chosen if _says_title(item[0], title)]
    best = max(
        (len(words) for item in said for words in item[0].titles if words in title), default=0
    )
    return [item for item in said if any(w in title for w in item[0].titles if len(w) == best)]
