"""What stands above the tables of a report: form id, agency, period, status of the figures."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingestion.reading.grid import Value
from ingestion.reading.periods_stated import find_period, find_period_of_title
from ingestion.reading.sheet_view import Line, SheetView
from ingestion.reading.text import clean, clean_lines
from ingestion.sources.agency_reports.reading.words import parts_of, words

_FORM_ID = re.compile(r"\bBC(?:-[A-Z0-9]+)+\.\d{1,3}\s*/[^\s/]{1,40}(?:/[^\s/]{1,20}){1,2}", re.I)
_LABEL_BEFORE = re.compile(r"^[^:/]{1,40}:\s*")
_FORM_CODE = re.compile(r"\bBC(?:-[A-Z0-9]+)+\b", re.IGNORECASE)
_MOST_TITLES = 60
_LONGEST_TITLE = 300


@dataclass(slots=True)
class Heading:
    """The facts above the tables of a sheet, each with its place.

    Attributes:
        form_ids: texts that are, or were meant to be, a form id; blanks left out.
        agencies: what is labelled as the agency.
        periods: periods that labels and titles state, as (kind, first day) with its text.
        statuses: what is labelled as the status of the figures.
        titles: lines above the first table.
    """

    form_ids: list[dict[str, str]] = field(default_factory=list)
    agencies: list[dict[str, str]] = field(default_factory=list)
    periods: list[dict[str, str]] = field(default_factory=list)
    statuses: list[dict[str, str]] = field(default_factory=list)
    titles: list[dict[str, str]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "form_ids": self.form_ids,
            "agencies": self.agencies,
            "periods": self.periods,
            "statuses": self.statuses,
            "titles": self.titles,
        }


def printed_codes(view: SheetView, known: Iterable[str]) -> set[str]:
    """Codes of known forms that stand anywhere on a sheet, in an id or by themselves."""
    by_code = {code.upper(): code for code in known}
    found: set[str] = set()
    for line in view.lines:
        for _, text in line.texts():
            for match in _FORM_CODE.findall(text):
                code = by_code.get(match.upper())
                if code is not None:
                    found.add(code)
    return found


def read_heading(view: SheetView, first_row: int, between: Collection[int] = ()) -> Heading:
    """The facts of a sheet.

    Args:
        view: the sheet.
        first_row: row of its first table; what stands above is heading. Form ids count anywhere.
        between: rows below it that are neither header nor row of the form, up to the last one: a
            second title there states its period too.
    """
    heading = Heading()
    titles: list[tuple[str, str]] = []
    below: list[tuple[str, str]] = []
    for line in view.lines:
        _find_ids(view, line, heading)
        if line.row in between:
            below += [(text, view.address(line.row, column)) for column, text in line.texts()]
        if line.row >= first_row:
            continue
        _find_labelled(view, line, heading)
        for column, value in line.cells.items():
            if isinstance(value, str):
                where = view.address(line.row, column)
                titles += [(text[:_LONGEST_TITLE], where) for text in clean_lines(value)]
    sheet = view.sheet.name
    heading.titles = [
        {"text": text, "sheet": sheet, "cell": cell} for text, cell in titles[:_MOST_TITLES]
    ]
    _find_periods(sheet, titles[:_MOST_TITLES], heading)
    _find_periods(sheet, below[:_MOST_TITLES], heading)
    return heading


def _find_ids(view: SheetView, line: Line, heading: Heading) -> None:
    for column, text in line.texts():
        if not _FORM_ID.search(text[:_LONGEST_TITLE]):
            continue
        # As it stands: letters that only look like those of an id must not become them.
        printed = str(line.cells[column]).strip()[:_LONGEST_TITLE]
        printed = _LABEL_BEFORE.sub("", printed)
        if all(known["text"] != printed for known in heading.form_ids):
            heading.form_ids.append(_told(view, line, column, printed))


def _find_labelled(view: SheetView, line: Line, heading: Heading) -> None:
    known = words().labels
    lists = {"agency": heading.agencies, "status": heading.statuses}
    for column, label, rest in _labels(line, known):
        value, at = rest, column
        if not value:
            value, at = _right_of(line, column, known)
        if value and label in lists:
            lists[label].append(_told(view, line, at, value[:_LONGEST_TITLE]))


def _labels(line: Line, known: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
    """(column, which label, what follows it in the same cell)."""
    for column, text in line.texts():
        before, colon, after = text.partition(":")
        for part in parts_of(before if colon else text):
            if part in known:
                yield column, known[part], after.strip() if colon else ""
                break


def _right_of(line: Line, column: int, known: Mapping[str, Any]) -> tuple[str, int]:
    """The next text on the right, unless it is another label."""
    for right, value in line.cells.items():
        if right <= column:
            continue
        text = _text(value)
        if any(part in known for part in parts_of(text.partition(":")[0])):
            return "", column
        return text, right
    return "", column


def _text(value: Value) -> str:
    return clean(value) if isinstance(value, str) else clean(str(value))


def _find_periods(sheet: str, titles: list[tuple[str, str]], heading: Heading) -> None:
    # The check code of a form id may look like a year: 2033-VF27.
    titles = [(_FORM_ID.sub(" ", text), where) for text, where in titles]
    stated = [find_period(text, where) for text, where in titles]
    stated.append(find_period_of_title(titles))
    for period in stated:
        if period is None:
            continue
        told = {
            "kind": period.kind,
            "start": period.start.isoformat(),
            "text": period.text,
            "sheet": sheet,
            "cell": period.where,
        }
        if all((p["kind"], p["start"]) != (told["kind"], told["start"]) for p in heading.periods):
            heading.periods.append(told)


def _told(view: SheetView, line: Line, column: int, text: str) -> dict[str, str]:
    return {"text": text, "sheet": view.sheet.name, "cell": view.address(line.row, column)}
