"""Tables found on sheets made by hand: headers, columns, units, periods, rows, notes."""

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

from ingestion.reading.grid import Document, Sheet, Span, Value
from ingestion.reading.structure import find_tables
from ingestion.reading.tables import Table


def sheet(*rows: list[Value], merged: list[str] = [], **facts: Any) -> Sheet:  # noqa: B006
    width = max(len(row) for row in rows)
    values = [row + [None] * (width - len(row)) for row in rows]
    return Sheet(
        facts.pop("name", "Sheet1"), values, merged=[span(text) for text in merged], **facts
    )


def span(text: str) -> Span:
    first, last = text.split(":")

    def place(cell: str) -> tuple[int, int]:
        return int(cell[1:]), ord(cell[0]) - ord("A") + 1

    return Span(*place(first), *place(last))


def read(*sheets: Sheet, **facts: Any) -> list[Table]:
    return find_tables(Document("xlsx", list(sheets), **facts))


def values(table: Table, column: int) -> list[Decimal | None]:
    return [row.numbers[column].value for row in table.rows if column in row.numbers]


FORM_60: list[list[Value]] = [
    ["UBND TỈNH SƠN LA", None, None, None, "Biểu số 60/CK-NSNN"],
    ["THỰC HIỆN THU NGÂN SÁCH NHÀ NƯỚC QUÝ I NĂM 2025"],
    ["(Kèm theo Quyết định số 12/QĐ-UBND ngày 10 tháng 4 năm 2025)"],
    [None, None, None, None, "Đơn vị: Triệu đồng"],
    ["STT", "Nội dung", "Dự toán năm", "Thực hiện quý I", "So sánh (%)"],
    ["A", "B", "1", "2", "3=2/1"],
    ["A", "TỔNG THU NSNN TRÊN ĐỊA BÀN", 5000.0, 1250.0, 25.0],
    ["I", "Thu nội địa", 4000.0, 1000.0, 25.0],
    [1.0, "Thu từ khu vực DNNN", 1500.0, 400.0, 26.67],
    [2.0, "Thuế thu nhập cá nhân", 2500.0, 600.0, 24.0],
    ["II", "Thu từ dầu thô", None, "-", None],
    ["III", "Thu từ hoạt động xuất nhập khẩu", 1000.0, 250.0, 25.0],
    [],
    ["Ghi chú: (1) Số liệu ước thực hiện"],
    [None, None, None, "Sơn La, ngày 10 tháng 4 năm 2025"],
    [None, None, None, "CHỦ TỊCH"],
]


def test_a_published_form_is_read_as_a_person_reads_it() -> None:
    (table,) = read(sheet(*FORM_60))
    assert table.form_text == "Biểu số 60/CK-NSNN"
    assert table.organisation == "UBND TỈNH SƠN LA"
    assert table.header_rows == (5, 6)
    assert table.unit is not None
    assert (table.unit.code, table.unit.factor, table.unit.where) == ("vnd", 1_000_000, "E4")
    assert table.period is not None
    assert (table.period.kind, table.period.start) == ("quarter", date(2025, 1, 1))
    assert [column.role for column in table.columns] == [
        "mark",
        "item",
        "amount",
        "amount",
        "percent",
    ]
    assert [column.number_label for column in table.columns] == ["A", "B", "1", "2", "3=2/1"]
    assert table.columns[4].unit is not None and table.columns[4].unit.code == "percent"
    assert [(row.mark, row.level, row.parent) for row in table.rows] == [
        ("A", 0, None),
        ("I", 1, 7),
        ("1", 2, 8),
        ("2", 2, 8),
        ("II", 1, 7),
        ("III", 1, 7),
    ]
    assert table.rows[4].numbers[4].state == "dash"
    assert table.rows[4].numbers[3].state == "blank"
    assert [text for _, text in table.footnotes] == ["Ghi chú: (1) Số liệu ước thực hiện"]
    assert table.last_row == 12


