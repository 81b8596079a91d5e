"""The Ministry's portal (CKNS): one search, no login, JSON inside JSON, pages that lose rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ingestion.core.guard import fold
from sandbox.budget.calendar import Publication
from sandbox.budget.habits import unit_text
from sandbox.budget.site.holdings import HOME, HOME_ID, NEIGHBOUR, NEIGHBOUR_ID
from sandbox.budget.wording import STAGES, period_on_portal

DEPARTMENTS: Final = {HOME_ID: HOME, NEIGHBOUR_ID: NEIGHBOUR}
REPORT_TYPES: Final = dict(enumerate(STAGES.values(), 1))
PERIOD_TYPES: Final = {1: "Năm", 2: "Quý", 3: "6 tháng", 4: "9 tháng"}
_PERIODS: Final = {"year": 1, "quarter": 2, "half_year": 3, "nine_months": 4}
_LARGEST_PAGE: Final = 5_000


def _unset_is_zero(value: object) -> object:
    return 0 if value in (None, "") else value


_Number = Annotated[int, BeforeValidator(_unset_is_zero)]


class Search(BaseModel):
    """Parameters of ``SearchReport``; 0, empty or missing means any."""

    model_config = ConfigDict(extra="ignore")

    SiteId: str | None = None
    WebId: str | None = None
    ListId: str | None = None
    KeySearch: str | None = None
    Year: _Number = 0
    PeriodTypeId: _Number = 0
    ReportTypeId: _Number = 0
    DeparmentId: _Number = 0
    PageIndex: _Number = Field(default=0, ge=0)
    PageSize: _Number = Field(default=10, ge=0)


def departments() -> bytes:
    """Return the answer of ``GetDeparment``: the provinces of the simulation."""
    return _twice([{"ID": number, "Title": name} for number, name in DEPARTMENTS.items()])


def search(
    entries: Sequence[tuple[int, Publication]], asked: Search, most: int | None = None
) -> bytes:
    """Return the answer of ``SearchReport``: the records found, or a page of them.

    Every page but the first loses its first row, as the portal's do.

    Args:
        entries: number of the province and entry, newest first.
        asked: the parameters.
        most: silently give no more records than that.
    """
    found = [(number, entry) for number, entry in entries if _is_asked(number, entry, asked)]
    size = min(asked.PageSize or _LARGEST_PAGE, _LARGEST_PAGE)
    start = asked.PageIndex * size
    page = found[start + (asked.PageIndex > 0) : start + size]
    return _twice([_record(number, entry) for number, entry in page[:most]])


def _is_asked(number: int, entry: Publication, asked: Search) -> bool:
    owed = entry.obligation
    return (
        asked.DeparmentId in (0, number)
        and asked.Year in (0, owed.budget_year)
        and asked.PeriodTypeId in (0, _PERIODS[owed.period.type])
        and asked.ReportTypeId in (0, list(STAGES).index(owed.kind) + 1)
        and (not asked.KeySearch or fold(asked.KeySearch) in fold(entry.title))
    )


def _record(number: int, entry: Publication) -> dict[str, Any]:
    owed = entry.obligation
    published = f"{entry.published_on:%d/%m/%Y}" if entry.states_published_on else ""
    attachments = [{"FileName": entry.file_name, "Url": quote(entry.address)}]
    return {
        "Title": entry.title,
        "ReportFileName": entry.form_text,
        "ReportType_Name": STAGES[owed.kind],
        "PeriodType_Name": PERIOD_TYPES[_PERIODS[owed.period.type]],
        "YearTextMonthOrPeriod": period_on_portal(owed.period, owed.budget_year),
        "ApprovedDateText": f"{owed.approved_on:%d/%m/%Y}",
        "PublishDateText": published,
        "ReportCircular_Name": owed.circular,
        "Deparment_Name": DEPARTMENTS[number],
        "CurrencyUnit": unit_text(entry.versions[0].order.style) if entry.versions else "",
        "Attachments": attachments if entry.versions else [],
    }


def _twice(value: object) -> bytes:
    return orjson.dumps(orjson.dumps(value).decode())
