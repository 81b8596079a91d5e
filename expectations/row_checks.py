"""A check of single rows, in its two forms: a GX expectation and the SQL that lists its breaches.

Both come from the same `Check`, so that what Great Expectations counts and what the evidence
statement of a finding returns cannot drift apart. A missing value breaks ``not_null`` only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, Literal

from expectations.sql_text import literal

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.row_conditions import Condition as RowCondition

AS_OF = "$as_of"
"""As a check's value: the time of the data."""


@dataclass(frozen=True)
class Condition:
    """Restricts a check to rows: ``equals`` a value, ``in`` a list, ``at_least``, ``below``."""

    column: str
    test: Literal["equals", "in", "at_least", "below"]
    value: Any

    def sql(self) -> str:
        """The condition as an SQL predicate."""
        if self.test == "in":
            return f"{self.column} in ({_listed(self.value)})"
        sign = {"equals": "=", "at_least": ">=", "below": "<"}[self.test]
        return f"{self.column} {sign} {literal(self.value)}"

    def gx(self) -> RowCondition:
        """The condition as a GX row condition."""
        from great_expectations.expectations.row_conditions import Column

        column = Column(self.column)
        condition: RowCondition
        match self.test:
            case "in":
                condition = column.is_in(list(self.value))
            case "equals":
                condition = column == self.value
            case "at_least":
                condition = column >= self.value
            case "below":
                condition = column < self.value
        return condition


@dataclass(frozen=True)
class Check:
    """What must hold in every row of ``marts.fct_dossier`` that meets all of ``when``.

    ``test``: ``not_null``; ``at_least`` / ``at_most`` / ``matches`` ``value``; ``not_in`` the list
    ``value``; ``not_before`` the column ``other``.
    """

    column: str
    test: Literal["not_null", "at_least", "at_most", "not_in", "matches", "not_before"]
    value: Any = None
    other: str | None = None
    when: tuple[Condition, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the check reads."""
        other = (self.other,) if self.other else ()
        return (self.column, *other, *(condition.column for condition in self.when))

    def breach_sql(self, as_of: datetime) -> str:
        """The SQL predicate that is true for exactly the rows which break the check."""
        value = self._bound(as_of)
        match self.test:
            case "not_null":
                breach = f"{self.column} is null"
            case "at_least":
                breach = f"{self.column} < {literal(value)}"
            case "at_most":
                breach = f"{self.column} > {literal(value)}"
            case "not_in":
                breach = f"{self.column} in ({_listed(value)})"
            case "matches":
                breach = f"{self.column} !~ {literal(value)}"
            case "not_before":
                breach = f"{self.column} < {self.other}"
        return " and ".join([*(condition.sql() for condition in self.when), breach])

    def expectation(self, meta: Mapping[str, Any], as_of: datetime) -> Expectation:
        """The check as a GX expectation; ``meta`` says which rule it belongs to."""
        from great_expectations.expectations.registry import get_expectation_impl

        value = self._bound(as_of)
        given: dict[str, Any] = {"column": self.column}
        match self.test:
            case "not_null":
                kind = "expect_column_values_to_not_be_null"
            case "at_least":
                kind = "expect_column_values_to_be_between"
                given["min_value"] = value
            case "at_most":
                kind = "expect_column_values_to_be_between"
                given["max_value"] = value
            case "not_in":
                kind = "expect_column_values_to_not_be_in_set"
                given["value_set"] = list(value)
            case "matches":
                kind = "expect_column_values_to_match_regex"
                given["regex"] = value
            case "not_before":
                kind = "expect_column_pair_values_a_to_be_greater_than_b"
                given = {"column_A": self.column, "column_B": self.other, "or_equal": True}
                given["ignore_row_if"] = "either_value_is_missing"
        if self.when:
            given["row_condition"] = reduce(and_, (condition.gx() for condition in self.when))
        return get_expectation_impl(kind)(meta=dict(meta), **given)

    def _bound(self, as_of: datetime) -> Any:  # noqa: ANN401 (any YAML value)
        return as_of if self.value == AS_OF else self.value


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(literal(value) for value in values)
