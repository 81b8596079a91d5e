"""The site's own deadlines and those of the warehouse's rules, drawn up apart, name equal days."""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache

import numpy as np
import pytest

from sandbox.budget.calendar import Calendar, required_forms
from sandbox.budget.obligations import Obligation
from sandbox.clock import WorkCalendar, calendar_day, day_number
from sandbox.province import REFERENCE

Rule = dict[str, str]


@cache
def rules() -> list[Rule]:
    with (REFERENCE / "budget_disclosure_rules.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def working() -> WorkCalendar:
    return WorkCalendar(REFERENCE)


@cache
def obligations() -> tuple[Obligation, ...]:
    return Calendar(dt.date(2026, 11, 20), seed=3, publishers=0.2).obligations


def rules_of(owed: Obligation) -> list[Rule]:
    return [
        rule
        for rule in rules()
        if rule["publisher_level"] == owed.publisher.level
        and rule["document_kind"] == owed.kind
        and rule["period_type"] == owed.period.type
        and int(rule["period_month"]) == owed.period.start.month
        and int(rule["budget_year_from"]) <= owed.budget_year
        and owed.budget_year <= int(rule["budget_year_to"] or 9999)
    ]


def due_by(rule: Rule, owed: Obligation) -> dt.date | None:
    """The last day by a rule; the anchor's latest day where records do not tell the anchor."""
    if not rule["days"]:
        return None
    start = owed.approved_on
    if rule["anchor"] == "period_end":
        start = owed.period.end
    elif rule["anchor"] == "session_open":
        year = owed.budget_year + int(rule["anchor_year_offset"])
        start = dt.date(year, int(rule["anchor_latest_month"]), int(rule["anchor_latest_day"]))
    if rule["day_kind"] == "calendar":
        return start + dt.timedelta(days=int(rule["days"]))
    after = np.flatnonzero(working().is_working[day_number(start) + 1 :])[int(rule["days"]) - 1]
    return calendar_day(day_number(start) + 1 + int(after))


def test_every_document_owed_has_one_rule() -> None:
    assert {len(rules_of(owed)) for owed in obligations()} == {1}


@pytest.mark.parametrize("level", ["province", "district", "commune", "unit"])
def test_both_name_the_same_last_day(level: str) -> None:
    of_level = [owed for owed in obligations() if owed.publisher.level == level]
    differing = [
        (owed.key, owed.due_on, due_by(rule, owed))
        for owed in of_level
        for rule in rules_of(owed)
        if owed.due_on != due_by(rule, owed)
    ]

    assert of_level
    assert differing == []


def test_every_rule_is_met_by_a_document_but_those_of_a_year_that_is_not_over() -> None:
    met = {rule["rule_key"] for owed in obligations() for rule in rules_of(owed)}
    # The year 2026 is not over on the day of the test.
    ahead = {rule["rule_key"] for rule in rules() if rule["rule_key"].endswith("execution.year")}

    assert {rule["rule_key"] for rule in rules()} - met <= ahead


def test_both_ask_for_the_same_forms() -> None:
    path = REFERENCE / "budget_required_forms.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        asked = list(csv.DictReader(lines))
    for owed in obligations():
        forms = {
            row["form_key"]
            for row in asked
            if row["publisher_level"] == owed.publisher.level
            and row["document_kind"] == owed.kind
            and int(row["budget_year_from"]) <= owed.budget_year
            and owed.budget_year <= int(row["budget_year_to"] or 9999)
        }
        assert set(required_forms(owed)) == forms, owed.key
