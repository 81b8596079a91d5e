"""The answer key against the data: every declared fault is there, and none is undeclared."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.clock import calendar_day, day_number
from sandbox.faults import MONTH_KINDS, RECORD_KINDS, read_faults
from sandbox.province import FIRST_DAY, PACKAGE, AnswerKeyLine, Province, window_of_days

Record = dict[str, Any]
WINDOW = window_of_days(dt.date(2026, 10, 20), dt.date(2026, 11, 19))
PROVINCE = Province(seed=5, scale=0.2)
# Besides today: the era of 204 communes, and the weeks after each reorganisation.
HISTORY = (
    window_of_days(dt.date(2022, 3, 7), dt.date(2022, 3, 20)),
    window_of_days(dt.date(2025, 1, 1), dt.date(2025, 1, 14)),
    window_of_days(dt.date(2025, 3, 1), dt.date(2025, 3, 13)),
    window_of_days(dt.date(2025, 7, 1), dt.date(2025, 7, 12)),
    WINDOW,
)


@pytest.fixture(scope="module")
def province() -> Province:
    return PROVINCE


@pytest.fixture(scope="module")
def records(province: Province) -> dict[tuple[str, str], Record]:
    found = [orjson.loads(text) for text in province.dossiers(*WINDOW)]
    return {(record["MaHoSo"], record["NgayCapNhat"]): record for record in found}


@pytest.fixture(scope="module")
def history(province: Province) -> dict[tuple[str, str], Record]:
    texts = [text for window in HISTORY for text in province.dossiers(*window)]
    return {(r["MaHoSo"], r["NgayCapNhat"]): r for r in map(orjson.loads, texts)}


@pytest.fixture(scope="module")
def answers(province: Province) -> dict[str, list[AnswerKeyLine]]:
    by_kind: dict[str, list[AnswerKeyLine]] = defaultdict(list)
    for window in HISTORY:
        for line in province.answer_key(*window):
            by_kind[line.kind].append(line)
    return by_kind


def test_every_kind_is_declared_and_answered(
    province: Province, answers: dict[str, list[AnswerKeyLine]]
) -> None:
    assert {fault.kind for fault in province.faults} == set(RECORD_KINDS) | set(MONTH_KINDS)
    assert set(answers) == set(RECORD_KINDS) | set(MONTH_KINDS)


def test_every_fault_of_the_file_shows_up(
    province: Province, answers: dict[str, list[AnswerKeyLine]]
) -> None:
    shown = {line.fault_id for lines in answers.values() for line in lines}

    assert shown == {fault.fault_id for fault in province.faults}


def test_faults_name_desks_that_are_at_work(province: Province) -> None:
    for fault in province.faults:
        first, end = fault.span
        for day in (calendar_day(max(first, day_number(FIRST_DAY))), calendar_day(end - 1)):
            at_work = {desk.unit_code for desk in province.desks_on(day)}
            assert set(fault.agencies) <= at_work, (fault.fault_id, day)


def test_a_code_used_late_is_of_a_unit_that_has_ended(province: Province) -> None:
    for fault in province.faults:
        if fault.kind == "old_unit_code":
            code, (first, _) = fault.parameters["unit_code"], fault.span
            ends = [desk.end_day for desk in province.desks if desk.unit_code == code]
            assert ends and max(ends) <= first, fault.fault_id


def is_done(record: Record) -> bool:
    return record["TrangThaiHoSo"] in {"9", "10"}


def input_as_result(record: Record) -> bool:
    inputs = {document["TepDinhKemId"] for document in record["TaiLieuNop"]}
    return any(result["GiayToId"] in inputs for result in record["DanhSachGiayToKetQua"])


def instant(text: str) -> str:
    return re.sub(r"\D", "", text)[:14]


def unit_and_day(record: Record) -> tuple[str, dt.date] | None:
    """Unit code and day of registration in the dossier's code, none if it has neither."""
    found = re.fullmatch(r"(.+)-(\d{6})-\d{5}", record["MaHoSo"])
    return (found[1], dt.date.fromisoformat("20" + found[2])) if found else None


