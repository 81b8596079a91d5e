"""Fills the raw tables of source ``tthc`` the way the loader does, with rows written by hand."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from ingestion.core.environment import TIMEZONE, engine

Row = Mapping[str, Any]

DOSSIER: dict[str, Any] = {
    "ma_tthc": "1.004001",
    "ma_linh_vuc": "DD01",
    "don_vi_xu_ly": "Sở Tư pháp",
    "loai_doi_tuong": "1",
    "trang_thai_ho_so": "4",
    "kenh_thuc_hien": "1",
    "hinh_thuc": "0",
    "noi_nop_ho_so": "2",
    "ho_so_co_thanh_phan_so_hoa": "0",
    "tai_khoan_duoc_xac_thuc_voi_vneid": "0",
    "duoc_thanh_toan_truc_tuyen": "0",
    "trich_yeu_class": "given",
    "giay_to_class": "valid_12",
    "document_count": 2,
    "digitised_document_count": 0,
    "reused_document_count": 0,
    "national_store_document_count": 0,
    "result_count": 0,
    "linked_result_count": 0,
    "input_as_result_count": 0,
    "fee_count": 0,
    "charged_fee_count": 0,
    "fee_total_vnd": 0,
    "supplement_count": 0,
    "_date_formats": "compact",
}
PROCEDURE: dict[str, Any] = {
    "ten_tthc": "Thủ tục mẫu",
    "ma_linh_vuc": "DD01",
    "ten_linh_vuc": "Đất đai",
    "ma_don_vi": "H52.D03",
    "ten_don_vi": "Sở Tư pháp",
    "cap_thuc_hien": "Cấp tỉnh",
    "muc_do": "Toàn trình",
    "du_dieu_kien": "1",
    "phi_dia_gioi": "0",
    "thoi_gian_giai_quyet": 5,
    "don_vi_tinh": "Ngày làm việc",
    "fee_count": 1,
    "charged_fee_count": 1,
    "result_kind_count": 1,
}
RATING: dict[str, Any] = {"muc_do_hai_long": "5", "kenh_danh_gia": "1"}


def at(moment: str) -> datetime:
    """A point in time in Sơn La from ``2026-10-05 08:00``."""
    return datetime.fromisoformat(moment).replace(tzinfo=TIMEZONE)


def dossier(code: str, received: str, updated: str, **changes: Any) -> Row:
    """A dossier row; ``changes`` are raw columns, times given as text."""
    row = DOSSIER | {"ma_ho_so": code, "ngay_tiep_nhan": received, "ngay_cap_nhat": updated}
    return _timed(row | changes)


def procedure(code: str = "1.004001", **changes: Any) -> Row:
    """A procedure row of a snapshot."""
    return PROCEDURE | {"ma_tthc": code} | changes


def rating(code: str, dossier_code: str, rated: str, **changes: Any) -> Row:
    """A rating row, updated when it was given."""
    times = {"ngay_danh_gia": rated, "ngay_cap_nhat": rated}
    return _timed(RATING | {"ma_danh_gia": code, "ma_ho_so": dossier_code} | times | changes)


def supplement(code: str, updated: str, asked: str, answered: str | None = None) -> Row:
    """A supplement row of the dossier version updated at ``updated``."""
    row = {"ma_ho_so": code, "ngay_cap_nhat": updated, "ho_so_bo_sung_id": f"BS-{code}-{asked}"}
    return _timed(row | {"ngay_bo_sung": asked, "ngay_tiep_nhan_bo_sung": answered})


def _timed(row: Row) -> Row:
    return {
        key: at(value) if key.startswith("ngay_") and isinstance(value, str) else value
        for key, value in row.items()
    }


class RawFill:
    """Loads into one warehouse.

    Args:
        url: SQLAlchemy URL of a migrated warehouse.
    """

    def __init__(self, url: str) -> None:
        self._engine: Engine = engine("cchc_ingest", url)

    def load(
        self, resource: str, period: str, rows: Sequence[Row], supplements: Sequence[Row] = ()
    ) -> int:
        """Replace one period of one resource in one transaction; gives the load id."""
        with self._engine.begin() as connection:
            load_id = int(connection.scalar(text("select nextval('ops.load_id_seq')")) or 0)
            extract = uuid.uuid5(uuid.NAMESPACE_OID, f"{resource} {period} {load_id}")
            self._replace(connection, resource, resource, period, load_id, extract, rows)
            if resource == "dossiers":
                self._replace(
                    connection, "supplements", resource, period, load_id, extract, supplements
                )
            connection.execute(
                text(
                    "insert into ops.load (load_id, source, resource, period, extract_id,"
                    " is_synthetic, row_count, rejected_count)"
                    " values (:load, 'tthc', :resource, :period, :extract, true, :rows, 0)"
                ),
                {
                    "load": load_id,
                    "resource": resource,
                    "period": period,
                    "extract": extract,
                    "rows": len(rows),
                },
            )
        return load_id

    def _replace(
        self,
        connection: Connection,
        table: str,
        resource: str,
        period: str,
        load_id: int,
        extract: uuid.UUID,
        rows: Sequence[Row],
    ) -> None:
        connection.execute(
            text(f"delete from raw.tthc__{table} where _period = :period"), {"period": period}
        )
        lineage = {
            "_source": "tthc",
            "_resource": resource,
            "_period": period,
            "_extract_id": extract,
            "_load_id": load_id,
            "_loaded_at": at("2026-11-23 06:00"),
        }
        for number, row in enumerate(rows, start=1):
            values = lineage | {"_row_number": number} | dict(row)
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(
                text(f"insert into raw.tthc__{table} ({names}) values ({marks})"), values
            )

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
