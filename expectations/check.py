"""Run the checks over a span of months and record the findings."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import Connection, Engine, text

from expectations import ROLE
from expectations.findings import Finding, FindingChanges, make_finding, store_findings
from expectations.observation import Observation
from expectations.registry import Rule, eras, month_after, select_rules
from expectations.sql_rules import run_sql_rule
from expectations.suites.dossiers import check_dossiers
from ingestion.core.environment import TIMEZONE, engine
from ingestion.core.outcome import Outcome, recorded_step


class CheckSummary(TypedDict):
    """What a run did; plain values only, so that it may travel as JSON."""

    first_month: str
    last_month: str
    as_of: str
    sources: list[str]
    rules: int
    findings: FindingChanges
    by_rule: dict[str, int]
    for_operators: int
    seconds: float


class NothingToCheck(RuntimeError):
    """The marts hold nothing of any source, so there is no time of the data to judge by."""


_NEWEST: Mapping[str, tuple[str, str]] = {
    "tthc": ("marts.fct_dossier", "max(updated_at)"),
    "budget_publications": ("marts.fct_publication", "max(data_as_of)"),
    # A row an agency and harvested day, also on a day on which the portal offers nothing.
    "open_data_portal": (
        "marts.fct_open_data_publisher",
        f"cast(max(checked_on) + time '23:59:59' as timestamp) at time zone '{TIMEZONE.key}'",
    ),
    # The last day of the door: a day on which nothing came is news too.
    "agency_reports": (
        "marts.fct_report",
        """greatest(max(received_at), (
            select cast(max(
                case
                    when period_type = 'day' then period_start
                    else cast(period_start + interval '1 month' as date) - 1
                end
            ) + time '23:59:59' as timestamp) at time zone 'Asia/Ho_Chi_Minh'
            from ops.ledger
            where
                source = 'agency_reports' and resource = 'submissions'
                and outcome in ('accepted', 'excused')
        ))""",
    ),
}
"""By source, the mart and the expression that tell how new its data are."""


def run_checks(
    first_month: date,
    last_month: date,
    *,
    as_of: datetime | None = None,
    rule_ids: Sequence[str] | None = None,
) -> CheckSummary:
    """Check the data of the months ``first_month`` … ``last_month`` (both included).

    Running it again over the same data changes nothing but the times of last sight. A source that
    the warehouse holds nothing of is left out with its rules; what they found stays as it is.

    Args:
        first_month: any day of the first month.
        last_month: any day of the last month.
        as_of: the time of the data; by default each source's own (`data_as_of`).
        rule_ids: only these rules.

    Raises:
        ValueError: the months are in the wrong order, or a rule is unknown.
        NothingToCheck: the marts hold nothing of the sources that the rules are about.
    """
    first, last = first_month.replace(day=1), last_month.replace(day=1)
    if first > last:
        raise ValueError(f"{first:%Y-%m} lies after {last:%Y-%m}")
    chosen = select_rules(rule_ids)
    warehouse = engine(ROLE)
    outcome = Outcome("check", period=f"{first:%Y-%m}..{last:%Y-%m}")
    clock = time.monotonic()
    try:
        with recorded_step(warehouse, outcome):
            with warehouse.connect() as connection:
                newest = data_as_of(connection, {rule.source for rule in chosen})
            known = {
                source: (as_of or moment).astimezone(TIMEZONE) for source, moment in newest.items()
            }
            rules = [rule for rule in chosen if rule.source in known]
            if len(known) == 1:
                outcome.source = next(iter(known))
            findings = _find(warehouse, rules, first, last, known)
            with warehouse.begin() as connection:
                changes = store_findings(connection, rules, findings, first, month_after(last))
            summary: CheckSummary = {
                "first_month": f"{first:%Y-%m}",
                "last_month": f"{last:%Y-%m}",
                "as_of": max(known.values()).isoformat(),
                "sources": sorted(known),
                "rules": len(rules),
                "findings": changes,
                "by_rule": {
                    rule.id: sum(finding.rule_id == rule.id for finding in findings)
                    for rule in rules
                },
                "for_operators": sum(finding.agency_key <= 0 for finding in findings),
                "seconds": round(time.monotonic() - clock, 2),
            }
            outcome.details.update(summary)
    finally:
        warehouse.dispose()
    return summary


def data_as_of(
    connection: Connection, sources: Collection[str] = tuple(_NEWEST)
) -> dict[str, datetime]:
    """The time of the data of each source that the marts hold anything of.

    Raises:
        NothingToCheck: they hold nothing of any of them, or have not been built.
    """
    found: dict[str, datetime] = {}
    for source in sorted(sources):
        mart, newest = _NEWEST[source]
        is_built = text("select to_regclass(:mart) is not null")
        if not connection.execute(is_built, {"mart": mart}).scalar_one():
            continue
        # The mart and the expression are ours, from the table above.
        moment = connection.exec_driver_sql(f"select {newest} from {mart}").scalar_one()  # noqa: S608
        if moment is not None:
            found[source] = moment
    if not found:
        raise NothingToCheck(
            f"nothing of {', '.join(sorted(sources))} in the marts: load and build first"
        )
    return found


def _find(
    warehouse: Engine,
    rules: Sequence[Rule],
    first: date,
    last: date,
    known: Mapping[str, datetime],
) -> list[Finding]:
    row_rules = [rule for rule in rules if rule.engine == "gx"]
    findings = []
    for era_start, era_end in eras(rules, first, last):
        seen: list[Observation] = []
        if row_rules:
            seen += check_dossiers(row_rules, era_start, era_end, known["tthc"])
        with warehouse.connect() as connection:
            for rule in rules:
                # The state of today is judged once, by the parameters of today.
                if rule.engine != "gx" and (rule.scope == "month" or era_end > last):
                    as_of = known[rule.source]
                    month = era_start if rule.scope == "month" else as_of.date()
                    seen += run_sql_rule(
                        connection, rule, era_start, era_end, as_of, rule.parameters_on(month)
                    )
            dossiers = _dossier_counts(connection, era_start, era_end) if "tthc" in known else {}
        findings += _worded(rules, seen, era_start, known, dossiers)
    return findings


def _worded(
    rules: Sequence[Rule],
    seen: Sequence[Observation],
    era_start: date,
    known: Mapping[str, datetime],
    dossiers: Mapping[tuple[int, date], int],
) -> list[Finding]:
    by_id = {rule.id: rule for rule in rules}
    findings = []
    for observation in seen:
        rule = by_id[observation.rule_id]
        as_of = known[rule.source]
        month = era_start if rule.scope == "month" else as_of.date()
        checked_count = dossiers.get((observation.agency_key, observation.period_start))
        findings.append(
            make_finding(rule, observation, as_of, rule.parameters_on(month), checked_count)
        )
    return findings


def _dossier_counts(
    connection: Connection, first_month: date, end_month: date
) -> dict[tuple[int, date], int]:
    rows = connection.execute(
        text(
            "select agency_key, received_month, count(*) as dossiers from marts.fct_dossier "
            "where received_month >= :first_month and received_month < :end_month group by 1, 2"
        ),
        {"first_month": first_month, "end_month": end_month},
    )
    return {(row.agency_key, row.received_month): row.dossiers for row in rows}
