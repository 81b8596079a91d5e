from pathlib import Path

import pytest
import yaml

from ingestion.core.contract import ContractError, read_contract
from ingestion.core.source import SOURCES, read_source, source_names

PERSONAL = {
    "ChuHoSo", "SoGiayToChuHoSo", "SoDienThoai", "Email", "Fax", "TrichYeuHoSo", "ThongTinKhac",
    "GhiChu", "ThongTinTra", "NguoiYeuCauBoSung", "NoiDungBoSung", "NguoiTiepNhanBoSung",
    "ThongTinTiepNhan", "TenTepDinhKem", "TenGiayTo", "SoDinhDanh", "MaDoiTuong", "SoBienNhan",
}  # fmt: skip


def test_every_source_reads() -> None:
    assert "tthc" in source_names()
    for name in source_names():
        assert read_source(name).contract.resources


def test_no_personal_field_is_kept() -> None:
    for resource in read_source("tthc").contract.resources.values():
        kept = {*resource.keep, *(f for c in resource.children.values() for f in c.keep)}
        assert not kept & PERSONAL
        assert not any("DuongDan" in name for name in kept)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("columns", "ma_ho_so", "from"), "ChuHoSo"),
        (("columns", "ma_ho_so", "type"), "varchar"),
        (("columns", "document_count", "count"), "TaiLieu"),
        (("columns", "fee_total_vnd", "sum"), "DanhSachLePhi.TenPhiLePhi"),
        (("door", "keep", "secret"), ["ChuHoSo"]),
        (("door", "classes", "trich_yeu_class", "classifier"), "guess"),
        (("required",), ["SoBienNhan"]),
        (("columns", "x; drop table y"), {"type": "text", "from": "MaHoSo"}),
    ],
)
def test_a_contract_that_does_not_hold_together_is_refused(
    tmp_path: Path, place: tuple[str, ...], value: object
) -> None:
    document = yaml.safe_load((SOURCES / "tthc" / "contract.yml").read_text(encoding="utf-8"))
    target = document["resources"]["dossiers"]
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    path = tmp_path / "contract.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(ContractError):
        read_contract(path, "tthc")
