"""Writes dossiers as ``DongBoHoSoMC`` JSON straight from columns, declared faults put in.

Every scalar travels as a string, as the adapters do it. Text templates instead of dictionaries make
a record cost some ten microseconds; all inserted values come from closed vocabularies that need no
escaping, or are escaped once at start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import orjson

from sandbox.clock import DAY, DateTexts, Texts, text_column
from sandbox.desks import Desk
from sandbox.faults import Fault
from sandbox.lives import (
    ACCEPTED,
    ASKED,
    DONE,
    ENDED,
    HANDED_OVER,
    IN_PROGRESS,
    MOVED,
    NEW,
    ONLINE,
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
from sandbox.people import Register
from sandbox.procedures import FIELD_NAMES, Procedure
from sandbox.randomness import Ints, child_keys, integers, uniform

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
_RECORD: Final = (
    "{"
    + ",".join(f'"{name}":"%s"' for name in _SCALARS)
    + ","
    + ",".join(f'"{name}":[%s]' for name in _LISTS)
    + ',"DinhDanhCHS":{"LoaiDinhDanh":"%s","SoDinhDanh":"%s"}}'
)
_DOCUMENT: Final = (
    '{"TepDinhKemId":"%s","TenTepDinhKem":"%s","IsDeleted":"%s","MaThanhPhanHoSo":"%s","DuongDanTaiTepTin":"%s",'
    '"DuocSoHoa":"%s","DuocTaiSuDung":"%s","DuocLayTuKhoDMQG":"%s","MaKetQuaThayThe":"%s"}'
)
_FEE: Final = (
    '{"TenPhiLePhi":"%s","MaPhiLePhi":"%s","HinhThucThu":"%s","Gia":"%s","LoaiPhiLePhi":"%s"}'
)
_SUPPLEMENT: Final = (
    '{"HoSoBoSungId":"%s","NguoiYeuCauBoSung":"%s","NoiDungBoSung":"%s","NgayBoSung":"%s","NguoiTiepNhanBoSung":"%s",'
    '"ThongTinTiepNhan":"%s","NgayTiepNhanBoSung":"%s","TrangThaiBoSung":"%s","DanhSachGiayToBoSung":[],'
    '"DanhSachLePhiBoSung":[],"NgayHenTraTruoc":"%s","NgayHenTraMoi":"%s"}'
)
_RESULT: Final = (
    '{"TenGiayTo":"%s","MaThanhPhanHoSo":"%s","GiayToId":"%s",'
    '"DuongDanTepTinKetQua":"%s","MaGiayToKetQua":"%s"}'
)
_FILES: Final = "https://tep.motcua-sonla.example"
_DOCUMENT_KINDS: Final = (
    "to_khai",
    "ban_sao_can_cuoc",
    "giay_to_phap_ly",
    "don_de_nghi",
    "ho_so_ky_thuat",
)
_MISSING_PAPERS: Final = (
    "Bổ sung bản sao giấy tờ tùy thân còn hiệu lực",
    "Bổ sung giấy tờ chứng minh quan hệ",
    "Đề nghị ký đủ các trang tờ khai",
    "Bổ sung trích đo bản đồ khu vực",
)
_ENTERPRISE_FIELDS: Final = frozenset({"DT01", "KD01", "TM01"})


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
    """

    def __init__(
        self, desks: tuple[Desk, ...], procedures: tuple[Procedure, ...], faults: tuple[Fault, ...]
    ) -> None:
        self._faults = faults
        self.dates = DateTexts()
        self._register = Register()
        self._unit_codes = text_column([_escaped(desk.unit_code) for desk in desks])
        self._unit_names = text_column([_escaped(desk.processing_unit) for desk in desks])
        self._areas = text_column([_escaped(desk.name) for desk in desks])
        self._digitised = np.array([desk.digitised for desk in desks])
        self._electronic = np.array([desk.electronic for desk in desks])
        self._gateway = np.array([desk.national_gateway for desk in desks])
        self._procedure_codes = text_column([_escaped(p.code) for p in procedures])
        self._procedure_names = text_column([_escaped(p.name) for p in procedures])
        self._field_codes = text_column([p.field_code for p in procedures])
        self._field_names = text_column([FIELD_NAMES[p.field_code] for p in procedures])
        self._fees = np.array([p.fee_vnd for p in procedures], dtype=np.int64)
        self._place_in_fault = [
            np.array(
                [f.agencies.index(d.unit_code) if d.unit_code in f.agencies else 0 for d in desks]
            )
            for f in faults
        ]
        self._yields_result = np.array([p.yields_result for p in procedures])
        self._document_counts = np.array([p.document_count for p in procedures], dtype=np.int64)
        self._is_business = np.array([p.field_code in _ENTERPRISE_FIELDS for p in procedures])

    def codes(self, lives: Lives) -> Texts:
        """Return the ``MaHoSo`` of dossiers, wrong ones included."""
        return self._codes(lives, {})

    def write(self, lives: Lives, event: Ints) -> Written:
        """Write each dossier as the server knew it after an event.

        Args:
            lives: the dossiers.
            event: for each the last event known (index into ``Lives.told``).
        """
        marks: dict[int, Bools] = {}
        codes = self._codes(lives, marks)
        rows = np.arange(len(lives))
        formats = self._date_formats(lives)
        statuses = self._statuses(lives, event, marks)
        is_over = (event >= ENDED) & (lives.end_status == DONE) & ~lives.is_refused
        is_open = (event >= ACCEPTED) & ~lives.is_refused

        received = np.where(is_open, lives.accepted, lives.submitted)
        submitted = lives.submitted.copy()
        for _, hit in self._hits(lives, "submitted_equals_received", marks):
            submitted = np.where(hit, received, submitted)
        due = np.where(is_open, lives.due, -1)
        due = np.where(is_open & (event >= RESUMED), lives.due_after_supplement, due)
        is_moved = (event >= MOVED) & (lives.due_moved >= 0) & is_open
        due = np.where(is_moved, lives.due_moved, due)
        for number, hit in self._hits(lives, "appointment_moved", None):
            marks[number] = hit & is_moved
        ended = np.where(is_over, lives.ended, -1)
        returned = np.where(is_over & (event == RETURNED), lives.returned, -1)
        for number, hit in self._hits(lives, "finished_before_received", None):
            marks[number] = hit & is_over
            back = (1 + integers(lives.keys, "backwards", 3)) * DAY
            ended = np.where(marks[number], received - back, ended)
        for number, hit in self._hits(lives, "finished_without_end", None):
            marks[number] = hit & is_over
            ended = np.where(marks[number], -1, ended)
        for number, hit in self._hits(lives, "instant_return", None):
            marks[number] = hit & (returned >= 0)
            ended = np.where(marks[number], received, ended)
            returned = np.where(marks[number], received, returned)
        for number, hit in self._hits(lives, "bulk_completion", None):
            marks[number] = hit & is_over

        due_texts = self._date(lives, due, formats, "due")
        for number, hit in self._hits(lives, "missing_due_date", None):
            marks[number] = hit & is_open
            due_texts = np.where(marks[number], "", due_texts)
        for number, hit in self._hits(lives, "unreadable_date", None):
            marks[number] = hit & is_open
            due_texts = np.where(marks[number], self._parameter(number, "value"), due_texts)
        received_texts = self._date(lives, received, formats, "received")
        for _, hit in self._hits(lives, "missing_received", marks):
            received_texts = np.where(hit, "", received_texts)

        channels = _digits(lives.channel)
        for number, hit in self._hits(lives, "unknown_channel", marks):
            channels = np.where(hit, self._parameter(number, "value"), channels)
        units = self._unit_names[lives.desk]
        applicants = self._register.applicants(lives.keys)
        for _, hit in self._hits(lives, "personal_data_in_free_text", marks):
            units = np.where(hit, units + " (đầu mối " + applicants.phones + ")", units)
        identities = applicants.identity_numbers
        for number, hit in self._hits(lives, "placeholder_identity", marks):
            identities = np.where(hit, self._parameter(number, "value"), identities)
        procedure_names = self._procedure_names[lives.procedure]
        draw = uniform(lives.keys, "summary")
        summaries = np.where(draw < 0.25, "", procedure_names + " - " + applicants.names)
        for number, hit in self._hits(lives, "placeholder_summary", marks):
            summaries = np.where(hit, self._parameter(number, "value"), summaries)

        flags = _Flags(self, lives, is_open, marks)
        documents, first_ids, first_links, has_digitised = self._documents(
            lives, applicants.folded_names
        )
        results = self._results(lives, is_over, first_ids, first_links, marks)
        is_business = self._is_business[lives.procedure]
        owner_names = np.where(is_business, "Công ty TNHH " + applicants.names, applicants.names)
        kinds = np.where(is_business, "2", np.where(uniform(lives.keys, "body") < 0.97, "1", "4"))
        tails = [f"{number:05d}" for number in lives.serial.tolist()]
        addresses = np.where(
            uniform(lives.keys, "address") < 0.5,
            "Địa chỉ: " + applicants.hamlets + ", " + self._areas[lives.desk],
            "",
        )
        told = lives.told[rows, event]
        empty = [""] * len(lives)
        columns: list[list[str]] = [
            codes.tolist(),
            self._procedure_codes[lives.procedure].tolist(),
            procedure_names.tolist(),
            self._field_codes[lives.procedure].tolist(),
            self._field_names[lives.procedure].tolist(),
            tails,
            summaries.tolist(),
            addresses.tolist(),
            empty,
            owner_names.tolist(),
            kinds.tolist(),
            empty,
            identities.tolist(),
            applicants.mails.tolist(),
            empty,
            applicants.phones.tolist(),
            self._date(lives, submitted, formats, "submitted").tolist(),
            received_texts.tolist(),
            due_texts.tolist(),
            self._date(lives, returned, formats, "returned").tolist(),
            self._date(lives, ended, formats, "ended").tolist(),
            self._date(
                lives,
                np.where(lives.is_refused & (event >= ACCEPTED), lives.accepted, -1),
                formats,
                "refused",
            ).tolist(),
            # Stamped by the server itself, so always in its own format.
            self.dates.write(told).tolist(),
            statuses.tolist(),
            empty,
            flags.way_back,
            units.tolist(),
            channels.tolist(),
            flags.place,
            has_digitised,
            flags.vneid,
            flags.payment,
            documents,
            self._fee_lists(lives),
            empty,
            self._supplements(lives, event, formats, marks),
            results,
            flags.connections,
            np.where(applicants.is_old_identity == 1, "2", "1").tolist(),
            identities.tolist(),
        ]
        records = [_RECORD % values for values in zip(*columns, strict=True)]
        self._mark_month_habits(lives, marks)
        return Written(records, codes.tolist(), marks)

    def _hits(
        self, lives: Lives, kind: str, marks: dict[int, Bools] | None
    ) -> list[tuple[int, Bools]]:
        """Return (fault number, dossiers touched) of each fault of a kind; note them if asked."""
        found: list[tuple[int, Bools]] = []
        for number, fault in enumerate(self._faults):
            if fault.kind != kind:
                continue
            hit = lives.has_fault(number)
            if not hit.any():
                continue
            if marks is not None:
                marks[number] = hit
            found.append((number, hit))
        return found

    def _parameter(self, number: int, name: str) -> str:
        return _escaped(str(self._faults[number].parameters[name]))

    def _codes(self, lives: Lives, marks: dict[int, Bools]) -> Texts:
        units = self._unit_codes[lives.desk]
        for number, hit in self._hits(lives, "old_unit_code", marks):
            units = np.where(hit, self._parameter(number, "unit_code"), units)
        days = self.dates.write(lives.day * DAY)
        codes = [
            f"{unit}-{day[2:8]}-{serial:05d}"
            for unit, day, serial in zip(
                units.tolist(), days.tolist(), lives.serial.tolist(), strict=True
            )
        ]
        column = text_column(codes)
        for number, hit in self._hits(lives, "malformed_code", marks):
            # Looks random, yet two years of a desk's first 64 dossiers a day meet on no number:
            # two dossiers under one code would be another fault.
            place = self._place_in_fault[number][lives.desk]
            numbers = (lives.day * 128 + place * 64 + lives.serial % 64) * 48_271 % 100_000
            column = np.where(hit, text_column([f"{n:05d}" for n in numbers.tolist()]), column)
        return column

    def _date_formats(self, lives: Lives) -> Ints:
        """Return the date format of each dossier; 3 stands for another one in every field."""
        formats = np.zeros(len(lives), dtype=np.int64)
        for number, hit in self._hits(lives, "date_format", None):
            name = self._faults[number].parameters["format"]
            index = 3 if name == "mixed" else DateTexts.FORMATS.index(name)
            formats = np.where(hit, index, formats)
        return formats

    def _date(self, lives: Lives, seconds: Ints, formats: Ints, field: str) -> Texts:
        if (formats == 3).any():
            drawn = integers(lives.keys, "format of " + field, 3)
            formats = np.where(formats == 3, drawn, formats)
        return self.dates.write(seconds, formats)

    def _statuses(self, lives: Lives, event: Ints, marks: dict[int, Bools]) -> Texts:
        first = np.where(lives.is_refused, REFUSED, RECEIVED)
        status = np.select(
            [event == 0, event == ACCEPTED, event == ASKED, event == ENDED, event == RETURNED],
            [
                np.full(len(lives), NEW),
                first,
                lives.ask_status,
                lives.end_status,
                np.full(len(lives), HANDED_OVER),
            ],
            IN_PROGRESS,
        )
        is_waiting = np.isin(status, [PAPERS_ASKED, PAYMENT_ASKED, STOPPED])
        for number, hit in self._hits(lives, "status_rewritten", None):
            marks[number] = hit & is_waiting
            status = np.where(marks[number], DONE, status)
        texts = _digits(status)
        for number, hit in self._hits(lives, "unknown_status", marks):
            texts = np.where(hit, self._parameter(number, "value"), texts)
        return texts

    def _documents(
        self, lives: Lives, folded_names: Texts
    ) -> tuple[list[str], list[str], list[str], list[str]]:
        """Return the documents, id and link of each first one, and the digitised flag."""
        counts = self._document_counts[lives.procedure]
        years = np.clip((lives.day / 365.25 - 1.0) / 6.0, 0.0, 1.0)
        digitised_share = self._digitised[lives.desk] * (0.15 + 0.85 * years)
        reuse_share = 0.02 + 0.5 * years
        parts: list[list[str]] = [[] for _ in range(len(lives))]
        has_digitised = np.zeros(len(lives), dtype=bool)
        first_ids: list[str] = [""] * len(lives)
        first_links: list[str] = [""] * len(lives)
        months = [day[:6] for day in self.dates.write(lives.day * DAY).tolist()]
        for place in range(int(counts.max(initial=0))):
            rows = np.flatnonzero(counts > place)
            keys = child_keys(lives.keys[rows], np.full(len(rows), place))
            is_online = lives.channel[rows] == ONLINE
            digitised = uniform(keys, "digitised") < np.where(
                is_online, 0.97, digitised_share[rows]
            )
            has_digitised[rows] |= digitised
            reused = digitised & (uniform(keys, "reused") < reuse_share[rows])
            replaced = reused & (uniform(keys, "replaced") < 0.3)
            stored = digitised & (uniform(keys, "national store") < 0.12 * years[rows])
            deleted = uniform(keys, "deleted") < 0.01
            kind, component = _DOCUMENT_KINDS[place], f"TP{place + 1:02d}"
            for row, key, name, is_digitised, reuse, is_stored, is_deleted in zip(
                rows.tolist(),
                keys.tolist(),
                folded_names[rows].tolist(),
                digitised.tolist(),
                np.where(replaced, 2, reused).tolist(),
                stored.tolist(),
                deleted.tolist(),
                strict=True,
            ):
                document_id = f"{key:016x}"
                file_name = f"{kind}_{name}.pdf"
                link = f"{_FILES}/{months[row]}/{document_id}/{file_name}" if is_digitised else ""
                if place == 0:
                    first_ids[row], first_links[row] = document_id, link
                parts[row].append(
                    _DOCUMENT
                    % (
                        document_id,
                        file_name,
                        "1" if is_deleted else "0",
                        component,
                        link,
                        "1" if is_digitised else "0",
                        reuse,
                        "1" if is_stored else "0",
                        "KQ.G15" if reuse == 2 else "",
                    )
                )
        flags = np.where(has_digitised, "1", "0").tolist()
        return [",".join(part) for part in parts], first_ids, first_links, flags

    def _results(
        self,
        lives: Lives,
        is_over: Bools,
        first_ids: list[str],
        first_links: list[str],
        marks: dict[int, Bools],
    ) -> list[str]:
        given = is_over & self._yields_result[lives.procedure]
        years = np.clip((lives.day / 365.25 - 1.0) / 6.0, 0.0, 1.0)
        share = self._electronic[lives.desk] * (0.1 + 0.9 * years)
        has_file = given & (uniform(lives.keys, "electronic result") < share)
        for number, hit in self._hits(lives, "finished_without_result", None):
            marks[number] = hit & given
            given = given & ~hit
        is_input = np.zeros(len(lives), dtype=bool)
        for number, hit in self._hits(lives, "input_as_result", None):
            marks[number] = hit & given
            is_input |= marks[number]
        months = [day[:6] for day in self.dates.write(lives.ended).tolist()]
        codes = self._procedure_codes[lives.procedure].tolist()
        result: list[str] = []
        for row, (is_given, is_file, is_wrong, key) in enumerate(
            zip(
                given.tolist(),
                has_file.tolist(),
                is_input.tolist(),
                lives.keys.tolist(),
                strict=True,
            )
        ):
            if not is_given:
                result.append("")
                continue
            document_id = first_ids[row] if is_wrong else f"{key ^ 0x5EED:016x}"
            link = f"{_FILES}/{months[row]}/{document_id}/ket_qua.pdf" if is_file else ""
            if is_wrong:
                link = first_links[row] or f"{_FILES}/{months[row]}/{document_id}/to_khai.pdf"
            result.append(
                _RESULT % ("Kết quả giải quyết", "KQ01", document_id, link, f"KQ.{codes[row]}")
            )
        return result

    def _fee_lists(self, lives: Lives) -> list[str]:
        fees = self._fees[lives.procedure]
        is_exempt = uniform(lives.keys, "exempt") < 0.14
        has_second = uniform(lives.keys, "second fee") < 0.1
        at_return = uniform(lives.keys, "fee at return") < 0.3
        result: list[str] = []
        for fee, exempt, second, later in zip(
            fees.tolist(), is_exempt.tolist(), has_second.tolist(), at_return.tolist(), strict=True
        ):
            if fee == 0:
                result.append("")
                continue
            text = _FEE % ("Lệ phí", "LP01", "4" if later else "1", "0" if exempt else fee, "1")
            if second:
                text += "," + _FEE % ("Phí thẩm định", "P01", "1", "0" if exempt else fee // 2, "2")
            result.append(text)
        return result

    def _supplements(
        self, lives: Lives, event: Ints, formats: Ints, marks: dict[int, Bools]
    ) -> list[str]:
        result = [""] * len(lives)
        shown = (lives.ask_status == PAPERS_ASKED) & (event >= ASKED) & ~lives.is_refused
        rows = np.flatnonzero(shown)
        if not len(rows):
            return result
        some = lives.take(rows)
        formats = formats[rows]
        is_answered = (some.resumed >= 0) & (event[rows] >= RESUMED)
        asked = self._date(some, some.asked, formats, "asked").tolist()
        resumed = self._date(
            some, np.where(is_answered, some.resumed, -1), formats, "resumed"
        ).tolist()
        before = self._date(some, some.due, formats, "due before").tolist()
        after = self._date(
            some, np.where(is_answered, some.due_after_supplement, -1), formats, "due after"
        ).tolist()
        officers = self._register.name(some.keys, "officer")
        for number, hit in self._hits(some, "placeholder_summary", None):
            officers = np.where(hit, self._parameter(number, "handler"), officers)
        reasons = integers(some.keys, "missing papers", len(_MISSING_PAPERS)).tolist()
        for place, row in enumerate(rows.tolist()):
            officer = officers[place]
            answered = bool(is_answered[place])
            result[row] = _SUPPLEMENT % (
                f"BS{int(some.keys[place]) & 0xFFFFFFFF:08x}",
                officer,
                _MISSING_PAPERS[reasons[place]],
                asked[place],
                officer if answered else "",
                "Đã nhận đủ giấy tờ" if answered else "",
                resumed[place],
                "1" if answered else "0",
                before[place],
                after[place],
            )
        return result

    def _mark_month_habits(self, lives: Lives, marks: dict[int, Bools]) -> None:
        for number, fault in enumerate(self._faults):
            if fault.kind in {"date_format", "agency_silent"}:
                hit = lives.has_fault(number)
                if hit.any():
                    marks[number] = hit


class _Flags:
    """The small flags of a record that adapters like to hard-code."""

    def __init__(
        self, writer: RecordWriter, lives: Lives, is_open: Bools, marks: dict[int, Bools]
    ) -> None:
        keys, is_online = lives.keys, lives.channel == ONLINE
        years = np.clip((lives.day / 365.25 - 1.0) / 6.0, 0.0, 1.0)
        vneid = np.where(uniform(keys, "vneid") < np.where(is_online, 0.9, 0.35) * years, "1", "0")
        place = np.where(is_online & (uniform(keys, "place") < 0.8), "1", "2")
        count = integers(keys, "connections", 3)
        connections = np.select(
            [count == 0, count == 1],
            ["", '{"MaCSDL":"1"}'],
            '{"MaCSDL":"1"},{"MaCSDL":"3"}',
        ).astype(object)
        for number, hit in writer._hits(lives, "constant_vneid", marks):
            vneid = np.where(hit, writer._parameter(number, "value"), vneid)
        for number, hit in writer._hits(lives, "constant_place", marks):
            place = np.where(hit, writer._parameter(number, "value"), place)
        for number, hit in writer._hits(lives, "constant_connection", marks):
            fixed = '{"MaCSDL":"' + writer._parameter(number, "value") + '"}'
            connections = np.where(hit, fixed, connections)
        self.vneid: list[str] = vneid.tolist()
        self.place: list[str] = place.tolist()
        self.connections: list[str] = connections.tolist()
        self.payment: list[str] = self._payment(writer, lives, is_open, years).tolist()
        self.way_back: list[str] = np.where(uniform(keys, "way back") < 0.07, "1", "0").tolist()

    @staticmethod
    def _payment(
        writer: RecordWriter, lives: Lives, is_open: Bools, years: np.typing.NDArray[np.float64]
    ) -> np.typing.NDArray[np.str_]:
        """0 none, 1 national portal, 2 gateway of the province, 3 not yet paid."""
        keys = lives.keys
        is_charged = (writer._fees[lives.procedure] > 0) & (uniform(keys, "exempt") >= 0.14)
        share = np.where(lives.channel == ONLINE, 0.9, 0.35) * years
        is_online_payment = is_charged & is_open & (uniform(keys, "pays online") < share)
        on_portal = uniform(keys, "gateway") < writer._gateway[lives.desk]
        unpaid = is_charged & ~is_online_payment & (uniform(keys, "unpaid") < 0.05)
        return np.select(
            [is_online_payment & on_portal, is_online_payment, unpaid], ["1", "2", "3"], "0"
        )


def _digits(values: Ints) -> Texts:
    return text_column([str(value) for value in range(20)])[values]


def _escaped(text: str) -> str:
    """Return a text as it stands inside a JSON string and a ``%`` template argument."""
    return orjson.dumps(text).decode()[1:-1]