def test_a_header_that_moved_down_and_got_a_column_is_still_found() -> None:
    moved = [[], [], [], *FORM_60]
    wider = [[None, *row] for row in moved]
    (table,) = read(sheet(*wider))
    assert table.header_rows == (8, 9)
    assert [column.role for column in table.columns if column.role != "empty"] == [
        "mark",
        "item",
        "amount",
        "amount",
        "percent",
    ]


def test_merged_header_rows_become_label_paths() -> None:
    (table,) = read(
        sheet(
            ["Đơn vị tính: tỷ đồng"],
            ["STT", "Chỉ tiêu", "Dự toán", "Chia ra", None, "So sánh (%)", None],
            [None, None, None, "NSTW", "NSĐP", "Tuyệt đối", "Tương đối"],
            ["I", "Chi đầu tư", 10.0, 4.0, 6.0, 5.0, 110.0],
            ["II", "Chi thường xuyên", 20.0, 5.0, 15.0, 7.0, 120.0],
            merged=["A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:G2"],
        )
    )
    assert [column.labels for column in table.columns] == [
        ("STT",),
        ("Chỉ tiêu",),
        ("Dự toán",),
        ("Chia ra", "NSTW"),
        ("Chia ra", "NSĐP"),
        ("So sánh (%)", "Tuyệt đối"),
        ("So sánh (%)", "Tương đối"),
    ]
    assert [column.unit.code if column.unit else None for column in table.columns] == [
        None,
        None,
        "vnd",
        "vnd",
        "vnd",
        "percent",
        "percent",
    ]


def test_a_bilingual_header_keeps_its_vietnamese_labels() -> None:
    (table,) = read(
        sheet(
            ["Đơn vị: Tỷ đồng/Unit: VND billion"],
            ["STT\nNo.", "Chỉ tiêu\nItems", "Dự toán\nPlan", "Quyết toán / Final"],
            [1.0, "Thu nội địa", 5.0, 6.0],
            [2.0, "Thu viện trợ", 1.0, 2.0],
        )
    )
    assert [column.role for column in table.columns] == ["mark", "item", "amount", "amount"]
    assert table.columns[2].labels == ("Dự toán",)
    assert table.columns[3].labels == ("Quyết toán",)


def test_two_tables_on_one_sheet_have_their_own_units_and_periods() -> None:
    first = FORM_60[:12]
    second: list[list[Value]] = [
        [],
        ["BIỂU SỐ 61/CK-NSNN"],
        ["THỰC HIỆN CHI NGÂN SÁCH 6 THÁNG ĐẦU NĂM 2025"],
        [None, None, "Đơn vị tính: đồng"],
        ["STT", "Nội dung chi", "Số tiền"],
        [1.0, "Chi thường xuyên", 7000000.0],
        [2.0, "Chi đầu tư", 9000000.0],
    ]
    one, two = read(sheet(*first, *second))
    assert one.last_row == 12
    assert two.form_text == "BIỂU SỐ 61/CK-NSNN"
    assert two.unit is not None and two.unit.factor == 1
    assert two.period is not None and two.period.kind == "half_year"
    assert values(two, 3) == [Decimal(7000000), Decimal(9000000)]


def test_a_header_repeated_on_the_next_page_is_no_new_table() -> None:
    head = FORM_60[4:6]
    (table,) = read(sheet(*FORM_60[:9], *head, *FORM_60[9:12]))
    assert [row.row for row in table.rows if row.kind == "repeated_header"] == [10, 11]
    assert [row.mark for row in table.rows if row.kind != "repeated_header"] == [
        "A",
        "I",
        "1",
        "2",
        "II",
        "III",
    ]
    assert table.rows[5].parent == 8


def test_hidden_rows_are_kept_and_marked_and_hidden_titles_do_not_speak() -> None:
    rows = [["DỰ TOÁN NĂM 2007"], *FORM_60]
    (table,) = read(sheet(*rows, hidden_rows=frozenset({1, 10})))
    assert [row.row for row in table.rows if row.is_hidden] == [10]
    assert table.period is not None and table.period.start.year == 2025


