"""How dossiers live: what happens to each, and when the server hears of it.

Lives are drawn as columns; every draw hashes the dossier's own key, so neither the other dossiers
nor the asked window matter, and a life can be drawn again whenever it is needed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from sandbox.clock import ABSENT, DAY, WorkCalendar, calendar_day, day_number
from sandbox.desks import Desk, Roster, rosters
from sandbox.faults import Fault
from sandbox.procedures import Procedure, owner_of
from sandbox.randomness import Floats, Ints, Keys, child_keys, integers, key_of, mixed, uniform

Bools = npt.NDArray[np.bool_]

DOSSIERS_A_YEAR: Final = 900_000
# No dossier is touched later than this many days after it was registered.
LIFE_DAYS: Final = 120

# The columns of ``Lives.told``: an event is one update on the server.
REGISTERED, ACCEPTED, STARTED, ASKED, RESUMED, MOVED, ENDED, RETURNED = range(8)
EVENTS: Final = 8

# Statuses of the one-stop system (TrangThaiHoSo).
NEW, RECEIVED, REFUSED, IN_PROGRESS, PAPERS_ASKED, PAYMENT_ASKED = 1, 2, 3, 4, 5, 6
WITHDRAWN, STOPPED, DONE, HANDED_OVER = 7, 8, 9, 10

DIRECT, ONLINE, POST = 1, 2, 3

# Share of the province's dossiers that fall to departments and communes today, and what procedures
# of each level weigh against each other: a procedure keeps its volume whoever receives it.
_SHARES: Final = {"province": 0.32, "commune": 0.68}

_OPENING, _CLOSING = 7 * 3600 + 1800, 17 * 3600


@dataclass(frozen=True, slots=True)
class Births:
    """Dossiers as they are registered: all that is needed to draw their lives, in few bytes.

    Attributes:
        keys: 64-bit key of each dossier.
        desk: number of its desk in the list of all desks.
        serial: running number at the desk on the day, from 1.
        day: day number of registration.
        procedure: place in the procedure catalogue.
    """

    keys: Keys
    desk: npt.NDArray[np.int16]
    serial: npt.NDArray[np.int32]
    day: npt.NDArray[np.int16]
    procedure: npt.NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, rows: Ints) -> Births:
        """Return the dossiers at the given places, in that order."""
        return Births(*(getattr(self, field.name)[rows] for field in dataclasses.fields(self)))


@dataclass(frozen=True, slots=True)
class Lives:
    """Dossiers as columns; instants are second numbers, ``ABSENT`` where nothing happened.

    Attributes:
        keys: 64-bit key of each dossier.
        desk: number of its desk in the list of all desks.
        serial: running number at the desk on the day, from 1.
        day: day number of registration.
        procedure: place in the procedure catalogue.
        channel: 1 direct, 2 online, 3 post.
        faults: bit i set when the i-th declared fault touches it.
        submitted: when the applicant handed it in.
        accepted: when it was accepted or refused.
        due: first appointment.
        due_after_supplement: appointment after papers were handed in later, else ``due``.
        due_moved: appointment after the desk moved it by itself, else absent.
        asked: when papers or a payment were asked.
        resumed: when they were given.
        ended: when handling ended.
        returned: when the result was handed over.
        rated: when the applicant rated, else absent.
        ask_status: 5 papers or 6 payment; 0 when nothing was asked.
        end_status: 9 done, 7 withdrawn, 8 stopped.
        is_refused: whether it was refused at acceptance.
        told: instants at which the server was told of each event, shape (n, EVENTS), increasing
            along a row.
    """

    keys: Keys
    desk: Ints
    serial: Ints
    day: Ints
    procedure: Ints
    channel: Ints
    faults: Ints
    submitted: Ints
    accepted: Ints
    due: Ints
    due_after_supplement: Ints
    due_moved: Ints
    asked: Ints
    resumed: Ints
    ended: Ints
    returned: Ints
    rated: Ints
    ask_status: Ints
    end_status: Ints
    is_refused: Bools
    told: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, rows: Ints) -> Lives:
        """Return the dossiers at the given places, in that order."""
        return Lives(*(getattr(self, field.name)[rows] for field in dataclasses.fields(self)))

    def has_fault(self, number: int) -> Bools:
        """Return which dossiers the ``number``-th declared fault touches."""
        touched: Bools = (self.faults >> number) & 1 == 1
        return touched


def concatenated(parts: list[Births]) -> Births:
    """Put dossiers of several days into one set of columns."""
    parts = parts or [_NOBODY]
    return Births(
        *(
            np.concatenate([getattr(part, field.name) for part in parts])
            for field in dataclasses.fields(Births)
        )
    )


_NOBODY: Final = Births(
    keys=np.array([], dtype=np.uint64),
    desk=np.array([], dtype=np.int16),
    serial=np.array([], dtype=np.int32),
    day=np.array([], dtype=np.int16),
    procedure=np.array([], dtype=np.int16),
)


class _Era:
    """Tables of one roster: keys and expected shares per desk, procedures to choose from."""

    def __init__(self, roster: Roster, procedures: tuple[Procedure, ...]) -> None:
        self.first_day, self.end_day = roster.first_day, roster.end_day
        self.numbers = np.array([desk.number for desk in roster.desks], dtype=np.int64)
        self.keys = np.array([key_of("desk", d.unit_code) for d in roster.desks], dtype=np.uint64)
        volumes = _volumes(procedures, any(desk.kind == "district" for desk in roster.desks))
        choices = [_choices(desk, roster.desks, procedures, volumes) for desk in roster.desks]
        sizes = dict.fromkeys(volumes, 0.0)
        for desk in roster.desks:
            sizes[desk.kind] += desk.size
        self.shares = np.array(
            [
                volumes[d.kind][places].sum()
                * (1.0 if d.kind == "department" else d.size / sizes[d.kind])
                for d, places in zip(roster.desks, choices, strict=True)
            ]
        )
        # One search serves all desks: the cumulated weights of desk i run from i to i + 1.
        bounds: list[Floats] = []
        for rank, (desk, places) in enumerate(zip(roster.desks, choices, strict=True)):
            weights = np.cumsum(volumes[desk.kind][places])
            bounds.append(rank + weights / weights[-1] if len(places) else weights)
        self.bounds: Floats = np.concatenate(bounds)
        self.choices: Ints = np.concatenate(choices)

    def procedure(self, ranks: Ints, draws: Floats) -> Ints:
        found = np.searchsorted(self.bounds, ranks + draws, side="right")
        return self.choices[np.minimum(found, len(self.choices) - 1)]


def _volumes(procedures: tuple[Procedure, ...], has_districts: bool) -> dict[str, Floats]:
    """Return the share of the province's dossiers per procedure, by kind of desk."""
    level = np.array([p.level for p in procedures])
    weight = np.array([p.weight for p in procedures])
    whole = np.zeros(len(procedures))
    for name, share in _SHARES.items():
        whole[level == name] = share * weight[level == name] / weight[level == name].sum()
    # What ended with the districts weighs as what went over to the communes.
    of_districts = level == "district"
    per_weight = _SHARES["commune"] / weight[level == "commune"].sum()
    whole[of_districts] = weight[of_districts] * per_weight * has_districts
    at_district = np.array([p.district_share for p in procedures]) * has_districts
    return {
        "department": whole * (1 - at_district) * (level == "province"),
        "commune": whole * (1 - at_district) * (level == "commune"),
        "district": whole * at_district,
    }


