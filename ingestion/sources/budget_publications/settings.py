"""What ``source.yml`` says beyond the settings that every source has: doors, files, bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ingestion.core.contract import ContractError
from ingestion.core.source import SOURCES, Shrinkage, settings_named, source_yml
from ingestion.core.web_pages import ListingRules

SOURCE = "budget_publications"
LAYOUTS = SOURCES / SOURCE / "layouts"


@dataclass(frozen=True)
class FileBounds:
    """What fetching one file may cost.

    Attributes:
        down_after: files in a row that nobody answers for, before the site counts as down.
        requests_at_once: files of a window that are fetched at the same time.
    """

    mib: float
    seconds: float
    attempts: int
    down_after: int
    requests_at_once: int


@dataclass(frozen=True)
class DroppedBounds:
    """Bounds of the manual door: size of a file, number of files in a window."""

    mib: float
    most: int


@dataclass(frozen=True)
class ReadingBounds:
    """How readings are shared out."""

    documents_a_batch: int
    mib_a_batch: float
    workers: int


@dataclass(frozen=True)
class CknsRules:
    """How the portal's interface is asked and what its records mean."""

    path: str
    parameters: Mapping[str, object]
    year_parameter: str
    page: Mapping[str, int]
    records: Sequence[str]
    total: Sequence[str]
    only: Mapping[str, Sequence[str]]
    fields: Mapping[str, str]
    attachments: Mapping[str, str]
    dates: Sequence[str]
    year_in: Sequence[str]
    obey_robots: bool

    @property
    def page_size(self) -> int:
        """Records that one answer can hold."""
        return max(self.page.values())


@dataclass(frozen=True)
class PageRules:
    """Where on the pages of a listing the facts of a document stand (XPath)."""

    start: Sequence[str]
    base: str
    next_page: str
    most_pages: int
    most_rows: int
    page_mib: float
    listing: str
    end: str
    rows: str
    fields: Mapping[str, str]
    link: str
    dates: Sequence[str]
    year_in: Sequence[str]
    obey_robots: bool

    @property
    def listing_rules(self) -> ListingRules:
        """How the listing's pages are followed."""
        return ListingRules(
            self.start, self.next_page, self.most_pages, self.page_mib, self.listing, self.end
        )


@dataclass(frozen=True)
class DroppedRules:
    """What the keys of the note beside a dropped file mean."""

    fields: Mapping[str, str]
    dates: Sequence[str]
    year_in: Sequence[str]


@dataclass(frozen=True)
class Settings:
    """Everything special to this source."""

    look_back_days: int
    years_back: int
    years_ahead: int
    hosts: Sequence[str]
    files: FileBounds
    dropped: DroppedBounds
    reading: ReadingBounds
    shrinkage: Shrinkage
    ckns: CknsRules
    web: PageRules
    manual: DroppedRules


_KINDS: Mapping[str, type] = {"ckns": CknsRules, "pages": PageRules, "dropped": DroppedRules}


@cache
def read_settings() -> Settings:
    """The settings in ``source.yml``.

    Raises:
        ContractError: something is missing or misspelt; the message names it.
    """
    return settings_from(source_yml(SOURCE))


def settings_from(given: Mapping[str, Any]) -> Settings:
    """The settings in a decoded ``source.yml``.

    Raises:
        ContractError: something is missing or misspelt; the message names it.
    """
    with settings_named(SOURCE):
        return Settings(
            look_back_days=int(given["look_back_days"]),
            years_back=int(given["budget_years"]["back"]),
            years_ahead=int(given["budget_years"]["ahead"]),
            hosts=tuple(given["hosts"]),
            files=FileBounds(**given["files"]),
            dropped=DroppedBounds(**given["dropped"]),
            reading=ReadingBounds(**given["reading"]),
            shrinkage=Shrinkage.of(given["shrinkage"]),
            **{name: _door(name, rules) for name, rules in given["doors"].items()},
        )


def _door(name: str, rules: Mapping[str, Any]) -> Any:  # noqa: ANN401 - one of three kinds
    told = dict(rules)
    kind = _KINDS[told.pop("kind")]
    try:
        return kind(**told)
    except TypeError as error:
        raise ContractError(f"{SOURCE}/source.yml, door {name}: {error}") from error
