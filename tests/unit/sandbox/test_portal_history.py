"""The simulated open-data portal day by day, and what its files hold, read by bare readers."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from functools import cache

import openpyxl
import pyarrow.parquet as pq
import pytest
import xlrd
from lxml import etree
from python_calamine import CalamineWorkbook

from sandbox.portal import Dataset, Portal, Resource, State
from sandbox.portal.defects import all_defects
from sandbox.portal.plans import Plan
from sandbox.portal.settings import read_yaml, settings
from sandbox.portal.subjects import Table
from sandbox.portal.writers import FORMATS, write

DAY = dt.date(2026, 11, 23)
ONE = dt.timedelta(days=1)


@cache
def portal() -> Portal:
    return Portal(7)


@cache
def state(day: dt.date = DAY) -> State:
    return portal().on(day)


def of(dataset_id: str, day: dt.date) -> Dataset:
    return next(d for d in state(day).datasets if d.dataset_id == dataset_id)


def data(dataset: Dataset) -> Resource:
    return next(r for r in dataset.resources if r.role == "data")


def plans_with(kind: str) -> list[tuple[Plan, str]]:
    return [(p, portal().id_of(p)) for p in portal().plans if p.event and p.event.kind == kind]


def rows_of(content: bytes, format_text: str) -> list[list[object]]:
    """Read a file as somebody would who knows only its format."""
    name = format_text.upper().removeprefix(".")
    if name == "CSV":
        text = content.decode("utf-8-sig")
        delimiter = ";" if ";" in text.splitlines()[0] else ","
        return [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    if name == "XLSX":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        return [list(row) for row in sheet.iter_rows(values_only=True)]
    if name == "XLS":
        sheet = xlrd.open_workbook(file_contents=content).sheet_by_index(0)
        return [list(sheet.row_values(row)) for row in range(sheet.nrows)]
    if name == "ODS":
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [list(row) for row in book.get_sheet_by_index(0).to_python()]
    if name == "JSON":
        records = json.loads(content)
    elif name == "GEOJSON":
        records = [feature["properties"] for feature in json.loads(content)["features"]]
    elif name == "XML":
        records = [{o.get("ten"): o.text for o in row} for row in etree.fromstring(content)]
    elif name == "PARQUET":
        records = pq.read_table(io.BytesIO(content)).to_pylist()
    else:
        raise AssertionError(f"{format_text} is not machine-readable")
    return [list(records[0]), *[list(record.values()) for record in records]]


def test_a_day_is_the_same_whoever_asks_and_at_any_share() -> None:
    again = Portal(7).on(DAY)
    assert again == state()
    few = Portal(7, 0.2).on(DAY)
    assert 20 < len(few.datasets) < len(state().datasets)
    by_id = {d.dataset_id: d for d in state().datasets}
    with_lists = [d for d in few.datasets if d.name.endswith("danh-muc-du-lieu-mo")]
    assert all(by_id[d.dataset_id] == d for d in few.datasets if d not in with_lists)
    other = {d.dataset_id for d in Portal(8).on(DAY).datasets}
    assert not other & set(by_id)


def test_it_is_about_as_large_as_a_province() -> None:
    assert 160 <= len(state().public) <= 200
    assert len({d.dataset_id for d in state().datasets}) == len(state().datasets)
    assert len({d.name for d in state().datasets}) == len(state().datasets)
    ids = [r.resource_id for d in state().datasets for r in d.resources]
    assert len(set(ids)) == len(ids)
    large = Portal(7, scale=14).on(DAY)
    assert len(large.datasets) >= 2_000
    assert sum(len(d.resources) for d in large.datasets) >= 10_000


def test_good_files_are_what_they_say() -> None:
    formats = set()
    for dataset in state().public:
        plan = portal().plan_by_id[dataset.dataset_id]
        if plan.defect and plan.defect.breaks:
            continue
        for resource in dataset.resources:
            stored = state().files[resource.path]
            path = stored.location or stored.path
            if stored.status not in (200, 302):
                continue
            header, *rows = rows_of(state().content(path), resource.format_text)
            assert rows, resource.path
            assert all(header), resource.path
            assert len(set(header)) == len(header), resource.path
            assert {len(row) for row in rows} == {len(header)}, resource.path
            formats.add(resource.format_text.upper().removeprefix("."))
    assert {"CSV", "XLSX", "JSON"} <= formats


@pytest.mark.parametrize("kind", settings().kinds)
def test_every_kind_of_file_reads_back(kind: str) -> None:
    header, rows = ("STT", "Tên", "Vĩ độ", "Kinh độ"), ((1, "Bản Bó", 21.5, 103.9),) * 3
    content = write(Table(header, rows, lat=2, lon=3), kind)
    assert content == write(Table(header, rows, lat=2, lon=3), kind)
    names, *read = rows_of(content, FORMATS[kind][0])
    assert [str(name) for name in names] == list(header[: len(names)])
    assert len(read) == 3
    assert {str(row[1]) for row in read} == {"Bản Bó"}


def test_a_file_changes_as_often_as_it_says() -> None:
    plan = next(p for p in portal().plans if p.frequency == "monthly" and not p.defect)
    dataset_id = portal().id_of(plan)
    days = [dt.date(2026, 8, 1) + n * ONE for n in range(60)]
    seen = [data(of(dataset_id, day)) for day in days]
    tags = [state(day).files[r.path].etag for day, r in zip(days, seen, strict=True)]
    changed = [n for n in range(1, 60) if tags[n] != tags[n - 1]]
    assert len(changed) in (2, 3)
    for n in changed:
        now, before = seen[n].modified_at, seen[n - 1].modified_at
        assert now is not None and before is not None
        assert now.date() == days[n] > before.date()
        bodies = {state(day).content(seen[n].path) for day in (days[n], days[n] - ONE)}
        assert len(bodies) == 2


@pytest.mark.parametrize("kind", ["withdrawn", "returned", "made_private"])
def test_datasets_go_and_some_come_back(kind: str) -> None:
    found = plans_with(kind)
    assert found
    for plan, dataset_id in found:
        assert plan.event
        assert of(dataset_id, plan.event.day - ONE).state == "active"
        gone = of(dataset_id, plan.event.day)
        assert gone.state == ("private" if kind == "made_private" else "deleted")
        assert gone not in state(plan.event.day).public
        if kind == "returned":
            assert plan.event.until
            assert of(dataset_id, plan.event.until - ONE).state == "deleted"
            assert of(dataset_id, plan.event.until).state == "active"


def test_edits_are_said_or_silent() -> None:
    for kind in ("edited", "silently_edited"):
        for plan, dataset_id in plans_with(kind):
            assert plan.event
            before, after = of(dataset_id, plan.event.day - ONE), of(dataset_id, plan.event.day)
            assert before.description != after.description
            updated = data(before).modified_at != data(after).modified_at
            said = before.modified_at != after.modified_at
            assert said is (kind == "edited" or updated)


def test_a_file_can_change_without_a_word() -> None:
    found = plans_with("silently_changed")
    assert found
    for plan, dataset_id in found:
        assert plan.event
        days = (plan.event.day - ONE, plan.event.day)
        old, new = (data(of(dataset_id, day)) for day in days)
        if old.modified_at == new.modified_at:
            assert (old.resource_id, old.path) == (new.resource_id, new.path)
            assert state(days[0]).content(old.path) != state(days[1]).content(new.path)
            assert state(days[0]).files[old.path].etag != state(days[1]).files[new.path].etag


def test_a_resource_can_stand_under_a_new_id() -> None:
    moved, replaced = plans_with("resource_moved"), plans_with("resource_replaced")
    assert moved and replaced
    for plan, dataset_id in moved + replaced:
        assert plan.event
        days = (plan.event.day - ONE, plan.event.day)
        old, new = (data(of(dataset_id, day)) for day in days)
        assert old.resource_id != new.resource_id
        assert (old.name, old.format_text) == (new.name, new.format_text)
        assert (old.path == new.path) is (plan.event.kind == "resource_moved")


def test_every_kind_of_defect_and_event_is_there() -> None:
    assert {p.defect.defect_id for p in portal().plans if p.defect} == set(all_defects())
    happened = {h.event.kind for h in portal().happenings}
    assert happened == set(read_yaml("history.yml")["kinds"])


def test_publishers_are_spelt_in_many_ways_and_some_publish_nothing() -> None:
    titles = {p.agency_code: p.title for p in state().publishers}
    assert {title.split()[0] for title in titles.values()} >= {"UBND", "Sở", "SỞ", "Xã", "Ủy"}
    with_data = {d.publisher_id for d in state().public}
    assert {p.agency_code for p in state().publishers if p.publisher_id not in with_data} >= {
        "SDTTG",
        "03862",
    }
    assert "03868" not in titles


def test_a_list_names_what_its_publisher_has() -> None:
    with_list = [d for d in state().public if d.resources[0].role == "list"]
    assert len(with_list) > 10
    left_off = {
        portal().id_of(plan)
        for plan in portal().plans
        if plan.defect and plan.defect.is_left_off_list
    }
    assert left_off
    for dataset in with_list:
        _, *rows = rows_of(state().content(dataset.resources[0].path), "CSV")
        titles = {d.title.upper(): d.name for d in state().datasets}
        listed = {row[2] or titles[str(row[1])] for row in rows}
        mine = [d for d in state().datasets if d.publisher_id == dataset.publisher_id]
        assert {d.name for d in mine if d.dataset_id not in left_off} <= listed
        code = portal().plan_by_id[dataset.dataset_id].owner.publisher.agency_code
        astray = {
            d.name
            for d in state().datasets
            if (plan := portal().plan_by_id[d.dataset_id]).defect
            and "publisher" in plan.defect.dataset
            and plan.owner.publisher.agency_code == code
        }
        assert listed - {d.name for d in mine} <= astray


def test_a_list_says_when_a_dataset_came_or_went() -> None:
    other = Portal(3)  # a seed at which publishers with lists lose datasets
    changed = 0
    for happening in other.happenings:
        if happening.event.kind != "publisher_moved":
            continue
        before, after = (other.on(happening.event.day - n * ONE) for n in (1, 0))
        owners = [
            next(d.publisher_id for d in one.datasets if d.dataset_id == happening.dataset_id)
            for one in (before, after)
        ]
        assert owners[0] != owners[1]
        old, new = lists_of(before), lists_of(after)
        for owner in set(owners) & set(old):
            assert old[owner].modified_at != new[owner].modified_at
            assert before.content(old[owner].path) != after.content(new[owner].path)
            changed += 1
    assert changed


def lists_of(one: State) -> dict[str, Resource]:
    """The lists of datasets of a day, by the id of their publisher."""
    return {
        dataset.publisher_id: dataset.resources[0]
        for dataset in one.public
        if dataset.resources[0].role == "list"
    }