def _choices(
    desk: Desk,
    desks: tuple[Desk, ...],
    procedures: tuple[Procedure, ...],
    volumes: dict[str, Floats],
) -> Ints:
    """Return the places of the procedures that a desk receives."""
    received: Ints = np.flatnonzero(volumes[desk.kind] > 0)
    if desk.kind != "department":
        return received
    is_own = [owner_of(procedures[place].field_code, desks) == desk for place in received.tolist()]
    owned: Ints = received[np.array(is_own, dtype=bool)]
    return owned


class LifeCourse:
    """Draws which dossiers are registered on a day, and their lives.

    Args:
        seed: of the whole province.
        scale: share of the real volume; a smaller scale keeps a subset of nearly the same dossiers.
        desks: of all eras.
        procedures: the catalogue.
        faults: declared faults, at most 62.
        calendar: working days and busyness.
    """

    def __init__(
        self,
        seed: int,
        scale: float,
        desks: tuple[Desk, ...],
        procedures: tuple[Procedure, ...],
        faults: tuple[Fault, ...],
        calendar: WorkCalendar,
    ) -> None:
        self._seed, self._scale, self._calendar = seed, scale, calendar
        self._procedures, self._faults = procedures, faults
        self._eras = [_Era(roster, procedures) for roster in rosters(desks)]
        self._online = np.array([desk.online for desk in desks])
        self._late = np.array([desk.late for desk in desks])
        self._supplement = np.array([desk.supplement for desk in desks])
        self._time = np.array([p.statutory_time for p in procedures], dtype=np.int64)
        self._unit = np.array([_UNITS[p.time_unit] for p in procedures], dtype=np.int64)
        self._has_fee = np.array([p.fee_vnd > 0 for p in procedures])
        self._online_ease = np.array([_EASE[p.best_mode] for p in procedures])
        self._fault_desks = [np.isin([d.unit_code for d in desks], f.agencies) for f in faults]

    def registered_on(self, day: int) -> Births:
        """Return all dossiers registered on a day."""
        era = next(era for era in self._eras if era.first_day <= day < era.end_day)
        desk_keys = mixed(era.keys ^ np.uint64(key_of(self._seed, day)))
        expected = DOSSIERS_A_YEAR * self._scale * self._calendar.busyness[day] * era.shares
        swing = 0.7 + 0.6 * uniform(desk_keys, "swing")
        counts = (expected * swing + uniform(desk_keys, "count")).astype(np.int64)
        ranks = np.repeat(np.arange(len(counts)), counts)
        serial = np.arange(len(ranks)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        keys = child_keys(desk_keys[ranks], serial)
        return Births(
            keys=keys,
            desk=era.numbers[ranks].astype(np.int16),
            serial=serial.astype(np.int32),
            day=np.full(len(keys), day, dtype=np.int16),
            procedure=era.procedure(ranks, uniform(keys, "procedure")).astype(np.int16),
        )

    def live(self, births: Births) -> Lives:
        """Draw the whole lives of dossiers: everything that will happen to them."""
        calendar, keys = self._calendar, births.keys
        desk, serial = births.desk.astype(np.int64), births.serial.astype(np.int64)
        day, procedure = births.day.astype(np.int64), births.procedure.astype(np.int64)
        is_working = calendar.is_working[day]
        channel = self._channel(keys, desk, procedure, day, is_working)
        is_online = channel == ONLINE
        submitted = day * DAY + np.where(
            is_online, 6 * 3600 + integers(keys, "online hour", 59_400), _office(keys, "counter")
        )
        accepted = self._accepted(keys, submitted, is_online, is_working)
        is_refused = uniform(keys, "refused") < np.where(is_online, 0.03, 0.003)
        due = self._due(accepted, procedure)
        accepted_day, due_day = accepted // DAY, due // DAY
        length = calendar.working_days_between(accepted_day, due_day)
        is_quick = length <= 1

        finished, is_late = self._finished(keys, desk, accepted, due, length)
        asked, resumed, ask_status, is_abandoned = self._asked(
            keys, desk, procedure, accepted, length, is_online, finished
        )
        waited = np.where(
            resumed >= 0, calendar.working_days_between(asked // DAY, resumed // DAY), 0
        )
        waited = np.where(ask_status == PAPERS_ASKED, waited, 0)
        due_after = np.where(waited > 0, calendar.shift(due_day, waited) * DAY + due % DAY, due)
        pushed = calendar.shift(finished // DAY, waited) * DAY + finished % DAY
        finished = np.where(resumed >= 0, np.maximum(pushed, resumed + 1_800), finished)

        faults = self._touched(keys, desk, day)
        is_moved = self._flag(faults, "appointment_moved") & (length >= 3) & (ask_status == 0)
        moved = np.where(
            is_moved, due_day * DAY + 15 * 3600 + integers(keys, "moved", 3_600), ABSENT
        )
        extra = 3 + integers(keys, "moved by", 8)
        due_moved = np.where(is_moved, calendar.shift(due_day, extra) * DAY + _CLOSING, ABSENT)
        late_day = calendar.shift(
            due_day, 1 + (extra * uniform(keys, "moved end")).astype(np.int64)
        )
        finished = np.where(is_moved, late_day * DAY + _office(keys, "moved end"), finished)

        ended, end_status = self._ended(keys, accepted, finished, asked, is_abandoned)
        is_done = end_status == DONE
        in_bulk = self._flag(faults, "bulk_completion") & is_done & ~is_quick & ~is_refused
        close = calendar.month_close(ended // DAY) * DAY + 59_400 + integers(keys, "bulk", 600)
        in_bulk &= close > ended
        ended = np.where(in_bulk, close, ended)
        faults = self._cleared(faults, "bulk_completion", ~in_bulk)
        faults = self._cleared(faults, "appointment_moved", ~is_moved)

        returned = self._returned(keys, ended, is_online)
        is_fetched = is_done & (uniform(keys, "fetched") >= 0.04)
        returned = np.where(is_fetched, returned, ABSENT)
        none = np.full(len(keys), ABSENT, dtype=np.int64)
        events = np.stack(
            [
                np.where(is_online, submitted, none),
                accepted,
                np.where(is_quick, none, accepted + 300 + integers(keys, "start", 20_000)),
                asked,
                resumed,
                moved,
                ended,
                returned,
            ],
            axis=1,
        )
        events[is_refused, ACCEPTED + 1 :] = ABSENT
        told = self._told(keys, desk, events, day)
        has_rated = (uniform(keys, "rates") < np.where(is_late, 0.05, 0.11)) & (
            told[:, RETURNED] >= 0
        )
        rated = told[:, RETURNED] + 600 + (uniform(keys, "rated") ** 3 * 3 * DAY).astype(np.int64)
        return Lives(
            keys=keys,
            desk=desk,
            serial=serial,
            day=day,
            procedure=procedure,
            channel=channel,
            faults=faults,
            submitted=submitted,
            accepted=accepted,
            due=due,
            due_after_supplement=due_after,
            due_moved=due_moved,
            asked=asked,
            resumed=resumed,
            ended=ended,
            returned=returned,
            rated=np.where(has_rated, rated, ABSENT),
            ask_status=ask_status,
            end_status=end_status,
            is_refused=is_refused,
            told=told,
        )

    def _channel(
        self, keys: Keys, desk: Ints, procedure: Ints, day: Ints, is_working: Bools
    ) -> Ints:
        years = (day - day_number(dt.date(2021, 1, 1))) / 365.25
        adoption = 0.22 + 0.78 / (1 + np.exp(-1.1 * (years - 2.6)))
        draw = uniform(keys, "channel")
        share = self._online[desk] * self._online_ease[procedure] * adoption
        at_desk = np.where(draw > 0.98, POST, DIRECT)
        return np.where((draw < share) | ~is_working, ONLINE, at_desk).astype(np.int64)

    def _accepted(self, keys: Keys, submitted: Ints, is_online: Bools, is_working: Bools) -> Ints:
        at_counter = submitted + 60 + integers(keys, "queue", 900)
        days = submitted // DAY
        wait = 300 + (uniform(keys, "screening") ** 3 * 14_400).astype(np.int64)
        same_day = np.maximum(submitted, days * DAY + _OPENING) + wait
        delay = 1 + (uniform(keys, "screened late") < 0.15)
        next_day = self._calendar.shift(days + 1, delay - 1) * DAY + _office(keys, "screening")
        in_time = (same_day < days * DAY + _CLOSING) & is_working & (delay == 1)
        return np.where(is_online, np.where(in_time, same_day, next_day), at_counter)

    def _due(self, accepted: Ints, procedure: Ints) -> Ints:
        calendar = self._calendar
        time, unit = self._time[procedure], self._unit[procedure]
        days, clock = accepted // DAY, accepted % DAY
        closing = np.int64(_CLOSING)
        by_working_days = calendar.shift(days + 1, time - 1) * DAY + closing
        by_days = calendar.shift(days + time, np.zeros_like(time)) * DAY + closing
        same_day = accepted + time * 3600
        overflow = calendar.shift(days + 1, np.zeros_like(time)) * DAY + _OPENING + 7_200
        by_hours = np.where(clock + time * 3600 <= _CLOSING, same_day, overflow)
        return np.select([unit == 0, unit == 1], [by_working_days, by_days], by_hours)

    def _finished(
        self, keys: Keys, desk: Ints, accepted: Ints, due: Ints, length: Ints
    ) -> tuple[Ints, Bools]:
        calendar = self._calendar
        is_late = uniform(keys, "late") < self._late[desk] * np.where(length >= 8, 1.8, 0.7)
        part = 0.25 + 0.74 * np.sqrt(uniform(keys, "pace"))
        accepted_day, due_day = accepted // DAY, due // DAY
        finish_day = calendar.shift(accepted_day, (length * part).astype(np.int64))
        at_office = finish_day * DAY + _office(keys, "finish")
        at_once = accepted + 600 + (uniform(keys, "pace") * 7_200).astype(np.int64)
        goes_at_once = (length <= 1) & (uniform(keys, "at once") < 0.8)
        on_time = np.where(goes_at_once, at_once, np.maximum(at_office, accepted + 900))
        on_time = np.minimum(on_time, np.maximum(due, accepted + 600))
        over = 1 + (uniform(keys, "overrun") ** 2 * 8).astype(np.int64)
        late = calendar.shift(due_day + 1, over - 1) * DAY + _office(keys, "late finish")
        return np.where(is_late, late, on_time), is_late

    def _asked(
        self,
        keys: Keys,
        desk: Ints,
        procedure: Ints,
        accepted: Ints,
        length: Ints,
        is_online: Bools,
        finished: Ints,
    ) -> tuple[Ints, Ints, Ints, Bools]:
        """Return when papers or a payment were asked, when given, which of the two, who gave up."""
        calendar = self._calendar
        papers = (uniform(keys, "papers") < self._supplement[desk]) & (length >= 3)
        payment = ~papers & self._has_fee[procedure] & is_online & (length >= 2)
        payment &= uniform(keys, "payment") < 0.06
        asked_day = calendar.shift(
            accepted // DAY + 1, (uniform(keys, "asked") * length * 0.25).astype(np.int64)
        )
        asked = np.where(
            papers,
            asked_day * DAY + _office(keys, "asked"),
            accepted + 1_200 + integers(keys, "bill", 5_400),
        )
        asked = np.minimum(asked, np.maximum(finished - 3_600, accepted + 1_200))
        wait_days = 1 + (uniform(keys, "wait") ** 2 * 9).astype(np.int64)
        given = (asked // DAY + wait_days) * DAY + 8 * 3600 + integers(keys, "given", 30_000)
        paid = asked + 900 + (uniform(keys, "wait") ** 2 * 2 * DAY).astype(np.int64)
        status = np.where(papers, PAPERS_ASKED, np.where(payment, PAYMENT_ASKED, 0))
        is_asked = status > 0
        is_abandoned = is_asked & (uniform(keys, "abandoned") < 0.08)
        resumed = np.where(papers, given, paid)
        return (
            np.where(is_asked, asked, ABSENT),
            np.where(is_asked & ~is_abandoned, resumed, ABSENT),
            status,
            is_abandoned,
        )

    def _ended(
        self, keys: Keys, accepted: Ints, finished: Ints, asked: Ints, is_abandoned: Bools
    ) -> tuple[Ints, Ints]:
        draw = uniform(keys, "ending")
        status = np.where(draw < 0.007, WITHDRAWN, np.where(draw < 0.011, STOPPED, DONE))
        status = np.where(is_abandoned, STOPPED, status)
        expired = self._calendar.shift(
            asked // DAY + 15 + integers(keys, "expiry", 15), np.zeros_like(asked)
        )
        given_up = expired * DAY + _office(keys, "expiry")
        return np.where(is_abandoned, given_up, finished), status

    def _returned(self, keys: Keys, ended: Ints, is_online: Bools) -> Ints:
        at_once = ended + 60 + integers(keys, "handed over", 1_800)
        wait = (uniform(keys, "fetch") ** 3 * 4).astype(np.int64)
        fetched = self._calendar.shift(ended // DAY + wait, np.zeros_like(wait)) * DAY
        fetched = fetched + _office(keys, "fetch")
        return np.where(is_online | (wait == 0), at_once, np.maximum(fetched, at_once))

    def _told(
        self, keys: Keys, desk: Ints, events: npt.NDArray[np.int64], day: Ints
    ) -> npt.NDArray[np.int64]:
        """Return when the server hears of each event: seconds later, or after a silence."""
        happened = events >= 0
        latest = ((day + LIFE_DAYS - 2) * DAY)[:, None]
        told = np.minimum(events, latest) + (5 + integers(keys, "delay", 90))[:, None]
        for number, fault in enumerate(self._faults):
            if fault.kind != "agency_silent":
                continue
            rows = np.flatnonzero(self._fault_desks[number][desk])
            if len(rows):
                told[rows] = _after_silence(told[rows], fault)
        previous = np.full(len(keys), -2, dtype=np.int64)
        for event in range(EVENTS):
            told[:, event] = np.maximum(told[:, event], previous + 1)
            previous = np.where(happened[:, event], told[:, event], previous)
        return np.where(happened, told, ABSENT)

    def _touched(self, keys: Keys, desk: Ints, day: Ints) -> Ints:
        touched = np.zeros(len(keys), dtype=np.int64)
        if not len(keys):
            return touched
        earliest, latest = int(day.min()), int(day.max())
        for number, fault in enumerate(self._faults):
            first, end = fault.span
            if latest < first or earliest >= end:
                continue
            is_at = self._fault_desks[number][desk] & (day >= first) & (day < end)
            rows = np.flatnonzero(is_at)
            if len(rows):
                hit = uniform(keys[rows], fault.fault_id) < fault.rate
                touched[rows] |= hit.astype(np.int64) << number
        return touched

    def _flag(self, touched: Ints, kind: str) -> Bools:
        flagged: Bools = (touched & self._mask(kind)) != 0
        return flagged

    def _cleared(self, touched: Ints, kind: str, rows: Bools) -> Ints:
        """Take a kind of fault off dossiers to which it could not be done after all."""
        return np.where(rows, touched & ~np.int64(self._mask(kind)), touched)

    def _mask(self, kind: str) -> int:
        return sum(1 << n for n, fault in enumerate(self._faults) if fault.kind == kind)


_UNITS: Final = {"Ngày làm việc": 0, "Ngày": 1, "Giờ": 2}
_EASE: Final = {"full": 1.0, "partial": 0.75, "direct": 0.12}


def _office(keys: Keys, stream: str) -> Ints:
    """Draw a second of the day within office hours, 60 % of them in the morning."""
    draw = uniform(keys, "office " + stream)
    morning = _OPENING + draw / 0.6 * 4 * 3600
    afternoon = 13.5 * 3600 + (draw - 0.6) / 0.4 * 3.4 * 3600
    return np.where(draw < 0.6, morning, afternoon).astype(np.int64)


def _after_silence(told: npt.NDArray[np.int64], fault: Fault) -> npt.NDArray[np.int64]:
    """Move instants inside the monthly silence into the two hours after it, in the same order."""
    moved = told.copy()
    for number in np.unique(told // DAY).tolist():
        if number < 0:
            continue
        span = silence_of(fault, calendar_day(number))
        if span is None:
            continue
        first, end = span[0] * DAY, span[1] * DAY
        within = (told // DAY) == number
        moved[within] = end + (told[within] - first) * 7_200 // (end - first)
    return moved


def silence_of(fault: Fault, day: dt.date) -> tuple[int, int] | None:
    """Return the silence that a day falls into, if any: its first day number, the one after it."""
    first = int(fault.parameters["first_day_of_month"])
    last = int(fault.parameters["last_day_of_month"])
    begin, stop = fault.span
    if not first <= day.day <= last or not begin <= day_number(day.replace(day=first)) < stop:
        return None
    start = day_number(day.replace(day=first))
    return start, start + last - first + 1
