"""What the columns of the marts mean: read from the contracts that dbt enforces.

The one truth about types, meaning, keys and allowed values is in ``dbt_project/models/marts``;
nothing of it is said a second time for the open data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dashboards.wording import Words
from ingestion.core.environment import ConfigurationError
from ingestion.transform.environment import project_dir

_FIRST_CLAUSE = re.compile(r"[^:;,(]+")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a contract.

    Attributes:
        data_type: as PostgreSQL names it, such as ``numeric(38, 6)``.
        meaning: the description in both languages.
        is_required: never null.
        values: the only ones allowed; empty where any is.
    """

    name: str
    data_type: str
    meaning: Words
    is_required: bool = False
    values: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """A short Vietnamese name: the first clause of the description."""
        found = _FIRST_CLAUSE.match(self.meaning.vi)
        return (found.group() if found else self.name).strip(" .")


@dataclass(frozen=True, slots=True)
class Contract:
    """One mart: its description, its columns by name, and the columns that are unique together."""

    name: str
    meaning: Words
    columns: Mapping[str, Column]
    key: tuple[str, ...]


def contract(mart: str) -> Contract:
    """The contract of a mart.

    Raises:
        ConfigurationError: there is no such mart, or nothing says what is unique in it.
    """
    try:
        return _contracts(project_dir())[mart]
    except KeyError:
        raise ConfigurationError(f"No contract of a mart {mart} in dbt_project/models.") from None


@cache
def _contracts(project: Path) -> dict[str, Contract]:
    return {
        model["name"]: _contract(model)
        for path in sorted((project / "models" / "marts").rglob("*.yml"))
        for model in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).get("models", ())
    }


def _contract(model: dict[str, Any]) -> Contract:
    columns = {column["name"]: _column(column) for column in model["columns"]}
    together = _tests(model, "unique_together")
    unique = [column["name"] for column in model["columns"] if "unique" in _names(column)]
    key = tuple(together[0]["columns"]) if together else tuple(unique[:1])
    return Contract(model["name"], bilingual(model["description"]), columns, key)


def _column(column: dict[str, Any]) -> Column:
    accepted = _tests(column, "accepted_values")
    return Column(
        column["name"],
        column["data_type"],
        bilingual(column["description"]),
        any(one["type"] == "not_null" for one in column.get("constraints", ())),
        tuple(str(value) for value in accepted[0]["values"]) if accepted else (),
    )


def bilingual(description: str) -> Words:
    """Split "Vietnamese / English"; a text in one language stands for both."""
    vi, slash, en = description.strip().rpartition(" / ")
    return Words(vi.strip(), en.strip()) if slash else Words(en.strip(), en.strip())


def _names(entry: dict[str, Any]) -> set[str]:
    return {test if isinstance(test, str) else next(iter(test)) for test in _all_tests(entry)}


def _tests(entry: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [
        test[name]["arguments"]
        for test in _all_tests(entry)
        if isinstance(test, dict) and name in test
    ]


def _all_tests(entry: dict[str, Any]) -> list[Any]:
    return entry.get("data_tests") or []