def test_contradicting_units_leave_none_and_say_so() -> None:
    document = Document(
        "xlsx",
        [sheet(["Đơn vị tính: đồng"], *FORM_60)],
    )
    (table,) = find_tables(document)
    assert table.unit is None
    assert table.columns[2].unit is None
    assert [remark.code for remark in document.remarks] == ["conflicting_units"]


def test_an_unknown_spelling_is_no_unit() -> None:
    rows = [list(row) for row in FORM_60]
    rows[3][4] = "Đơn vị tính: Trịu đồng"
    document = Document("xlsx", [sheet(*rows)])
    (table,) = find_tables(document)
    assert table.unit is None
    assert [remark.code for remark in document.remarks] == ["unknown_unit"]


def test_an_organisation_after_don_vi_is_no_unit() -> None:
    rows = [list(row) for row in FORM_60]
    rows[0] = ["Đơn vị: Sở Tài chính", None, None, None, "Biểu số 60/CK-NSNN"]
    document = Document("xlsx", [sheet(*rows)])
    (table,) = find_tables(document)
    assert table.organisation == "Sở Tài chính"
    assert table.unit is not None and table.unit.factor == 1_000_000
    assert document.remarks == []


def test_a_ratio_row_among_amounts_is_no_money() -> None:
    (table,) = read(
        sheet(
            ["Đơn vị tính: Tỷ đồng"],
            ["STT", "Chỉ tiêu", "Dự toán"],
            ["A", "Bội chi", 162000.0],
            [None, "Tỷ lệ bội chi so với GDP (%)", 0.048],
            ["B", "Thu chia theo tỷ lệ phần trăm (%)", 5.0],
        )
    )
    assert [row.numbers[3].code for row in table.rows] == ["", "percent_scale", ""]


def test_stored_fractions_of_a_percent_column_are_decided_by_division_or_refused() -> None:
    rows: list[list[Value]] = [
        ["Đơn vị tính: Tỷ đồng"],
        ["STT", "Chỉ tiêu", "Dự toán", "Thực hiện", "Tỷ lệ (%)"],
        [1.0, "Thu nội địa", 200.0, 150.0, 0.75],
        [2.0, "Thu viện trợ", 80.0, 88.0, 1.1],
    ]
    (table,) = read(sheet(*rows))
    assert values(table, 5) == [Decimal(75), Decimal(110)]
    without = [[*row[:3], *row[4:]] for row in rows]
    (table,) = read(sheet(*without))
    assert [row.numbers[4].code for row in table.rows] == ["percent_scale"] * 2


def test_legacy_text_is_converted_and_remarked() -> None:
    document = Document(
        "xls",
        [
            sheet(
                ["QuyÕt to¸n ng©n s¸ch nhµ n­íc n¨m 2004"],
                ["§¬n vÞ tÝnh: TriÖu ®ång"],
                ["STT", "Néi dung", "Dù to¸n"],
                [1.0, "Thu néi ®Þa", 5.0],
                [2.0, "Thu viÖn trî", 6.0],
            )
        ],
    )
    (table,) = find_tables(document)
    assert [row.item for row in table.rows] == ["Thu nội địa", "Thu viện trợ"]
    assert table.unit is not None and table.unit.factor == 1_000_000
    assert table.period is not None and table.period.start.year == 2004
    assert [remark.code for remark in document.remarks] == ["legacy_font"]


def test_text_numbers_of_a_column_are_decided_by_its_totals() -> None:
    (table,) = read(
        sheet(
            ["STT", "Chỉ tiêu", "Dự toán"],
            ["I", "Tổng thu", "2.084"],
            [1.0, "Thu nội địa", "1.234"],
            [2.0, "Thu viện trợ", "850"],
        )
    )
    assert values(table, 3) == [Decimal(2084), Decimal(1234), Decimal(850)]
    assert table.columns[2].separators is not None
    assert table.columns[2].separators.evidence == "sums"


def test_a_sheet_without_a_table_has_none() -> None:
    assert read(sheet(["Kính gửi: Sở Tài chính"], ["Báo cáo đã gửi ngày 12/3/2025"])) == []
    assert read(Sheet("Trống", [])) == []


