"""How a reading is judged: ``judging.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ingestion.reading.text import clean, key
from ingestion.sources.agency_reports.forms_model import ValueStatus


@dataclass(frozen=True)
class Rules:
    """All of the file; each field is explained there.

    Attributes:
        copied_from_period_least_nonzero, copied_from_agency_least_nonzero: read by the marts too,
            which find copies.
        before, after: folded words around names of agencies, the longest first.
        addressed: folded words that begin a line to somebody else.
        same_units: for each folded unit the ones that mean the same.
    """

    zero_least_figures: int
    copied_from_period_least_nonzero: int
    copied_from_agency_least_nonzero: int
    stale_after_due_days: int
    status_if_not_said: ValueStatus
    before: tuple[str, ...]
    after: tuple[str, ...]
    addressed: tuple[str, ...]
    not_at_letters: int
    same_units: Mapping[str, frozenset[str]]
    problems: Mapping[str, str]
    reasons: Mapping[str, str]
    remarks: Mapping[str, str]
    statuses: Mapping[str, str]


@cache
def rules() -> Rules:
    """The rules as delivered."""
    given: dict[str, Any] = yaml.safe_load(rules_text())
    hollow, names = given["hollow"], given["agency_names"]
    return Rules(
        zero_least_figures=hollow["zero_least_figures"],
        copied_from_period_least_nonzero=hollow["copied_from_period_least_nonzero"],
        copied_from_agency_least_nonzero=hollow["copied_from_agency_least_nonzero"],
        stale_after_due_days=given["stale_after_due_days"],
        status_if_not_said=given["status_if_not_said"],
        before=_longest_first(names["before"]),
        after=_longest_first(names["after"]),
        addressed=_longest_first(names["addressed"]),
        not_at_letters=names["not_at_letters"],
        same_units=_same(given["same_units"]),
        problems=given["problems"],
        reasons=given["reasons"],
        remarks=given["remarks"],
        statuses=given["statuses"],
    )


def rules_text() -> str:
    """The file as it is: part of the version of a judgement."""
    return files(__package__).joinpath("judging.yml").read_text("utf-8")


def _longest_first(texts: list[str]) -> tuple[str, ...]:
    return tuple(sorted((key(clean(text)) for text in texts), key=len, reverse=True))


def _same(lines: list[list[str]]) -> dict[str, frozenset[str]]:
    return {
        unit: frozenset(units)
        for line in lines
        for units in [[key(text) for text in line]]
        for unit in units
    }
