"""Offices that report, day by day: who sends what when, and what is owed to it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from ingestion.core.period import Period
from ingestion.sources.agency_reports.identity import FormKey
from sandbox.budget.styles import Draw
from sandbox.province import DEFAULT_SEED
from sandbox.randomness import fraction
from sandbox.reports.behaviours import NotApplicable, all_behaviours
from sandbox.reports.figures import Filled
from sandbox.reports.owed import DATA, Office, Owed, owed_reports
from sandbox.reports.rendering import Answer, Order, Press
from sandbox.reports.styles import Style, drawn_kind, words_of_styles
from sandbox.reports.subject import form_of, sections_of, version_of

SANDBOX_KEY: Final = FormKey("sandbox-form-key-that-everybody-knows")
FIRST_DAY: Final = dt.date(2021, 1, 1)


@dataclass(frozen=True, slots=True)
class Sending:
    """A delivery before its file is made.

    Attributes:
        day: of receipt.
        owed: the report that the office means to send.
        behaviour_id: what it does.
        number: 1 for its first file of the report.
        repeats: it sends the file before once more.
    """

    day: dt.date
    owed: Owed
    behaviour_id: str
    number: int = 1
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file that an office sent.

    Attributes:
        day: of receipt.
        agency_code: of the sender as the door knows it; none where it does not.
        form_code: of the form that the office owes.
        period: that it owes it for.
        file_name: as the office calls it.
        content: bytes.
        behaviour: what the office does.
        expected: what a judge owes the file.
        repeats: the same file came before.
    """

    day: dt.date
    agency_code: str | None
    form_code: str
    period: Period
    file_name: str
    content: bytes = dataclasses.field(repr=False)
    behaviour: str
    expected: Answer
    repeats: bool = False


