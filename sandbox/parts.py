"""The nested parts of a dossier record: documents, fees, supplements, results, small flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox.clock import DAY, Texts, text_column
from sandbox.draft import Draft, absent_unless
from sandbox.lives import ASKED, ONLINE, PAPERS_ASKED, RESUMED
from sandbox.randomness import child_keys, integers, uniform

# The flags at the end of a document, by whether it is digitised, how it is reused (0–2) and whether
# it came from the national store; before the index they are empty.
_NO_FLAGS: Final = ',"DuocSoHoa":"","DuocTaiSuDung":"","DuocLayTuKhoDMQG":"","MaKetQuaThayThe":""}'
_DOCUMENT_FLAGS: Final = text_column(
    [
        f',"DuocSoHoa":"{digitised}","DuocTaiSuDung":"{reuse}","DuocLayTuKhoDMQG":"{stored}",'
        f'"MaKetQuaThayThe":"{"KQ.G15" if reuse == 2 else ""}"}}'
        for digitised in range(2)
        for reuse in range(3)
        for stored in range(2)
    ]
)
_FEE: Final = (
    '{"TenPhiLePhi":"%s","MaPhiLePhi":"%s","HinhThucThu":"%s","Gia":"%s","LoaiPhiLePhi":"%s"}'
)
_SUPPLEMENT: Final = (
    '{"HoSoBoSungId":"%s","NguoiYeuCauBoSung":"%s","NoiDungBoSung":"%s","NgayBoSung":"%s",'
    '"NguoiTiepNhanBoSung":"%s","ThongTinTiepNhan":"%s","NgayTiepNhanBoSung":"%s",'
    '"TrangThaiBoSung":"%s","DanhSachGiayToBoSung":[],"DanhSachLePhiBoSung":[],'
    '"NgayHenTraTruoc":"%s","NgayHenTraMoi":"%s"}'
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
_EXEMPT_SHARE: Final = 0.14


@dataclass(frozen=True, slots=True)
class Documents:
    """Submitted documents of each dossier.

    Attributes:
        texts: the inside of ``TaiLieuNop``.
        first_ids: ``TepDinhKemId`` of each first document.
        first_links: its ``DuongDanTaiTepTin``, may be empty.
        has_digitised: ``HoSoCoThanhPhanSoHoa``.
    """

    texts: list[str]
    first_ids: list[str]
    first_links: list[str]
    has_digitised: Texts


def documents(draft: Draft, folded_names: Texts) -> Documents:
    """Write the submitted documents; file names carry the applicant's name, as people do it."""
    lives, tables = draft.lives, draft.tables
    counts = tables.document_counts[lives.procedure]
    digitised_share = tables.digitised[lives.desk] * (0.15 + 0.85 * draft.grown("digitised_papers"))
    reuse_share = 0.02 + 0.5 * draft.grown("reused_papers")
    stored_share = 0.12 * draft.grown("national_store")
    parts: list[list[str]] = [[] for _ in range(len(lives))]
    has_digitised = np.zeros(len(lives), dtype=bool)
    first_ids: list[str] = [""] * len(lives)
    first_links: list[str] = [""] * len(lives)
    months = draft.months(lives.day * DAY)
    for place in range(int(counts.max(initial=0))):
        rows = np.flatnonzero(counts > place)
        keys = child_keys(lives.keys[rows], np.full(len(rows), place))
        is_online = lives.channel[rows] == ONLINE
        digitised = uniform(keys, "digitised") < np.where(is_online, 0.97, digitised_share[rows])
        has_digitised[rows] |= digitised
        reused = digitised & (uniform(keys, "reused") < reuse_share[rows])
        replaced = reused & (uniform(keys, "replaced") < 0.3)
        stored = digitised & (uniform(keys, "national store") < stored_share[rows])
        deleted = np.where(uniform(keys, "deleted") < 0.01, "1", "0").tolist()
        reuse = np.where(replaced, 2, reused)
        flags = _DOCUMENT_FLAGS[digitised * 6 + reuse * 2 + stored]
        flags = np.where(draft.counts_for_index[rows], flags, _NO_FLAGS)
        kind, component = _DOCUMENT_KINDS[place], f"TP{place + 1:02d}"
        for row, key, name, is_digitised, is_deleted, flag in zip(
            rows.tolist(),
            keys.tolist(),
            folded_names[rows].tolist(),
            digitised.tolist(),
            deleted,
            flags.tolist(),
            strict=True,
        ):
            document_id = f"{key:016x}"
            file_name = f"{kind}_{name}.pdf"
            link = f"{_FILES}/{months[row]}/{document_id}/{file_name}" if is_digitised else ""
            if place == 0:
                first_ids[row], first_links[row] = document_id, link
            parts[row].append(
                f'{{"TepDinhKemId":"{document_id}","TenTepDinhKem":"{file_name}",'
                f'"IsDeleted":"{is_deleted}","MaThanhPhanHoSo":"{component}",'
                f'"DuongDanTaiTepTin":"{link}"{flag}'
            )
    return Documents(
        [",".join(part) for part in parts],
        first_ids,
        first_links,
        np.where(has_digitised, "1", "0").astype(object),
    )


