import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.core.door import Door
from ingestion.core.errors import LandingCorrupted
from ingestion.core.landing import LandedFile, Landing
from ingestion.core.parse import REASONS_VI, Lineage, Slab, SlabFiles, parse_slab, plan_slabs
from ingestion.core.source import read_source
from tests.fixtures.tthc.server import dossier

LINEAGE = Lineage(
    "tthc", "dossiers", "2026-11-20", uuid.UUID(int=5), 7, datetime(2026, 1, 1, tzinfo=UTC)
)
MAIN, SUPPLEMENTS = "tthc__dossiers", "tthc__supplements"


def parse(
    folder: Path, records: list[Any], *, by_hand: bool = False, resource: str = "dossiers"
) -> Slab:
    """Records through door, landing and parser."""
    contract = read_source("tthc").contract.resources[resource]
    landing = Landing(str(folder))
    incoming = landing.begin("tthc", resource, "2026-11-20", uuid.uuid4().hex)
    file = incoming.add(1, Door(contract).project(records).lines)
    incoming.complete({1: file})
    return parse_slab(landing, SlabFiles((file,), 1, by_hand), contract, LINEAGE)


def rows(slab: Slab, table: str = MAIN) -> list[dict[str, Any]]:
    return slab.tables[table].to_pylist()


def test_children_are_rolled_up_to_counts(tmp_path: Path) -> None:
    record = dossier(
        1,
        TaiLieuNop=[
            {"TepDinhKemId": "a", "IsDeleted": "0", "DuocSoHoa": "1", "DuocTaiSuDung": "0"},
            {"TepDinhKemId": "b", "DuocSoHoa": "1", "DuocTaiSuDung": "2"},
            {"TepDinhKemId": "c", "IsDeleted": "True", "DuocSoHoa": "1", "DuocTaiSuDung": "1"},
            {"TepDinhKemId": "d", "IsDeleted": "1"},
            {"DuocSoHoa": "0", "DuocTaiSuDung": "1", "DuocLayTuKhoDMQG": "1"},
        ],
        DanhSachGiayToKetQua=[
            {"GiayToId": "b", "DuongDanTepTinKetQua": "http://x"},
            {"GiayToId": "z", "DuongDanTepTinKetQua": ""},
            {"GiayToId": "", "DuongDanTepTinKetQua": None},
        ],
        DanhSachLePhi=[{"Gia": "15000"}, {"Gia": "0"}, {"Gia": ""}, {"Gia": "5000"}],
        DSKetNoiCSDL=[{"MaCSDL": "7"}, {}, {"MaCSDL": "3"}],
    )
    other = dossier(2, TaiLieuNop=[], DanhSachGiayToKetQua=[{"GiayToId": "b"}], DSKetNoiCSDL=[])
    first, second = rows(parse(tmp_path, [record, other]))
    assert {
        name: first[name] for name in first if name.endswith("_count") or name.endswith("_vnd")
    } == {
        "document_count": 3,
        "digitised_document_count": 2,
        "reused_document_count": 2,
        "national_store_document_count": 1,
        "result_count": 3,
        "linked_result_count": 1,
        "input_as_result_count": 1,
        "fee_count": 4,
        "charged_fee_count": 2,
        "fee_total_vnd": 20000,
        "supplement_count": 0,
    }
    assert first["ket_noi_csdl"] == "7;3"
    assert (second["document_count"], second["input_as_result_count"]) == (0, 0)
    assert second["ket_noi_csdl"] is None


DOCUMENTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "TepDinhKemId": st.sampled_from(["a", "b", "c"]),
            "IsDeleted": st.sampled_from(["0", "1", "true", "False", ""]),
            "DuocSoHoa": st.sampled_from(["0", "1", ""]),
        },
    ),
    max_size=4,
)
RESULTS = st.lists(
    st.fixed_dictionaries({}, optional={"GiayToId": st.sampled_from(["a", "b", "x"])}), max_size=3
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(DOCUMENTS, RESULTS), min_size=1, max_size=6))
def test_roll_ups_equal_plain_loops(
    tmp_path: Path, cases: list[tuple[list[dict[str, str]], list[dict[str, str]]]]
) -> None:
    records = [
        dossier(n, TaiLieuNop=documents, DanhSachGiayToKetQua=results)
        for n, (documents, results) in enumerate(cases)
    ]
    for row, (documents, results) in zip(rows(parse(tmp_path, records)), cases, strict=True):
        alive = [d for d in documents if d.get("IsDeleted", "").lower() not in ("1", "true")]
        ids = {d["TepDinhKemId"] for d in documents if "TepDinhKemId" in d}
        assert row["document_count"] == len(alive)
        assert row["digitised_document_count"] == sum(d.get("DuocSoHoa") == "1" for d in alive)
        assert row["result_count"] == len(results)
        assert row["input_as_result_count"] == sum(r.get("GiayToId") in ids for r in results)


def test_supplements_carry_their_dossier_and_its_version(tmp_path: Path) -> None:
    slab = parse(tmp_path, [dossier(1), dossier(5), dossier(10)])
    assert [
        (r["ma_ho_so"][-5:], r["ho_so_bo_sung_id"], r["_row_number"])
        for r in rows(slab, SUPPLEMENTS)
    ] == [
        ("00005", "bs-5", 2),
        ("00010", "bs-10", 3),
    ]
    assert rows(slab, SUPPLEMENTS)[0]["ngay_cap_nhat"] == rows(slab)[1]["ngay_cap_nhat"]


def test_mixed_formats_are_recorded_per_dossier(tmp_path: Path) -> None:
    mixed = dossier(1, NgayHenTra="2026-11-27T17:00:00", NgayTra="2026-11-25 08:00:00")
    late = dossier(5)
    late["DanhSachHoSoBoSung"][0]["NgayBoSung"] = "2026-11-20 10:00:00"
    formats = [r["_date_formats"] for r in rows(parse(tmp_path, [mixed, dossier(2), late]))]
    assert formats == ["compact+iso+spaced", "compact", "compact+spaced"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"MaHoSo": ""}, "MaHoSo", "missing_key"),
        ({"MaHoSo": None}, "MaHoSo", "missing_key"),
        ({"NgayTiepNhan": "  "}, "NgayTiepNhan", "missing_key"),
        ({"NgayCapNhat": None}, "NgayCapNhat", "missing_key"),
        ({"NgayHenTra": "20260230000000"}, "NgayHenTra", "unreadable_date"),
        ({"NgayTra": "31/02/2027"}, "NgayTra", "unreadable_date"),
        ({"MaTTHC": {"ma": "1"}}, "MaTTHC", "wrong_type"),
        ({"DanhSachLePhi": [{"Gia": "-1"}]}, "DanhSachLePhi.Gia", "unreadable_number"),
        ({"DanhSachLePhi": [{"Gia": "0.5"}]}, "DanhSachLePhi.Gia", "unreadable_number"),
        (
            {"DanhSachHoSoBoSung": [{"NgayBoSung": "20261399000000"}]},
            "DanhSachHoSoBoSung.NgayBoSung",
            "unreadable_date",
        ),
    ],
)
def test_bad_records_are_rejected_with_a_reason_and_spare_the_others(
    tmp_path: Path, changes: dict[str, Any], field: str, code: str
) -> None:
    slab = parse(tmp_path, [dossier(1), dossier(5, **changes), dossier(10)])
    assert [row["_row_number"] for row in rows(slab)] == [1, 3]
    assert [row["_row_number"] for row in rows(slab, SUPPLEMENTS)] == [3]
    (reject,) = slab.rejected.to_pylist()
    assert (reject["field"], reject["reason_code"], reject["_row_number"]) == (field, code, 2)
    assert reject["reason_vi"] == REASONS_VI[code].format(field=field)
    assert "Kín" not in reject["record"]
    assert (slab.row_count, slab.reasons) == (2, {code: 1})


def test_unknown_codes_are_loaded_as_they_are(tmp_path: Path) -> None:
    (row,) = rows(parse(tmp_path, [dossier(1, TrangThaiHoSo="77", KenhThucHien="x", HinhThuc="")]))
    assert (row["trang_thai_ho_so"], row["kenh_thuc_hien"], row["hinh_thuc"]) == ("77", "x", None)


