"""The words of receipts (``wording.yml``), and values as officers write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingestion.core.contract import ContractError
from ingestion.core.period import Period

_FILE = Path(__file__).with_name("wording.yml")
_ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Words:
    """What ``wording.yml`` says; what each entry is for stands beside it there."""

    issuer: str
    title: str
    subject: str
    synthetic_mark: str
    synthetic: str
    shown_cells: int
    verdicts: Mapping[str, str]
    doors: Mapping[str, str]
    todo: Mapping[str, str]
    warnings: Mapping[str, str]
    periods: Mapping[str, str]


@cache
def read_words() -> Words:
    """The words.

    Raises:
        ContractError: an entry is missing or unknown; the message names it.
    """
    given: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    try:
        return Words(**given)
    except TypeError as error:
        raise ContractError(f"receipts/{_FILE.name}: {error}") from error


def warning(code: str, **values: str) -> str:
    """A sentence of ``warnings``, filled in."""
    return read_words().warnings[code].format(**values)


def period_vi(period: Period) -> str:
    """A period in running text, such as ``quý III năm 2026``."""
    start = period.start
    return (
        read_words()
        .periods[period.kind]
        .format(
            day=f"{start:%d/%m/%Y}",
            month=start.month,
            year=start.year,
            roman=_ROMAN[(start.month - 1) // 3],
            half=6,
            side="đầu" if start.month == 1 else "cuối",
        )
    )


def number_vi(value: Decimal) -> str:
    """A number in full, with nothing rounded away: ``1.234,05``."""
    plain = f"{value:,f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain.translate(str.maketrans(",.", ".,"))


def value_vi(record: Mapping[str, Any], choices: Mapping[str, str]) -> str:
    """The value of a judged cell as it was understood.

    Args:
        record: a row of the child list ``values``.
        choices: labels of the answers of its field, by code; empty for other fields.
    """
    if record.get("choice_code") is not None:
        return choices.get(str(record["choice_code"]), str(record["choice_code"]))
    if record.get("date_value") is not None:
        return f"{date.fromisoformat(str(record['date_value'])):%d/%m/%Y}"
    if record.get("number_value") is not None:
        return number_vi(Decimal(str(record["number_value"])))
    return str(record.get("text_value") or "")
