"""``cchc inspect``: what a file of tables holds, before it is taken for any form."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingestion.core.ingest_command import wide_console
from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated
from ingestion.reading.ocr import OcrUnavailable, draft_lines

EXIT_FAILED = 1
EXIT_REFUSED = 4
_JOB = "ingestion.reading.inspection:inspect_file"

_KINDS = {
    "xlsx": "Excel (xlsx)",
    "xls": "Excel 97–2003 (xls)",
    "html": "HTML",
    "xml": "XML",
    "csv": "CSV",
    "pdf": "PDF",
}
_ROLES = {
    "mark": "STT",
    "item": "chỉ tiêu",
    "amount": "số liệu",
    "percent": "tỷ lệ",
    "text": "chữ",
    "empty": "trống",
}
_EVIDENCE = {
    "stored": "số lưu trong tệp",
    "pattern": "chỉ có một cách đọc",
    "column": "theo các dòng khác",
    "sums": "theo phép cộng",
    "declared": "theo đơn vị tính",
    "table": "theo các cột khác",
}
_PERIODS = {
    "day": "ngày",
    "month": "tháng",
    "quarter": "quý",
    "half_year": "6 tháng",
    "nine_months": "9 tháng",
    "year": "năm",
}
_STATES = {
    "value": "số",
    "blank": "trống",
    "dash": "gạch ngang",
    "not_applicable": "x",
    "text": "chữ",
    "refused": "từ chối",
}


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
@click.option(
    "--rows",
    "row_count",
    type=click.IntRange(0),
    default=8,
    show_default=True,
    help="Số dòng đầu của mỗi bảng được in ra.",
)
@click.option(
    "--ocr",
    "with_ocr",
    is_flag=True,
    help="Thêm bản nháp nhận dạng chữ của PDF quét; chỉ để người đối chiếu.",
)
@click.pass_context
def inspect_command(
    ctx: click.Context, file: Path, *, as_json: bool, row_count: int, with_ocr: bool
) -> None:
    """Xem một tệp có những bảng nào: tiêu đề, cột, đơn vị, kỳ, đề mục, số.

    Tệp được đọc trong một tiến trình riêng, không có mạng. Thoát mã 4 khi tệp bị từ chối.
    """
    try:
        with Isolated() as isolated:
            found = isolated.run(_JOB, file.read_bytes(), file.name)
        if with_ocr and found["kind"] == "pdf":
            found["ocr_draft"] = [
                asdict(line) for line in draft_lines(file.read_bytes(), file.name)
            ]
    except OcrUnavailable as error:
        click.echo(str(error), err=True)
        ctx.exit(EXIT_FAILED)
    except FileRefused as refused:
        if as_json:
            _print_json(
                {"file": file.name, "refused": refused.code, "message_vi": refused.message_vi}
            )
        else:
            click.echo(f"Từ chối đọc {file.name} ({refused.code}): {refused.message_vi}", err=True)
        ctx.exit(EXIT_REFUSED)
    if as_json:
        _print_json(found)
        return
    console = wide_console()
    _show(console, found, row_count)
    for line in found.get("ocr_draft", []):
        console.print(
            f"  Nháp nhận dạng, trang {line['page']} ({line['confidence']:.0f}/100):"
            f" {_shown(line['text'])}"
        )


def _print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _show(console: Console, found: dict[str, Any], row_count: int) -> None:
    encoding = found["encoding"] or "–"
    declared = found["declared_encoding"]
    if declared and declared != found["encoding"]:
        encoding += f" (tệp khai {_shown(declared)})"
    console.print(
        f"[bold]{_shown(found['file'])}[/bold]: {_KINDS[found['kind']]}, {found['bytes']:,} byte,"
        f" mã hóa {encoding}, {len(found['sheets'])} trang tính"
    )
    for name, value in found["facts"].items():
        console.print(f"  {_shown(name)}: {_shown(value)}")
    for remark in found["remarks"]:
        where = f" [{remark['where']}]" if remark["where"] else ""
        console.print(f"  ! {_shown(remark['message_vi'], 400)}{escape(where)}")
    for sheet in found["sheets"]:
        hidden = "" if sheet["visibility"] == "visible" else " (trang ẩn)"
        console.rule(f"{_shown(sheet['name'])}{hidden}", align="left")
        if not sheet["tables"]:
            console.print("  Không có bảng số nào.")
        for table in sheet["tables"]:
            _show_table(console, table, row_count)


def _show_table(console: Console, table: dict[str, Any], row_count: int) -> None:
    console.print(
        f"[bold]Bảng {table['table_no']}[/bold]: dòng {table['first_row']}–{table['last_row']},"
        f" tiêu đề ở dòng {', '.join(map(str, table['header_rows']))}"
    )
    for line in table["title"]:
        console.print(f"  {_shown(line)}")
    unit, period = table["unit"], table["period"]
    facts = {
        "Biểu": table["form_text"] or "không ghi",
        "Đơn vị công bố": table["organisation"] or "không ghi",
        "Đơn vị tính": f"{unit['text']} = {_factor(unit)} (ô {unit['where']})"
        if unit
        else "không rõ",
        "Kỳ": f"{_PERIODS[period['kind']]} từ {period['start']} (ô {period['where']})"
        if period
        else "không ghi",
    }
    for name, value in facts.items():
        console.print(f"  {name}: {_shown(value)}")
    console.print(_columns(table))
    _show_outline(console, table)
    if row_count:
        console.print(_rows(table, row_count))
    for cell in table["refused"]:
        console.print(
            f"  Từ chối ô {cell['cell']} “{_shown(cell['text'], 60)}”: {cell['message_vi']}."
        )
    for note in table["footnotes"]:
        console.print(f"  Ghi chú dòng {note['row']}: {_shown(note['text'])}")


def _columns(table: dict[str, Any]) -> Table:
    shown = Table(title="Các cột", title_justify="left", show_edge=False)
    for heading in ("Cột", "Nhãn", "Đánh số", "Vai trò", "Đơn vị", "Dấu phân cách"):
        shown.add_column(heading)
    for column in table["columns"]:
        separators = column["separators"]
        written = ""
        if separators:
            thousands, decimal = separators["thousands"], separators["decimal"]
            written = (
                f"nghìn {_mark(thousands)} thập phân {_mark(decimal)}, "
                + (_EVIDENCE[separators["evidence"]])
            )
        hidden = " (ẩn)" if column["is_hidden"] else ""
        shown.add_row(
            column["column"] + hidden,
            _shown(column["label"]),
            _shown(column["number_label"]),
            _ROLES[column["role"]],
            _shown(column["unit"]["text"]) if column["unit"] else "",
            written,
        )
    return shown


def _show_outline(console: Console, table: dict[str, Any]) -> None:
    outline = table["outline"]
    levels = ", ".join(f"cấp {level}: {count}" for level, count in outline["rows_by_level"].items())
    console.print(
        f"  Đề mục: {outline['items']} dòng, {outline['totals']} dòng tổng,"
        f" {outline['headings']} dòng không có số, {outline['hidden']} dòng ẩn; {levels}"
    )
    uncertain = outline["rows_with_uncertain_parent"]
    if uncertain:
        listed = ", ".join(map(str, uncertain[:20])) + ("…" if len(uncertain) > 20 else "")
        console.print(f"  Không chắc thuộc đề mục nào: dòng {listed}")
    counted = ", ".join(f"{_STATES[state]} {count}" for state, count in table["numbers"].items())
    console.print(f"  {table['rows_with_numbers']} dòng có số; ô số liệu: {counted}")


def _rows(table: dict[str, Any], row_count: int) -> Table:
    numeric = [c["column"] for c in table["columns"] if c["role"] in ("amount", "percent")]
    shown = Table(title="Những dòng đầu", title_justify="left", show_edge=False)
    for heading in ("Dòng", "STT", "Chỉ tiêu"):
        shown.add_column(heading)
    for letters in numeric[:8]:
        shown.add_column(letters, justify="right")
    for row in table["rows"][:row_count]:
        cells = []
        for letters in numeric[:8]:
            number = row["numbers"].get(letters, {"value": None, "text": ""})
            cells.append(
                number["value"]
                or ("" if number["state"] == "blank" else _shown(number["text"], 20))
            )
        indent = "  " * (row["level"] or 0)
        shown.add_row(
            str(row["row"]), _shown(row["mark"]), indent + _shown(row["item"], 60), *cells
        )
    return shown


def _factor(unit: dict[str, Any]) -> str:
    if unit["code"] == "vnd":
        return f"{int(unit['factor']):,} đồng".replace(",", ".")
    return f"{unit['factor']} × {unit['code']}"


def _mark(separator: str | None) -> str:
    return {None: "–", " ": "khoảng trắng"}.get(separator, f"“{separator}”")


def _shown(text: str, limit: int = 120) -> str:
    """Text of a file, made fit for a terminal: no control characters, no markup, cut."""
    flat = "".join(letter if letter.isprintable() else " " for letter in str(text)[:limit])
    return escape(flat)