def test_by_hand_the_latest_date_stands_in_for_the_update_time(tmp_path: Path) -> None:
    record = dossier(1, NgayCapNhat=None, NgayTra="20261122090000")
    assert parse(tmp_path, [record]).reasons == {"missing_key": 1}
    (row,) = rows(parse(tmp_path, [record], by_hand=True))
    assert row["ngay_cap_nhat"] == row["ngay_tra"]


def test_nothing_at_all_is_no_error(tmp_path: Path) -> None:
    slab = parse(tmp_path, [])
    assert (slab.row_count, slab.rejected.num_rows) == (0, 0)


def test_all_rejected_is_no_error(tmp_path: Path) -> None:
    assert parse(tmp_path, ["x", 3, None]).reasons == {"not_a_record": 3}


def test_procedures_keep_exact_numbers(tmp_path: Path) -> None:
    records = [
        {"MATTHC": "1.1", "THOIGIANGIAIQUYET": "15", "PHILEPHI": [{"SOTIEN": "0"}]},
        {"MATTHC": "1.2", "THOIGIANGIAIQUYET": "0.5", "KETQUATHUCHIEN": [{}, {"MAKETQUA": "K"}]},
        {"MATTHC": "1.3", "THOIGIANGIAIQUYET": "Không quy định"},
    ]
    slab = parse(tmp_path, records, resource="procedures")
    assert [
        (
            str(r["thoi_gian_giai_quyet"]),
            r["fee_count"],
            r["charged_fee_count"],
            r["result_kind_count"],
        )
        for r in rows(slab, "tthc__procedures")
    ] == [
        ("15.000", 1, 0, 0),
        ("0.500", 0, 0, 2),
    ]
    assert slab.reasons == {"unreadable_number": 1}


def test_slabs_keep_the_row_numbers_of_the_extract_and_never_mix_origins() -> None:
    def file(count: int) -> LandedFile:
        return LandedFile("p", "s", 1, count)

    plans = list(
        plan_slabs(
            [(file(6000), "api"), (file(3000), "api"), (file(10), "api"), (file(5), "manual")]
        )
    )
    assert [(len(p.files), p.first_row, p.by_hand) for p in plans] == [
        (2, 1, False),
        (1, 9001, False),
        (1, 9011, True),
    ]


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    parse(tmp_path, [dossier(1)])
    (path,) = tmp_path.rglob("*.ndjson.gz")
    relative = str(path.relative_to(tmp_path))
    digest = path.name.removesuffix(".ndjson.gz")
    assert Landing(str(tmp_path)).read(relative, digest)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(LandingCorrupted, match="changed after landing"):
        Landing(str(tmp_path)).read(relative, digest)
    path.unlink()
    with pytest.raises(LandingCorrupted, match="missing"):
        Landing(str(tmp_path)).read(relative, digest)


def test_the_same_rows_are_the_same_file_and_hidden_until_complete(tmp_path: Path) -> None:
    landing = Landing(str(tmp_path))
    for name in ("one", "two"):
        incoming = landing.begin("tthc", "dossiers", "2026-11-20", name)
        file = incoming.add(1, [b'{"MaHoSo":"A"}'])
        before = len(list(tmp_path.rglob("*.ndjson.gz")))
        incoming.complete({1: file})
    assert before == 1
    (path,) = tmp_path.rglob("*.ndjson.gz")
    assert path.read_bytes()[4:8] == b"\0\0\0\0"  # no time stamp in the gzip header
    assert not list(tmp_path.rglob(".incoming-*"))


def test_an_object_store_does_as_well_as_a_folder() -> None:
    landing = Landing(f"memory://landing-{uuid.uuid4().hex}")
    for name in ("one", "two"):
        incoming = landing.begin("tthc", "dossiers", "2026-11-20", name)
        (file,) = incoming.complete({1: incoming.add(1, [b'{"MaHoSo":"A"}'])})
    assert landing.read(file.path, file.sha256) == b'{"MaHoSo":"A"}\n'
    with pytest.raises(LandingCorrupted, match="changed"):
        landing.read(file.path, "0" * 64)
    incoming.discard()  # nothing left to forget is no error
