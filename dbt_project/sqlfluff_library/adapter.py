"""Stands in for dbt's ``adapter`` when sqlfluff renders the models without a database."""

from __future__ import annotations

from collections.abc import Callable

_QUERIES = {
    "date_spine": "select days.date_day from days",
    "distinct_by_index": "select walked.value from walked",
}


def dispatch(macro: str) -> Callable[..., str]:
    """A dispatched macro: a query where it gives one, else a call of a function of its name."""

    def render(*arguments: str, **_: str) -> str:
        if macro == "matches":
            return "{} like '{}'".format(*arguments)
        return _QUERIES.get(macro) or f"{macro}({', '.join(str(each) for each in arguments[:2])})"

    return render


def quote(name: str) -> str:
    """A quoted identifier."""
    return f'"{name}"'
