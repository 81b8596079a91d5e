"""What ``source.yml`` says beyond the settings that every source has: the portal and its kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.core.contract import ContractError
from ingestion.core.source import settings_named, source_yml
from ingestion.core.web_pages import ListingRules

SOURCE = "open_data_portal"
KINDS = ("ckan", "dcat", "pages")


@dataclass(frozen=True)
class Moments:
    """How times are written.

    Attributes:
        zone: of times that name none.
        forms: ``strptime`` forms of days, tried after ISO 8601.
    """

    zone: ZoneInfo
    forms: Sequence[str]


@dataclass(frozen=True)
class CkanRules:
    """How a CKAN portal is asked and under which keys its facts stand.

    Attributes:
        rows: datasets asked for in a page; a portal may give fewer.
        described_share: columns of a datastore that must have a label or a note for it to count as
            a data dictionary.
        extras: by fact, the keys of a dataset or its ``extras`` that hold it; the first that is
            not empty counts, of ``contact`` all.
    """

    api: str
    dataset_page: str
    rows: int
    organisations: int
    requests_at_once: int
    down_after: int
    described_share: float
    extras: Mapping[str, Sequence[str]]
    moments: Moments


@dataclass(frozen=True)
class DcatRules:
    """Where a DCAT catalogue lies and what reading it may cost.

    Attributes:
        paths: tried in order; the first that the portal has counts.
    """

    paths: Sequence[str]
    most_pages: int
    memory_mib: int
    seconds: float
    moments: Moments


@dataclass(frozen=True)
class PageRules:
    """Where on a portal's web pages the facts stand (XPath).

    Attributes:
        start: pages of the list of datasets.
        datasets: links to the pages of datasets, from a page of the list.
        count: the portal's own count, from a page of the list.
        dataset: a page without it is not the page of a dataset.
        fields, rows, resource_fields: facts of a dataset; its resources; facts of a resource.
    """

    start: Sequence[str]
    page_mib: float
    most_pages: int
    requests_at_once: int
    down_after: int
    end: str
    listing: str
    next_page: str
    count: str
    datasets: str
    dataset: str
    fields: Mapping[str, str]
    rows: str
    resource_fields: Mapping[str, str]
    publishers: Mapping[str, Any]
    moments: Moments

    @property
    def listing_rules(self) -> ListingRules:
        """How the pages of the list are followed."""
        return ListingRules(
            self.start, self.next_page, self.most_pages, self.page_mib, self.listing, self.end
        )


@dataclass(frozen=True)
class Portal:
    """The portal: which kind it is, bounds of its catalogue, and the words of roles.

    Attributes:
        roles: by role, words that tell it when they stand in a resource's name or kind.
    """

    kind: str
    most_datasets: int
    most_resources: int
    roles: Mapping[str, Sequence[str]]
    ckan: CkanRules
    dcat: DcatRules
    pages: PageRules


@dataclass(frozen=True)
class Settings:
    """Everything special to this source."""

    portal: Portal

    def of_kind(self, kind: str | None) -> Settings:
        """The same for a portal of another kind, as a connection's ``portal_kind`` says.

        Raises:
            ContractError: there is no such kind.
        """
        return replace(self, portal=replace(self.portal, kind=_kind(kind or self.portal.kind)))


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
        return Settings(portal=_portal(given["portal"], ZoneInfo(given["timezone"])))


def _portal(given: Mapping[str, Any], zone: ZoneInfo) -> Portal:
    told = dict(given)
    kinds: dict[str, Any] = {
        "ckan": CkanRules(**_with_moments(told.pop("ckan"), zone)),
        "dcat": DcatRules(**_with_moments(told.pop("dcat"), zone)),
        "pages": PageRules(**_with_moments(told.pop("pages"), zone)),
    }
    return Portal(kind=_kind(told.pop("kind")), **told, **kinds)


def _with_moments(given: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    told = dict(given)
    named = told.pop("times_without_zone", None)
    moments = Moments(ZoneInfo(named) if named else zone, tuple(told.pop("dates")))
    return {**told, "moments": moments}


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise ContractError(f"no portal kind {kind!r}; there are: {', '.join(KINDS)}")
    return kind
