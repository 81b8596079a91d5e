"""How a file is printed: its kind and everything that differs between offices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, get_args

import yaml

from sandbox.budget.forms import DATA
from sandbox.randomness import key_of

FileKind = Literal["xlsx", "xls", "xlsx_as_xls", "html_as_xls", "xml", "pdf", "scan", "csv"]
FILE_KINDS: Final[tuple[FileKind, ...]] = get_args(FileKind)
EXTENSIONS: Final[dict[str, str]] = {
    "xlsx": "xlsx",
    "xls": "xls",
    "xlsx_as_xls": "xls",
    "html_as_xls": "xls",
    "xml": "xml",
    "pdf": "pdf",
    "scan": "pdf",
    "csv": "csv",
}
_WORKBOOKS: Final = ("xlsx", "xls", "xlsx_as_xls")


@dataclass(frozen=True, slots=True)
class FileStyle:
    """Choices of one file; the defaults are plain.

    Attributes:
        kind: kind of file.
        unit_factor: what one of the unit is in đồng.
        unit_text: spelling of the unit.
        unit_line: how the line with the unit goes.
        numbers: ``stored`` or a key of `sandbox.budget.numerals.SEPARATORS`.
        decimals: of amounts.
        percent_decimals: of percents.
        percent_sign: texts of percents end with ``%``.
        zero_as: what stands for 0: ``0``, ``-`` or nothing.
        mark_label, item_label: header of the first two columns.
        form_number: how the form's number goes.
        sheet_name: how a sheet is named.
        together: several forms stand on one sheet.
        title_height: blank rows more in the title block.
        first_column: where the table begins, from 1.
        capitals: header labels in capitals, else as in a sentence.
        bilingual: header labels with English below.
        numbered: there is a line that numbers the columns.
        reordered: groups of columns stand in another order.
        notes_column: an empty column for notes stands at the end.
        inserted_column: an empty column stands between the item and the numbers.
        blank_rows: blank rows stand between the parts of the table.
        helper_sheet: a hidden sheet with somebody's sums.
        formulas: sums are formulas with the value last calculated.
        form: Unicode normal form of all text.
        footnote: text below the table; empty for none.
        signature: number of the signature block.
        encoding: of text files.
        delimiter: of CSV.
        subtitle: number of the line below the title.
    """

    kind: FileKind = "xlsx"
    unit_factor: int = 1_000_000
    unit_text: str = "Triệu đồng"
    unit_line: str = "Đơn vị: {unit}"
    numbers: str = "stored"
    decimals: int = 0
    percent_decimals: int = 1
    percent_sign: bool = False
    zero_as: Literal["0", "-", ""] = "0"
    mark_label: str = "STT"
    item_label: str = "NỘI DUNG"
    form_number: str = "Biểu số {number}/CK-NSNN"
    sheet_name: str = "Biểu {number}"
    together: bool = False
    title_height: int = 0
    first_column: int = 1
    capitals: bool = True
    bilingual: bool = False
    numbered: bool = True
    reordered: bool = False
    notes_column: bool = False
    inserted_column: bool = False
    blank_rows: bool = False
    helper_sheet: bool = False
    formulas: bool = False
    form: Literal["NFC", "NFD"] = "NFC"
    footnote: str = ""
    signature: int = 0
    encoding: str = "utf-8-sig"
    delimiter: str = ";"
    subtitle: int = 0

    @classmethod
    def drawn(cls, kind: FileKind, level: str, *key: int | str) -> FileStyle:
        """Draw the choices of one file.

        Args:
            kind: kind of file.
            level: of the publisher: decides which units are likely.
            key: what the draw follows from.
        """
        draw = Draw("style", kind, *key)
        words = words_of_styles()
        workbook = kind in _WORKBOOKS
        factor = draw.one_of("factor", words["factors"][level])
        decimals = 0
        if factor == 1_000_000:
            decimals = draw.one_of("decimals", (0, 0, 0, 2, 3) if level != "province" else (0,))
        if factor == 1_000_000_000:
            decimals = 3
        encoding = draw.one_of("encoding", ("utf-8-sig", "utf-8-sig", "utf-16", "cp1258"))
        return cls(
            kind=kind,
            unit_factor=factor,
            unit_text=draw.one_of("unit", words["units"][factor]),
            unit_line=draw.one_of("unit line", words["unit_lines"]),
            numbers=draw.one_of("numbers", _numbers(kind)),
            decimals=decimals,
            percent_decimals=draw.one_of("percents", (0, 1, 1, 2)),
            percent_sign=draw.often("percent sign", 0.2),
            zero_as=draw.one_of("zero", ("0", "-", "", "")),
            mark_label=draw.one_of("mark label", words["mark_labels"]),
            item_label=draw.one_of("item label", words["item_labels"]),
            form_number=draw.one_of("form number", words["form_numbers"]),
            sheet_name=draw.one_of("sheet name", words["sheet_names"]),
            together=draw.often("together", 0.35),
            title_height=draw.one_of("title", (0, 0, 1, 2, 3)),
            first_column=2 if workbook and draw.often("first column", 0.12) else 1,
            capitals=draw.often("capitals", 0.65),
            bilingual=draw.often("bilingual", 0.1),
            numbered=draw.often("numbered", 0.8),
            reordered=draw.often("reordered", 0.08),
            notes_column=draw.often("notes", 0.12),
            inserted_column=workbook and draw.often("inserted", 0.06),
            blank_rows=draw.often("blank rows", 0.12),
            helper_sheet=workbook and draw.often("helper", 0.1),
            formulas=kind in ("xlsx", "xlsx_as_xls") and draw.often("formulas", 0.25),
            form="NFD" if encoding != "cp1258" and draw.often("nfd", 0.12) else "NFC",
            footnote=draw.one_of("footnote", ("", *words["footnotes"])),
            signature=draw.one_of("signature", (0, 1)),
            encoding=encoding,
            delimiter=draw.one_of("delimiter", (";", ";", ",")),
            subtitle=draw.one_of("subtitle", (0, 1)),
        )


class Draw:
    """Draws by name, so that a new choice leaves the others as they were."""

    def __init__(self, *key: int | str) -> None:
        self._key = key

    def one_of(self, name: str, choices: Sequence[Any]) -> Any:  # noqa: ANN401
        """Choose one of several."""
        return choices[key_of(*self._key, name) % len(choices)]

    def often(self, name: str, share: float) -> bool:
        """Decide for a share of all draws."""
        return key_of(*self._key, name) % 10_000 < share * 10_000


@cache
def words_of_styles() -> dict[str, Any]:
    """The spellings of ``data/styles.yml``."""
    words: dict[str, Any] = yaml.safe_load((DATA / "styles.yml").read_text(encoding="utf-8"))
    return words


def _numbers(kind: FileKind) -> tuple[str, ...]:
    if kind in _WORKBOOKS:
        return ("stored", "stored", "stored", "stored", "text_dots", "text_commas")
    if kind == "xml":
        return ("text_plain", "text_dots", "text_commas")
    return ("text_dots", "text_dots", "text_dots", "text_commas", "text_spaces")
