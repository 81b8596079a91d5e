"""What is wrong with datasets on purpose (``data/defects.yml``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sandbox.portal.settings import read_yaml


@dataclass(frozen=True, slots=True)
class Defect:
    """One kind; see the comments of ``defects.yml``.

    Attributes:
        breaks: rules that must fail.
        unclear: rules that the answer key says nothing of.
        kind: what the data file is in truth; "" for as it would have been.
        declared: what the file's entry says it is; "" for the truth.
        dataset: fields that are said otherwise.
        resource: fields of the data file's entry that are said otherwise.
        answer: how the server answers for the file.
        first, last: days on which it answers so; none for always.
        is_lesser: no critical rule is broken.
    """

    defect_id: str
    does: str
    breaks: frozenset[str]
    unclear: frozenset[str]
    kind: str = ""
    declared: str = ""
    spoil: str = ""
    table: str = ""
    media_type: str = ""
    dataset: Mapping[str, str] = field(default_factory=dict)
    resource: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)
    first: dt.date | None = None
    last: dt.date | None = None
    is_passing: bool = False
    is_without_content: bool = False
    is_undescribed: bool = False
    has_bare_datastore: bool = False
    is_left_off_list: bool = False
    is_listed_loosely: bool = False
    is_touched: bool = False
    is_moved: bool = False
    is_lesser: bool = False
    stops: bool = False

    def shows_on(self, day: dt.date) -> bool:
        """Return whether it is there on a day."""
        is_too_early = self.first is not None and day < self.first
        return not is_too_early and (self.last is None or day <= self.last)


@cache
def all_defects() -> Mapping[str, Defect]:
    """All kinds by id, traps too."""
    content = read_yaml("defects.yml")
    without_content = frozenset(content["unclear_without_content"])
    found = {}
    for defect_id, entry in content["defects"].items():
        file = entry.get("file", {})
        lacks_content = entry.get("without_content", False)
        breaks = frozenset(entry["breaks"])
        unclear = frozenset(entry.get("unclear", ())) | (
            without_content if lacks_content else frozenset()
        )
        found[defect_id] = Defect(
            defect_id=defect_id,
            does=entry["does"],
            breaks=breaks,
            unclear=unclear - breaks,
            kind=file.get("kind", ""),
            declared=entry.get("declared", ""),
            spoil=file.get("spoil", ""),
            table=entry.get("table", ""),
            media_type=entry.get("media_type", ""),
            dataset=entry.get("dataset", {}),
            resource=entry.get("resource", {}),
            answer=entry.get("answer", {}),
            first=entry.get("from"),
            last=entry.get("to"),
            is_passing=entry.get("passing", False),
            is_without_content=lacks_content,
            is_undescribed=entry.get("is_undescribed", False),
            has_bare_datastore=entry.get("has_bare_datastore", False),
            is_left_off_list=entry.get("is_left_off_list", False),
            is_listed_loosely=entry.get("is_listed_loosely", False),
            is_touched=entry.get("is_touched", False),
            is_moved=entry.get("moved", False),
            is_lesser=defect_id in content["lesser"],
            stops=entry.get("stops", False),
        )
    return found
