"""Findings: breaches in words, kept in ``ops.finding`` under a key that never changes.

The same rule, agency, period and indicator is the same finding over every re-run, restart and
back-fill: it keeps the time it was first seen, is marked cleared once it is mended, and opens
again if it comes back. Findings about records of no known agency bear its key and go to operators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict

from sqlalchemy import Connection, text

from expectations.observation import Observation
from expectations.registry import Number, RegistryError, Rule, Severity, load_rules
from expectations.sql_rules import evidence
from ingestion.core.wording import month_name, sentence


@dataclass(frozen=True)
class Finding:
    """One row of ``ops.finding`` without its times."""

    finding_key: str
    rule_id: str
    agency_key: int
    source: str
    indicator_code: str | None
    period_start: date
    severity: Severity
    observed: str
    expected: str
    record_count: int
    sentence_vi: str
    sentence_en: str
    evidence_sql: str


class FindingChanges(TypedDict):
    """How a run changed ``ops.finding``; counts of findings."""

    open: int
    new: int
    reopened: int
    cleared: int


def make_finding(
    rule: Rule,
    seen: Observation,
    as_of: datetime,
    parameters: Mapping[str, Number],
    checked_count: int | None,
) -> Finding:
    """Word an observation.

    Args:
        rule: the rule that was broken.
        seen: by whom, when, in how many records.
        as_of: the time of the data.
        parameters: the rule's parameters in that period.
        checked_count: how many dossiers the agency has in that month; an sql rule's own count
            goes before.

    Raises:
        RegistryError: neither the rule nor its statement gives a severity.
    """
    values: dict[str, Any] = {
        "checked_count": checked_count,
        **parameters,
        **seen.facts,
        "record_count": seen.record_count,
        "as_of": as_of,
    }
    vi = {**values, "period": month_name(seen.period_start, "vi")}
    en = {**values, "period": month_name(seen.period_start, "en")}
    return Finding(
        finding_key=finding_key(rule, seen),
        rule_id=rule.id,
        agency_key=seen.agency_key,
        source=rule.source,
        indicator_code=rule.indicator,
        period_start=seen.period_start,
        severity=_severity(rule, seen),
        observed=sentence(rule.texts["observed_vi"], vi, "vi"),
        expected=sentence(rule.texts["expected_vi"], vi, "vi"),
        record_count=seen.record_count,
        sentence_vi=sentence(rule.texts["sentence_vi"], vi, "vi"),
        sentence_en=sentence(rule.texts["sentence_en"], en, "en"),
        evidence_sql=evidence(rule, seen, as_of, parameters),
    )


def _severity(rule: Rule, seen: Observation) -> Severity:
    severity = rule.severity or seen.severity
    if severity is None:
        raise RegistryError(f"{rule.id}: the statement {rule.statement} gives no severity")
    return severity


def finding_key(rule: Rule, seen: Observation) -> str:
    """The stable key, which is also the reference number that an agency is told."""
    parts = [rule.id, str(seen.agency_key), seen.period_start.isoformat()]
    return "/".join([*parts, rule.indicator] if rule.indicator else parts)


_UPSERT = text("""
    insert into ops.finding (
        finding_key, rule_id, agency_key, source, indicator_code, period_start, severity,
        observed, expected, record_count, sentence_vi, sentence_en, evidence_sql,
        first_seen_at, last_seen_at
    ) values (
        :finding_key, :rule_id, :agency_key, :source, :indicator_code, :period_start, :severity,
        :observed, :expected, :record_count, :sentence_vi, :sentence_en, :evidence_sql,
        now(), now()
    )
    on conflict (finding_key) do update set
        severity = excluded.severity,
        observed = excluded.observed,
        expected = excluded.expected,
        record_count = excluded.record_count,
        sentence_vi = excluded.sentence_vi,
        sentence_en = excluded.sentence_en,
        evidence_sql = excluded.evidence_sql,
        last_seen_at = excluded.last_seen_at,
        cleared_at = null
""")

_OPEN_IN_SCOPE = text("""
    select finding_key
    from ops.finding
    where
        cleared_at is null
        and (
            rule_id = any(:month_rules)
            and period_start >= :first_month and period_start < :end_month
            or rule_id = any(:as_of_rules)
            or rule_id <> all(:known_rules)
        )