def results(draft: Draft, submitted: Documents) -> list[str]:
    """Write the result documents: the inside of ``DanhSachGiayToKetQua``."""
    lives, tables, spoiling = draft.lives, draft.tables, draft.spoiling
    given = draft.is_over & tables.yields_result[lives.procedure]
    share = tables.electronic[lives.desk] * (0.1 + 0.9 * draft.grown("electronic_results"))
    has_file = given & (uniform(lives.keys, "electronic result") < share)
    for _, hit in spoiling.each("finished_without_result", given):
        given = given & ~hit
    is_input = np.zeros(len(lives), dtype=bool)
    for _, hit in spoiling.each("input_as_result", given):
        is_input = is_input | hit
    months = draft.months(lives.ended)
    codes = tables.procedure_codes[lives.procedure].tolist()
    keys = lives.keys.tolist()
    texts = [""] * len(lives)
    for row in np.flatnonzero(given).tolist():
        if is_input[row]:
            document_id = submitted.first_ids[row]
            own_link = f"{_FILES}/{months[row]}/{document_id}/to_khai.pdf"
            link = submitted.first_links[row] or own_link
        else:
            document_id = f"{keys[row] ^ 0x5EED:016x}"
            link = f"{_FILES}/{months[row]}/{document_id}/ket_qua.pdf" if has_file[row] else ""
        texts[row] = _RESULT % (
            "Kết quả giải quyết",
            "KQ01",
            document_id,
            link,
            f"KQ.{codes[row]}",
        )
    return texts


def fees(draft: Draft) -> list[str]:
    """Write the fees: the inside of ``DanhSachLePhi``; an exempt dossier has them at 0."""
    keys = draft.lives.keys
    amounts = draft.tables.fees[draft.lives.procedure]
    is_exempt = uniform(keys, "exempt") < _EXEMPT_SHARE
    has_second = uniform(keys, "second fee") < 0.1
    at_return = uniform(keys, "fee at return") < 0.3
    texts: list[str] = []
    for amount, exempt, second, later in zip(
        amounts.tolist(), is_exempt.tolist(), has_second.tolist(), at_return.tolist(), strict=True
    ):
        if amount == 0:
            texts.append("")
            continue
        text = _FEE % ("Lệ phí", "LP01", "4" if later else "1", "0" if exempt else amount, "1")
        if second:
            text += "," + _FEE % ("Phí thẩm định", "P01", "1", "0" if exempt else amount // 2, "2")
        texts.append(text)
    return texts


def supplements(draft: Draft) -> list[str]:
    """Write the requests for more papers: the inside of ``DanhSachHoSoBoSung``."""
    lives, event = draft.lives, draft.event
    texts = [""] * len(lives)
    is_shown = (lives.ask_status == PAPERS_ASKED) & (event >= ASKED) & ~lives.is_refused
    rows = np.flatnonzero(is_shown)
    if not len(rows):
        return texts
    some = lives.take(rows)
    is_answered = (some.resumed >= 0) & (event[rows] >= RESUMED)
    new_due = absent_unless(is_answered, some.due_after_supplement)
    asked = draft.date(some.asked, "asked", rows).tolist()
    resumed = draft.date(absent_unless(is_answered, some.resumed), "resumed", rows).tolist()
    before = draft.date(some.due, "due before", rows).tolist()
    after = draft.date(new_due, "due after", rows).tolist()
    officers = draft.tables.register.name(some.keys, "officer")
    for fault, hit in draft.spoiling.each("placeholder_summary"):
        officers = np.where(hit[rows], str(fault.parameters["handler"]), officers)
    reasons = integers(some.keys, "missing papers", len(_MISSING_PAPERS)).tolist()
    for place, row in enumerate(rows.tolist()):
        officer = officers[place]
        answered = bool(is_answered[place])
        texts[row] = _SUPPLEMENT % (
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
    return texts


def flags(draft: Draft) -> dict[str, Texts]:
    """Return the small fields that adapters like to hard-code, by field name."""
    lives, spoiling = draft.lives, draft.spoiling
    keys, is_online = lives.keys, lives.channel == ONLINE
    has_account = uniform(keys, "vneid") < np.where(is_online, 0.9, 0.35) * draft.grown("vneid")
    on_portal = is_online & (uniform(keys, "place") < draft.grown("national_portal"))
    count = integers(keys, "connections", 3)
    asked_databases = np.select([count == 0, count == 1], ["", _database("1")], _both()).astype(
        object
    )
    for fault, hit in spoiling.each("constant_connection"):
        asked_databases = np.where(hit, _database(fault.parameters["value"]), asked_databases)
    vneid = draft.since_index(np.where(has_account, "1", "0").astype(object))
    place = np.where(on_portal, "1", "2").astype(object)
    return {
        "TaiKhoanDuocXacThucVoiVNeID": spoiling.replace("constant_vneid", vneid),
        "NoiNopHoSo": spoiling.replace("constant_place", place),
        "DSKetNoiCSDL": asked_databases,
        "DuocThanhToanTrucTuyen": draft.since_index(_payment(draft)),
        "HinhThuc": np.where(uniform(keys, "way back") < 0.07, "1", "0").astype(object),
    }


def _database(code: str) -> str:
    return f'{{"MaCSDL":"{code}"}}'


def _both() -> str:
    return _database("1") + "," + _database("3")


def _payment(draft: Draft) -> Texts:
    """0 none, 1 national portal, 2 gateway of the province, 3 not yet paid."""
    lives, tables = draft.lives, draft.tables
    keys = lives.keys
    is_charged = tables.fees[lives.procedure] > 0
    is_charged &= uniform(keys, "exempt") >= _EXEMPT_SHARE
    share = np.where(lives.channel == ONLINE, 0.9, 0.35) * draft.grown("online_payment")
    is_paid_online = is_charged & draft.is_open & (uniform(keys, "pays online") < share)
    on_portal = uniform(keys, "gateway") < tables.national_gateway[lives.desk]
    is_unpaid = is_charged & ~is_paid_online & (uniform(keys, "unpaid") < 0.05)
    return np.select(
        [is_paid_online & on_portal, is_paid_online, is_unpaid], ["1", "2", "3"], "0"
    ).astype(object)
