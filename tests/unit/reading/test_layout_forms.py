"""Forms read from sheets built by hand: every number used, held or refused, and why."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion.reading.forms import read_file, read_forms, reader_version
from ingestion.reading.grid import Document, Remark, Sheet, Value
from ingestion.reading.layouts import read_layouts
from ingestion.reading.matching import Stated

FOLDER = Path(__file__).parents[3] / "ingestion/sources/budget_publications/layouts"
HEAD: list[list[Value]] = [
    ["UBND TỈNH SƠN LA", None, None, None, None, "Biểu số 62/CK-NSNN"],
    ["QUYẾT TOÁN CÂN ĐỐI NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2024"],
    [None, None, None, None, "Đơn vị: Tỷ đồng"],
    ["STT", "Nội dung", "Dự toán", "Quyết toán", "So sánh", None],
    [None, None, None, None, "Tuyệt đối", "Tương đối (%)"],
]
ROWS: list[list[Value]] = [
    ["A", "TỔNG NGUỒN THU NSĐP", 1000, 1100, 100, 110.0],
    ["I", "Thu NSĐP được hưởng theo phân cấp", 600, 650, 50, 108.3],
    ["-", "Thu NSĐP hưởng 100%", 400, 420, 20, 105.0],
    ["-", "Thu NSĐP hưởng từ các khoản thu phân chia", 200, 230, 30, 115.0],
    ["II", "Thu bổ sung từ ngân sách cấp trên", 400, 450, 50, 112.5],
    ["B", "TỔNG CHI NSĐP", 1000, 900, -100, 90.0],
    ["I", "Tổng chi cân đối NSĐP", 700, 650, -50, 92.9],
    ["II", "Chi các chương trình mục tiêu", 300, 250, -50, 83.3],
]


def sheet(rows: list[list[Value]], name: str = "Sheet1", head: list[list[Value]] = HEAD) -> Sheet:
    width = max(map(len, head + rows))
    return Sheet(name, [row + [None] * (width - len(row)) for row in head + rows])


def read(*sheets: Sheet, **stated: Any) -> dict[str, Any]:
    given = {"budget_year": 2024, **stated}
    document = Document("xlsx", list(sheets))
    return read_forms(document, Stated(**given), read_layouts(FOLDER))


def changed(row: int, column: int, value: Value) -> list[list[Value]]:
    """`ROWS` with one other cell; both count from 0."""
    rows = [list(cells) for cells in ROWS]
    rows[row][column] = value
    return rows


def without(head_row: int, replaced: list[Value] | None = None) -> list[list[Value]]:
    head = [list(cells) for cells in HEAD]
    head[head_row] = replaced or []
    return head


def held(result: dict[str, Any]) -> dict[str, str]:
    return {line["_cell"]: line["hold_code"] for line in result["lines"] if line["hold_code"]}


def test_a_form_is_read_with_measures_items_and_parents() -> None:
    result = read(sheet(ROWS), form_text="62/CK-NSNN", stage_text="Quyết toán")
    assert (result["state"], result["reason_code"]) == ("read", None)
    lines = {line["_cell"]: line for line in result["lines"]}
    assert len(lines) == 32
    local = lines["D7"]
    assert local["form_key"] == "settlement.62.province"
    assert (local["item_code"], local["measure_code"]) == ("local_revenue", "actual")
    assert Decimal(local["value"]) * Decimal(local["unit_factor"]) == 650_000_000_000
    assert (local["line_no"], local["parent_line_no"], local["level"]) == (7, 6, 1)
    assert (local["budget_year"], local["period_type"]) == (2024, "year")
    assert local["period_start"] == "2024-01-01"
    percent = lines["F7"]
    assert (percent["unit_code"], percent["unit_factor"]) == ("percent", "1")
    (table,) = result["tables"]
    assert (table["value_count"], table["held_count"], table["unit_text"]) == (
        32,
        0,
        "Tỷ đồng",
    )


def test_summing_the_rows_without_a_parent_never_counts_twice() -> None:
    result = read(sheet(ROWS))
    by_parent: dict[tuple[int | None, str], Decimal] = {}
    for line in result["lines"]:
        if line["measure_code"] == "actual":
            key = (line["parent_line_no"], line["measure_code"])
            by_parent[key] = by_parent.get(key, Decimal(0)) + Decimal(line["value"])
    assert by_parent[6, "actual"] == 1100
    assert by_parent[7, "actual"] == 650


def test_a_wrong_figure_is_held_with_a_sentence_that_names_cells_and_figures() -> None:
    result = read(sheet(changed(2, 3, 42_000)))
    assert result["state"] == "partly_read"
    assert held(result)["D8"].startswith("identity_")
    say = next(line["hold_vi"] for line in result["lines"] if line["_cell"] == "D8")
    assert "D8 = 42.000" in say
    assert "D7 = 650" in say
    assert "D11" not in held(result)


def test_a_missing_unit_is_never_assumed() -> None:
    result = read(sheet(ROWS, head=without(2)), currency_unit_text="Tỷ đồng")
    codes = held(result)
    assert {codes[cell] for cell in codes} == {"unit_unknown"}
    assert {cell[0] for cell in codes} == {"C", "D", "E"}
    amount = next(line for line in result["lines"] if line["_cell"] == "C6")
    assert (amount["state"], amount["unit_code"], amount["unit_factor"]) == ("value", None, None)


def test_a_unit_other_than_the_record_says_is_held() -> None:
    result = read(sheet(ROWS), currency_unit_text="Đồng")
    assert set(held(result).values()) == {"unit_conflict"}
    assert not held(read(sheet(ROWS), currency_unit_text="Tỷ đồng"))


def test_last_years_file_under_this_years_title_does_not_pass() -> None:
    result = read(sheet(ROWS), budget_year=2025, title="Quyết toán ngân sách năm 2025")
    assert set(held(result).values()) == {"period_conflict"}
    assert len(held(result)) == 32


@pytest.mark.parametrize(
    ("period", "is_held"),
    [("Quý I", False), ("Quý II", True), ("6 tháng", True), ("Năm", True), ("Kỳ 1", False)],
)
def test_a_part_of_the_year_other_than_the_record_says_is_held(period: str, is_held: bool) -> None:
    head: list[list[Value]] = [
        ["THỰC HIỆN CHI NGÂN SÁCH ĐỊA PHƯƠNG QUÝ I NĂM 2024", None, "Biểu số 61/CK-NSNN"],
        [None, None, "Đơn vị: Tỷ đồng"],
        ["STT", "Nội dung", "Dự toán năm", "Thực hiện quý I", "So sánh (%) với", None],
        [None, None, None, None, "Dự toán năm", "Cùng kỳ năm trước"],
    ]
    rows: list[list[Value]] = [[None, "TỔNG CHI NSĐP", 1000, 300, 30.0, 101.0]]
    result = read(sheet(rows, head=head), period_text=period)
    assert (set(held(result).values()) == {"period_conflict"}) is is_held


def test_without_any_year_nothing_is_used() -> None:
    head = without(1, ["QUYẾT TOÁN CÂN ĐỐI NGÂN SÁCH ĐỊA PHƯƠNG"])
    result = read(sheet(ROWS, head=head), budget_year=None)
    assert set(held(result).values()) == {"period_unknown"}


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"form_text": "Biểu số 63/CK-NSNN"}, "63"),
        ({"stage_text": "Dự toán trình HĐND"}, "Giai đoạn"),
    ],
)
def test_a_record_that_contradicts_the_file_is_told_and_nothing_is_read(
    stated: dict[str, str], said: str
) -> None:
    result = read(sheet(ROWS), **stated)
    assert (result["state"], result["reason_code"]) == ("unknown_form", "form_conflict")
    assert said in result["reason_vi"]
    assert result["lines"] == []


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        (0, [None, None, None, None, None, "Biểu số 63/CK-NSNN"]),  # another form's columns
        (1, ["QUYẾT TOÁN CHI NGÂN SÁCH CẤP TỈNH THEO LĨNH VỰC NĂM 2024"]),  # another title
        (0, [None, None, None, None, None, "Biểu số 71/CK-NSNN"]),  # no layout
        (3, ["STT", "Nội dung", "Dự toán điều chỉnh", "Quyết toán", "So sánh", None]),
    ],
)
def test_a_table_that_contradicts_itself_is_of_no_form(row: int, texts: list[Value]) -> None:
    result = read(sheet(ROWS, head=without(row, texts)))
    assert result["state"] == "unknown_form"
    assert result["lines"] == []
    assert result["reason_vi"]
    files = [row["file"] for row in result["draft_layout"]]
    assert files[0] == "forms.csv"
    assert files.count("columns.csv") == 4


def test_a_draft_is_no_layout_until_a_person_has_filled_it_in() -> None:
    head = without(3, ["STT", "Nội dung", "=cmd()", "Quyết toán", "So sánh", None])
    draft = read(sheet(ROWS, head=head))["draft_layout"]
    assert any("?" in row["row"] for row in draft if row["file"] == "forms.csv")
    assert not any(",=cmd" in row["row"] or row["row"].startswith("=") for row in draft)


def test_columns_may_stand_in_any_order_and_place() -> None:
    def turned(rows: list[list[Value]]) -> list[list[Value]]:
        wide = [row + [None] * (6 - len(row)) for row in rows]
        return [[None, None, r[0], r[1], r[4], r[5], r[3], r[2]] for r in wide]

    shifted = [[], [], *turned(HEAD)]
    result = read(sheet(turned(ROWS), head=shifted))
    assert result["state"] == "read", result["reason_vi"]
    found = {(line["item_code"], line["measure_code"]): line["value"] for line in result["lines"]}
    assert found["local_revenue", "actual"] == "650"
    assert found["local_revenue", "estimate"] == "600"


def test_a_strange_column_is_told_and_left_out() -> None:
    head = [row + [None] * (6 - len(row)) for row in HEAD]
    head[3] = [*head[3], "Kinh phí khác"]
    rows = [[*row, 77] for row in ROWS]
    result = read(sheet(rows, head=head))
    assert result["state"] == "partly_read"
    assert not any(line["value"] == "77" for line in result["lines"])
    assert "column_left_out" in {remark["code"] for remark in result["remarks"]}


def test_two_tables_of_one_form_that_differ_are_both_held() -> None:
    other = changed(3, 3, 231)
    other[1][3], other[0][3] = 651, 1101
    result = read(sheet(ROWS, "Bản 1"), sheet(other, "Bản 2"))
    assert "double_table" in set(held(result).values())
    assert result["tables"][0]["value_count"] == 0


def test_the_same_table_twice_is_used_once() -> None:
    copy = sheet(ROWS, "An")
    copy.visibility = "hidden"
    result = read(copy, sheet(ROWS, "Biểu 62"))
    used = [line for line in result["lines"] if not line["hold_code"]]
    assert {line["_sheet"] for line in used} == {"Biểu 62"}
    assert set(held(result).values()) == {"repeated_table"}


def test_tables_of_two_publishers_in_one_file_are_both_used() -> None:
    other = changed(3, 3, 231)
    other[1][3], other[0][3] = 651, 1101
    for row in (0, 1, 3):
        other[row][4] = other[row][3] - other[row][2]  # type: ignore[operator]
        other[row][5] = round(100 * other[row][3] / other[row][2], 1)  # type: ignore[operator]
    head = without(0, ["UBND TỈNH KHÁC", None, None, None, None, "Biểu số 62/CK-NSNN"])
    result = read(sheet(ROWS, "Một"), sheet(other, "Hai", head))
    assert (result["state"], held(result)) == ("read", {})


def test_a_percent_of_the_cumulative_figure_is_right_too() -> None:
    head: list[list[Value]] = [
        ["THỰC HIỆN CHI NGÂN SÁCH ĐỊA PHƯƠNG QUÝ II NĂM 2024", None, "Biểu số 61/CK-NSNN"],
        [None, None, "Đơn vị: Tỷ đồng"],
        ["STT", "Nội dung", "Dự toán năm", "Thực hiện quý II", "Lũy kế", "So sánh (%) với", None],
        [None, None, None, None, None, "Dự toán năm", "Cùng kỳ năm trước"],
    ]
    rows: list[list[Value]] = [[None, "TỔNG CHI NSĐP", 1000, 300, 550, 55.0, 101.0]]
    result = read(sheet(rows, head=head))
    assert (result["state"], held(result)) == ("read", {})
    measures = {line["measure_code"]: line["value"] for line in result["lines"]}
    assert (measures["actual"], measures["actual_cumulative"]) == ("300", "550")
    assert {line["period_type"] for line in result["lines"]} == {"quarter"}


def test_separators_that_only_the_form_can_settle() -> None:
    """Every text of both columns is ambiguous; their difference is not."""
    rows: list[list[Value]] = [
        ["A", "TỔNG NGUỒN THU NSĐP", "1.100", "1.150", "50", "104,5"],
        ["I", "Thu NSĐP được hưởng theo phân cấp", "1.100", "1.150", "50", "104,5"],
    ]
    result = read(sheet(rows))
    amounts = [line for line in result["lines"] if line["measure_code"] in ("estimate", "actual")]
    assert {line["value"] for line in amounts} == {"1100", "1150"}


def test_separators_that_nothing_can_settle_are_refused_with_their_cell() -> None:
    rows: list[list[Value]] = [["A", "TỔNG NGUỒN THU NSĐP", "1.100", "1.210", "", "110"]]
    result = read(sheet(rows))
    refused = [line for line in result["lines"] if line["state"] == "refused"]
    assert {line["_cell"] for line in refused} == {"C6", "D6"}
    assert all(line["value"] is None and line["_cell"] in line["hold_vi"] for line in refused)


def test_a_scan_waits_for_a_person() -> None:
    document = Document("pdf", [], remarks=[Remark("scanned_page", "trang 1", "Ảnh quét.")])
    result = read_forms(document, Stated(), read_layouts(FOLDER))
    assert result["state"] == "needs_confirmation"


def test_a_refused_file_says_why() -> None:
    result = read_file(b"\x00\x01no table", "a.xlsx", {"layouts": str(FOLDER)})
    assert result["state"] == "refused"
    assert result["reason_code"] and result["reason_vi"]


def test_the_reader_version_is_the_same_for_the_same_layouts() -> None:
    assert reader_version(FOLDER) == reader_version(str(FOLDER))


def test_a_total_out_of_all_bounds_puts_the_unit_of_the_table_in_doubt() -> None:
    head = without(2, [None, None, None, None, "Đơn vị: đồng"])
    codes = held(read(sheet(ROWS, head=head)))
    assert set(codes.values()) == {"unit_implausible"}
    assert {cell[0] for cell in codes} == {"C", "D", "E"}


def test_a_part_that_exceeds_its_whole_column_is_held() -> None:
    head: list[list[Value]] = [
        ["DỰ TOÁN THU NGÂN SÁCH NHÀ NƯỚC NĂM 2025", None, None, "Biểu số 48/CK-NSNN"],
        [None, None, None, "Đơn vị: Tỷ đồng"],
        ["STT", "Nội dung", "Dự toán", None],
        [None, None, "Tổng thu NSNN", "Thu NSĐP"],
    ]
    rows: list[list[Value]] = [
        [None, "TỔNG THU NSNN", 5000, 4000],
        ["I", "Thu nội địa", 3000, 3500],
        ["II", "Thu từ dầu thô", 2000, 500],
    ]
    codes = held(read(sheet(rows, head=head), budget_year=2025))
    assert {"C6", "D6"} <= codes.keys()
    assert "C7" not in codes


def test_a_column_that_no_separator_can_save_speaks_against_those_beside_it() -> None:
    """The differences fit neither as 3,283 nor as 3.283: one of the two amounts is wrong."""
    rows: list[list[Value]] = [
        [*cells[:3], cells[3], "3.283" if cells[4] else cells[4], None] for cells in ROWS
    ]
    result = read(sheet(rows))
    used = {line["_cell"] for line in result["lines"] if line["state"] == "value"} - held(
        result
    ).keys()
    assert not used & {"C6", "D6", "C8", "D8"}


def test_parts_of_a_dong_put_the_unit_in_doubt() -> None:
    head = without(2, [None, None, None, None, "Đơn vị: đồng"])
    rows: list[list[Value]] = [
        [*cells[:2], *(int(str(cell)) * 10**9 + 0.25 for cell in cells[2:4]), None, cells[5]]
        for cells in ROWS
    ]
    codes = held(read(sheet(rows, head=head)))
    assert {codes[f"{letter}{row}"] for letter in "CD" for row in range(6, 14)} == {
        "unit_implausible"
    }


def test_a_column_that_may_have_slipped_and_does_not_add_up_is_held_whole() -> None:
    """1.000 and 1.100 were stored as 1 and 1.1, the smaller numbers as they are."""
    slipped = {1000: 1.0, 1100: 1.1}
    rows: list[list[Value]] = [
        [*cells[:2], *(slipped.get(int(str(cell)), cell) for cell in cells[2:4]), None, None]
        for cells in ROWS
    ]
    codes = held(read(sheet(rows)))
    assert {f"D{row}" for row in range(6, 14)} <= codes.keys()
