"""Who publishes which budget document when: the rule of each year, and what is done about it."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from functools import cache

import pytest

from sandbox.budget.calendar import Calendar, KeyLine, Publication
from sandbox.budget.habits import print_file
from sandbox.budget.obligations import Obligation
from sandbox.budget.styles import FILE_KINDS

UNTIL = dt.date(2026, 11, 20)


@cache
def whole() -> Calendar:
    return Calendar(UNTIL, seed=3)


@cache
def key() -> list[KeyLine]:
    return list(whole().answer_key())


def owed(**wanted: object) -> list[Obligation]:
    """Obligations whose named facts are as given; ``level`` is the publisher's."""
    return [
        one
        for one in whole().obligations
        if all(
            getattr(one.publisher if name in ("level", "code") else one, name) == value
            for name, value in wanted.items()
        )
    ]


@pytest.mark.parametrize(
    ("day", "departments", "districts", "communes"),
    [
        (dt.date(2021, 1, 1), 18, 12, 204),
        (dt.date(2024, 12, 31), 18, 12, 204),
        (dt.date(2025, 1, 1), 18, 12, 200),
        (dt.date(2025, 3, 1), 13, 12, 200),
        (dt.date(2025, 6, 30), 13, 12, 200),
        (dt.date(2025, 7, 1), 13, 0, 75),
        (UNTIL, 13, 0, 75),
    ],
)
def test_publishers_of_the_day(
    day: dt.date, departments: int, districts: int, communes: int
) -> None:
    there = collections.Counter(p.level for p in whole().publishers if p.exists_on(day))

    assert there["province"] == 1
    assert (there["unit"], there["district"], there["commune"]) == (
        departments,
        districts,
        communes,
    )


@pytest.mark.parametrize(
    ("budget_year", "communes"),
    [(2021, 204), (2024, 204), (2025, 204), (2026, 75)],
)
def test_every_commune_of_the_time_owes_its_decided_estimate(
    budget_year: int, communes: int
) -> None:
    found = owed(level="commune", kind="decided_estimate", budget_year=budget_year)

    assert len(found) == communes


def test_what_ended_in_mid_2025_owes_no_half_year_report_and_nor_do_its_heirs() -> None:
    found = [o for o in owed(kind="execution", budget_year=2025) if o.period.type == "half_year"]

    assert {o.publisher.level for o in found} == {"province", "unit"}


@pytest.mark.parametrize(
    ("kind", "budget_year", "regime"),
    [
        ("decided_estimate", 2025, "old"),
        ("decided_estimate", 2026, "new"),
        ("execution", 2025, "old"),
        ("execution", 2026, "new"),
        ("settlement", 2024, "old"),
        ("settlement", 2025, "new"),
    ],
)
def test_the_regime_goes_by_the_budget_year_and_a_year_earlier_for_settlements(
    kind: str, budget_year: int, regime: str
) -> None:
    assert {o.regime for o in owed(kind=kind, budget_year=budget_year)} == {regime}


@pytest.mark.parametrize(
    ("budget_year", "periods"),
    [
        (2024, {("quarter", 1): 15, ("half_year", 1): 15, ("quarter", 7): 15}),
        (2026, {("quarter", 1): 10, ("half_year", 1): 10, ("nine_months", 1): 10}),
    ],
)
def test_execution_reports_are_due_so_many_days_after_their_period(
    budget_year: int, periods: dict[tuple[str, int], int]
) -> None:
    found = owed(kind="execution", budget_year=budget_year, level="province")
    days = {
        (o.period.type, o.period.start.month): (o.due_on - o.period.end).days
        for o in found
        if o.due_on
    }

    assert days == periods


@pytest.mark.parametrize(
    ("level", "kind", "budget_year", "days"),
    [
        ("province", "decided_estimate", 2024, 30),
        ("commune", "settlement", 2023, 30),
        ("unit", "decided_estimate", 2024, 15),
        ("unit", "decided_estimate", 2026, 30),
        ("unit", "settlement", 2025, 30),
    ],
)
def test_estimates_and_settlements_are_due_so_many_days_after_their_document(
    level: str, kind: str, budget_year: int, days: int
) -> None:
    found = owed(level=level, kind=kind, budget_year=budget_year)

    assert found
    assert {(o.due_on - o.approved_on).days for o in found if o.due_on} == {days}


