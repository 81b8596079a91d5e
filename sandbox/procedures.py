"""The procedure catalogue: names, terms, fees and how each one comes online over the years."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.clock import day_number
from sandbox.desks import Desk
from sandbox.eras import Rules
from sandbox.faults import Fault
from sandbox.randomness import fraction

FIELD_NAMES: Final = {
    "DD01": "Đất đai",
    "XD01": "Xây dựng",
    "DT01": "Đầu tư",
    "HT01": "Hộ tịch",
    "CT01": "Chứng thực",
    "KD01": "Đăng ký kinh doanh",
    "LD01": "Lao động, việc làm",
    "YT01": "Y tế",
    "GD01": "Giáo dục và đào tạo",
    "GT01": "Giao thông",
    "NN01": "Nông nghiệp và môi trường",
    "VH01": "Văn hóa, thể thao và du lịch",
    "BT01": "Bảo trợ xã hội",
    "CC01": "Nội vụ",
    "TP01": "Tư pháp khác",
    "KH01": "Khoa học và công nghệ",
    "TG01": "Dân tộc, tôn giáo",
    "TM01": "Công Thương",
}

# Agency codes of the department in charge, the one of the older era first: departments were merged
# in 2025.
FIELD_OWNERS: Final = {
    "DD01": ("STNMT", "SNNMT"),
    "XD01": ("SXD",),
    "DT01": ("SKHDT", "STC"),
    "HT01": ("STP",),
    "CT01": ("STP",),
    "KD01": ("SKHDT", "STC"),
    "LD01": ("SLDTBXH", "SNV"),
    "YT01": ("SYT",),
    "GD01": ("SGDDT",),
    "GT01": ("SGTVT", "SXD"),
    "NN01": ("SNNPTNT", "SNNMT"),
    "VH01": ("SVHTTDL",),
    "BT01": ("SLDTBXH", "SYT"),
    "CC01": ("SNV",),
    "TP01": ("STP",),
    "KH01": ("SKHCN",),
    "TG01": ("BDT", "SDTTG"),
    "TM01": ("SCT",),
}

_LEVEL_NAMES: Final = {"province": "Cấp tỉnh", "district": "Cấp huyện", "commune": "Cấp xã"}
_MODE_NAMES: Final = {"full": "Toàn trình", "partial": "Một phần", "direct": "Trực tiếp"}
# Before NĐ 42/2022/NĐ-CP; level 1, only information, is not in the catalogue.
_OLD_MODE_NAMES: Final = {"full": "Mức độ 4", "partial": "Mức độ 3", "direct": "Mức độ 2"}


@dataclass(frozen=True, slots=True)
class Procedure:
    """One administrative procedure of the invented catalogue (``data/procedures.csv``).

    Its ``level`` is today's; one of level ``district`` ended with the districts. ``district_share``
    is the share of its dossiers that went to the districts' desks while there were any.
    """

    code: str
    name: str
    field_code: str
    level: str
    statutory_time: int
    time_unit: str
    fee_vnd: int
    yields_result: bool
    best_mode: str
    is_eligible: bool
    is_borderless: bool
    weight: float
    document_count: int
    district_share: float

    def level_among(self, desks: tuple[Desk, ...]) -> str | None:
        """Return the level that decides on it while these desks are at work; none if nobody."""
        if not any(desk.kind == "district" for desk in desks):
            return None if self.level == "district" else self.level
        return "district" if self.district_share == 1 else self.level

    def mode_on(self, day: dt.date) -> str:
        """Return how far the procedure is online on a day: ``full``, ``partial`` or ``direct``.

        Each one has its own day of going online between 2021 and early 2027, partial about a year
        before full.
        """
        if self.best_mode == "direct":
            return "direct"
        opening = dt.date(2021, 3, 1) + dt.timedelta(
            days=int(2_150 * fraction("procedure online", self.code))
        )
        if self.best_mode == "full" and day >= opening:
            return "full"
        return "partial" if day >= opening - dt.timedelta(days=365) else "direct"


def read_procedures(path: Path) -> tuple[Procedure, ...]:
    """Read the invented procedure catalogue."""
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Procedure(
                code=row["procedure_code"],
                name=row["name_vi"],
                field_code=row["field_code"],
                level=row["level"],
                statutory_time=int(row["statutory_time"]),
                time_unit=row["time_unit"],
                fee_vnd=int(row["fee_vnd"]),
                yields_result=row["yields_result"] == "1",
                best_mode=row["best_mode"],
                is_eligible=row["is_eligible"] == "1",
                is_borderless=row["is_borderless"] == "1",
                weight=float(row["weight"]),
                document_count=int(row["document_count"]),
                district_share=float(row["district_share"]),
            )
            for row in csv.DictReader(lines)
        )


def owner_of(field_code: str, desks: tuple[Desk, ...]) -> Desk:
    """Return the department in charge of a field among the desks at work.

    Raises:
        ValueError: no department of the era is in charge.
    """
    by_code = {desk.agency_code: desk for desk in desks if desk.kind == "department"}
    for agency_code in FIELD_OWNERS[field_code]:
        if agency_code in by_code:
            return by_code[agency_code]
    raise ValueError(f"no department in charge of field {field_code}")


def dropped_from_eligible(
    procedures: tuple[Procedure, ...],
    desks: tuple[Desk, ...],
    faults: tuple[Fault, ...],
    day: dt.date,
) -> dict[str, Fault]:
    """Return the procedures struck from the eligible set by a day (``shrinking_eligible``).

    Those that are not yet fully online go first: that is what makes the rate look better.
    """
    dropped: dict[str, Fault] = {}
    for fault in faults:
        if fault.kind != "shrinking_eligible":
            continue
        count = sum(
            int(step["drops"])
            for step in fault.parameters["steps"]
            if dt.date.fromisoformat(str(step["day"])) <= day
        )
        owned = [
            p
            for p in procedures
            if p.is_eligible
            and p.level_among(desks)
            and owner_of(p.field_code, desks).unit_code in fault.agencies
        ]
        owned.sort(key=lambda p: (p.mode_on(day) == "full", p.code))
        dropped.update({procedure.code: fault for procedure in owned[:count]})
    return dropped


def procedure_records(
    procedures: tuple[Procedure, ...],
    desks: tuple[Desk, ...],
    faults: tuple[Fault, ...],
    rules: Rules,
    day: dt.date,
) -> list[dict[str, Any]]:
    """Return the catalogue as published on a day, in code order (names as in ``LayThuTuc``)."""
    day_number(day)
    modes = _MODE_NAMES if day >= rules.two_levels else _OLD_MODE_NAMES
    dropped = dropped_from_eligible(procedures, desks, faults, day)
    records: list[dict[str, Any]] = []
    for procedure in sorted(procedures, key=lambda p: p.code):
        level = procedure.level_among(desks)
        if level is None:
            continue
        owner = owner_of(procedure.field_code, desks)
        is_borderless = procedure.is_borderless and day >= rules.borderless
        is_eligible = procedure.is_eligible and procedure.code not in dropped
        fees = [{"SOTIEN": str(procedure.fee_vnd), "DONVI": "Đồng"}] if procedure.fee_vnd else []
        results = (
            [{"MAKETQUA": f"KQ.{procedure.code}", "TENKETQUA": f"Kết quả: {procedure.name}"}]
            if procedure.yields_result
            else []
        )
        records.append(
            {
                "MATTHC": procedure.code,
                "TENTTHC": procedure.name,
                "MALINHVUC": procedure.field_code,
                "TENLINHVUC": FIELD_NAMES[procedure.field_code],
                "MADONVI": owner.unit_code,
                "TENDONVI": owner.name,
                "CAPTHUCHIEN": _LEVEL_NAMES[level],
                "MUCDO": modes[procedure.mode_on(day)],
                "DUDIEUKIEN": "1" if is_eligible else "0",
                "PHIDIAGIOI": "1" if is_borderless else "0",
                "THOIGIANGIAIQUYET": str(procedure.statutory_time),
                "DONVITINH": procedure.time_unit,
                "PHILEPHI": fees,
                "KETQUATHUCHIEN": results,
            }
        )
    return records