""")


def store_findings(
    connection: Connection,
    rules: Sequence[Rule],
    findings: Iterable[Finding],
    first_month: date,
    end_month: date,
) -> FindingChanges:
    """Make ``ops.finding`` say what a run saw, and clear what it no longer sees.

    Only what the run looked at may be cleared: its rules, and for rules that judge months the
    months of its window. What a rule found that has been withdrawn since is cleared too.
    """
    # Two runs at once would each clear what the other has just found.
    connection.execute(text("select pg_advisory_xact_lock(hashtext('ops.finding'))"))
    found = {finding.finding_key: finding for finding in findings}
    scope = {
        "month_rules": [rule.id for rule in rules if rule.scope == "month"],
        "as_of_rules": [rule.id for rule in rules if rule.scope == "as_of"],
        "known_rules": [rule.id for rule in load_rules()],
        "first_month": first_month,
        "end_month": end_month,
    }
    was_open: set[str] = set(connection.execute(_OPEN_IN_SCOPE, scope).scalars())
    known: set[str] = set(
        connection.execute(
            text("select finding_key from ops.finding where finding_key = any(:keys)"),
            {"keys": list(found)},
        ).scalars()
    )
    if found:
        connection.execute(_UPSERT, [vars(finding) for finding in found.values()])
    gone = was_open - found.keys()
    connection.execute(
        text("update ops.finding set cleared_at = now() where finding_key = any(:keys)"),
        {"keys": list(gone)},
    )
    return {
        "open": len(found),
        "new": len(found.keys() - known),
        "reopened": len(known - was_open),
        "cleared": len(gone),
    }


class OpenFinding(TypedDict):
    """An open finding as commands and digests show it."""

    finding_key: str
    rule_id: str
    agency_key: int
    agency_code: str
    agency_name: str
    indicator_code: str | None
    period_start: date
    severity: Severity
    observed: str
    expected: str
    record_count: int
    sentence_vi: str
    sentence_en: str
    evidence_sql: str
    first_seen_at: datetime


_OPEN = """
    select
        finding.finding_key, finding.rule_id, finding.agency_key,
        coalesce(dim_agency.agency_code, '?') as agency_code,
        coalesce(dim_agency.name_vi, 'Không rõ cơ quan') as agency_name,
        finding.indicator_code, finding.period_start, finding.severity,
        finding.observed, finding.expected, finding.record_count,
        finding.sentence_vi, finding.sentence_en, finding.evidence_sql, finding.first_seen_at
    from ops.finding
    left join marts.dim_agency using (agency_key)
    where
        finding.cleared_at is null
        and (cast(:agency_code as text) is null or dim_agency.agency_code = :agency_code)
        and (cast(:rule_id as text) is null or finding.rule_id = :rule_id)
        and (
            cast(:since as date) is null
            or finding.period_start >= :since
            or finding.rule_id = any(:as_of_rules)
        )
    order by
        array_position(array['critical', 'warning', 'info'], finding.severity),
        finding.period_start desc, finding.record_count desc, finding.finding_key
"""


def open_findings(
    connection: Connection,
    agency_code: str | None = None,
    rule_id: str | None = None,
    since: date | None = None,
) -> list[OpenFinding]:
    """Open findings, most serious first, then newest period, then most records.

    Args:
        connection: to the warehouse.
        agency_code: only of this agency.
        rule_id: only of this rule.
        since: only of periods from this day on; what a rule says of the state today is of today,
            whenever it began.
    """
    given = {
        "agency_code": agency_code,
        "rule_id": rule_id,
        "since": since,
        "as_of_rules": [rule.id for rule in load_rules() if rule.scope == "as_of"],
    }
    rows = connection.execute(text(_OPEN), given).mappings()
    return [OpenFinding(**row) for row in rows]  # type: ignore[typeddict-item]


def record_ids(connection: Connection, evidence_sql: str, limit: int) -> list[str]:
    """The first record ids of a finding: the first column of its evidence."""
    statement = f"select * from (\n{evidence_sql}\n) as evidence limit {int(limit)}"  # noqa: S608
    rows = connection.exec_driver_sql(statement.replace("%", "%%"))
    return [str(row[0]) for row in rows]
