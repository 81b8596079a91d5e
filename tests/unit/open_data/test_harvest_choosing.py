"""Whose turn it is, in which order, and which resource stands under another id."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import yaml

from ingestion.core.contract import ContractError
from ingestion.core.source import SOURCES
from ingestion.sources.open_data_portal.bounds import bounds_from
from ingestion.sources.open_data_portal.choosing import Chooser, Plan, Turn, followed
from ingestion.sources.open_data_portal.known import Day, Known, Listed, Stated

DAY = date(2026, 11, 19)
CHANGED = datetime(2026, 11, 1, tzinfo=UTC)
TAG = '"abc"'
WHEN = "Mon, 02 Nov 2026 00:00:00 GMT"


def listed(resource_id: str = "r1", **changes: object) -> Listed:
    stated = Stated(f"https://a.example/{resource_id}.csv", CHANGED, "", 10)
    base = Listed(("d", resource_id), resource_id, "data", "CSV", "", True, "", stated)
    return replace(base, **changes)  # type: ignore[arg-type]


def saying(item: Listed, **changes: object) -> Listed:
    """The same with other stated facts."""
    return replace(item, stated=replace(item.stated, **changes))  # type: ignore[arg-type]


def known(item: Listed | None = None, **changes: str | None) -> Known:
    row = {
        "looked": "fetched",
        "looked_on": "2026-11-18",
        "looked_at": "2026-11-18T18:00:00Z",
        "content_sha256": "0" * 64,
        "http_validator": TAG,
        "inspector_version": "1",
        **changes,
    }
    return Known({k: v for k, v in row.items() if v is not None}, (), item or listed())


def plan(
    item: Listed, before: Known | None = None, own: Known | None = None, at: str = "10:00"
) -> Plan:
    loaded_at = datetime.fromisoformat(f"2026-11-20T{at}:00+07:00")
    day = Day(
        [item],
        loaded_at,
        {item.key: own} if own else {},
        {before.listed.key: before} if before and before.listed else {},
    )
    (found,) = Chooser(DAY, 7, "1").plans(day)
    return found


@pytest.mark.parametrize(
    ("item", "before", "turn", "validator"),
    [
        (listed(), None, Turn.NEW, None),
        (listed(), known(), Turn.STANDS, None),
        (saying(listed(), modified_at=datetime(2026, 11, 19, tzinfo=UTC)), known(), Turn.NEW, TAG),
        (saying(listed(), stated_hash="x"), known(), Turn.NEW, TAG),
        (saying(listed(), size_bytes=11), known(), Turn.NEW, TAG),
        (listed(), known(problem_code="dead_link"), Turn.AGAIN, TAG),
        (listed(), known(content_sha256=None, looked="not_looked"), Turn.AGAIN, TAG),
        (listed(), known(looked_on="2026-11-13"), Turn.STANDS, None),
        (listed(), known(looked_on="2026-11-12"), Turn.DUE, TAG),
        # What an older inspector said is no answer, so there is nothing to be unchanged.
        (listed(), known(inspector_version="0"), Turn.DUE, None),
        (listed(role="list"), known(), Turn.NEW, None),
        (listed(url_problem_code="no_file"), known(), Turn.REFUSED, None),
        (listed(is_open_to_all=False), known(), Turn.CLOSED, None),
    ],
)
def test_whose_turn_it_is(
    item: Listed, before: Known | None, turn: Turn, validator: str | None
) -> None:
    found = plan(item, before)
    assert (found.turn, found.validator) == (turn, validator)
    assert found.turn.is_asked_for == (turn in (Turn.NEW, Turn.AGAIN, Turn.DUE, Turn.DOUBTFUL))


def test_where_the_portal_says_nothing_the_server_is_asked() -> None:
    silent = saying(listed(), modified_at=None)
    assert plan(silent, known(silent)).turn is Turn.DOUBTFUL
    assert plan(silent, known(silent, http_validator=None)).turn is Turn.WAITS


def test_a_date_is_believed_at_the_same_address_only() -> None:
    elsewhere = saying(listed(), url="https://a.example/moi.csv")
    assert plan(elsewhere, known(http_validator=WHEN)).validator is None
    assert plan(elsewhere, known()).validator == TAG
    again = known(http_validator=WHEN, looked_on="2026-11-01")
    assert plan(listed(), again).validator == WHEN


def test_what_was_looked_at_for_this_snapshot_is_done() -> None:
    # Looked at 2026-11-20 09:00 local time, which is 02:00 UTC.
    own = known(looked_on="2026-11-19", looked_at="2026-11-20T02:00:00Z")
    assert plan(listed(), known(), own, at="08:59").turn is Turn.DONE
    # The snapshot was loaded anew since: the file is asked for again, with what it was had by.
    again = plan(listed(), known(http_validator='"old"'), own, at="09:01")
    assert (again.turn, again.validator) == (Turn.NEW, TAG)
    failed = known(
        looked_on="2026-11-19", looked_at="2026-11-20T02:00:00Z", problem_code="too_slow"
    )
    assert plan(listed(), known(), failed, at="08:59").turn is Turn.NEW


def test_the_order_is_by_turn_and_then_by_the_last_look() -> None:
    due = [known(listed(name), looked_on=f"2026-10-{day}") for name, day in (("b", 19), ("a", 18))]
    plans = [plan(item.listed, item) for item in due if item.listed]
    new = plan(listed("z"))
    queue = sorted([*plans, new], key=lambda one: one.order)
    assert [one.listed.key[1] for one in queue] == ["z", "a", "b"]


def gone(*items: Listed) -> dict[tuple[str, str], Known]:
    return {item.key: known(item) for item in items}


def test_a_resource_is_followed_by_address_then_by_name_and_format() -> None:
    old = listed("old")
    same_address = saying(listed("new", name="khác"), url=old.stated.url)
    assert followed([same_address], gone(old)) == {("d", "new"): ("d", "old")}
    same_name = listed("new", name="OLD")
    assert followed([same_name], gone(old)) == {("d", "new"): ("d", "old")}
    other_format = listed("new", name="old", format_text="PDF")
    assert followed([other_format], gone(old)) == {}


def test_nothing_is_followed_where_two_fit_or_the_dataset_is_another() -> None:
    old = listed("old")
    twins = [listed(name, name="old") for name in ("new-1", "new-2")]
    assert followed(twins, gone(old)) == {}
    elsewhere = replace(listed("new", name="old"), key=("other", "new"))
    assert followed([elsewhere], gone(old)) == {}
    # One that is still there is not gone, whatever has its name now.
    assert followed([old, listed("new", name="old")], gone(old)) == {}


def test_a_misspelt_bound_is_named() -> None:
    given = yaml.safe_load((SOURCES / "open_data_portal" / "source.yml").read_text("utf-8"))
    assert bounds_from(given).contents.recheck_days > 0
    given["contents"]["recheck_day"] = given["contents"].pop("recheck_days")
    with pytest.raises(ContractError, match="recheck_day"):
        bounds_from(given)
