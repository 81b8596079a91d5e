"""Stands in for dbt's own macros when sqlfluff renders the models."""


def type_string() -> str:
    """The dialect's type of a text."""
    return "text"


def type_numeric() -> str:
    """The dialect's type of an exact number."""
    return "numeric"


def listagg(measure: str, delimiter: str = "','", order_by: str = "") -> str:
    """The texts of a group, joined."""
    return f"string_agg({measure}, {delimiter} {order_by})"