def test_settlements_of_the_new_law_are_approved_before_its_dates() -> None:
    province = owed(level="province", kind="settlement", budget_year=2025)
    communes = owed(level="commune", kind="settlement", budget_year=2025)

    assert [o.approved_on < dt.date(2026, 7, 1) for o in province] == [True]
    assert len(communes) == 75
    assert max(o.approved_on for o in communes) < dt.date(2026, 3, 31)


def test_drafts_of_the_new_law_are_due_five_working_days_after_the_session() -> None:
    # 9/12/2025 is a Tuesday, 19/12/2025 a Friday.
    assert {o.due_on for o in owed(level="province", kind="draft_estimate", budget_year=2026)} == {
        dt.date(2025, 12, 16)
    }
    assert {o.due_on for o in owed(level="commune", kind="draft_estimate", budget_year=2026)} == {
        dt.date(2025, 12, 26)
    }


def test_no_deadline_is_known_for_the_annual_execution_of_the_old_regime() -> None:
    old = [o for o in owed(kind="execution", budget_year=2023) if o.period.type == "year"]

    assert old
    assert {o.due_on for o in old} == {None}


def test_nothing_is_published_before_it_is_approved_or_after_the_day() -> None:
    assert all(p.published_on >= p.obligation.approved_on for p in whole().publications)
    assert max(p.published_on for p in whole().publications) <= UNTIL


def test_the_same_seed_gives_the_same_and_another_seed_does_not() -> None:
    again = Calendar(UNTIL, seed=3, publishers=0.1)
    other = Calendar(UNTIL, seed=4, publishers=0.1)

    assert again.publications == Calendar(UNTIL, seed=3, publishers=0.1).publications
    assert again.publications != other.publications


def test_what_a_publisher_does_depends_neither_on_the_day_nor_on_how_many_there_are() -> None:
    early = Calendar(dt.date(2023, 6, 30), seed=3, publishers=0.05)
    known = {p.key: p for p in whole().publications}

    assert len(early.publications) > 100
    assert all(known[p.key] == p for p in early.publications)
    assert {p.key for p in early.publications} == {
        p.key
        for p in whole().publications
        if p.published_on <= early.until and p.obligation.publisher in early.publishers
    }


def test_the_share_of_publishers_can_be_made_small_but_some_are_always_there() -> None:
    few = Calendar(UNTIL, seed=3, publishers=0.0)
    there = {(p.code, p.level) for p in few.publishers}

    assert {("14", "province"), ("STC", "unit"), ("SGDDT", "unit"), ("04129", "commune")} <= there
    assert len(few.publishers) < 25


def share(lines: list[KeyLine], *outcomes: str) -> float:
    return sum(line.outcome in outcomes for line in lines) / len(lines)


@pytest.mark.parametrize(
    ("year", "missing", "late"), [(2021, 0.30, 0.30), (2024, 0.15, 0.20), (2026, 0.06, 0.10)]
)
def test_as_many_are_missing_and_late_as_configured(year: int, missing: float, late: float) -> None:
    lines = [
        line
        for line in key()
        if line.level == "commune" and line.due_on and line.approved_on.year == year
    ]
    there = [line for line in lines if line.outcome in ("on_time", "late")]

    # The habits change along the year; a few in a hundred of play.
    assert abs(share(lines, "missing") - missing) < 0.05
    assert abs(share(there, "late") - late) < 0.06


def test_the_outcome_follows_from_the_days() -> None:
    for line in key():
        if line.outcome == "on_time":
            assert line.completed_on and line.due_on and line.completed_on <= line.due_on
        elif line.outcome == "late":
            assert line.completed_on and line.due_on and line.completed_on > line.due_on
        elif line.outcome == "missing":
            assert line.forms_published == 0 and line.due_on and line.due_on < UNTIL
        elif line.outcome == "incomplete":
            assert 0 < line.forms_published < line.forms_due


def test_the_key_has_a_line_for_all_that_is_owed() -> None:
    assert len(key()) == len(whole().obligations)
    assert {line.outcome for line in key()} == {
        "on_time",
        "late",
        "missing",
        "incomplete",
        "no_due_day",
    }


