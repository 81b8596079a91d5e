"""Rules that are one SQL statement: ``sql/<statement>.sql`` and ``sql/<statement>.evidence.sql``.

The statement is the rule's own, named as the rule, or one that alike rules share. It gets
``:rule_id``, ``:first_month``, ``:end_month`` (exclusive), ``:as_of`` and the rule's values and
parameters bound, and gives one row per breach: agency_key, period_start, record_count, severity
where a seed dates it, and whatever its sentences mention. The evidence statement may name the same
and the row's columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from expectations.observation import Observation
from expectations.registry import Number, Rule, Severity
from expectations.sql_text import fill, literal

_FOLDER = Path(__file__).parent / "sql"
_OWN_FIELDS = ("agency_key", "period_start", "record_count", "severity")

SEED_SEVERITIES: Mapping[str, Severity] = {
    "critical": "critical",
    "major": "warning",
    "minor": "info",
}
"""The severities of a seed of criteria, as the severities of findings."""


@cache
def statement(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def run_sql_rule(
    connection: Connection,
    rule: Rule,
    first_month: date,
    end_month: date,
    as_of: datetime,
    parameters: Mapping[str, Number],
) -> list[Observation]:
    """Run one rule over the months ``first_month`` … ``end_month`` (exclusive)."""
    query = text(statement(rule.statement))
    given = {
        **parameters,
        **rule.values,
        "rule_id": rule.id,
        "first_month": first_month,
        "end_month": end_month,
        "as_of": as_of,
    }
    bound = {name: given[name] for name in query.compile().params}
    observations = []
    for row in connection.execute(query, bound).mappings():
        facts = {name: value for name, value in row.items() if name not in _OWN_FIELDS}
        observations.append(
            Observation(
                rule.id,
                row["agency_key"],
                row["period_start"],
                int(row["record_count"]),
                facts,
                SEED_SEVERITIES[row["severity"]] if "severity" in row else None,
            )
        )
    return observations


def evidence(
    rule: Rule, seen: Observation, as_of: datetime, parameters: Mapping[str, Number]
) -> str:
    """A read-only statement over the marts that returns exactly the records of an observation.

    It has no parameters left, and its first column names the record.
    """
    values: dict[str, Any] = {
        **parameters,
        **seen.facts,
        **rule.values,
        "rule_id": rule.id,
        "as_of": as_of,
        "agency_key": seen.agency_key,
        "period_start": seen.period_start,
    }
    if rule.engine != "gx":
        return fill(statement(f"{rule.statement}.evidence"), values)
    columns = dict.fromkeys(
        ["dossier_code", "procedure_code", "received_at"]
        + [column for check in rule.checks for column in check.columns]
    )
    breaches = "\n        or ".join(f"({check.breach_sql(as_of)})" for check in rule.checks)
    return (
        f"select\n    {', '.join(columns)}\n"
        "from marts.fct_dossier\n"
        f"where\n    agency_key = {literal(seen.agency_key)}\n"
        f"    and received_month = {literal(seen.period_start)}\n"
        f"    and (\n        {breaches}\n    )\n"
        "order by dossier_code"
    )
