"""Words by which a report is understood: ``words.yml``, folded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from ingestion.reading.text import clean, clean_lines, key

ColumnRole = Literal["ordinal", "code", "item", "unit", "value", "previous", "note"]
Label = Literal["agency", "period", "status"]

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_PARTS = re.compile(r"\s*[/|]\s*")


@dataclass(frozen=True)
class Words:
    """All words, by what they mean; each field is explained in ``words.yml``."""

    columns: Mapping[str, ColumnRole]
    labels: Mapping[str, Label]
    statuses: Mapping[str, str]
    nil: Mapping[str, bool]
    yes_no: Mapping[str, bool]
    days: tuple[str, ...]


@cache
def words() -> Words:
    """The words as delivered."""
    text = files(__package__).joinpath("words.yml").read_text("utf-8")
    given: dict[str, Any] = yaml.safe_load(text)
    nil, yes_no = given["nil"], given["yes_no"]
    return Words(
        columns=_folded(given["columns"]),
        labels=_folded(given["labels"]),
        statuses=_folded(given["statuses"]),
        nil=_folded({True: nil["declared"], False: nil["not_declared"]}),
        yes_no=_folded({True: yes_no["yes"], False: yes_no["no"]}),
        days=tuple(given["days"]),
    )


def parts_of(text: str) -> list[str]:
    """The ways in which a label may be meant, folded: whole, by its lines, by its languages.

    The whole comes first; what stands in brackets is left out of the later ones.
    """
    found = dict.fromkeys([key(clean(text)), *map(key, clean_lines(text))])
    for line in clean_lines(_BRACKETS.sub(" ", text)):
        found[key(line)] = None
        found.update(dict.fromkeys(map(key, _PARTS.split(line))))
    found.pop("", None)
    return list(found)


def column_role(text: str) -> ColumnRole | None:
    """What a header says its column holds; None for anything else, also for two things at once."""
    known = words().columns
    roles = {known[part] for part in parts_of(text) if part in known}
    return roles.pop() if len(roles) == 1 else None


def meant(text: str, known: Mapping[str, Any]) -> Any | None:  # noqa: ANN401 - as the words map
    """What an answer says, by the words that are known; None where it says none or two things."""
    found = {known[part] for part in parts_of(text) if part in known}
    return found.pop() if len(found) == 1 else None


def _folded(given: Mapping[Any, Iterable[str]]) -> dict[str, Any]:
    """What each word means, by the folded word.

    Raises:
        ValueError: a word means two things.
    """
    found: dict[str, Any] = {}
    for meaning, texts in given.items():
        for text in texts:
            folded = key(clean(text))
            if found.setdefault(folded, meaning) != meaning:
                raise ValueError(f"words.yml: “{text}” means {meaning} and {found[folded]}")
    return found
