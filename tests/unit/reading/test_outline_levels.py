"""Levels and parents of outlines as they are published."""

from ingestion.reading.outline import OutlineRow, mark_text, outline_row, place

Marked = tuple[str, str] | str
"""(mark, label), or a label without a mark."""


def outline(*rows: Marked, headings: frozenset[int] = frozenset()) -> list[OutlineRow]:
    found = []
    for index, row in enumerate(rows):
        mark, label = ("", row) if isinstance(row, str) else row
        found.append(outline_row(mark_text(mark), label, has_numbers=index not in headings))
    place(found)
    return found


def parents(rows: list[OutlineRow]) -> list[int | None]:
    return [row.parent for row in rows]


def test_letters_romans_numbers_small_letters_and_dashes_nest() -> None:
    rows = outline(
        ("A", "Thu"),
        ("I", "Thu nội địa"),
        ("1", "Thuế"),
        ("a", "Thuế đất"),
        ("-", "Đất ở"),
        ("-", "Đất khác"),
        ("b", "Phí"),
        ("2", "Lệ phí"),
        ("II", "Thu dầu thô"),
        ("B", "Chi"),
        ("I", "Chi đầu tư"),
    )
    assert parents(rows) == [None, 0, 1, 2, 3, 3, 2, 1, 0, None, 9]
    assert [row.level for row in rows] == [0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 1]
    assert all(row.is_parent_certain for row in rows)


def test_decimal_marks_name_their_parents() -> None:
    rows = outline(
        ("1", "Chi"),
        ("1.1", "Lương"),
        ("1.1.1", "Lương ngạch"),
        ("1.2", "Phụ cấp"),
        ("2", "Khác"),
        ("2.1", "Khác nữa"),
    )
    assert parents(rows) == [None, 0, 1, 0, None, 4]


def test_marks_stored_as_numbers_or_with_brackets_are_the_same_marks() -> None:
    assert mark_text(1.0) == "1"
    assert mark_text(1.1) == "1.1"
    assert mark_text("1.") == "1"
    assert mark_text("(a)") == "a"
    assert mark_text("I/") == "I"
    assert mark_text("–") == "-"
    assert mark_text(True) == ""
    assert mark_text(None) == ""


def test_marks_in_front_of_labels_count_where_there_is_no_mark_column() -> None:
    rows = outline("I. Thu nội địa", "1. Thuế", "a) Thuế đất", "- Đất ở", "2. Phí", "II. Dầu thô")
    assert parents(rows) == [None, 0, 1, 2, 0, None]
    assert [row.item for row in rows][:3] == ["Thu nội địa", "Thuế", "Thuế đất"]


def test_bullets_without_a_mark_are_parts_of_the_row_above() -> None:
    rows = outline(("1", "Phí"), " - Học phí", " - Viện phí", "   + Nội trú", ("2", "Khác"))
    assert parents(rows) == [None, 0, 0, 2, None]


def test_a_bare_i_after_h_is_a_letter_where_k_follows() -> None:
    letters = [(letter, letter) for letter in "ABCDEGH"]
    rows = outline(*letters, ("I", "chín"), ("K", "mười"))
    assert rows[7].style == "letter"
    assert rows[7].parent is None and rows[7].is_parent_certain


def test_a_bare_i_after_h_is_roman_where_ii_follows() -> None:
    letters = [(letter, letter) for letter in "ABCDEGH"]
    rows = outline(*letters, ("I", "một"), ("II", "hai"))
    assert [row.style for row in rows[7:]] == ["roman", "roman"]
    assert parents(rows)[7:] == [6, 6]


def test_a_bare_i_after_h_with_nothing_to_tell_is_uncertain() -> None:
    letters = [(letter, letter) for letter in "ABCDEGH"]
    rows = outline(*letters, ("I", "chín hay một"))
    assert not rows[7].is_parent_certain


def test_totals_stand_outside_wherever_they_are() -> None:
    rows = outline(
        "TỔNG SỐ",
        ("A", "Thu"),
        ("B", "Chi"),
        "Tổng cộng (A+B)",
        ("C", "Khác"),
        ("D", "TỔNG CỘNG (A+B+C)"),
        "Cộng",
    )
    assert [row.kind for row in rows] == [
        "total",
        "item",
        "item",
        "total",
        "item",
        "total",
        "total",
    ]
    assert [row.parent for row in rows] == [None] * 7
    assert rows[0].level is None and rows[3].level is None


def test_a_marked_total_that_has_parts_is_an_item() -> None:
    rows = outline(("A", "TỔNG THU NSNN"), ("I", "Thu nội địa"), ("II", "Thu dầu thô"))
    assert rows[0].kind == "item"
    assert parents(rows) == [None, 0, 0]


def test_of_which_is_a_part_of_the_row_above() -> None:
    rows = outline(
        ("I", "Chi đầu tư"),
        "Trong đó:",
        ("1", "Chi giáo dục"),
        ("2", "Chi khoa học"),
        ("II", "Chi trả nợ"),
        "Trong đó: - Trả gốc",
        "            - Trả lãi",
        headings=frozenset({1}),
    )
    assert rows[1].kind == "heading"
    assert parents(rows) == [None, 0, 0, 0, None, 4, 4]
    assert [row.item for row in rows[5:]] == ["Trả gốc", "Trả lãi"]


def test_unmarked_rows_under_a_marked_one_are_uncertain() -> None:
    rows = outline(("I", "Thu từ đất"), "Thuế sử dụng đất", "Tiền thuê đất", ("II", "Dầu thô"))
    assert parents(rows) == [None, 0, 0, None]
    assert [row.is_parent_certain for row in rows] == [True, False, False, True]


def test_indentation_is_the_outline_where_there_are_no_marks() -> None:
    rows = outline("Thu", "   Thu nội địa", "      Thuế", "      Phí", "   Dầu thô", "Chi")
    assert parents(rows) == [None, 0, 1, 1, 0, None]
    assert [row.level for row in rows] == [0, 1, 2, 2, 1, 0]


def test_the_letter_after_d_is_a_vietnamese_one() -> None:
    rows = outline(("1", "x"), ("c", "c"), ("d", "d"), ("đ", "đ"), ("e", "e"), ("i", "i"))
    assert [row.style for row in rows[1:5]] == ["small"] * 4
    assert parents(rows)[1:5] == [0] * 4
