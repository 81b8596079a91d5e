import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.core.contract import PROBLEMS, Resource
from ingestion.core.door import Door, decode
from ingestion.core.errors import DataRefused
from ingestion.core.source import read_source
from tests.fixtures.tthc.server import dossier

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def resource() -> Resource:
    return read_source("tthc").contract.resources["dossiers"]


def through(resource: Resource, text: str | bytes) -> tuple[dict[str, Any], int]:
    """The landed form of one record given as JSON text."""
    body = text.encode() if isinstance(text, str) else text
    records = decode(b"[" + body + b"]", "page")
    assert isinstance(records, list)
    projected = Door(resource).project(records)
    return json.loads(projected.lines[0]), projected.masked


def problems(resource: Resource, text: str | bytes) -> list[tuple[str, str]]:
    landed, _ = through(resource, text)
    return [(problem["field"], problem["code"]) for problem in landed.get(PROBLEMS, [])]


def test_only_what_is_listed_passes(resource: Resource) -> None:
    record = dossier(7, ThongTinKhac="x", DiaChi="bản Lầu", NguoiXuLy="Cà Thị Kín")
    landed, _ = through(resource, orjson.dumps(record))
    allowed = {*resource.keep, *resource.children, "trich_yeu_class", "giay_to_class"}
    assert set(landed) <= allowed
    assert "Kín" not in json.dumps(landed, ensure_ascii=False)
    assert "014099" not in json.dumps(landed)
    assert set(landed["TaiLieuNop"][0]) == set(resource.children["TaiLieuNop"].fields)


def test_links_become_presence_and_personal_values_become_classes(resource: Resource) -> None:
    landed, _ = through(resource, orjson.dumps(dossier(7)))
    assert landed["TaiLieuNop"][0]["DuongDanTaiTepTin"] == "1"
    assert (landed["trich_yeu_class"], landed["giay_to_class"]) == ("given", "valid_12")
    bare = dossier(7, TrichYeuHoSo="Dinhkem", SoGiayToChuHoSo="", DinhDanhCHS={"SoDinhDanh": ""})
    bare["TaiLieuNop"][0]["DuongDanTaiTepTin"] = " "
    landed, _ = through(resource, orjson.dumps(bare))
    assert landed["TaiLieuNop"][0]["DuongDanTaiTepTin"] == "0"
    assert (landed["trich_yeu_class"], landed["giay_to_class"]) == ("placeholder", "absent")


def test_identity_in_the_nested_object_counts_when_the_field_is_empty(resource: Resource) -> None:
    record = dossier(7, SoGiayToChuHoSo="", DinhDanhCHS={"SoDinhDanh": "050123456"})
    assert through(resource, orjson.dumps(record))[0]["giay_to_class"] == "valid_9"


