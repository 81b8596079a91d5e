"""The words of the workbooks (``wording.yml``), which reading and receipts share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingestion.core.period import Period
from ingestion.sources.agency_reports.forms_model import ValueStatus

_ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Label:
    """A label in both languages."""

    vi: str
    en: str

    @property
    def both(self) -> str:
        """On one line, Vietnamese first."""
        return f"{self.vi} / {self.en}"

    @property
    def stacked(self) -> str:
        """On two lines, Vietnamese first."""
        return f"{self.vi}\n{self.en}"


@dataclass(frozen=True)
class Asked:
    """What is said of a cell of one type: before it is filled in, and when it is filled wrongly."""

    prompt: str
    error: str


@dataclass(frozen=True)
class Wording:
    """All words.

    Attributes:
        header: labels of the facts above the table, by ``agency``, ``period``, ``form_id``,
            ``due_on`` and ``value_status``.
        columns: headings of the columns that every form has, by ``number``, ``code``, ``item``,
            ``task``, ``unit``, ``previous`` and ``note``.
        value_statuses: answers of the status of figures, by code.
        yes, no: answers of a field of type ``yes_no``.
        occurred, nil: answers of the question whether anything occurred in a section.
        rest: what only the writer of workbooks uses, as it stands in the file.
    """

    report_sheet: str
    guidance_sheet: str
    header: Mapping[str, Label]
    columns: Mapping[str, Label]
    value_statuses: Mapping[ValueStatus, str]
    yes: str
    no: str
    occurred: str
    nil: str
    asked: Mapping[str, Asked]
    rest: Mapping[str, Any]

    def period(self, period: Period) -> str:
        """A period as officers say it, such as ``Quý III năm 2026``."""
        words: Mapping[str, str] = self.rest["periods"]
        start = period.start
        kind = str(period.kind)
        if period.kind == "half_year":
            kind = "first_half" if start.month == 1 else "second_half"
        return words[kind].format(
            day=day_vi(start),
            month=start.month,
            quarter=_ROMAN[(start.month - 1) // 3],
            year=start.year,
        )

    def span(self, period: Period) -> str:
        """A period with its first and last day."""
        if period.kind == "day":
            return self.period(period)
        form: str = self.rest["periods"]["span"]
        return form.format(period=self.period(period), **span_days(period))

    def nature(self, nature: str, period: Period) -> str:
        """Of what days a figure speaks: of the last one, or of the whole period."""
        form: str = self.rest["periods"][nature]
        return form.format(**span_days(period))


def read_wording() -> Wording:
    """The words, read once."""
    return _read(Path(__file__).with_name("wording.yml"))


def day_vi(day: date) -> str:
    """A day as officers write it, such as ``05/12/2026``."""
    return f"{day:%d/%m/%Y}"


def span_days(period: Period) -> dict[str, str]:
    """First and last day of a period as officers write them."""
    last = period.end - timedelta(days=1)
    return {"first": day_vi(period.start), "last": day_vi(last)}


@cache
def _read(path: Path) -> Wording:
    given: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Wording(
        report_sheet=given["sheets"]["report"],
        guidance_sheet=given["sheets"]["guidance"],
        header=_labels(given["header"]),
        columns=_labels(given["columns"]),
        value_statuses=given["value_statuses"],
        yes=given["yes_no"]["yes"],
        no=given["yes_no"]["no"],
        occurred=given["nil"]["occurred"],
        nil=given["nil"]["nil"],
        asked={kind: Asked(**words) for kind, words in given["asked"].items()},
        rest=given,
    )


def _labels(given: Mapping[str, Mapping[str, str]]) -> dict[str, Label]:
    return {key: Label(words["vi"], words["en"]) for key, words in given.items()}
