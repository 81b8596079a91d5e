"""Wrong data seeded on purpose: what, at which desks, how often (``faults.yml``)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.clock import HORIZON, day_number

# Kinds that show in single dossiers, with the field in which they show.
RECORD_KINDS: Final = {
    "placeholder_identity": "SoGiayToChuHoSo",
    "placeholder_summary": "TrichYeuHoSo",
    "status_rewritten": "TrangThaiHoSo",
    "input_as_result": "DanhSachGiayToKetQua",
    "missing_due_date": "NgayHenTra",
    "malformed_code": "MaHoSo",
    "unknown_channel": "KenhThucHien",
    "unknown_status": "TrangThaiHoSo",
    "finished_before_received": "NgayKetThucXuLy",
    "finished_without_end": "NgayKetThucXuLy",
    "finished_without_result": "DanhSachGiayToKetQua",
    "old_unit_code": "MaHoSo",
    "old_unit_name": "DonViXuLy",
    "old_name_after_handover": "DonViXuLy",
    "appointment_moved": "NgayHenTra",
    "bulk_completion": "NgayKetThucXuLy",
    "personal_data_in_free_text": "DonViXuLy",
    "instant_return": "NgayTra",
    "unreadable_date": "NgayHenTra",
    "missing_received": "NgayTiepNhan",
}

# Kinds that are a habit of an agency over a month, with the field in which they show.
MONTH_KINDS: Final = {
    "submitted_equals_received": "NgayNopHoSo",
    "constant_vneid": "TaiKhoanDuocXacThucVoiVNeID",
    "constant_place": "NoiNopHoSo",
    "constant_connection": "DSKetNoiCSDL",
    "date_format": "NgayTiepNhan",
    "agency_silent": "NgayCapNhat",
    "shrinking_eligible": "DUDIEUKIEN",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One declared fault.

    Attributes:
        fault_id: stable id, never used again for another fault.
        kind: a key of ``RECORD_KINDS`` or ``MONTH_KINDS``.
        field: where it shows.
        agencies: unit codes of the desks that have it.
        rate: share of the dossiers touched, 0–1.
        first_day: first day of registration touched, or none; of a silence, of months.
        end_day: first day no longer touched, or none.
        parameters: what the kind needs besides.
    """

    fault_id: str
    kind: str
    field: str
    agencies: tuple[str, ...]
    rate: float
    first_day: dt.date | None = None
    end_day: dt.date | None = None
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def span(self) -> tuple[int, int]:
        """Its day numbers: the first one, and the one after the last."""
        first = day_number(self.first_day) if self.first_day else 0
        return first, day_number(self.end_day) if self.end_day else HORIZON

    @property
    def is_per_record(self) -> bool:
        """Whether the answer key names single dossiers (else agency and month)."""
        return self.kind in RECORD_KINDS


def read_faults(path: Path) -> tuple[Fault, ...]:
    """Read and check ``faults.yml``.

    Raises:
        ValueError: an unknown kind, an id twice, or a rate outside 0–1.
    """
    fields = RECORD_KINDS | MONTH_KINDS
    faults: list[Fault] = []
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["faults"]:
        if entry["kind"] not in fields:
            raise ValueError(f"{path.name}: unknown kind of fault {entry['kind']!r}")
        if not 0 <= entry["rate"] <= 1:
            raise ValueError(f"{path.name}: {entry['id']}: the rate must be between 0 and 1")
        faults.append(
            Fault(
                fault_id=entry["id"],
                kind=entry["kind"],
                field=fields[entry["kind"]],
                agencies=tuple(entry["agencies"]),
                rate=float(entry["rate"]),
                first_day=entry.get("from"),
                end_day=entry.get("to"),
                parameters=entry.get("parameters", {}),
            )
        )
    ids = [fault.fault_id for fault in faults]
    if len(ids) != len(set(ids)):
        raise ValueError(f"{path.name}: a fault id is used twice")
    return tuple(faults)
