"""Lists that dbt macros hold, read without dbt: what a check needs to know of the code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

FORMULA_LISTS = (
    "procedure_readings",
    "dossier_readings",
    "rating_readings",
    "budget_readings",
    "open_data_readings",
    "report_readings",
    "unreported_readings",
)
"""The macros of ``macros/readings.sql`` that list formulas."""


class UnreadableMacro(Exception):
    """A macro file, or a macro in it, that cannot be evaluated."""


@dataclass(frozen=True)
class Formula:
    """One formula of ``macros/readings.sql``.

    Attributes:
        indicator: Code of the indicator.
        reading: Code of the reading.
        versions: Formula versions of the indicator that are counted so.
        line: 1-based line where the reading is first named in the file.
    """

    indicator: str
    reading: str
    versions: tuple[int, ...]
    line: int


def read_formulas(path: Path) -> list[Formula]:
    """All formulas, in the order of the file.

    Args:
        path: ``macros/readings.sql``.

    Raises:
        OSError: there is no such file.
        UnreadableMacro: it cannot be evaluated, or an entry lacks what names it.
    """
    text = path.read_text(encoding="utf-8")
    formulas = []
    for name in FORMULA_LISTS:
        for entry in macro_value(text, name):
            try:
                indicator, reading = str(entry["indicator"]), str(entry["reading"])
                versions = tuple(int(number) for number in entry.get("versions", [1]))
            except (KeyError, TypeError, ValueError) as error:
                raise UnreadableMacro(f"{name}: mục {entry} không đọc được") from error
            mark = f"'indicator': '{indicator}', 'reading': '{reading}'"
            line = text[: max(text.find(mark), 0)].count("\n") + 1
            formulas.append(Formula(indicator, reading, versions, line))
    return formulas


def reported_readings(path: Path) -> dict[tuple[str, str], int]:
    """The readings that report forms count by themselves, with the line of each.

    Args:
        path: ``macros/readings.sql``.

    Raises:
        OSError: there is no such file.
        UnreadableMacro: it cannot be evaluated, or an entry lacks what names it.
    """
    lines = {(item.indicator, item.reading): item.line for item in read_formulas(path)}
    entries = macro_value(path.read_text(encoding="utf-8"), "report_readings")
    by_themselves = [(e["indicator"], e["reading"]) for e in entries if "pooled" not in e]
    return {key: lines[key] for key in by_themselves}


def macro_value(text: str, name: str) -> list[dict[str, Any]]:
    """The list that a macro without arguments gives to dbt's ``return``.

    Args:
        text: content of a macro file.
        name: the macro.

    Raises:
        UnreadableMacro: there is no such macro, it fails, or it returns no list of entries.
    """
    returned: list[Any] = []
    environment = SandboxedEnvironment(extensions=["jinja2.ext.do"])
    environment.globals["return"] = returned.append
    try:
        getattr(environment.from_string(text).module, name)()
    except (TemplateError, AttributeError, TypeError) as error:
        raise UnreadableMacro(f"{name}: {error}") from error
    entries = returned[-1] if returned else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UnreadableMacro(f"{name}: không trả về danh sách")
    return entries
