"""What offices do with their reports, and what a judge owes them (``data/behaviours.yml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import yaml

from sandbox.reports.draft import Expect
from sandbox.reports.owed import DATA

Phase = Literal["plan", "paper", "bytes"]
By = Literal["", "template", "hand"]
Group = Literal[
    "clean", "tolerant", "hollow", "wrong_agency", "wrong_period", "wrong_form", "unreadable"
]


class NotApplicable(Exception):
    """A report or a kind of file with which nobody can do this."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to treat a report; see the comments of ``behaviours.yml``.

    Attributes:
        behaviour_id: stable id.
        states: judgements that are right.
        reasons: codes of a refusal that are right; empty: any.
        hollow: kinds of hollowness that are right; empty: it is not hollow.
        office: weight among what goes wrong in everyday life; 0 for the corpus only.
    """

    behaviour_id: str
    does: str
    phase: Phase
    group: Group
    by: By
    kinds: tuple[str, ...]
    forms: tuple[str, ...]
    expect: Expect
    states: tuple[str, ...]
    reasons: tuple[str, ...]
    hollow: tuple[str, ...]
    numbers: str
    office: int

    @property
    def is_clean(self) -> bool:
        """Whether everything of it must be accepted."""
        return self.group == "clean"


@cache
def all_behaviours() -> Mapping[str, Behaviour]:
    """All behaviours by id."""
    content = yaml.safe_load((DATA / "behaviours.yml").read_text(encoding="utf-8"))
    kinds: dict[str, list[str]] = content["kinds_of_file"]
    states: dict[str, str] = content["states_of_group"]
    return {
        behaviour_id: Behaviour(
            behaviour_id=behaviour_id,
            does=entry["does"],
            phase=entry.get("phase", "paper"),
            group=entry["group"],
            by=entry.get("by", ""),
            kinds=tuple(kinds[entry.get("kinds", "any")]),
            forms=tuple(entry.get("forms", ())),
            expect=entry.get("expect", "right_or_refused"),
            states=tuple(entry.get("states", states[entry["group"]]).split()),
            reasons=tuple(entry.get("reasons", ())),
            hollow=tuple(entry.get("hollow", ())),
            numbers=entry.get("numbers", ""),
            office=entry.get("office", 0),
        )
        for behaviour_id, entry in content["behaviours"].items()
    }


def behaviour_of(behaviour_id: str) -> Behaviour:
    """One behaviour.

    Raises:
        ValueError: there is none of this id.
    """
    try:
        return all_behaviours()[behaviour_id]
    except KeyError:
        raise ValueError(
            f"no behaviour {behaviour_id!r}; see sandbox/reports/data/behaviours.yml"
        ) from None