def test_a_document_whose_due_day_lies_ahead_is_pending() -> None:
    calendar = Calendar(dt.date(2026, 4, 3), seed=3, publishers=1.0)
    pending = [line for line in calendar.answer_key() if line.outcome == "pending"]

    assert pending
    assert all(line.due_on and line.due_on >= calendar.until for line in pending)


def by(publisher: str) -> list[Publication]:
    return [p for p in whole().publications if p.publisher_name == publisher]


def test_the_province_shows_every_form_as_a_record_of_its_own() -> None:
    province = [p for p in whole().publications if p.obligation.publisher.level == "province"]

    assert {p.door for p in province} == {"ckns"}
    assert {len(p.form_keys) for p in province} == {1}
    assert len({p.form_keys for p in province}) == 36


def test_a_commune_puts_its_forms_into_one_workbook_on_the_page() -> None:
    settlements = [
        p
        for p in whole().publications
        if p.obligation.publisher.level == "commune" and p.obligation.kind == "settlement"
    ]

    assert {p.door for p in settlements} == {"web", "manual"}
    assert max(len(p.form_keys) for p in settlements) == 5


def test_names_are_those_of_the_day() -> None:
    names = {
        (p.publisher_name, p.published_on < dt.date(2025, 1, 1))
        for p in whole().publications
        if p.obligation.publisher.code == "04138"
    }

    assert ("UBND xã Cò  Nòi", True) in names
    assert ("UBND xã Cò  Nòi", False) not in names


def test_two_communes_of_one_name_are_told_apart_by_their_key_only() -> None:
    keys = {p.obligation.publisher.agency_key for p in by("UBND xã Chiềng Chung")}

    assert len(keys) == 2


def test_addresses_are_unique() -> None:
    addresses = [p.address for p in whole().publications]

    assert len(addresses) == len(set(addresses))


def test_blemishes_are_few_and_there() -> None:
    published = [p for p in whole().publications if p.form_keys]
    parts = {
        "no day": [not p.states_published_on for p in published],
        "no file": [not p.versions for p in published],
        "replaced": [len(p.versions) > 1 for p in published],
        "defect": [bool(p.versions and p.versions[0].order.defects) for p in published],
    }

    shares = {name: sum(found) / len(found) for name, found in parts.items()}
    assert {name for name, found in shares.items() if not 0.005 < found < 0.1} == set()


def test_files_are_of_every_kind_and_one_form_where_the_kind_holds_no_more() -> None:
    orders = [p.versions[0].order for p in whole().publications if p.versions]

    assert {order.style.kind for order in orders} == set(FILE_KINDS)
    assert {len(order.forms) for order in orders if order.style.kind in ("xml", "csv")} == {1}


def test_files_with_a_defect_can_be_made_and_differ_from_sound_ones() -> None:
    spoilt = [
        p.versions[0].order
        for p in whole().publications
        if p.versions and p.versions[0].order.defects
    ]
    by_defect = {order.defects: order for order in spoilt}
    differing = {
        defects
        for defects, order in by_defect.items()
        if print_file(order).content != print_file(dataclasses.replace(order, defects=())).content
    }

    assert len(by_defect) > 20
    # A form may have nothing that its defect could spoil: it is published as it should be then.
    assert len(differing) >= 0.8 * len(by_defect)


def test_the_ending_of_a_name_may_lie_about_the_kind() -> None:
    renamed = next(
        p
        for p in whole().publications
        if p.versions and p.versions[0].order.style.kind == "xlsx_as_xls"
    )

    assert renamed.file_name.endswith(".xls")
    assert renamed.address.endswith(renamed.file_name) or renamed.door == "manual"


def test_a_replaced_file_is_another_version_weeks_later() -> None:
    replaced = next(p for p in whole().publications if len(p.versions) == 2)
    first, second = replaced.versions

    assert (second.published_on - first.published_on).days >= 14
    assert (first.order.version, second.order.version) == (1, 2)
    assert replaced.version_on(first.published_on) == first
    assert replaced.version_on(second.published_on) == second
    assert replaced.version_on(first.published_on - dt.timedelta(days=1)) is None


def test_districts_have_entries_without_files_until_they_end() -> None:
    districts = [p for p in whole().publications if p.obligation.publisher.level == "district"]

    assert districts
    assert not any(p.versions for p in districts)
    assert max(p.obligation.approved_on for p in districts) < dt.date(2025, 7, 1)
