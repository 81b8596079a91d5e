"""The province as a whole: windows of dossiers and ratings, the catalogue, the answer key."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from sandbox.clock import (
    DAY,
    HORIZON,
    Texts,
    WorkCalendar,
    calendar_day,
    day_number,
    instant,
    moment_of,
)
from sandbox.desks import Desk, read_desks, rosters
from sandbox.eras import Growth, Rules, read_rules
from sandbox.faults import Fault, read_faults
from sandbox.handover import Handover
from sandbox.kept import Kept
from sandbox.lives import LIFE_DAYS, Births, LifeCourse, Lives, concatenated, silence_of
from sandbox.procedures import (
    Procedure,
    dropped_from_eligible,
    procedure_records,
    read_procedures,
)
from sandbox.randomness import Ints, uniform
from sandbox.records import RecordWriter, Written
from sandbox.succession import read_heirs

PACKAGE: Final = Path(__file__).resolve().parent
REFERENCE: Final = PACKAGE.parent / "dbt_project" / "seeds" / "reference"
DEFAULT_SEED: Final = 20_260
DEFAULT_SCALE: Final = 0.1
FIRST_DAY: Final = dt.date(2020, 9, 1)

# At scale 1 the days kept are about a thousand, enough for eight readers in different years, and
# the windows about seventy days; together some 250 MB, at any scale.
_KEPT_DOSSIERS: Final = 2_500_000
_KEPT_ROWS: Final = 300_000


@dataclass(frozen=True, slots=True)
class _Rows:
    """A dossier window before it is written: dossiers and last event of each, in API order."""

    lives: Lives
    event: Ints

    def __len__(self) -> int:
        return len(self.event)


class _Day:
    """The dossiers registered on one day, and their events in the order the server was told.

    Kept small, since a window needs the days of four months and several are read at once: lives
    are drawn again for the dossiers that a window returns.
    """

    def __init__(self, births: Births, lives: Lives) -> None:
        self.births = births
        rows, events = np.nonzero(lives.told >= 0)
        order = np.argsort(lives.told[rows, events], kind="stable")
        self._rows = rows[order].astype(np.int32)
        self._events = events[order].astype(np.int8)
        self._told = lives.told[rows, events][order].astype(np.int32)
        self._raters = np.flatnonzero(lives.rated >= 0)
        self._rated = lives.rated[self._raters]

    def __len__(self) -> int:
        return len(self.births)

    def updated(self, start: int, end: int) -> tuple[Ints, Ints]:
        """Return the dossiers with an event in [start, end) and the last such event of each."""
        low, high = np.searchsorted(self._told, [start, end])
        # A dossier's events follow each other in time, so its last one comes first backwards.
        rows, first_seen = np.unique(self._rows[low:high][::-1], return_index=True)
        return rows.astype(np.int64), self._events[low:high][::-1][first_seen].astype(np.int64)

    def rated(self, start: int, end: int) -> Births:
        """Return the dossiers rated in [start, end)."""
        return self.births.take(self._raters[(self._rated >= start) & (self._rated < end)])


@dataclass(frozen=True, slots=True)
class AnswerKeyLine:
    """One thing that is wrong in the data on purpose.

    Attributes:
        fault_id: id in ``faults.yml``.
        kind: kind of fault.
        unit_code: desk that did it (the true one, also where the dossier code says otherwise).
        record_id: ``MaHoSo`` or ``MATTHC`` as sent; none for a habit.
        month: ``2026-11`` for a habit of the agency; none for a record.
        field: where it shows.
        updated_at: ``NgayCapNhat`` of the record version, or none.
    """

    fault_id: str
    kind: str
    unit_code: str
    record_id: str | None
    month: str | None
    field: str
    updated_at: str | None


class Province:
    """A deterministic province: the same seed, scale and window always give the same bytes.

    Args:
        seed: of everything random.
        scale: share of the real volume; 1.0 is about 0.9 million dossiers a year.
        reference: folder of the reference seeds (agencies, their codes and succession, communes of
            2021–2024, breaks in series, holidays).
        faults_file: declared faults.
        procedures_file: the procedure catalogue.

    Safe to use from several threads.
    """

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        scale: float = DEFAULT_SCALE,
        reference: Path = REFERENCE,
        faults_file: Path = PACKAGE / "faults.yml",
        procedures_file: Path = PACKAGE / "data" / "procedures.csv",
    ) -> None:
        if scale <= 0:
            raise ValueError("the scale must be above 0")
        self.seed, self.scale = seed, scale
        self.desks: tuple[Desk, ...] = read_desks(reference)
        self.procedures: tuple[Procedure, ...] = read_procedures(procedures_file)
        self.faults: tuple[Fault, ...] = read_faults(faults_file)
        self.rules: Rules = read_rules(reference / "comparability_breaks.csv")
        self.calendar = WorkCalendar(reference)
        self._course = LifeCourse(
            seed, scale, self.desks, self.procedures, self.faults, self.calendar
        )
        self.growth = Growth(PACKAGE / "data" / "growth.yml")
        handover = Handover(self.desks, self.procedures, read_heirs(reference))
        self._writer = RecordWriter(
            self.desks, self.procedures, self.faults, self.rules, self.growth, handover
        )
        self._dates = self._writer.dates
        self._rosters = rosters(self.desks)
        self._days: Kept[int, _Day] = Kept(_KEPT_DOSSIERS, len)
        self._windows: Kept[tuple[int, int], _Rows] = Kept(_KEPT_ROWS, len)
        self._ratings: Kept[tuple[int, int], list[dict[str, str]]] = Kept(_KEPT_ROWS, len)
        self._lock = threading.RLock()

    # Dossiers

    def count_dossiers(self, start: dt.datetime, end: dt.datetime) -> int:
        """Return how many dossiers have an update inside the half-open window."""
        return len(self._dossier_rows(instant(start), instant(end)))

    def dossiers(
        self, start: dt.datetime, end: dt.datetime, first: int = 0, count: int | None = None
    ) -> list[str]:
        """Return dossiers updated inside a window, as of their last update inside, as JSON texts.

        Args:
            start: inclusive.
            end: exclusive.
            first: how many to skip of the order (``NgayCapNhat``, ``MaHoSo``).
            count: how many to return; all when left out.

        Raises:
            ValueError: the window is outside the years the sandbox plays.
        """
        rows = self._dossier_rows(instant(start), instant(end))
        return self._write(rows, first, count).records

    def lives_of(self, day: dt.date) -> Lives:
        """Return the dossiers registered on a day with everything that will happen to them."""
        return self._course.live(self._day(day_number(day)).births)

    def count_registered(self, day: dt.date) -> int:
        """Return how many dossiers are registered on a day."""
        return len(self._course.registered_on(day_number(day)))

    def _day(self, number: int) -> _Day:
        def make() -> _Day:
            births = self._course.registered_on(number)
            return _Day(births, self._course.live(births))

        with self._lock:
            return self._days.get(number, make)

    def _span(self, start: int, end: int) -> range:
        """Return the days whose dossiers can have an event inside a window."""
        if not 0 <= start <= end <= HORIZON * DAY:
            raise ValueError(
                "the window ends before it starts or is outside the years the sandbox plays"
            )
        return range(max(start // DAY - LIFE_DAYS, day_number(FIRST_DAY)), -(-end // DAY))

    def _dossier_rows(self, start: int, end: int) -> _Rows:
        # One at a time: pages of a window are asked together, and each would find it anew.
        with self._lock:
            return self._windows.get((start, end), lambda: self._find_dossiers(start, end))

    def _find_dossiers(self, start: int, end: int) -> _Rows:
        parts: list[Births] = []
        events: list[Ints] = [np.array([], dtype=np.int64)]
        for number in self._span(start, end):
            day = self._day(number)
            rows, last = day.updated(start, end)
            if len(rows):
                parts.append(day.births.take(rows))
                events.append(last)
        lives, event = self._course.live(concatenated(parts)), np.concatenate(events)
        order = _order(lives.told[np.arange(len(event)), event], self._writer.codes(lives))
        return _Rows(lives.take(order), event[order])

    def _write(self, rows: _Rows, first: int, count: int | None) -> Written:
        last = len(rows) if count is None else min(first + count, len(rows))
        places = np.arange(first, max(last, first))
        return self._writer.write(rows.lives.take(places), rows.event[places])

    # Ratings

    def ratings(self, start: dt.datetime, end: dt.datetime) -> list[dict[str, str]]:
        """Return the ratings of a half-open window, ordered by (``NgayCapNhat``, ``MaDanhGia``)."""
        first, last = instant(start), instant(end)
        with self._lock:
            return self._ratings.get((first, last), lambda: self._find_ratings(first, last))

    def _find_ratings(self, start: int, end: int) -> list[dict[str, str]]:
        records: list[dict[str, str]] = []
        for number in self._span(start, end):
            rated = self._day(number).rated(start, end)
            if not len(rated):
                continue
            found = self._course.live(rated)
            is_late = found.ended > found.due_after_supplement
            content = uniform(found.keys, "content")
            levels = np.where(is_late, content * 0.7, 0.12 + content * 0.88)
            scores = np.digitize(levels, [0.03, 0.08, 0.17, 0.55]) + 1
            is_online = (found.channel == 2) | (uniform(found.keys, "rates online") < 0.1)
            for key, code, score, online, told in zip(
                found.keys.tolist(),
                self._writer.codes(found).tolist(),
                scores.tolist(),
                is_online.tolist(),
                self._dates.write(found.rated).tolist(),
                strict=True,
            ):
                records.append(
                    {
                        "MaDanhGia": f"DG{key:016x}",
                        "MaHoSo": code,
                        "MucDoHaiLong": str(score),
                        "NgayDanhGia": told,
                        "KenhDanhGia": "1" if online else "2",
                        "NgayCapNhat": told,
                    }
                )
        records.sort(key=lambda record: (record["NgayCapNhat"], record["MaDanhGia"]))
        return records

    # Procedures

    def desks_on(self, day: dt.date) -> tuple[Desk, ...]:
        """Return the desks at work on a day."""
        number = day_number(day)
        return next(r.desks for r in self._rosters if r.first_day <= number < r.end_day)

    def procedure_catalogue(self, day: dt.date) -> list[dict[str, Any]]:
        """Return the procedure catalogue as published on a day."""
        return procedure_records(self.procedures, self.desks_on(day), self.faults, self.rules, day)

    # What is wrong, and what is personal

    def answer_key(self, start: dt.datetime, end: dt.datetime) -> Iterator[AnswerKeyLine]:
        """Yield everything that is wrong on purpose in the records of a window.

        Habits come once per agency and month; single faults once per record version that the window
        returns.
        """
        rows = self._dossier_rows(instant(start), instant(end))
        habits: set[tuple[int, str, str]] = set()
        for first in range(0, len(rows), 5_000):
            places = np.arange(first, min(first + 5_000, len(rows)))
            lives, event = rows.lives.take(places), rows.event[places]
            written = self._writer.write(lives, event)
            told = lives.told[np.arange(len(places)), event]
            texts = self._dates.write(told)
            for number, mark in sorted(written.marks.items()):
                fault = self.faults[number]
                for place in np.flatnonzero(mark).tolist():
                    unit_code = self.desks[int(lives.desk[place])].unit_code
                    if fault.is_per_record:
                        yield AnswerKeyLine(
                            fault.fault_id,
                            fault.kind,
                            unit_code,
                            written.codes[place],
                            None,
                            fault.field,
                            texts[place],
                        )
                    elif fault.kind != "agency_silent":
                        month = f"{texts[place][:4]}-{texts[place][4:6]}"
                        habits.add((number, unit_code, month))
        for number, unit_code, month in sorted(habits | self._silences(start, end)):
            fault = self.faults[number]
            yield AnswerKeyLine(
                fault.fault_id, fault.kind, unit_code, None, month, fault.field, None
            )
        yield from self._shrinkings(start, end)

    def _silences(self, start: dt.datetime, end: dt.datetime) -> set[tuple[int, str, str]]:
        found: set[tuple[int, str, str]] = set()
        for number, fault in enumerate(self.faults):
            if fault.kind != "agency_silent":
                continue
            for day_no in range(instant(start) // DAY, -(-instant(end) // DAY)):
                day = calendar_day(day_no)
                if silence_of(fault, day) is None:
                    continue
                at_work = {desk.unit_code for desk in self.desks_on(day)}
                found |= {(number, u, f"{day:%Y-%m}") for u in fault.agencies if u in at_work}
        return found

    def _shrinkings(self, start: dt.datetime, end: dt.datetime) -> Iterator[AnswerKeyLine]:
        months: dict[str, dt.date] = {}
        for day_no in range(instant(start) // DAY, -(-instant(end) // DAY)):
            day = calendar_day(day_no)
            months[f"{day:%Y-%m}"] = day
        for month, day in months.items():
            desks = self.desks_on(day)
            dropped = dropped_from_eligible(self.procedures, desks, self.faults, day)
            for code, fault in sorted(dropped.items()):
                yield AnswerKeyLine(
                    fault.fault_id, fault.kind, fault.agencies[0], code, month, fault.field, None
                )

    def people(self, start: dt.datetime, end: dt.datetime) -> Iterator[dict[str, str]]:
        """Yield every personal value in the records of a window: {record_id, field, value}."""
        rows = self._dossier_rows(instant(start), instant(end))
        for first in range(0, len(rows), 2_000):
            for text in self._write(rows, first, 2_000).records:
                yield from personal_values(orjson.loads(text))


_PERSONAL_SCALARS: Final = ("ChuHoSo", "SoGiayToChuHoSo", "Email", "SoDienThoai", "ThongTinKhac")
_PERSONAL_PARTS: Final = {
    "TaiLieuNop": ("TenTepDinhKem", "DuongDanTaiTepTin"),
    "DanhSachGiayToKetQua": ("DuongDanTepTinKetQua",),
    "DanhSachHoSoBoSung": ("NguoiYeuCauBoSung", "NguoiTiepNhanBoSung"),
}
# Stand-ins that identify nobody: finding them elsewhere would prove nothing.
_NOBODY: Final = frozenset({"", "000000001", "Chuyên viên"})


def personal_values(record: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the personal values of one record, read from the record, not from the generator."""
    record_id = record["MaHoSo"]
    for name in _PERSONAL_SCALARS:
        if record[name] not in _NOBODY:
            yield {"record_id": record_id, "field": name, "value": record[name]}
    # A summary ends with a name; of a company, the name inside is a person's too.
    for name in ("TrichYeuHoSo", "ChuHoSo"):
        person = record[name].rpartition(" - ")[2].removeprefix("Công ty TNHH ")
        if person not in _NOBODY and person != record[name]:
            yield {"record_id": record_id, "field": name, "value": person}
    if record["DinhDanhCHS"]["SoDinhDanh"] not in _NOBODY:
        value = record["DinhDanhCHS"]["SoDinhDanh"]
        yield {"record_id": record_id, "field": "DinhDanhCHS.SoDinhDanh", "value": value}
    for list_name, names in _PERSONAL_PARTS.items():
        for part in record[list_name]:
            for name in names:
                if part[name] not in _NOBODY:
                    yield {
                        "record_id": record_id,
                        "field": f"{list_name}.{name}",
                        "value": part[name],
                    }


def _order(told: Ints, codes: Texts) -> Ints:
    """Return the places in the order (told, code)."""
    order = np.argsort(told, kind="stable")
    ordered = told[order]
    # Codes only matter among updates of the same second.
    is_tied = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(is_tied):
        ranks = np.zeros(len(told), dtype=np.int64)
        tied = np.unique(np.concatenate([order[is_tied], order[is_tied + 1]]))
        for rank, place in enumerate(sorted(tied.tolist(), key=lambda place: str(codes[place]))):
            ranks[place] = rank
        order = np.lexsort((ranks, told))
    return order.astype(np.int64)


def window_of_days(first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Return the window from the start of one day to the start of another, in Vietnamese time."""
    return moment_of(day_number(first) * DAY), moment_of(day_number(last) * DAY)