def test_a_unit_line_that_is_broken_is_read_as_a_whole() -> None:
    rows = [list(row) for row in FORM_60]
    rows[3][4] = " ĐVT: Triệu\n  đồng "
    rows[0][4] = "Mẫu biểu số\n 60/CK-NSNN"
    rows[1][0] = "THỰC HIỆN THU NGÂN SÁCH\nNHÀ NƯỚC QUÝ I\n NĂM 2025"
    (table,) = read(sheet(*rows))
    assert table.unit is not None and table.unit.factor == 1_000_000
    assert table.form_text == "Mẫu biểu số 60/CK-NSNN"
    assert table.period is not None and table.period.kind == "quarter"


def test_one_cell_may_hold_a_title_and_the_unit() -> None:
    rows = [list(row) for row in FORM_60]
    rows[3] = []
    rows[1][0] = "THU NGÂN SÁCH QUÝ I NĂM 2025\nĐơn vị tính: nghìn đồng"
    (table,) = read(sheet(*rows))
    assert table.unit is not None and table.unit.factor == 1_000
    assert table.title[0] == "THU NGÂN SÁCH QUÝ I NĂM 2025"


def test_figures_beside_the_table_are_nobodys() -> None:
    rows = [list(row) for row in FORM_60]
    rows[8] = [*rows[8], None, 999.0]
    (table,) = read(sheet(*rows))
    assert all(7 not in row.numbers for row in table.rows)


def test_stored_thousandths_are_refused_as_a_slip_of_separators() -> None:
    (table,) = read(
        sheet(
            ["Đơn vị tính: triệu đồng"],
            ["STT", "Nội dung", "Dự toán", "Quyết toán"],
            ["I", "Tổng", "1.234.567", 1200000.0],
            [1.0, "Thuế", 12.345, 12000.0],
            [2.0, "Phí", 12.0, 11000.0],
        )
    )
    assert [row.numbers[3].code for row in table.rows] == ["", "separator_slip", "separator_slip"]
    assert values(table, 4) == [Decimal(1200000), Decimal(12000), Decimal(11000)]


def test_vni_text_in_decomposed_form_is_converted() -> None:
    raw = unicodedata.normalize("NFD", "Ñôn vò tính: Trieäu ñoàng")
    document = Document(
        "xls",
        [sheet([raw], ["STT", "Noäi dung", "Döï toaùn"], [1.0, "Thueá", 5.0], [2.0, "Phí", 6.0])],
    )
    (table,) = find_tables(document)
    assert table.unit is not None and table.unit.factor == 1_000_000
    assert table.columns[2].labels == ("Dự toán",)


def test_labels_of_groups_reach_over_columns_where_no_cells_are_merged() -> None:
    (table,) = read(
        sheet(
            ["STT", "Chỉ tiêu", "Dự toán", None, "Quyết toán", None],
            [None, None, "NSTW", "NSĐP", "NSTW", "NSĐP"],
            [1.0, "Thu", 1.0, 2.0, 3.0, 4.0],
        )
    )
    assert [column.label for column in table.columns[2:]] == [
        "Dự toán / NSTW",
        "Dự toán / NSĐP",
        "Quyết toán / NSTW",
        "Quyết toán / NSĐP",
    ]


def test_a_published_xml_speaks_through_its_facts() -> None:
    document = Document(
        "xml",
        [sheet(["TT", "Nội dung", "Dự toán"], ["I", "Thu", "1.234.567"], ["1", "Phí", "12.345"])],
        facts={
            "title": "THỰC HIỆN THU",
            "year": "2024",
            "periodType": "6 tháng",
            "code": "B60",
            "department": "UBND tỉnh Sơn La",
            "curencyunit": "Triệu đồng",
        },
    )
    (table,) = find_tables(document)
    assert table.title == ("THỰC HIỆN THU",)
    assert (table.form_text, table.organisation) == ("B60", "UBND tỉnh Sơn La")
    assert table.unit is not None and table.unit.where == "facts"
    assert table.period is not None and table.period.kind == "half_year"
    assert values(table, 3) == [Decimal(1234567), Decimal(12345)]


