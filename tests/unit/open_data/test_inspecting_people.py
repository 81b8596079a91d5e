"""Personal data in published files: what counts, what only looks like it, and what may come out."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from ingestion.sources.open_data_portal.inspecting.job import inspect_published
from tests.unit.open_data.test_inspecting_tables import workbook

CCCD = ["014099001234", "014199005678", "011088009012", "025301003456"]
CMND = ["050123456", "050987321", "012345987"]
MOBILE = ["0912345678", "0987 654 321", "+84 378 123 456", "0866.123.999"]
NAMES = ["Lò Văn A", "Cầm Thị B", "Quàng Văn C", "Hà Thị D"]
MAILS = ["lova@gmail.com", "camb@yahoo.com.vn", "quangc@outlook.com", "had@sv.vn"]


def inspect(content: bytes, **options: Any) -> dict[str, Any]:
    return inspect_published(content, "tep", {"format_text": "CSV", **options})


def table(**columns: list[Any]) -> bytes:
    lines = [
        ";".join(columns),
        *(";".join(map(str, row)) for row in zip(*columns.values(), strict=False)),
    ]
    return "\n".join(lines).encode()


def found(content: bytes, **options: Any) -> tuple[str, str, int]:
    facts = inspect(content, **options)
    return facts["personal_kinds"], facts["personal_columns"], facts["personal_count"]


PERSONAL: dict[str, tuple[bytes, tuple[str, str, int]]] = {
    "identity numbers": (
        table(**{"Họ và tên": NAMES, "Số CCCD": CCCD}),
        ("identity", "Số CCCD", 4),
    ),
    "old identity numbers": (
        table(**{"Họ và tên": NAMES[:3], "Số CMND": CMND}),
        ("identity", "Số CMND", 3),
    ),
    "identity numbers in groups": (
        table(**{"Tên": NAMES, "Căn cước công dân": ["014 099 001 234", *CCCD[1:]]}),
        ("identity", "Căn cước công dân", 4),
    ),
    "one identity number is one too many": (
        table(**{"Xã": ["a", "b"], "Giấy tờ tùy thân": [CCCD[0], ""]}),
        ("identity", "Giấy tờ tùy thân", 1),
    ),
    "without a telling name": (
        table(**{"Tên": NAMES, "Thông tin": CCCD}),
        ("identity", "Thông tin", 4),
    ),
    "behind an apostrophe": (
        table(**{"Tên": NAMES, "CCCD": [f"'{number}" for number in CCCD]}),
        ("identity", "CCCD", 4),
    ),
    "within texts": (
        table(**{"Mã": [1, 2], "Ghi chú": [f"Ông A, CCCD: {CCCD[0]} cấp 2021", "không"]}),
        ("identity", "Ghi chú", 1),
    ),
    "a workbook that lost the zero": (
        workbook([["Họ tên", "Số định danh"], *zip(NAMES, map(int, CCCD), strict=False)]),
        ("identity", "Số định danh", 4),
    ),
    "phones of people": (
        table(**{"Họ và tên": NAMES, "Số điện thoại": MOBILE}),
        ("phone", "Số điện thoại", 4),
    ),
    "phones of whom nobody says": (
        table(**{"Xã": ["a", "b", "c", "d"], "SĐT": MOBILE}),
        ("phone", "SĐT", 4),
    ),
    "phones without a telling name": (
        table(**{"Tên": NAMES, "Thông tin thêm": MOBILE}),
        ("phone", "Thông tin thêm", 4),
    ),
    "phones that lost the zero": (
        workbook(
            [
                ["Họ tên", "Di động"],
                *zip(NAMES, [912345678, 987654321, 378123456, 866123999], strict=False),
            ]
        ),
        ("phone", "Di động", 4),
    ),
    "phones within texts": (
        table(**{"Mã": [1, 2, 3], "Ghi chú": ["Liên hệ ông A: 0912 345 678", "x", "y"]}),
        ("phone", "Ghi chú", 1),
    ),
    "phones of staff of an office": (
        table(**{"Cơ quan": NAMES, "Điện thoại cán bộ": MOBILE}),
        ("phone", "Điện thoại cán bộ", 4),
    ),
    "addresses": (
        table(**{"Họ tên": NAMES, "Email": MAILS}),
        ("email", "Email", 4),
    ),
    "all at once": (
        table(**{"Họ tên": NAMES, "CCCD": CCCD, "SĐT": MOBILE, "Hộp thư": MAILS}),
        ("identity;phone;email", "CCCD; SĐT; Hộp thư", 12),
    ),
    "keys of JSON": (
        orjson.dumps([{"hoTen": n, "soDienThoai": m} for n, m in zip(NAMES, MOBILE, strict=True)]),
        ("phone", "soDienThoai", 4),
    ),
    "within JSON": (
        orjson.dumps(
            {"ds": [{"nguoi": {"ten": n, "cccd": c}} for n, c in zip(NAMES, CCCD, strict=False)]}
        ),
        ("identity", "nguoi.cccd", 4),
    ),
    "features of GeoJSON": (
        orjson.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "geometry": None, "properties": {"chu_ho": n, "cmnd": c}}
                    for n, c in zip(NAMES, CMND, strict=False)
                ],
            }
        ),
        ("identity", "cmnd", 3),
    ),
    "attributes of XML": (
        "<ds>{}</ds>".format(
            "".join(f"<o ten='{n}' cccd='{c}'/>" for n, c in zip(NAMES, CCCD, strict=False))
        ).encode(),
        ("identity", "cccd", 4),
    ),
    "named values of XML": (
        "<ds>{}</ds>".format(
            "".join(
                f'<dong><o ten="Họ tên">{n}</o><o ten="Số CCCD">{c}</o></dong>'
                for n, c in zip(NAMES, CCCD, strict=False)
            )
        ).encode(),
        ("identity", "o.Số CCCD", 4),
    ),
    "the second sheet": (
        workbook(
            [["Mã", "Số"], ["a", 1], ["b", 2]],
            [["Họ tên", "CCCD"], *map(list, zip(NAMES, CCCD, strict=False))],
        ),
        ("identity", "Trang 2: CCCD", 4),
    ),
    "below a title": (
        workbook(
            [
                ["DANH SÁCH", None],
                [],
                ["Họ tên", "Số CCCD"],
                *map(list, zip(NAMES, CCCD, strict=False)),
            ]
        ),
        ("identity", "Số CCCD", 4),
    ),
    "no header": (
        table(**dict(zip(["Lò Văn A", CCCD[0]], [NAMES[1:], CCCD[1:]], strict=True))),
        ("identity", "cột B", 4),
    ),
    "rows of another width": (
        table(**{"Họ và tên": NAMES, "Số CCCD": CCCD}) + b"\nx\n",
        ("identity", "Số CCCD", 4),
    ),
}


@pytest.mark.parametrize("name", PERSONAL)
def test_personal_data_is_told_by_kind_column_and_count(name: str) -> None:
    content, expected = PERSONAL[name]
    assert found(content) == expected


@pytest.mark.parametrize("name", PERSONAL)
@pytest.mark.parametrize("role", ["data", "list"])
def test_no_value_comes_out(name: str, role: str) -> None:
    text = orjson.dumps(inspect(PERSONAL[name][0], role=role)).decode()
    for value in (*CCCD, *CMND, *MOBILE, *NAMES, *MAILS):
        bare = value.replace(" ", "").replace(".", "")
        assert value not in text
        assert bare not in text.replace(" ", "").replace(".", "")
        assert bare.lstrip("0+84") not in text


INNOCENT: dict[str, bytes] = {
    "amounts of 9 digits": table(
        **{
            "Mã": ["a", "b", "c", "d"],
            "Kinh phí (đồng)": [912345678, 812345678, 987654321, 350000000],
        }
    ),
    "amounts of 12 digits": table(
        **{"Mã": ["a", "b", "c", "d"], "Tổng vốn": ["014099001234", *CCCD[1:]]}
    ),
    "amounts that nobody names": table(
        **{"Mã": ["a", "b", "c"], "Số liệu": [250000000000, 310000000000, 770000000000]}
    ),
    "codes of 12 digits": table(**{"Tên": ["a", "b", "c"], "Mã hồ sơ": CCCD[:3]}),
    "codes of 9 digits": table(**{"Tên": ["a", "b", "c"], "Số hiệu": CMND}),
    "codes of taxes": table(**{"Tên": ["a", "b"], "Mã số thuế": ["5500123456", "5500654321"]}),
    "years": table(**{"Năm": [2023, 2024, 2025], "Số": [1, 2, 3]}),
    "moments": table(
        **{"Thời gian": ["202606151230", "202607151230", "202608151230"], "Số": [1, 2, 3]}
    ),
    "placeholders": table(**{"Tên": ["a", "b"], "CCCD": ["000000000000", "123456789012"]}),
    "masked": table(**{"Tên": ["a", "b"], "CCCD": ["014xxxxxx234", "***"]}),
    "how many have one": table(**{"Xã": ["a", "b"], "Số người có CCCD": [48210, 17355]}),
    "phones of offices": table(
        **{"Cơ quan": ["Sở A", "Sở B"], "Số điện thoại cơ quan": ["0212 3852 001", "0912345678"]}
    ),
    "hotlines": table(**{"Xã": ["a", "b"], "Đường dây nóng": ["0912345678", "0987654321"]}),
    "hotlines below a title": workbook(
        [
            ["DANH BẠ", None],
            ["Xã", "Đường dây nóng"],
            *[[f"Xã {n}", m] for n, m in enumerate(MOBILE)],
        ]
    ),
    "land lines": table(**{"Tên": ["a", "b"], "Điện thoại": ["0212.3852.001", "02123 852 002"]}),
    "short numbers": table(**{"Dịch vụ": ["a", "b"], "Điện thoại": ["113", "19001234"]}),
    "mobile numbers of businesses": table(
        **{"Tên cơ sở": ["Nhà nghỉ A", "Nhà nghỉ B"], "Điện thoại": ["0912345678", "0987654321"]}
    ),
    "addresses of offices": table(
        **{"Tên": NAMES[:2], "Email": ["vanthu@sonla.gov.vn", "so.noivu@SonLa.gov.vn"]}
    ),
    "addresses of schools": table(
        **{"Tên trường": ["a", "b"], "Thư điện tử": ["c1a@sonla.edu.vn", "truong.a@gmail.com"]}
    ),
    "coordinates": table(
        **{"Điểm": ["a", "b"], "Vĩ độ": [21.327012345, 21.3], "Kinh độ": [103.9, 104.1]}
    ),
    "identifiers": table(**{"ID": ["912345678", "987654321", "378123456"], "Tên": ["a", "b", "c"]}),
    "populations": table(**{"Xã": ["a", "b", "c"], "Dân số": [412345678, 312345678, 912345678]}),
    "a hash": table(**{"Tên": ["a"], "SHA": ["014099001234014099001234aa"]}),
}


@pytest.mark.parametrize("name", INNOCENT)
def test_what_only_looks_personal_is_left_alone(name: str) -> None:
    assert found(INNOCENT[name]) == ("", "", 0)


def test_where_nobody_could_look_nothing_is_said() -> None:
    for content in (b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"<html><body>x</body></html>", b'{"a":'):
        assert inspect(content)["personal_count"] is None


def test_a_key_that_is_somebody_is_not_told() -> None:
    by_name = orjson.dumps(
        {name: {"sdt": phone} for name, phone in zip(NAMES, MOBILE, strict=False)}
    )
    assert found(by_name) == ("phone", "sdt", 4)
    assert found(orjson.dumps([{"Lò Văn A": CCCD[0], "cccd Lò Văn A": CCCD[0]}]))[1] == "cột B"
    titles = "Tên bộ dữ liệu\nDân số hỏi 0912345678\nGiá đất\n".encode()
    (first, _) = inspect(titles, role="list")["list_entries"]
    assert first["title"] == "Dân số hỏi [đã che]"


def test_a_hostile_name_of_a_column_comes_out_as_one_plain_line() -> None:
    names = [
        "SĐT\r\nBcc: a@b.vn",
        "SĐT {{ env_var('X') }}",
        "SĐT'; drop table x; --",
        "SĐT" + "x" * 300,
    ]
    for name in names:
        rows = "".join(f'"{phone}",a\n' for phone in MOBILE)
        kinds, columns, _ = found(f'"{name}",Xã\n{rows}'.encode())
        assert kinds in ("phone", "")
        assert columns.isprintable()
        assert len(columns) <= 60
        assert "@" not in columns
