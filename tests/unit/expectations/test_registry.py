from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations import registry, sql_rules
from expectations.registry import RegistryError, Rule, eras, load_rules, select_rules

RULES = load_rules()
BASE_NAMES = {"record_count", "checked_count", "period", "as_of"}

MINIMAL: dict[str, Any] = {
    "id": "TTHC-900",
    "engine": "gx",
    "severity": "info",
    "owner": "x",
    **{
        f"{name}_{language}": "x"
        for name in ("title", "meaning", "sentence", "observed", "expected", "mend")
        for language in ("vi", "en")
        if language == "vi" or name in ("title", "meaning", "sentence")
    },
    "checks": [{"column": "due_at", "test": "not_null"}],
    "examples": {
        "bad": {"record_count": 1, "rows": [{"table": "marts.fct_dossier"}]},
        "good": {"rows": [{"table": "marts.fct_dossier"}]},
    },
}


ONE = {"valid_from": "2021-01-01", "value": 1}
SHARED: dict[str, Any] = {"engine": "sql", "statement": "budget_cells", "checks": None}
"""Makes the minimal rule one of those that share a statement; a value None takes a key away."""


def load(tmp_path: Path, *rules: dict[str, Any]) -> tuple[Rule, ...]:
    path = tmp_path / "rules.yml"
    entries = [{key: value for key, value in rule.items() if value is not None} for rule in rules]
    path.write_text(yaml.safe_dump({"rules": entries}), encoding="utf-8")
    return load_rules(path)


def dated(*pairs: tuple[str, float]) -> list[dict[str, Any]]:
    return [{"valid_from": start, "value": value} for start, value in pairs]


def test_the_minimal_rule_loads(tmp_path: Path) -> None:
    (rule,) = load(tmp_path, MINIMAL)

    assert rule.scope == "month"
    assert rule.source == "tthc"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"severty": "info"}, "severty"),
        ({"severity": "urgent"}, "urgent"),
        ({"id": "tthc-1"}, "tthc-1"),
        ({"checks": [{"column": "due_at", "test": "at_most"}]}, "value"),
        ({"checks": [{"column": "a; drop table x", "test": "not_null"}]}, "drop table"),
        ({"engine": "sql"}, "checks|not"),
        ({"parameters": {"n": [{"valid_from": "2026-11-15", "value": 1}]}}, "2026-11-15"),
        ({"parameters": {"n": dated(("2026-02-01", 1), ("2026-01-01", 2))}}, "order of time"),
        ({"mend_vi": ""}, "non-empty|too short"),
        ({"severity": "as_dated"}, "as_dated|not"),
        ({"statement": "budget_cells"}, "statement"),
        ({**SHARED, "values": {"as_of": "x"}}, "as_of already means"),
        ({**SHARED, "values": {"n": "x"}, "parameters": {"n": [ONE]}}, "n already means"),
    ],
)
def test_a_rule_that_breaks_the_format_is_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(RegistryError, match=said):
        load(tmp_path, {**MINIMAL, **changes})


def test_an_id_is_used_once(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="twice"):
        load(tmp_path, MINIMAL, MINIMAL)


def test_a_month_is_judged_by_the_bounds_of_its_time(tmp_path: Path) -> None:
    parameters = {"n": dated(("2025-01-01", 5), ("2026-10-01", 7))}
    (rule,) = load(tmp_path, {**MINIMAL, "parameters": parameters})

    assert rule.parameters_on(date(2026, 9, 1)) == {"n": 5}
    assert rule.parameters_on(date(2026, 10, 1)) == {"n": 7}
    with pytest.raises(RegistryError, match="no value in 2024-12"):
        rule.parameters_on(date(2024, 12, 1))
    assert eras([rule], date(2026, 8, 1), date(2026, 12, 1)) == [
        (date(2026, 8, 1), date(2026, 10, 1)),
        (date(2026, 10, 1), date(2027, 1, 1)),
    ]
    assert eras([rule], date(2026, 11, 1), date(2026, 11, 1)) == [
        (date(2026, 11, 1), date(2026, 12, 1))
    ]


def test_every_rule_has_parameters_for_the_whole_baseline() -> None:
    for rule in RULES:
        rule.parameters_on(date(2021, 1, 1))


def test_rules_may_share_a_statement(tmp_path: Path) -> None:
    shared = {**MINIMAL, **SHARED, "severity": "as_dated", "values": {"problem": "unreadable"}}
    own = {**MINIMAL, "id": "TTHC-901", "engine": "sql", "checks": None}

    first, second = load(tmp_path, shared, own)

    assert (first.statement, first.values) == ("budget_cells", {"problem": "unreadable"})
    assert first.severity is None
    assert (second.statement, second.severity) == ("TTHC-901", "info")


def test_every_sql_rule_has_its_two_statements_and_no_file_is_left_over() -> None:
    expected = {
        name
        for rule in RULES
        if rule.engine != "gx"
        for name in (f"{rule.statement}.sql", f"{rule.statement}.evidence.sql")
    }

    folder = Path(sql_rules.__file__).parent / "sql"
    assert {path.name for path in folder.glob("*.sql")} == expected


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_templates_name_only_what_they_will_be_given(rule: Rule) -> None:
    given = BASE_NAMES | set(rule.parameters)
    if rule.engine != "gx":
        given |= set(re.findall(r"\b(\w+)\b", sql_rules.statement(rule.statement)))
    for name in ("sentence_vi", "sentence_en", "observed_vi", "expected_vi"):
        fields = {field for _, field, _, _ in string.Formatter().parse(rule.texts[name]) if field}
        assert fields <= given, name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_both_languages_state_the_same_figures(rule: Rule) -> None:
    def figures(name: str) -> set[str]:
        parsed = string.Formatter().parse(rule.texts[name])
        return {field.removesuffix("_vi") for _, field, _, _ in parsed if field}

    assert figures("sentence_vi") == figures("sentence_en")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_statements_only_read(rule: Rule) -> None:
    if rule.engine == "gx":
        as_of = datetime(2026, 11, 20, tzinfo=UTC)
        statements = [check.breach_sql(as_of) for check in rule.checks]
    else:
        statements = [
            sql_rules.statement(rule.statement),
            sql_rules.statement(f"{rule.statement}.evidence"),
        ]
    for statement in statements:
        code = re.sub(r"--.*|'[^']*'", "", statement)
        assert ";" not in code
        assert not re.search(r"\b(insert|update|delete|drop|alter|grant|copy)\b", code)


def test_evidence_reads_only_what_bi_roles_may_read() -> None:
    for rule in RULES:
        if rule.engine != "gx":
            statement = re.sub(r"--.*", "", sql_rules.statement(f"{rule.statement}.evidence"))
            tables = re.findall(r"\b(?:from|join)\s+(\w+\.\w+)", statement)
            assert tables
            assert all(table.startswith(("marts.", "reference.")) for table in tables)


def test_rules_are_chosen_by_id() -> None:
    assert [rule.id for rule in select_rules(["TTHC-011"])] == ["TTHC-011"]
    assert select_rules() == RULES
    with pytest.raises(registry.UnknownRuleError, match="TTHC-999"):
        select_rules(["TTHC-011", "TTHC-999"])


def test_vietnamese_texts_are_composed_characters() -> None:
    import unicodedata

    text = Path(registry.__file__).with_name("rules.yml").read_text(encoding="utf-8")

    assert text == unicodedata.normalize("NFC", text)