def test_cells_that_cannot_be_relied_on_are_refused() -> None:
    rows = [list(row) for row in FORM_60]
    (table,) = read(sheet(*rows, problems={(7, 3): "formula_without_value", (8, 3): "error_value"}))
    assert [row.numbers[3].code for row in table.rows[:3]] == [
        "formula_without_value",
        "error_value",
        "",
    ]


def test_rows_without_marks_are_certain_parts_where_they_add_up() -> None:
    rows: list[list[Value]] = [
        ["STT", "Chỉ tiêu", "Dự toán"],
        ["I", "Các khoản thu về đất", 54.0],
        [None, "Thuế sử dụng đất", 14.0],
        [None, "Tiền thuê đất", 40.0],
        ["II", "Thu khác", 3.0],
        [None, "Trong đó phạt", 1.0],
        [None, "Tịch thu", 1.0],
    ]
    (table,) = read(sheet(*rows))
    assert [row.is_parent_certain for row in table.rows[:4]] == [True] * 4
    rows[2][2] = 15.0
    (table,) = read(sheet(*rows))
    assert [row.is_parent_certain for row in table.rows[:4]] == [True, False, False, True]


def test_blank_rows_under_merged_labels_belong_to_the_header() -> None:
    (table,) = read(
        sheet(
            ["STT", "Chỉ tiêu", "Dự toán"],
            [],
            [1.0, "Thu", 5.0],
            merged=["A1:A2", "B1:B2", "C1:C2"],
        )
    )
    assert table.header_rows == (1, 2)
    assert [row.row for row in table.rows] == [3]


def test_number_lines_of_many_kinds_are_no_rows() -> None:
    lines: list[list[Value]] = [
        ["A", "B", "1", "2=1*2", "3"],
        ["A", "B 1=2+3", None, "2", "3"],
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        [1.0, 2.0, 3.0, 4.0, 5.0],
        ["I", "II", "1", "2", "3=2/1"],
        ["a", "b", 1.0, "2", "3 = 2-1"],
    ]
    for line in lines:
        head: list[Value] = ["STT", "Nội dung", "Dự toán", "Thực hiện", "So sánh"]
        (table,) = read(sheet(head, line, ["I", "Thu", 1.0, 2.0, 3.0], [1.0, "Phí", 1.0, 2.0, 3.0]))
        assert table.header_rows == (1, 2), line
        assert [row.mark for row in table.rows] == ["I", "1"]
    row: list[Value] = ["A", "Thu", 1.0, 2.0, 3.0]
    (table,) = read(sheet(head, row, [1.0, "Phí", 1.0, 2.0, 3.0]))
    assert table.header_rows == (1,)


def test_a_number_line_whose_formulas_ran_over_columns_is_no_row() -> None:
    (table,) = read(
        sheet(
            ["TT", "Tên đơn vị", "Tổng số", "Chi a", "Chi b", "Chi c", "Chi d", "Chi e", "Chi f"],
            ["A", "B 1=2+3+4", "+5+6+1", "1+14+152", "3", "4", "5", "6", "7"],
            [None, "TỔNG SỐ", "9", "8", "7", "6", "5", "4", "3"],
        )
    )
    assert table.header_rows == (1, 2)
    assert [row.item for row in table.rows] == ["TỔNG SỐ"]


def test_short_capitals_are_labels_not_a_number_line() -> None:
    (table,) = read(
        sheet(
            ["TT", "Chỉ tiêu", "Dự toán", None],
            [None, None, "THU NSNN", "NSX"],
            ["A", "B", "1", "2"],
            ["I", "Các khoản thu 100%", "510.857.000", "510.857.000"],
        )
    )
    assert table.header_rows == (1, 2, 3)
    assert table.columns[3].labels == ("Dự toán", "NSX")


