"""Figures that are those of another report: of the period before, or of another agency.

Here the sender is warned at once; whether a report counts as copied is decided in the warehouse,
from all reports and by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ingestion.sources.agency_reports.forms_model import FormVersion

Figures = Mapping[str, str]
"""Accepted numbers of a report as text, by field code."""


def numbers_of(record: Mapping[str, Any]) -> Figures:
    """The accepted numbers of a judgement's record."""
    return {
        str(value["field_code"]): str(value["number_value"])
        for value in record.get("values", [])
        if value.get("state") == "accepted" and value.get("number_value") is not None
    }


def flows_of(version: FormVersion) -> frozenset[str]:
    """Codes of the fields that count what happened within the period."""
    return frozenset(
        field.code
        for section in version.sections
        for field in section.fields
        if field.nature == "flow"
    )


def is_copied(given: Figures, other: Figures, codes: Iterable[str] | None, least: int) -> bool:
    """Whether figures equal another report's, enough of them not 0.

    Args:
        given: numbers of the report.
        other: numbers of the other one.
        codes: fields that are compared; None for all.
        least: how many that are not 0.
    """
    wanted = None if codes is None else set(codes)
    mine, theirs = (
        {code: _number(text) for code, text in figures.items() if wanted is None or code in wanted}
        for figures in (given, other)
    )
    return mine == theirs and sum(number != "0" for number in mine.values()) >= least


def _number(text: str) -> str:
    """A number without what its writing adds: ``10.50`` and ``10.5`` are one."""
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if plain in ("", "-0", "0") else plain