@cache
def names_on(day: dt.date) -> dict[str, str]:
    """Names as in ``DonViXuLy``, by unit code, of the desks at work on a day."""
    return {desk.unit_code: desk.processing_unit for desk in PROVINCE.desks_on(day)}


def has_late_code(record: Record) -> bool:
    found = unit_and_day(record)
    return found is not None and found[0] not in names_on(found[1])


def has_old_name(record: Record) -> bool:
    day = dt.date.fromisoformat(record["NgayCapNhat"][:8])
    return record["DonViXuLy"].partition(" (đầu mối")[0] not in names_on(day).values()


def was_handed_over(record: Record) -> bool:
    """Whether the unit in the dossier's code was at work at first, and is another one now."""
    found = unit_and_day(record)
    if found is None or found[0] not in names_on(found[1]):
        return False
    day = dt.date.fromisoformat(record["NgayCapNhat"][:8])
    return names_on(day).get(found[0]) != names_on(found[1])[found[0]]


SHOWS: dict[str, Callable[[Record], bool]] = {
    "placeholder_identity": lambda r: r["SoGiayToChuHoSo"] == "000000001",
    "placeholder_summary": lambda r: r["TrichYeuHoSo"] == "Dinhkem",
    "status_rewritten": lambda r: r["TrangThaiHoSo"] == "9" and not r["NgayKetThucXuLy"],
    "input_as_result": input_as_result,
    "missing_due_date": lambda r: r["TrangThaiHoSo"] not in {"1", "3"} and not r["NgayHenTra"],
    "malformed_code": lambda r: re.fullmatch(r"\d{5}", r["MaHoSo"]) is not None,
    "unknown_channel": lambda r: r["KenhThucHien"] not in {"1", "2", "3"},
    "unknown_status": lambda r: not 1 <= int(r["TrangThaiHoSo"]) <= 10,
    "finished_before_received": lambda r: (
        "" < instant(r["NgayKetThucXuLy"]) < instant(r["NgayTiepNhan"])
    ),
    "finished_without_end": lambda r: is_done(r) and not r["NgayKetThucXuLy"],
    "finished_without_result": lambda r: is_done(r) and not r["DanhSachGiayToKetQua"],
    "old_unit_code": has_late_code,
    "old_unit_name": lambda r: has_old_name(r) and not was_handed_over(r),
    "old_name_after_handover": lambda r: has_old_name(r) and was_handed_over(r),
    "appointment_moved": lambda r: bool(r["NgayHenTra"]),
    "bulk_completion": lambda r: r["NgayKetThucXuLy"][6:11] in {"30163", "31163"},
    "personal_data_in_free_text": lambda r: re.search(r"\d{10}", r["DonViXuLy"]) is not None,
    "instant_return": lambda r: r["NgayTra"] == r["NgayTiepNhan"] != "",
    "unreadable_date": lambda r: r["NgayHenTra"] == "31/02/2026",
    "missing_received": lambda r: not r["NgayTiepNhan"],
}
# Kinds whose sign also occurs in clean data, or together with another fault.
AMBIGUOUS = {
    "appointment_moved",
    "bulk_completion",
    "finished_without_end",
    "finished_without_result",
    "status_rewritten",
}


@pytest.mark.parametrize("kind", sorted(RECORD_KINDS))
def test_answered_records_really_show_the_fault(
    kind: str,
    history: dict[tuple[str, str], Record],
    answers: dict[str, list[AnswerKeyLine]],
) -> None:
    for line in answers[kind]:
        assert line.record_id and line.updated_at and line.field == RECORD_KINDS[kind]
        assert SHOWS[kind](history[line.record_id, line.updated_at]), line


@pytest.mark.parametrize("kind", sorted(set(RECORD_KINDS) - AMBIGUOUS))
def test_no_record_shows_a_fault_that_is_not_answered(
    kind: str,
    history: dict[tuple[str, str], Record],
    answers: dict[str, list[AnswerKeyLine]],
) -> None:
    answered = {(line.record_id, line.updated_at) for line in answers[kind]}
    shown = {key for key, record in history.items() if SHOWS[kind](record)}

    assert shown == answered