def test_a_column_whose_every_number_carries_a_percent_sign_is_no_money() -> None:
    (table,) = read(
        sheet(
            ["Đơn vị tính: triệu đồng"],
            ["TT", "Tên huyện", "Thuế GTGT", "Lệ phí"],
            [1.0, "Huyện Mai Sơn", "80,0%", 80.0],
            [2.0, "Huyện Yên Châu", "100%", "50%"],
            [3.0, "Huyện Mộc Châu", "-", 7.0],
        )
    )
    assert table.columns[2].unit is not None and table.columns[2].unit.code == "percent"
    assert table.columns[2].unit.where == "C3"
    assert values(table, 3) == [Decimal("80.0"), Decimal(100), None]
    assert table.columns[3].unit is not None and table.columns[3].unit.code == "vnd"
    assert [row.numbers[4].code for row in table.rows] == ["", "unit_in_cell", ""]


def test_text_of_a_page_speaks_for_its_table_up_to_its_notes() -> None:
    document = Document(
        "pdf",
        [
            Sheet(
                "Bảng 1",
                [["STT", "Nội dung", "Dự toán"], ["I", "Thu", "1.234.567"], ["1", "Phí", "12.345"]],
                pages=[(1, 1), (1, 2), (1, 3)],
            )
        ],
        text_lines=[
            (1, "UBND XÃ CHIỀNG MUNG"),
            (1, "Biểu số 109/CK-NSNN"),
            (1, "DỰ TOÁN THU NĂM 2024"),
            (1, "Đơn vị tính: nghìn đồng"),
            (1, "Ghi chú: (1) so với năm 2023"),
            (1, "CHỦ TỊCH"),
            (2, "Đơn vị tính: đồng"),
        ],
    )
    (table,) = find_tables(document)
    assert table.title == ("DỰ TOÁN THU NĂM 2024",)
    assert table.organisation == "UBND XÃ CHIỀNG MUNG"
    assert table.form_text == "Biểu số 109/CK-NSNN"
    assert table.unit is not None and table.unit.factor == 1000
    assert table.period is not None and table.period.where == "trang 1"


def test_two_sides_under_one_header_are_two_tables() -> None:
    left, right = read(
        sheet(
            ["CÂN ĐỐI NGÂN SÁCH XÃ NĂM 2024"],
            [None, None, None, None, "Đơn vị: nghìn đồng"],
            ["STT", "Nội dung thu", "Dự toán", "STT", "Nội dung chi", "Dự toán"],
            ["A", "Tổng thu", 9.0, "B", "Tổng chi", 9.0],
            [1.0, "Thu 100%", 5.0, 1.0, "Chi đầu tư", 2.0],
            [2.0, "Thu bổ sung", 4.0, 2.0, "Chi thường xuyên", 6.0],
            [None, None, None, 3.0, "Dự phòng", 1.0],
        )
    )
    assert [row.item for row in left.rows] == ["Tổng thu", "Thu 100%", "Thu bổ sung"]
    assert values(left, 3) == [Decimal(9), Decimal(5), Decimal(4)]
    assert [row.item for row in right.rows][1:] == ["Chi đầu tư", "Chi thường xuyên", "Dự phòng"]
    assert values(right, 6) == [Decimal(9), Decimal(2), Decimal(6), Decimal(1)]
    for table in (left, right):
        assert table.unit is not None and table.unit.factor == 1000
        assert table.period is not None and table.period.start.year == 2024
    assert [row.parent for row in right.rows] == [None, 4, 4, 4]


def test_labels_that_agree_on_one_year_state_the_period_where_no_title_does() -> None:
    rows: list[list[Value]] = [
        ["MINISTRY OF FINANCE"],
        [None, None, "Unit: VND billion"],
        ["No", "ITEMS", "Plan 2013"],
        [1.0, "Domestic revenue", 545500.0],
        [2.0, "Oil revenue", 99000.0],
    ]
    (table,) = read(sheet(*rows))
    assert table.period is not None
    assert (table.period.start.year, table.period.where) == (2013, "C3")
    wider = [[*rows[0]], [*rows[1]], [*rows[2], "Final 2012"], [*rows[3], 1.0], [*rows[4], 2.0]]
    (table,) = read(sheet(*wider))
    assert table.period is None
    part = [[*rows[0]], [*rows[1]], [*rows[2], "Quý I"], [*rows[3], 1.0], [*rows[4], 2.0]]
    (table,) = read(sheet(*part))
    assert table.period is None


