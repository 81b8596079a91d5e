"""The rows of a day's contents: what was known, what was to be done, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ingestion.core.period import Period
from ingestion.core.web import PROBLEMS_VI
from ingestion.sources.open_data_portal.choosing import Plan, Turn
from ingestion.sources.open_data_portal.inspection import FACTS
from ingestion.sources.open_data_portal.known import Key, Known, Row
from ingestion.sources.open_data_portal.looking import Look, Looks

Record = dict[str, Any]

_LOOK = ("looked_at", "looked_on")
_PROBLEM = ("problem_code", "problem_vi", "problem_first_on", "failed_looks")
_WORDS: Mapping[str, str] = dict(PROBLEMS_VI.items())
_CARRIED = (*FACTS, *_LOOK, *_PROBLEM)


def content_rows(
    period: Period, plans: Sequence[Plan], looks: Looks, before: Mapping[Key, Known]
) -> list[Record]:
    """One row for each resource of a day, in the order of the snapshot.

    Args:
        period: the day.
        plans: what was to be done.
        looks: what came of it.
        before: what the last earlier day knew.
    """
    rows = [_row(period, plan, looks) for plan in plans]
    _recognise(plans, rows, before)
    return rows


def _row(period: Period, plan: Plan, looks: Looks) -> Record:
    """The row of one resource."""
    dataset_id, resource_id = plan.listed.key
    head: Record = {
        "content_key": plan.content_key,
        "dataset_id": dataset_id,
        "resource_id": resource_id,
    }
    if plan.followed_from:
        head["followed_from_id"] = plan.followed_from
    look = looks.by_key.get(plan.content_key)
    if plan.turn is Turn.REFUSED:
        return {**head, "looked": "refused", **_problem(period, plan, plan.listed.url_problem_code)}
    if look is None:
        return {**head, **_not_asked(plan, looks)}
    if look.is_outage:
        return {**head, **_carried(plan.own or plan.before), "looked": "portal_down"}
    return {**head, **_asked(period, plan, look)}


def _not_asked(plan: Plan, looks: Looks) -> Record:
    if plan.own is not None:
        return {**_carried(plan.own), "looked": plan.own.row["looked"]}
    if plan.turn is Turn.CLOSED:
        looked = "not_looked"
    elif plan.turn is Turn.STANDS:
        looked = "unchanged"
    elif plan.turn.is_asked_for and looks.is_portal_down:
        looked = "portal_down"
    else:
        looked = "carried" if plan.before and "looked_on" in plan.before.row else "not_looked"
    return {**_carried(plan.before), "looked": looked}


def _asked(period: Period, plan: Plan, look: Look) -> Record:
    here = {"looked": "fetched", "looked_at": look.at, "looked_on": str(period)}
    basis, own = plan.basis, plan.own
    if look.problem is not None:
        if look.problem == "address_refused":
            here["looked"] = "refused"
        return {**_facts(basis), **here, **_problem(period, plan, look.problem)}
    content = look.content
    same = content is None or (
        own is not None and own.row.get("content_sha256") == content.row["content_sha256"]
    )
    if own is not None and own is basis and same and "problem_code" not in own.row:
        # Found again as an earlier run for this day found it: that row stands.
        return {
            **_carried(own),
            "looked": own.row["looked"],
            **({} if content is None else {"http_validator": content.row.get("http_validator")}),
        }
    if content is None:
        return {**_facts(basis), **here, "looked": "unchanged"}
    return {**content.row, **_with_entries(content.entries), **here}


def _problem(period: Period, plan: Plan, code: str) -> Record:
    """A problem, with the first day of an unbroken run of them and how many looks it took."""
    earlier: Row = plan.before.row if plan.before and "problem_code" in plan.before.row else {}
    return {
        "problem_code": code,
        "problem_vi": _WORDS.get(code, ""),
        "problem_first_on": earlier.get("problem_first_on", str(period)),
        "failed_looks": int(earlier.get("failed_looks", 0)) + 1,
    }


def _carried(known: Known | None) -> Record:
    return _some(known, _CARRIED)


def _facts(known: Known | None) -> Record:
    return _some(known, FACTS)


def _some(known: Known | None, names: Sequence[str]) -> Record:
    if known is None:
        return {}
    told: Record = {name: known.row[name] for name in names if name in known.row}
    return {**told, **_with_entries(known.entries)}


def _with_entries(entries: Sequence[Row]) -> Record:
    return {"list_entries": [dict(entry) for entry in entries]} if entries else {}


def _recognise(plans: Sequence[Plan], rows: Sequence[Record], before: Mapping[Key, Known]) -> None:
    """Say of new files which one that is gone they were, where the content alone tells it."""
    here = {plan.listed.key for plan in plans}
    taken = {(plan.listed.key[0], plan.followed_from) for plan in plans if plan.followed_from}
    accounted = here | taken
    gone: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (dataset_id, resource_id), known in before.items():
        sha256 = known.row.get("content_sha256")
        if sha256 and (dataset_id, resource_id) not in accounted:
            gone[dataset_id, sha256].append(resource_id)
    came: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for plan, row in zip(plans, rows, strict=True):
        if plan.before is None and "content_sha256" in row:
            came[row["dataset_id"], row["content_sha256"]].append(row)
    for told, new in came.items():
        old = gone.get(told, [])
        if len(new) == len(old) == 1:
            new[0]["followed_from_id"] = old[0]
