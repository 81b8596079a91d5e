"""Writes dossiers as ``DongBoHoSoMC`` JSON straight from columns, declared faults put in.

Every scalar travels as a string, as the adapters do it. Text templates instead of dictionaries make
a record cost some fifteen microseconds; all inserted values come from closed vocabularies that need
no escaping, or are escaped once at start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox.clock import DAY, Texts, text_column
from sandbox.desks import Desk
from sandbox.draft import Draft, Spoiling, Tables, absent_unless, escaped
from sandbox.eras import Growth, Rules
from sandbox.faults import Fault
from sandbox.handover import Handover
from sandbox.lives import (
    ACCEPTED,
    ASKED,
    DONE,
    ENDED,
    HANDED_OVER,
    IN_PROGRESS,
    MOVED,
    NEW,
    PAPERS_ASKED,
    PAYMENT_ASKED,
    RECEIVED,
    REFUSED,
    RESUMED,
    RETURNED,
    STOPPED,
    Bools,
    Lives,
)
from sandbox.parts import documents, fees, flags, results, supplements
from sandbox.procedures import Procedure
from sandbox.randomness import Ints, integers, uniform

_SCALARS: Final = (
    "MaHoSo",
    "MaTTHC",
    "TenTTHC",
    "MaLinhVuc",
    "TenLinhVuc",
    "SoBienNhan",
    "TrichYeuHoSo",
    "ThongTinKhac",
    "GhiChu",
    "ChuHoSo",
    "LoaiDoiTuong",
    "MaDoiTuong",
    "SoGiayToChuHoSo",
    "Email",
    "Fax",
    "SoDienThoai",
    "NgayNopHoSo",
    "NgayTiepNhan",
    "NgayHenTra",
    "NgayTra",
    "NgayKetThucXuLy",
    "NgayTuChoi",
    "NgayCapNhat",
    "TrangThaiHoSo",
    "ThongTinTra",
    "HinhThuc",
    "DonViXuLy",
    "KenhThucHien",
    "NoiNopHoSo",
    "HoSoCoThanhPhanSoHoa",
    "TaiKhoanDuocXacThucVoiVNeID",
    "DuocThanhToanTrucTuyen",
)
_LISTS: Final = (
    "TaiLieuNop",
    "DanhSachLePhi",
    "DanhSachTepDinhKemKhac",
    "DanhSachHoSoBoSung",
    "DanhSachGiayToKetQua",
    "DSKetNoiCSDL",
)
_IDENTITY: Final = ("LoaiDinhDanh", "SoDinhDanh")
_NEVER_FILLED: Final = (
    "GhiChu",
    "MaDoiTuong",
    "Fax",
    "ThongTinTra",
    "DanhSachTepDinhKemKhac",
)
_FIELDS: Final = (*_SCALARS, *_LISTS, *_IDENTITY)
_RECORD: Final = (
    "{"
    + ",".join(f'"{name}":"%s"' for name in _SCALARS)
    + ","
    + ",".join(f'"{name}":[%s]' for name in _LISTS)
    + ',"DinhDanhCHS":{'
    + ",".join(f'"{name}":"%s"' for name in _IDENTITY)
    + "}}"
)
_DIGITS: Final = tuple(str(number) for number in range(20))

Columns = dict[str, Texts | list[str]]


@dataclass(frozen=True, slots=True)
class Written:
    """Records of some dossiers with what was done wrong to them.

    Attributes:
        records: one JSON object per dossier, in the order asked.
        codes: their ``MaHoSo``.
        marks: for each fault number, which of the records show it.
    """

    records: list[str]
    codes: list[str]
    marks: dict[int, Bools]


class RecordWriter:
    """Writes dossier records.

    Args:
        desks: of all eras.
        procedures: the catalogue.
        faults: the declared faults, in the order of the bits in ``Lives.faults``.
        rules: first days of the rules.
        growth: shares that change over the years.
        handover: who finishes the dossiers of a desk that is gone.
    """

    def __init__(
        self,
        desks: tuple[Desk, ...],
        procedures: tuple[Procedure, ...],
        faults: tuple[Fault, ...],
        rules: Rules,
        growth: Growth,
        handover: Handover,
    ) -> None:
        self._faults = faults
        self._tables = Tables(desks, procedures, rules, growth, handover)
        self._place_in_fault = {
            fault.fault_id: np.array(
                [
                    fault.agencies.index(desk.unit_code) if desk.unit_code in fault.agencies else 0
                    for desk in desks
                ]
            )
            for fault in faults
        }
        self.dates = self._tables.dates

    def codes(self, lives: Lives) -> Texts:
        """Return the ``MaHoSo`` of dossiers, wrong ones included."""
        return self._codes(lives, Spoiling(self._faults, lives))

    def write(self, lives: Lives, event: Ints) -> Written:
        """Write each dossier as the server knew it after an event.

        Args:
            lives: the dossiers.
            event: for each the last event known (index into ``Lives.told``).
        """
        draft = Draft(self._tables, self._faults, lives, event)
        codes = self._codes(lives, draft.spoiling)
        columns: Columns = {"MaHoSo": codes, "TrangThaiHoSo": _statuses(draft)}
        columns |= dict.fromkeys(_NEVER_FILLED, [""] * len(lives))
        columns |= self._dates_of(draft) | self._texts(draft) | flags(draft)
        columns["DanhSachLePhi"] = fees(draft)
        columns["DanhSachHoSoBoSung"] = supplements(draft)
        draft.spoiling.note("agency_silent")
        in_order = [_listed(columns[name]) for name in _FIELDS]
        records = [_RECORD % values for values in zip(*in_order, strict=True)]
        return Written(records, codes.tolist(), draft.spoiling.marks)

    def _codes(self, lives: Lives, spoiling: Spoiling) -> Texts:
        units = self._tables.unit_codes[lives.desk]
        units = spoiling.replace("old_unit_code", units, parameter="unit_code")
        days = self.dates.write(lives.day * DAY)
        codes = text_column(
            [
                f"{unit}-{day[2:8]}-{serial:05d}"
                for unit, day, serial in zip(
                    units.tolist(), days.tolist(), lives.serial.tolist(), strict=True
                )
            ]
        )
        for fault, hit in spoiling.each("malformed_code"):
            # Looks random, yet two years of a desk's first 64 dossiers a day meet on no number:
            # two dossiers under one code would be another fault.
            place = self._place_in_fault[fault.fault_id][lives.desk]
            numbers = (lives.day * 128 + place * 64 + lives.serial % 64) * 48_271 % 100_000
            codes = np.where(hit, text_column([f"{n:05d}" for n in numbers.tolist()]), codes)
        return codes

    def _dates_of(self, draft: Draft) -> Columns:
        """Return all date columns; the faults in business dates are put in here."""
        lives, event, spoiling = draft.lives, draft.event, draft.spoiling
        is_open, is_over = draft.is_open, draft.is_over
        received = np.where(is_open, lives.accepted, lives.submitted)
        submitted = lives.submitted
        for _, hit in spoiling.each("submitted_equals_received"):
            submitted = np.where(hit, received, submitted)
        due = absent_unless(is_open, lives.due)
        due = np.where(is_open & (event >= RESUMED), lives.due_after_supplement, due)
        is_moved = is_open & (event >= MOVED) & (lives.due_moved >= 0)
        due = np.where(is_moved, lives.due_moved, due)
        spoiling.note("appointment_moved", is_moved)
        ended = absent_unless(is_over, lives.ended)
        spoiling.note("bulk_completion", is_over)
        returned = absent_unless(is_over & (event == RETURNED), lives.returned)
        for _, hit in spoiling.each("finished_before_received", is_over):
            back = (1 + integers(lives.keys, "backwards", 3)) * DAY
            ended = np.where(hit, received - back, ended)
        for _, hit in spoiling.each("finished_without_end", is_over):
            ended = absent_unless(~hit, ended)
        for _, hit in spoiling.each("instant_return", returned >= 0):
            ended, returned = np.where(hit, received, ended), np.where(hit, received, returned)
        due_texts = draft.date(due, "due")
        for _, hit in spoiling.each("missing_due_date", is_open):
            due_texts = np.where(hit, "", due_texts)
        due_texts = spoiling.replace("unreadable_date", due_texts, is_open)
        received_texts = draft.date(received, "received")
        for _, hit in spoiling.each("missing_received"):
            received_texts = np.where(hit, "", received_texts)
        is_refused = lives.is_refused & (event >= ACCEPTED)
        return {
            "NgayNopHoSo": draft.date(submitted, "submitted"),
            "NgayTiepNhan": received_texts,
            "NgayHenTra": due_texts,
            "NgayTra": draft.date(returned, "returned"),
            "NgayKetThucXuLy": draft.date(ended, "ended"),
            "NgayTuChoi": draft.date(absent_unless(is_refused, lives.accepted), "refused"),
            # Stamped by the server itself, so always in its own format.
            "NgayCapNhat": self.dates.write(lives.told[np.arange(len(lives)), event]),
        }

    def _texts(self, draft: Draft) -> Columns:
        """Return what names the procedure, the desk and the applicant, and what hangs on names."""
        lives, spoiling, tables = draft.lives, draft.spoiling, self._tables
        people = tables.register.applicants(lives.keys, draft.grown("old_identity"))
        procedure_names = tables.procedure_names[lives.procedure]
        units = self._units(draft)
        for _, hit in spoiling.each("personal_data_in_free_text"):
            units = np.where(hit, units + " (đầu mối " + people.phones + ")", units)
        has_summary = uniform(lives.keys, "summary") >= 0.25
        summaries = np.where(has_summary, procedure_names + " - " + people.names, "")
        has_address = uniform(lives.keys, "address") < 0.5
        address = "Địa chỉ: " + people.hamlets + ", " + tables.areas[lives.desk]
        is_business = tables.is_business[lives.procedure]
        is_citizen = uniform(lives.keys, "body") < 0.97
        identities = spoiling.replace("placeholder_identity", people.identity_numbers)
        channels = text_column(list(_DIGITS))[lives.channel]
        submitted = documents(draft, people.folded_names)
        return {
            "MaTTHC": tables.procedure_codes[lives.procedure],
            "TenTTHC": procedure_names,
            "MaLinhVuc": tables.field_codes[lives.procedure],
            "TenLinhVuc": tables.field_names[lives.procedure],
            "SoBienNhan": [f"{number:05d}" for number in lives.serial.tolist()],
            "TrichYeuHoSo": spoiling.replace("placeholder_summary", summaries),
            "ThongTinKhac": np.where(has_address, address, ""),
            "ChuHoSo": np.where(is_business, "Công ty TNHH " + people.names, people.names),
            "LoaiDoiTuong": np.where(is_business, "2", np.where(is_citizen, "1", "4")),
            "SoGiayToChuHoSo": identities,
            "LoaiDinhDanh": np.where(people.is_old_identity == 1, "2", "1"),
            "SoDinhDanh": identities,
            "Email": people.mails,
            "SoDienThoai": people.phones,
            "DonViXuLy": units,
            "KenhThucHien": spoiling.replace("unknown_channel", channels),
            "TaiLieuNop": submitted.texts,
            "HoSoCoThanhPhanSoHoa": draft.since_index(submitted.has_digitised),
            "DanhSachGiayToKetQua": results(draft, submitted),
        }

    def _units(self, draft: Draft) -> Texts:
        """Return the names that stand in ``DonViXuLy``: of who has the dossier in hand."""
        lives, spoiling, tables = draft.lives, draft.spoiling, self._tables
        told = lives.told[np.arange(len(lives)), draft.event]
        holders = tables.handover.holders(lives, told)
        units = tables.unit_names[holders]
        for _, hit in spoiling.each("old_name_after_handover", holders != lives.desk):
            units = np.where(hit, tables.unit_names[lives.desk], units)
        for fault, hit in spoiling.each("old_unit_name", holders == lives.desk):
            given = fault.parameters.get("name")
            names = escaped(str(given)) if given else tables.former_names[lives.desk]
            units = np.where(hit, names, units)
        return units


def _statuses(draft: Draft) -> Texts:
    lives, event, spoiling = draft.lives, draft.event, draft.spoiling
    first = np.where(lives.is_refused, REFUSED, RECEIVED)
    status = np.full(len(lives), IN_PROGRESS)
    for moment, value in (
        (0, np.full(len(lives), NEW)),
        (ACCEPTED, first),
        (ASKED, lives.ask_status),
        (ENDED, lives.end_status),
        (RETURNED, np.full(len(lives), HANDED_OVER)),
    ):
        status = np.where(event == moment, value, status)
    is_waiting = np.isin(status, [PAPERS_ASKED, PAYMENT_ASKED, STOPPED])
    for _, hit in spoiling.each("status_rewritten", is_waiting):
        status = np.where(hit, DONE, status)
    return spoiling.replace("unknown_status", text_column(list(_DIGITS))[status])


def _listed(column: Texts | list[str]) -> list[str]:
    return column if isinstance(column, list) else column.tolist()
