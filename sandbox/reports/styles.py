"""How a report is printed: what differs between offices and no reader may stumble over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

import yaml

from sandbox.budget.styles import EXTENSIONS as _EXTENSIONS
from sandbox.budget.styles import Draw
from sandbox.reports.owed import DATA

Kind = Literal["template", "xlsx", "xls", "xlsx_as_xls", "html_as_xls", "csv"]
EXTENSIONS: Final[Mapping[str, str]] = {**_EXTENSIONS, "template": "xlsx"}


@dataclass(frozen=True, slots=True)
class Style:
    """Choices of one file; the defaults are plain.

    Attributes:
        kind: kind of file; ``template``: the product's workbook with cells filled in, nothing else.
        numbers: ``stored`` or a key of `sandbox.budget.numerals.SEPARATORS`.
        item_label, unit_label, value_label: header; an empty unit label: no such column.
        has_notes: there is a column for notes.
        number: of the rows: running, or none.
        other_labels: rows are called as older forms and offices call them.
        first_column: where the table begins, from 1.
        gap: blank rows more above the table.
        numbered: a line numbers the columns.
        sheet_name: of the sheet.
        above, title, period: patterns of the lines above the table.
        signature: number of the signature block.
        form: Unicode normal form of all text.
        encoding, delimiter: of CSV.
        helper_sheet: a second sheet with somebody's sums, hidden.
        formulas: share of the numbers that are formulas with their last value.
        notes: notes are written.
    """

    kind: Kind = "xlsx"
    numbers: str = "stored"
    mark_label: str = "STT"
    item_label: str = "Chỉ tiêu"
    unit_label: str = "ĐVT"
    value_label: str = "Kỳ này"
    has_notes: bool = True
    other_labels: bool = False
    first_column: int = 1
    gap: int = 0
    numbered: bool = False
    sheet_name: str = "Báo cáo"
    above: str = "UBND TỈNH SƠN LA"
    title: str = "{name}"
    period: str = ""
    signature: int = 0
    form: Literal["NFC", "NFD"] = "NFC"
    encoding: str = "utf-8-sig"
    delimiter: str = ";"
    helper_sheet: bool = False
    formulas: float = 0.0
    notes: str = ""

    @classmethod
    def drawn(cls, kind: Kind, *key: int | str) -> Style:
        """Draw the choices of a file of a kind; the key is what the draw follows from."""
        draw, words = Draw("report style", kind, *key), words_of_styles()
        is_workbook = kind in ("xlsx", "xls", "xlsx_as_xls")
        encoding = draw.one_of("encoding", ("utf-8-sig", "utf-8-sig", "utf-16", "cp1258"))
        return cls(
            kind=kind,
            numbers=draw.one_of("numbers", _numbers(kind)),
            mark_label=draw.one_of("mark", words["mark_labels"]),
            item_label=draw.one_of("item", words["item_labels"]),
            unit_label=draw.one_of("unit", ("", *words["unit_labels"], *words["unit_labels"])),
            value_label=draw.one_of("value", words["value_labels"]),
            has_notes=draw.often("has notes", 0.7),
            other_labels=draw.often("labels", 0.3),
            first_column=2 if is_workbook and draw.often("first column", 0.12) else 1,
            gap=draw.one_of("gap", (0, 0, 1, 2)),
            numbered=draw.often("numbered", 0.25),
            sheet_name=draw.one_of("sheet", words["sheet_names"]),
            above=draw.one_of("above", words["above"]),
            title=draw.one_of("title", words["titles"]),
            signature=draw.one_of("signature", (0, 1)),
            form="NFD" if encoding != "cp1258" and draw.often("nfd", 0.1) else "NFC",
            encoding=encoding,
            delimiter=draw.one_of("delimiter", (";", ";", ",")),
            helper_sheet=is_workbook and draw.often("helper", 0.08),
            formulas=0.3 if kind in ("xlsx", "xlsx_as_xls") and draw.often("formulas", 0.1) else 0,
            notes=draw.one_of("note", words["notes"]),
        )


def drawn_kind(weights: Mapping[str, int], kinds: Sequence[str], draw: Draw) -> Kind:
    """Draw a kind of file among those allowed; all when none is named."""
    allowed = [kind for kind in weights if not kinds or kind in kinds]
    kind: Kind = draw.one_of("kind", [kind for kind in allowed for _ in range(weights[kind])])
    return kind


@cache
def words_of_styles() -> dict[str, Any]:
    """The spellings of ``data/styles.yml``."""
    words: dict[str, Any] = yaml.safe_load((DATA / "styles.yml").read_text(encoding="utf-8"))
    return words


def _numbers(kind: Kind) -> tuple[str, ...]:
    if kind in ("csv", "html_as_xls"):
        return ("text_dots", "text_dots", "text_plain", "text_spaces")
    return ("stored",) * 6 + ("text_dots", "text_plain")
