"""Settings of a source, read from its folder: ``source.yml`` and ``contract.yml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import yaml

from ingestion.core.contract import Contract, ContractError, read_contract
from ingestion.core.http import HttpLimits

SOURCES = Path(__file__).resolve().parents[1] / "sources"


@dataclass(frozen=True)
class ResourceSettings:
    """How one resource is fetched; when it is due, the obligations say.

    Attributes:
        access: ``windowed`` (records updated within a window), ``snapshot`` (state as of a day),
            ``listing`` (what listings offer, with files) or ``reading`` (made of landed files).
        path: where it is asked for; empty where the access has more than one address.
        page_size: records in a page; 0 where there are no pages.
        overlap_hours: how far a window reaches back before its period.
    """

    name: str
    access: str
    path: str
    page_size: int
    overlap_hours: float


@dataclass(frozen=True)
class Bulk:
    """What is done otherwise in a back-fill.

    Attributes:
        attempts: per request.
        down_after: windows in a row that may be unavailable before the rest is not tried.
    """

    attempts: int
    down_after: int


@dataclass(frozen=True)
class Source:
    """A source system as its folder describes it."""

    name: str
    connection: str
    zone: ZoneInfo
    login_path: str
    http: HttpLimits
    window_attempts: int
    periods_ahead: int
    down_after: int
    bulk: Bulk
    resources: dict[str, ResourceSettings]
    contract: Contract

    def in_bulk(self) -> Source:
        """The settings with which a back-fill asks."""
        http = replace(self.http, attempts=min(self.http.attempts, self.bulk.attempts))
        return replace(self, http=http, down_after=self.bulk.down_after)


def source_names() -> list[str]:
    """Names of all sources, sorted."""
    return sorted(path.parent.name for path in SOURCES.glob("*/source.yml"))


def source_yml(name: str) -> dict[str, Any]:
    """The decoded ``source.yml`` of a source."""
    given: dict[str, Any] = yaml.safe_load(
        (SOURCES / name / "source.yml").read_text(encoding="utf-8")
    )
    return given


@contextmanager
def settings_named(name: str) -> Iterator[None]:
    """While settings are taken from ``source.yml``: says in which file something is wrong.

    Raises:
        ContractError: something is missing or misspelt; the message names it.
    """
    try:
        yield
    except (KeyError, TypeError) as error:
        raise ContractError(f"{name}/source.yml: {error}") from error


@dataclass(frozen=True)
class Shrinkage:
    """When what a source offers has lost too much to be believed.

    Attributes:
        least: how many were known before this is judged at all.
        least_share: share of them that must still be offered.
    """

    least: int
    least_share: float

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """From a section ``{from, least_share}``."""
        return cls(given["from"], given["least_share"])


@cache
def read_source(name: str) -> Source:
    """Settings and contract of source ``name``.

    Raises:
        ContractError: there is no such source, or its files do not hold together.
    """
    if name not in source_names():
        raise ContractError(f"no source {name!r}; there are: {', '.join(source_names())}")
    folder = SOURCES / name
    given = source_yml(name)
    contract = read_contract(folder / "contract.yml", name)
    resources = {
        key: ResourceSettings(
            name=key,
            access=spec["access"],
            path=spec.get("path", ""),
            page_size=int(spec.get("page_size", 0)),
            overlap_hours=float(spec.get("overlap_hours", 0)),
        )
        for key, spec in given["resources"].items()
    }
    if resources.keys() != contract.resources.keys():
        raise ContractError(f"{name}: source.yml and contract.yml name different resources")
    return Source(
        name=given["source"],
        connection=given["connection"],
        zone=ZoneInfo(given["timezone"]),
        login_path=given.get("login_path", ""),
        http=HttpLimits(**given["http"]),
        window_attempts=int(given["window_attempts"]),
        periods_ahead=int(given["periods_ahead"]),
        down_after=int(given["down_after"]),
        bulk=Bulk(**given["bulk"]),
        resources=resources,
        contract=contract,
    )