def of_unit(records: dict[tuple[str, str], Record], unit: str) -> list[Record]:
    return [r for r in records.values() if r["MaHoSo"].startswith(unit + "-")]


def test_habits_hold_for_every_dossier_of_the_agency(
    records: dict[tuple[str, str], Record],
) -> None:
    assert all(r["NgayNopHoSo"] == r["NgayTiepNhan"] for r in of_unit(records, "H52.03679"))
    fixed = of_unit(records, "H52.03979")
    assert {r["TaiKhoanDuocXacThucVoiVNeID"] for r in fixed} == {"1"}
    assert {r["NoiNopHoSo"] for r in fixed} == {"2"}
    assert all(r["DSKetNoiCSDL"] == [{"MaCSDL": "7"}] for r in fixed)
    clean = of_unit(records, "H52.03847")
    assert {r["TaiKhoanDuocXacThucVoiVNeID"] for r in clean} == {"0", "1"}


def test_date_formats_differ_by_agency(records: dict[tuple[str, str], Record]) -> None:
    spaced = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    iso = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00"

    assert all(re.fullmatch(spaced, r["NgayTiepNhan"]) for r in of_unit(records, "H52.D05"))
    assert all(re.fullmatch(iso, r["NgayTiepNhan"]) for r in of_unit(records, "H52.03664"))
    mixed = {len(r["NgayTiepNhan"]) for r in of_unit(records, "H52.03646")}
    assert mixed == {14, 19, 25}
    assert all(re.fullmatch(r"\d{14}", r["NgayCapNhat"]) for r in records.values())


def test_the_silent_agency_sends_nothing_and_then_everything(province: Province) -> None:
    def updates(first: dt.date, last: dt.date) -> int:
        texts = province.dossiers(*window_of_days(first, last))
        return sum(text.startswith('{"MaHoSo":"H52.03670-') for text in texts)

    assert updates(dt.date(2026, 11, 9), dt.date(2026, 11, 15)) == 0
    backlog = updates(dt.date(2026, 11, 15), dt.date(2026, 11, 16))  # a Sunday
    assert backlog > updates(dt.date(2026, 11, 16), dt.date(2026, 11, 17)) > 0


def test_a_moved_appointment_was_another_one_before(
    province: Province, answers: dict[str, list[AnswerKeyLine]]
) -> None:
    moved = {line.record_id for line in answers["appointment_moved"]}
    dues: dict[str, set[str]] = defaultdict(set)
    for number in range(30):
        start = WINDOW[0] + dt.timedelta(days=number)
        for text in province.dossiers(start, start + dt.timedelta(days=1)):
            if text[len('{"MaHoSo":"') :].startswith("H52.D19-"):
                record = orjson.loads(text)
                if record["MaHoSo"] in moved and record["NgayHenTra"]:
                    dues[record["MaHoSo"]].add(record["NgayHenTra"])

    assert any(len(texts) == 2 for texts in dues.values())


def test_the_eligible_set_shrinks(province: Province) -> None:
    def eligible(day: dt.date) -> set[str]:
        rows = province.procedure_catalogue(day)
        return {row["MATTHC"] for row in rows if row["DUDIEUKIEN"] == "1"}

    before, after = eligible(dt.date(2026, 11, 15)), eligible(dt.date(2026, 11, 16))
    assert after < before
    assert len(before) - len(after) == 4


def test_a_wrong_fault_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "faults.yml"
    path.write_text("faults: [{id: X, kind: invented, agencies: [], rate: 1}]", encoding="utf-8")
    with pytest.raises(ValueError, match="unknown kind"):
        read_faults(path)
    entry = "{id: X, kind: unknown_status, agencies: [], rate: 0.5}"
    path.write_text(f"faults: [{entry}, {entry}]", encoding="utf-8")
    with pytest.raises(ValueError, match="used twice"):
        read_faults(path)


def test_the_readme_explains_every_kind() -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")

    assert [kind for kind in (*RECORD_KINDS, *MONTH_KINDS) if f"`{kind}`" not in text] == []