@settings(deadline=None)
@given(JSON_VALUES)
def test_whatever_stands_in_a_field_the_landed_line_keeps_its_shape(value: Any) -> None:
    resource = read_source("tthc").contract.resources["dossiers"]
    for name in (
        "MaHoSo",
        "NgayTiepNhan",
        "DonViXuLy",
        "TaiLieuNop",
        "DinhDanhCHS",
        "TrichYeuHoSo",
    ):
        line = Door(resource).project([{**dossier(1), name: value}]).lines[0]
        landed = json.loads(line)
        for field in resource.keep:
            assert isinstance(landed.get(field, ""), str)
        for child in resource.children:
            assert all(
                isinstance(text, str) for item in landed.get(child, []) for text in item.values()
            )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"just text"', [("", "not_a_record")]),
        ("null", [("", "not_a_record")]),
        ('{"MaHoSo": {"ten": "Lò Văn Kín"}}', [("MaHoSo", "wrong_type")]),
        ('{"MaHoSo": ["a"]}', [("MaHoSo", "wrong_type")]),
        ('{"MaHoSo": 1.5}', [("MaHoSo", "wrong_type")]),
        ('{"MaHoSo": 123456789012345678901234567890}', [("MaHoSo", "wrong_type")]),
        ('{"MaHoSo": 1e400}', [("MaHoSo", "wrong_type")]),
        ('{"MaHoSo": NaN}', [("MaHoSo", "wrong_type")]),
        ('{"MaHoSo": "a\\u0000b"}', [("MaHoSo", "invalid_text")]),
        ('{"DonViXuLy": "\\ud800"}', [("DonViXuLy", "invalid_text")]),
        ('{"MaHoSo": "0912345678"}', [("MaHoSo", "personal_value")]),
        ('{"MaHoSo": "A1", "MaHoSo": "B2"}', [("", "duplicate_field")]),
        ('{"NgayTra": "Lò Văn Kín"}', [("NgayTra", "unreadable_date")]),
        ('{"NgayTra": "014099001234"}', [("NgayTra", "unreadable_date")]),
        ('{"TaiLieuNop": "x"}', [("TaiLieuNop", "wrong_type")]),
        ('{"TaiLieuNop": ["x"]}', [("TaiLieuNop", "wrong_type")]),
        (
            '{"DanhSachLePhi": [{"Gia": "mười nghìn"}]}',
            [("DanhSachLePhi.Gia", "unreadable_number")],
        ),
        ('{"DonViXuLy": "' + "x" * 5000 + '"}', [("DonViXuLy", "too_long")]),
    ],
)
def test_a_bad_record_says_what_is_wrong_and_keeps_nothing_of_it(
    resource: Resource, text: str, expected: list[tuple[str, str]]
) -> None:
    landed, _ = through(resource, text)
    assert problems(resource, text) == expected
    assert "Kín" not in json.dumps(landed, ensure_ascii=False)


@pytest.mark.parametrize(
    "text", ["'; drop table raw.x; --", "{{ env_var('X') }}", "<script>alert(1)</script>", "=1+1"]
)
def test_text_is_just_text(resource: Resource, text: str) -> None:
    landed, _ = through(resource, orjson.dumps(dossier(1, DonViXuLy=text)))
    assert landed["DonViXuLy"] == text


def test_personal_values_in_free_text_are_masked_and_counted(resource: Resource) -> None:
    record = dossier(1, DonViXuLy="UBND xã, gọi 0912345678", MaLinhVuc="a@b.example")
    landed, masked = through(resource, orjson.dumps(record))
    assert landed["DonViXuLy"] == "UBND xã, gọi [đã che]"
    assert landed["MaLinhVuc"] == "[đã che]"
    assert masked == 2


def test_text_is_brought_to_nfc(resource: Resource) -> None:
    landed, _ = through(resource, '{"DonViXuLy": "xa\\u0303"}')
    assert landed["DonViXuLy"] == "xã"


def test_whole_numbers_and_truth_values_are_kept_as_text(resource: Resource) -> None:
    landed, _ = through(resource, '{"TrangThaiHoSo": 9, "KenhThucHien": 2, "HinhThuc": false}')
    assert [landed[name] for name in ("TrangThaiHoSo", "KenhThucHien", "HinhThuc")] == [
        "9",
        "2",
        "false",
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"data": [{"MaHoSo": "A',
        b"<html></html>",
        b"\xff\xfe\xfd",
        b"[" * 1_000_000,
        b'{"a":' * 50 + b"1" + b"}" * 50,
        b"[" * 40 + b"]" * 40,
    ],
)
def test_a_page_that_is_no_usable_json_is_refused(body: bytes) -> None:
    with pytest.raises(DataRefused, match="page 3"):
        decode(body, "page 3")


def test_five_hundred_further_fields_do_no_harm(resource: Resource) -> None:
    record = {**dossier(1), **{f"Them{n}": "x" for n in range(500)}}
    assert (
        through(resource, orjson.dumps(record))[0] == through(resource, orjson.dumps(dossier(1)))[0]
    )