def test_numbers_of_decisions_and_spans_of_years_make_no_number_column() -> None:
    (table,) = read(
        sheet(
            ["STT", "Danh mục dự án", "Thời gian KC-HT", "Quyết định", "Vốn năm 2025"],
            [1.0, "Đường tỉnh 103", "2023-2025", "123/QĐ-UBND", 5000.0],
            [2.0, "Cầu bản Mòng", "2024-2026", "45/QĐ-UBND", 700.0],
        )
    )
    assert [column.role for column in table.columns] == ["mark", "item", "text", "text", "amount"]


def test_a_row_that_states_percent_has_that_unit_and_one_that_does_not_is_refused() -> None:
    (table,) = read(
        sheet(
            ["Đơn vị tính: Tỷ đồng"],
            ["STT", "Chỉ tiêu", "Dự toán"],
            ["A", "Bội chi", 162000.0],
            [None, "Tỷ lệ bội chi so với GDP (%)", 4.8],
            [None, "Tỷ lệ nợ so với GDP", 60.5],
        )
    )
    first, second, third = table.rows
    assert first.unit is None and first.numbers[3].value == 162000
    assert second.unit is not None and second.unit.code == "percent"
    assert second.numbers[3].value == Decimal("4.8")
    assert third.numbers[3].code == "row_unit"


def test_rows_may_state_their_own_units_in_a_column() -> None:
    (table,) = read(
        sheet(
            ["STT", "Chỉ tiêu", "ĐVT", "Kế hoạch"],
            [1.0, "Thu ngân sách", "Triệu đồng", 5.0],
            [2.0, "Số dự án", "Dự án", 6.0],
            [3.0, "Tỷ lệ giải ngân", "%", 50.0],
        )
    )
    assert [row.unit.code if row.unit else None for row in table.rows] == [
        "vnd",
        "count",
        "percent",
    ]
    assert table.columns[3].unit is None
    assert values(table, 4) == [Decimal(5), Decimal(6), Decimal(50)]


def test_signatures_do_not_make_a_column_one_of_words() -> None:
    rows: list[list[Value]] = [
        ["STT", "Nội dung", "Dự toán", "Thực hiện"],
        [1.0, "Thu", 5.0, None],
        [2.0, "Phí", 6.0, 7.0],
        [None, None, None, "Sơn La, ngày 10 tháng 4 năm 2025"],
        [None, None, None, "TM. ỦY BAN NHÂN DÂN"],
        [None, None, None, "CHỦ TỊCH"],
    ]
    (table,) = read(sheet(*rows))
    assert table.columns[3].role == "amount"
    assert values(table, 4) == [None, Decimal(7)]


def test_a_unit_does_not_decide_a_separator_that_points_in_the_column_beside_it() -> None:
    rows: list[list[Value]] = [
        ["Đơn vị: đồng"],
        ["STT", "Nội dung", "Tổng số", "Chi thường xuyên"],
        ["1", "Sở Y tế", "2.019,877", "415,858"],
        ["2", "Sở Tài chính", "1.216,890", "156,881"],
        ["3", "Sở Nội vụ", "718,197", "98,670"],
    ]
    (table,) = read(sheet(*rows))
    assert values(table, 3) == [Decimal("2019.877"), Decimal("1216.890"), Decimal("718.197")]
    assert Decimal(415858) not in values(table, 4)

    rows[2:] = [[*row[:2], str(row[3]), str(row[3])] for row in rows[2:]]
    (table,) = read(sheet(*rows))
    assert values(table, 4) == [Decimal(415858), Decimal(156881), Decimal(98670)]
