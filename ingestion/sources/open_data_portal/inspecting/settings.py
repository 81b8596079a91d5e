"""Words, patterns and bounds of the inspection: ``inspecting.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ingestion.reading.text import clean, key


@dataclass(frozen=True)
class TableRules:
    """How tables are checked; each field is explained in ``inspecting.yml``."""

    sample_rows: int
    most_errors: int
    header_from_rows: int
    header_look_rows: int
    repeated_in_column: int
    delimiters: tuple[str, ...]
    same_width_share: float
    one_column_characters: int
    prose_characters: int
    prose_commas: int
    years: tuple[int, int]
    json_depth: int
    json_digits: int
    list_entries: int
    list_header_within: int


@dataclass(frozen=True)
class PersonalRules:
    """What counts as personal data; each field is explained in ``inspecting.yml``.

    Attributes:
        headers: words of headers by what they tell, folded.
        in_text: words within texts by kind, cleaned, in lower case.
    """

    share: float
    distinct_share: float
    least: int
    provinces: frozenset[str]
    centuries: frozenset[str]
    headers: dict[str, tuple[str, ...]]
    in_text: dict[str, tuple[str, ...]]
    office_domains: tuple[str, ...]
    office_mailboxes: frozenset[str]


@dataclass(frozen=True)
class Rules:
    """All of the file; ``lists`` holds words of headers by what the column is, folded."""

    tables: TableRules
    personal: PersonalRules
    lists: dict[str, tuple[str, ...]]


@cache
def rules() -> Rules:
    """The rules as delivered."""
    text = files(__package__).joinpath("inspecting.yml").read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    tables, personal = document["tables"], document["personal"]
    first_year, last_year = tables["years"]
    return Rules(
        TableRules(
            **tables | {"delimiters": tuple(tables["delimiters"]), "years": (first_year, last_year)}
        ),
        PersonalRules(
            share=personal["share"],
            distinct_share=personal["distinct_share"],
            least=personal["least"],
            provinces=frozenset(personal["provinces"].split()),
            centuries=frozenset(personal["centuries"]),
            headers={name: tuple(map(key, words)) for name, words in personal["headers"].items()},
            in_text={
                name: tuple(clean(word).lower() for word in words)
                for name, words in personal["in_text"].items()
            },
            office_domains=tuple(personal["office_domains"]),
            office_mailboxes=frozenset(personal["office_mailboxes"]),
        ),
        {name: tuple(map(key, words)) for name, words in document["lists"].items()},
    )


def has_word(folded: str, words: tuple[str, ...]) -> bool:
    """Whether a folded text holds one of the words as whole words."""
    padded = f" {folded} "
    return any(f" {word} " in padded for word in words)
