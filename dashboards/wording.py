"""The fixed Vietnamese and English texts of the scorecard, read from ``labels.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

import yaml

from dashboards import formatting


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    vi: str
    en: str


@cache
def _labels() -> dict[str, dict[str, Words]]:
    document = yaml.safe_load(files("dashboards").joinpath("labels.yml").read_text("utf-8"))
    return {
        group: {str(key): Words(**words) for key, words in entries.items()}
        for group, entries in document.items()
    }


def label(group: str, key: str) -> Words:
    """The text of one label.

    Raises:
        KeyError: the file has no such label; only for labels that the code itself names.
    """
    return _labels()[group][key]


def code_label(group: str, code: str | None) -> Words:
    """The text for a code that came from the warehouse; an unknown code is shown as it is."""
    if code is None:
        return Words("", "")
    return _labels()[group].get(code, Words(code, code))


def keys(group: str) -> tuple[str, ...]:
    """The codes of a group, in the order in which readers should see them."""
    return tuple(_labels()[group])


def target(operator: str | None, value: Decimal | None, unit: str) -> Words:
    """A target as people say it: ≥ 95%, ≥ cấp độ 3, ≥ 30 lần GDP, Hoàn thành."""
    if unit == "milestone" or value is None:
        return label("goal", "milestone" if unit == "milestone" else "none")
    amount, sign = formatting.plain(value), formatting.OPERATORS.get(operator or "", "")
    words = code_label("unit", unit)

    def said(unit_words: str) -> str:
        if unit == "pct":
            return f"{sign} {amount}%".strip()
        order = (sign, unit_words, amount) if unit == "level" else (sign, amount, unit_words)
        return " ".join(part for part in order if part)

    return Words(said(words.vi), said(words.en))
