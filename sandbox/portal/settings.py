"""Reads ``data/portal.yml``: how the simulated portal is run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

DATA: Final = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often something is said to be updated.

    Attributes:
        most_days: between two updates.
        spellings: ways to write it.
    """

    code: str
    most_days: int
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence of the portal's list."""

    id: str
    title: str
    url: str
    is_open: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """The content of ``portal.yml``; see its comments."""

    launched_on: dt.date
    site: Mapping[str, str]
    frequencies: Mapping[str, Frequency]
    updated_after_share: float
    licences: Mapping[str, Licence]
    kinds: Mapping[str, int]
    place_kinds: tuple[str, ...]
    datastore_share: float
    tidy_share: Mapping[str, float]
    lesser_share: float
    list_share: Mapping[str, float]
    commune_subjects: tuple[int, int]
    always: tuple[str, ...]
    rows: tuple[int, int]


def read_yaml(name: str) -> Any:  # noqa: ANN401 # each file has a shape of its own
    """Return the content of a file beside this package."""
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@cache
def settings() -> Settings:
    """Return how the portal is run."""
    content = read_yaml("portal.yml")
    frequencies = {
        code: Frequency(code, entry["most_days"], tuple(entry["spellings"]))
        for code, entry in content["frequencies"].items()
    }
    return Settings(
        launched_on=content["launched_on"],
        site=content["site"],
        frequencies=frequencies,
        updated_after_share=content["updated_after_share"],
        licences={entry["id"]: Licence(**entry) for entry in content["licences"]},
        kinds=content["kinds"],
        place_kinds=tuple(content["place_kinds"]),
        datastore_share=content["datastore_share"],
        tidy_share=content["tidy_share"],
        lesser_share=content["lesser_share"],
        list_share=content["list_share"],
        commune_subjects=(content["commune_subjects"][0], content["commune_subjects"][1]),
        always=tuple(content["always"]),
        rows=(content["rows"][0], content["rows"][1]),
    )