class Offices:
    """The offices of the province.

    Args:
        seed: of all draws.
        share: of the communes and districts that are played, 0–1; all others always are.
        key: under which the warehouse issued the form ids.
    """

    def __init__(
        self, seed: int = DEFAULT_SEED, share: float = 1.0, key: FormKey = SANDBOX_KEY
    ) -> None:
        self.seed, self.share = seed, share
        self.press = Press(seed, key)

    def deliveries(self, until: dt.date, first: dt.date | None = None) -> Iterator[Delivered]:
        """Return the files that arrive up to a day, by day; made as they are asked for.

        Args:
            until: last day.
            first: leave out what arrived before.
        """
        for sending in self.sendings(until, first):
            yield self.made(sending)

    def sendings(self, until: dt.date, first: dt.date | None = None) -> list[Sending]:
        """Return what arrives up to a day, by day, without the files."""
        owed = owed_reports(FIRST_DAY, until)
        found = [
            sending
            for each in owed
            if self._plays(each.office)
            for sending in self._sendings(each)
            if (first or FIRST_DAY) <= sending.day <= until
        ]
        return sorted(found, key=lambda sending: (sending.day, sending.owed.key, sending.number))

    def standing(self, until: dt.date) -> dict[Owed, Filled]:
        """Return the figures that must count on a day, where the office's last word is a good one.

        Args:
            until: last day of receipt.
        """
        last = {sending.owed: sending.behaviour_id for sending in self.sendings(until)}
        return {
            owed: self.press.figures.of(
                owed.office, sections_of(owed.form_code, owed.office, owed.period), owed.period
            )
            for owed, behaviour_id in last.items()
            if behaviour_id == "good"
        }

    def made(self, sending: Sending) -> Delivered:
        """Return a delivery with its file."""
        owed = sending.owed
        order = Order(
            office=owed.office,
            form_code=owed.form_code,
            period=owed.period,
            received_on=sending.day,
            behaviour_id=sending.behaviour_id,
            style=self._style(owed, sending.behaviour_id),
            status=self._draw(owed).one_of("status", _statuses()),
        )
        try:
            rendered = self.press.render(order)
        except NotApplicable:
            # This report gives no occasion to do it; the office sends it as it should be.
            order = dataclasses.replace(order, behaviour_id="good")
            rendered = self.press.render(order)
        return Delivered(
            day=sending.day,
            agency_code=rendered.claim,
            form_code=owed.form_code,
            period=owed.period,
            file_name=rendered.file_name,
            content=rendered.content,
            behaviour=order.behaviour_id,
            expected=rendered.answer,
            repeats=sending.repeats,
        )

    def _plays(self, office: Office) -> bool:
        if office.kind not in ("commune", "district"):
            return True
        return fraction("plays", self.seed, office.key) < self.share

    def _sendings(self, owed: Owed) -> Iterator[Sending]:
        habits, draw = _habits(), self._draw(owed)
        is_for_all = form_of(owed.form_code).reports_for == "province"
        if draw.often("never", habits["never"]) and not is_for_all:
            return
        day = self._day(owed, draw)
        behaviour_id = "good"
        if draw.often("wrong", habits["wrong"]):
            behaviour_id = draw.one_of("behaviour", _daily_behaviours(owed))
        yield Sending(day, owed, behaviour_id)
        is_mended = is_for_all and habits["province_is_mended"]
        if behaviour_id != "good" and (is_mended or draw.often("mended", habits["mended"])):
            low, high = habits["mended_days"]
            gap = draw.one_of("mended days", range(low, high + 1))
            yield Sending(day + dt.timedelta(days=gap), owed, "good", number=2)
        elif draw.often("twice", habits["twice"]):
            low, high = habits["twice_days"]
            gap = draw.one_of("twice days", range(low, high + 1))
            again = day + dt.timedelta(days=gap)
            yield Sending(again, owed, behaviour_id, number=2, repeats=True)

    def _day(self, owed: Owed, draw: Draw) -> dt.date:
        habits = _habits()
        if draw.often("late", habits["late"]):
            low, high = habits["late_days"]
            return owed.due_on + dt.timedelta(days=draw.one_of("days", range(low, high + 1)))
        earliest = max(owed.period.end, owed.due_on - dt.timedelta(days=habits["early_days"]))
        days = range((owed.due_on - earliest).days + 1)
        working = [
            day
            for day in (earliest + dt.timedelta(days=gap) for gap in days)
            if day.weekday() < 5 or day == owed.due_on
        ]
        chosen: dt.date = draw.one_of("day", working)
        return chosen

    def _style(self, owed: Owed, behaviour_id: str) -> Style:
        """An office's own shape stays the same for years; templates are saved as it comes."""
        words = words_of_styles()
        behaviour = all_behaviours()[behaviour_id]
        if version_of(owed.form_code, owed.period).has_form_id:
            kinds = behaviour.kinds or ("template", "template", "xlsx", "xls")
            weights = words["template_kinds"]
            kind = drawn_kind(weights, kinds, self._draw(owed))
            return dataclasses.replace(
                Style.drawn(kind, self.seed, owed.key), numbers="stored", form="NFC"
            )
        key = (self.seed, owed.office.key, owed.form_code, owed.period.start.year // 3)
        kind = drawn_kind(words["kinds"], behaviour.kinds, Draw("kind", *key))
        return Style.drawn(kind, *key)

    def _draw(self, owed: Owed) -> Draw:
        return Draw("office", self.seed, owed.key)


def _daily_behaviours(owed: Owed) -> list[str]:
    has_template = version_of(owed.form_code, owed.period).has_form_id
    return [
        behaviour.behaviour_id
        for behaviour in all_behaviours().values()
        if behaviour.office
        and (not behaviour.forms or owed.form_code in behaviour.forms)
        and (
            not behaviour.by
            or (behaviour.by == "template") == has_template
            or behaviour.behaviour_id in ("old_form", "own_table")
        )
        for _ in range(behaviour.office)
    ]


@cache
def _statuses() -> tuple[str, ...]:
    weights: dict[str, int] = _habits()["statuses"]
    return tuple(status for status, weight in weights.items() for _ in range(weight))


@cache
def _habits() -> dict[str, Any]:
    habits: dict[str, Any] = yaml.safe_load((DATA / "habits.yml").read_text(encoding="utf-8"))
    return habits
