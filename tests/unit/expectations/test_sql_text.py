from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from expectations.row_checks import AS_OF, Check, Condition
from expectations.sql_text import fill, literal

IN_LIST = Condition("c", "in", [1])
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_values_are_quoted() -> None:
    assert literal("o'clock; drop table x") == "'o''clock; drop table x'"
    assert literal(date(2026, 11, 1)) == "'2026-11-01'::date"


def test_parameters_are_filled_casts_and_times_left_alone() -> None:
    filled = fill(
        "-- a comment: left out :x\nselect :day, '10:30'::text from t where a = :agency_key",
        {"day": date(2026, 11, 1), "agency_key": 7},
    )

    assert filled == "select '2026-11-01'::date, '10:30'::text from t where a = 7"


def test_a_missing_parameter_is_an_error() -> None:
    with pytest.raises(KeyError, match="agency_key"):
        fill("select :agency_key", {})


@pytest.mark.parametrize(
    ("check", "breach"),
    [
        (Check("a", "not_null"), "a is null"),
        (Check("a", "at_least", 1), "a < 1"),
        (Check("a", "at_most", AS_OF), "a > '2026-11-20 10:00:00+00:00'::timestamptz"),
        (Check("a", "not_in", ["x", "y'"]), "a in ('x', 'y''')"),
        (Check("a", "matches", "^[0-9]+$"), "a !~ '^[0-9]+$'"),
        (Check("a", "not_before", other="b"), "a < b"),
        (
            Check(
                "a", "not_null", when=(Condition("b", "equals", True), Condition("c", "in", [1]))
            ),
            "b = true and c in (1) and a is null",
        ),
        (Check("a", "not_null", when=(Condition("b", "at_least", 2),)), "b >= 2 and a is null"),
    ],
)
def test_a_check_lists_its_breaches_in_sql(check: Check, breach: str) -> None:
    assert check.breach_sql(NOW) == breach
