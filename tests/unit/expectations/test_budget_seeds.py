"""The seeds about budget publications agree with the forms that can be read."""

from __future__ import annotations

import csv
from pathlib import Path

from ingestion.core.environment import repo_root

REFERENCE = repo_root() / "dbt_project" / "seeds" / "reference"
LAYOUTS = repo_root() / "ingestion" / "sources" / "budget_publications" / "layouts"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_required_forms_are_the_forms_of_the_layouts() -> None:
    required = {row["form_key"] for row in _rows(REFERENCE / "budget_required_forms.csv")}
    known = {row["form_key"] for row in _rows(LAYOUTS / "forms.csv")}
    assert required == known


def test_each_document_of_a_year_has_one_rule() -> None:
    seen: set[tuple[str, ...]] = set()
    for rule in _rows(REFERENCE / "budget_disclosure_rules.csv"):
        first, last = int(rule["budget_year_from"]), int(rule["budget_year_to"] or 2031)
        for year in range(first, last + 1):
            key = (
                rule["publisher_level"],
                rule["document_kind"],
                rule["period_type"],
                rule["period_month"],
                str(year),
            )
            assert key not in seen, key
            seen.add(key)


def test_what_is_not_known_is_empty_and_open() -> None:
    for rule in _rows(REFERENCE / "budget_disclosure_rules.csv"):
        if not rule["days"]:
            assert rule["certainty"] == "open", rule["rule_key"]
        assert bool(rule["anchor_latest_month"]) == bool(rule["anchor_latest_day"])


def test_settlements_follow_the_new_law_a_year_earlier() -> None:
    first = {
        rule["document_kind"]: rule["budget_year_from"]
        for rule in _rows(REFERENCE / "budget_disclosure_rules.csv")
        if rule["rule_key"].startswith("73.commune")
    }
    assert first == {
        "draft_estimate": "2026",
        "decided_estimate": "2026",
        "execution": "2026",
        "settlement": "2025",
    }
