"""Reports as offices shape them themselves: a title, a table by labels, no codes and no form id."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ingestion.core.period import Period
from ingestion.sources.agency_reports.forms_model import Form, Row, Section
from sandbox.budget.numerals import SEPARATORS
from sandbox.budget.paper import Ink, Paper
from sandbox.budget.styles import Draw
from sandbox.reports.draft import Draft, Entry, fill_in
from sandbox.reports.figures import Filled
from sandbox.reports.owed import Office
from sandbox.reports.styles import Style, words_of_styles

ROMAN: Final = ("I", "II", "III", "IV")


def shape_by_hand(
    form: Form, sections: Sequence[Section], office: Office, period: Period, filled: Filled,
    style: Style,
) -> Draft:  # fmt: skip
    """Shape and fill a report by hand.

    Args:
        form: which one.
        sections: what it asks of the office; one column each.
        office: who reports.
        period: what about.
        filled: the figures; a section in which nothing occurred gets zeros.
        style: how.
    """
    return _Hand(form, sections, office, period, filled, style).draft()


def period_text(period: Period, style: Style, *key: int | str) -> str:
    """A period as an office writes it."""
    patterns = words_of_styles()["periods"][period.kind]
    pattern: str = style.period or Draw("period", *key).one_of("pattern", patterns)
    number = period.start.month if period.kind == "month" else (period.start.month + 2) // 3
    roman = ROMAN[number - 1] if period.kind == "quarter" else ""
    return pattern.format(year=period.start.year, number=number, roman=roman)


class _Hand:
    """Draws one report on a paper."""

    def __init__(
        self, form: Form, sections: Sequence[Section], office: Office, period: Period,
        filled: Filled, style: Style,
    ) -> None:  # fmt: skip
        self._form, self._sections, self._office = form, sections, office
        self._period, self._filled, self._style = period, filled, style
        self._paper = Paper(style.sheet_name)
        self._mark = style.first_column
        self._item = self._mark + 1
        self._unit = self._item + 1 if style.unit_label else None
        self._value = (self._unit or self._item) + 1
        self._note = self._value + 1 if style.has_notes else None
        self._key = (office.key, form.code, str(period))

    def draft(self) -> Draft:
        """Draw everything."""
        style, paper = self._style, self._paper
        inks: dict[str, Ink] = {}
        paper.put(1, self._mark, style.above)
        inks["agency"] = self._put(2, self._mark, self._name().upper(), bold=True)
        row = 4 + style.gap
        title = style.title.format(name=self._form.name_vi, number=self._form.number_vi)
        inks["title"] = self._put(row, self._mark, title.upper(), bold=True)
        inks["period"] = self._put(
            row + 1, self._mark, period_text(self._period, style, *self._key)
        )
        for line in (row, row + 1):
            paper.merged.append((line, self._mark, line, self._note or self._value))
        top = row + 3
        draft = Draft(
            papers=[paper],
            entries=[],
            header=(top, top + style.numbered),
            value_columns={"value": self._value},
            label_column=self._item,
            unit_column=self._unit,
            note_column=self._note,
            inks=inks,
            written_as=style.numbers if style.numbers in SEPARATORS else "stored",
        )
        self._header(top)
        row = top + 1 + style.numbered
        for section in self._sections:
            row = self._section(draft, section, row)
        self._below(row + 1)
        if style.helper_sheet:
            draft.papers.append(_helper())
        return draft

    def _name(self) -> str:
        """The office as it signs: a territory through its people's committee, or by itself."""
        name = self._office.name
        if self._office.kind not in ("district", "commune"):
            return name
        before: str = Draw("name", self._office.key).one_of(
            "committee", words_of_styles()["committees"]
        )
        return f"{before} {name[:1].lower()}{name[1:]}".strip() if before else name

    def _header(self, row: int) -> None:
        style = self._style
        labels = {
            self._mark: style.mark_label, self._item: style.item_label,
            self._unit: style.unit_label, self._value: style.value_label,
            self._note: words_of_styles()["note_labels"][0],
        }  # fmt: skip
        for number, column in enumerate(sorted(filter(None, labels)), 1):
            self._paper.put(row, column, labels[column], bold=True)
            if style.numbered:
                self._paper.put(row + 1, column, f"({number})")

    def _section(self, draft: Draft, section: Section, row: int) -> int:
        self._paper.put(row, self._mark, section.code, bold=True)
        self._paper.put(row, self._item, section.title_vi, bold=True)
        is_nil = section.code in self._filled.nil_sections
        for number, line in enumerate(section.rows, 1):
            row += 1
            self._paper.put(row, self._mark, str(number))
            self._paper.put(row, self._item, self._label(line))
            (field,) = line.fields
            if self._unit:
                self._paper.put(row, self._unit, field.unit_vi)
            value = Decimal(0) if is_nil else self._filled.values.get(field.code)
            ink = self._put(row, self._value, None)
            entry = Entry(field, line.code, ink, value)
            fill_in(draft, entry)
            draft.entries.append(entry)
            if self._note and self._style.notes and number == 1:
                self._paper.put(row, self._note, self._style.notes)
        return row + 1

    def _label(self, line: Row) -> str:
        if self._style.other_labels and line.labels_also_vi:
            draw = Draw("label", *self._key)
            label: str = draw.one_of(line.code, line.labels_also_vi)
            return label
        return line.label_vi

    def _below(self, row: int) -> None:
        words = words_of_styles()
        self._paper.put(row, self._item, words["synthetic"])
        for number, line in enumerate(words["signatures"][self._style.signature], 1):
            self._paper.put(row + number, self._value, line.format(year=self._period.end.year))

    def _put(self, row: int, column: int, value: str | None, *, bold: bool = False) -> Ink:
        ink = Ink(value, bold=bold)
        self._paper.cells[row, column] = ink
        return ink


def _helper() -> Paper:
    """A hidden sheet with sums that somebody left behind."""
    helper = Paper("Tinh toan", visibility="hidden")
    for row in range(1, 6):
        helper.cells[row, 1] = Ink(Decimal(row * 17), "#,##0")
    helper.put(6, 1, "kiểm tra")
    return helper
