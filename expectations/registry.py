"""The rule registry: ``rules.yml`` read, validated and made into objects.

A rule says what is checked and what an agency is told; the engines (`expectations.suites`,
`expectations.sql_rules`) say how. Parameters carry the date from which they hold, so that an old
month is judged by the bounds of its own time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import jsonschema
import yaml

from expectations.row_checks import Check, Condition

Engine = Literal["gx", "sql", "ledger"]
Severity = Literal["critical", "warning", "info"]
Number = int | float

SOURCES: Mapping[str, str] = {
    "TTHC": "tthc",
    "BUD": "budget_publications",
    "OPEN": "open_data_portal",
    "REP": "agency_reports",
}
"""The source whose data the rules of a domain judge; a domain is what an id begins with."""

SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
"""Most serious first."""

AS_DATED = "as_dated"
"""As a rule's severity: its statement gives it, for a seed dates it."""

GIVEN = ("rule_id", "agency_key", "period_start", "first_month", "end_month", "as_of")
"""What every statement may name besides its rule's own parameters and values."""

_FOLDER = Path(__file__).parent


class RegistryError(ValueError):
    """``rules.yml`` breaks its own format; the message names the rule and the place."""


class UnknownRuleError(ValueError):
    """Somebody asked for a rule that the registry does not hold."""


class _PlainLoader(yaml.SafeLoader):
    """YAML without the guess that ``2021-01-01`` is a date: the schema wants the text."""


_PlainLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class DatedValue:
    """A parameter's value from the month ``valid_from`` on."""

    valid_from: date
    value: Number


@dataclass(frozen=True)
class Rule:
    """One entry of ``rules.yml``; the fields are described in ``rules.schema.json``."""

    id: str
    engine: Engine
    severity: Severity | None
    scope: Literal["month", "as_of"]
    indicator: str | None
    owner: str
    texts: Mapping[str, str]
    parameters: Mapping[str, tuple[DatedValue, ...]]
    statement: str
    values: Mapping[str, str]
    checks: tuple[Check, ...]
    examples: Mapping[str, Any]

    @property
    def source(self) -> str:
        """The source whose data the rule judges."""
        return SOURCES[self.id.split("-")[0]]

    def parameters_on(self, month: date) -> dict[str, Number]:
        """The parameter values that hold in a month.

        Raises:
            RegistryError: a parameter has no value yet in that month.
        """
        values: dict[str, Number] = {}
        for name, history in self.parameters.items():
            known = [dated.value for dated in history if dated.valid_from <= month]
            if not known:
                raise RegistryError(f"{self.id}: parameter {name} has no value in {month:%Y-%m}")
            values[name] = known[-1]
        return values


@cache
def load_rules(path: Path = _FOLDER / "rules.yml") -> tuple[Rule, ...]:
    """Read and validate a registry.

    Raises:
        RegistryError: the file breaks the schema, uses an id twice, names a domain without a
            source or one name for two values, or its parameter history is not in the order of time.
    """
    with path.open(encoding="utf-8") as file:
        content = yaml.load(file, Loader=_PlainLoader)  # noqa: S506 (a SafeLoader)
    schema = json.loads((_FOLDER / "rules.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    problems = [
        f"{'/'.join(str(part) for part in error.absolute_path)}: {error.message}"
        for error in validator.iter_errors(content)
    ]
    if problems:
        raise RegistryError(f"{path.name}: " + "; ".join(sorted(problems)))
    rules = tuple(_rule(entry) for entry in content["rules"])
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise RegistryError(f"{path.name}: an id is used twice in {', '.join(ids)}")
    strange = sorted({rule_id.split("-")[0] for rule_id in ids} - SOURCES.keys())
    if strange:
        raise RegistryError(f"{path.name}: no source is known for {', '.join(strange)}")
    return rules


def select_rules(ids: Sequence[str] | None = None) -> tuple[Rule, ...]:
    """All rules, or those named.

    Raises:
        UnknownRuleError: an id is not in the registry.
    """
    rules = load_rules()
    if not ids:
        return rules
    unknown = sorted(set(ids) - {rule.id for rule in rules})
    if unknown:
        raise UnknownRuleError(f"no such rule: {', '.join(unknown)}")
    return tuple(rule for rule in rules if rule.id in ids)


def eras(rules: Iterable[Rule], first_month: date, last_month: date) -> list[tuple[date, date]]:
    """Cut a span of months where a parameter changes.

    Returns:
        (first month, month after the last) of each piece, in the order of time; within a piece
        every parameter of every rule has one value.
    """
    changes = {
        dated.valid_from
        for rule in rules
        for history in rule.parameters.values()
        for dated in history
        if first_month < dated.valid_from <= last_month
    }
    edges = [first_month, *sorted(changes), month_after(last_month)]
    return list(pairwise(edges))


def month_after(month: date) -> date:
    """The first day of the month after the one that ``month`` lies in."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _rule(entry: Mapping[str, Any]) -> Rule:
    parameters, values = entry.get("parameters", {}), entry.get("values", {})
    taken = [*parameters, *values]
    if clash := {name for name in taken if taken.count(name) > 1 or name in GIVEN}:
        raise RegistryError(f"{entry['id']}: {', '.join(sorted(clash))} already means something")
    return Rule(
        id=entry["id"],
        engine=entry["engine"],
        severity=None if entry["severity"] == AS_DATED else entry["severity"],
        scope=entry.get("scope", "month"),
        indicator=entry.get("indicator"),
        owner=entry["owner"],
        texts={key: text.strip() for key, text in entry.items() if key.endswith(("_vi", "_en"))},
        parameters={
            name: _history(entry["id"], name, history) for name, history in parameters.items()
        },
        statement=entry.get("statement", entry["id"]),
        values=values,
        checks=tuple(_check(check) for check in entry.get("checks", ())),
        examples=entry["examples"],
    )


def _history(
    rule_id: str, name: str, values: Sequence[Mapping[str, Any]]
) -> tuple[DatedValue, ...]:
    history = tuple(
        DatedValue(date.fromisoformat(item["valid_from"]), item["value"]) for item in values
    )
    starts = [dated.valid_from for dated in history]
    if starts != sorted(set(starts)):
        raise RegistryError(f"{rule_id}: {name} is not in the order of time")
    return history


def _check(entry: Mapping[str, Any]) -> Check:
    return Check(
        column=entry["column"],
        test=entry["test"],
        value=entry.get("value"),
        other=entry.get("other"),
        when=tuple(
            Condition(
                column=condition["column"],
                test=next(key for key in condition if key != "column"),
                value=next(value for key, value in condition.items() if key != "column"),
            )
            for condition in entry.get("when", ())
        ),
    )
