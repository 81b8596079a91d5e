"""``cchc inspect`` on files made here: what it prints, its stable JSON, and how it refuses."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from ingestion.reading import command
from ingestion.reading.command import inspect_command
from ingestion.reading.ocr import DraftLine, OcrUnavailable

ROWS: list[list[Any]] = [
    ["UBND XÃ CHIỀNG MUNG", None, None, "Biểu số 116/CK-NSNN"],
    ["QUYẾT TOÁN NGÂN SÁCH XÃ NĂM 2024"],
    [None, None, None, "Đơn vị tính: 1.000 đồng"],
    ["STT", "Nội dung", "Dự toán", "So sánh (%)"],
    ["I", "Tổng số thu", "2.084", 100.5],
    [1, "Thu [nội] địa", "1.234", 99.0],
    [2, "Thu bổ sung", "850", "12,345 tỷ"],
]


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Biểu 116"
    for row in ROWS:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(content.getvalue())
    return path


def inspect(*arguments: str) -> Result:
    return CliRunner().invoke(inspect_command, list(arguments))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return inspect(str(workbook(tmp_path_factory.mktemp("inspect") / "bieu116.xlsx")))


@pytest.fixture(scope="module")
def as_json(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    result = inspect(str(workbook(tmp_path_factory.mktemp("json") / "bieu116.xlsx")), "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_person_sees_header_unit_period_columns_rows_and_refused_cells(shown: Result) -> None:
    assert shown.exit_code == 0, shown.output
    for text in (
        "Excel (xlsx)",
        "Biểu 116",
        "tiêu đề ở dòng 4",
        "Biểu số 116/CK-NSNN",
        "UBND XÃ CHIỀNG MUNG",
        "1.000 đồng = 1.000 đồng (ô D3)",
        "năm từ 2024-01-01",
        "theo phép cộng",
        "Thu [nội] địa",
        "Từ chối ô D7",
    ):
        assert text in shown.stdout


def test_the_json_keys_are_stable(as_json: dict[str, Any]) -> None:
    assert set(as_json) == {
        "file",
        "bytes",
        "kind",
        "encoding",
        "declared_encoding",
        "facts",
        "remarks",
        "sheets",
    }
    (sheet,) = as_json["sheets"]
    assert set(sheet) == {
        "name",
        "visibility",
        "row_count",
        "column_count",
        "hidden_rows",
        "hidden_columns",
        "tables",
    }
    (table,) = sheet["tables"]
    assert set(table) == {
        "table_no",
        "first_row",
        "last_row",
        "header_rows",
        "title",
        "form_text",
        "organisation",
        "unit",
        "period",
        "columns",
        "outline",
        "rows_with_numbers",
        "numbers",
        "refused",
        "rows",
        "rows_left_off",
        "footnotes",
    }


def test_the_json_holds_exact_values_with_their_cells(as_json: dict[str, Any]) -> None:
    (table,) = as_json["sheets"][0]["tables"]
    assert table["unit"]["factor"] == "1000"
    assert [row["numbers"]["C"]["value"] for row in table["rows"]] == ["2084", "1234", "850"]
    assert table["columns"][2]["separators"] == {
        "decimal": None,
        "thousands": ".",
        "evidence": "sums",
    }
    assert [(cell["cell"], cell["code"]) for cell in table["refused"]] == [("D7", "unit_in_cell")]
    assert table["outline"]["rows_by_level"] == {"0": 1, "1": 2}


def test_a_draft_of_scanned_text_is_shown_as_a_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "quet.pdf"
    file.write_bytes(b"%PDF-1.4")
    scanned = {
        "file": "quet.pdf",
        "bytes": 8,
        "kind": "pdf",
        "encoding": None,
        "declared_encoding": None,
        "facts": {},
        "remarks": [],
        "sheets": [],
    }
    monkeypatch.setattr(command.Isolated, "run", lambda *_: dict(scanned))
    monkeypatch.setattr(
        command, "draft_lines", lambda content, name: [DraftLine(1, "Tổng [thu] 5", 61.0)]
    )
    shown = inspect(str(file), "--ocr")
    assert "Nháp nhận dạng, trang 1 (61/100): Tổng [thu] 5" in shown.stdout
    answer = json.loads(inspect(str(file), "--ocr", "--json").stdout)
    assert answer["ocr_draft"] == [{"page": 1, "text": "Tổng [thu] 5", "confidence": 61.0}]

    def missing(content: bytes, name: str) -> list[DraftLine]:
        raise OcrUnavailable("chưa cài tesseract")

    monkeypatch.setattr(command, "draft_lines", missing)
    without = inspect(str(file), "--ocr")
    assert without.exit_code == 1
    assert "chưa cài tesseract" in without.stderr


def test_a_file_that_is_no_table_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "cong_van.xlsx"
    file.write_bytes(b"PK\x03\x04 cut short")
    result = inspect(str(file))
    assert result.exit_code == 4
    assert "Từ chối đọc cong_van.xlsx" in result.stderr
    answer = inspect(str(file), "--json")
    assert answer.exit_code == 4
    assert set(json.loads(answer.stdout)) == {"file", "refused", "message_vi"}
