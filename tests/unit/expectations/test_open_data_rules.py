"""The rules about open data and the seed that says what is asked of a dataset are one thing."""

from __future__ import annotations

import csv

from expectations.registry import load_rules
from expectations.sql_rules import SEED_SEVERITIES
from ingestion.core.environment import repo_root

RULES = {rule.id: rule for rule in load_rules() if rule.source == "open_data_portal"}


def criteria() -> list[dict[str, str]]:
    path = repo_root() / "dbt_project" / "seeds" / "reference" / "open_data_rules.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_each_criterion_has_its_rule_and_each_rule_its_criterion() -> None:
    assert {row["rule_id"] for row in criteria()} == RULES.keys()


def test_severities_stand_in_the_seed_alone() -> None:
    assert {row["severity"] for row in criteria()} <= SEED_SEVERITIES.keys()
    assert {rule.severity for rule in RULES.values()} == {None}


def test_all_criteria_of_datasets_share_one_statement() -> None:
    shared = {row["rule_id"] for row in criteria() if row["level"] == "dataset"}

    assert len(shared) == 13
    assert {rule.id for rule in RULES.values() if rule.statement == "open_dataset_checks"} == shared


def test_they_judge_the_state_of_the_last_day_harvested() -> None:
    assert {rule.scope for rule in RULES.values()} == {"as_of"}


def test_every_way_to_mend_goes_step_by_step() -> None:
    for rule in RULES.values():
        assert "(1)" in rule.texts["mend_vi"] and "(2)" in rule.texts["mend_vi"], rule.id
