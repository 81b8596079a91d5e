"""The simulated portal through the real adapters and inspector: all of it, and nothing else."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ingestion.core.run import LoadSummary, ingest
from ingestion.sources.open_data_portal import daily
from sandbox.portal import Portal

SEED, SHARE = 7, 0.05
SEARCH_DOWN = dt.date(2026, 10, 15)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the portal."""
    command = [sys.executable, "-m", "sandbox.portal", "--port", "0", "--until", "2026-11-20"]
    command += ["--seed", str(SEED), "--publishers", str(SHARE)]
    command += ["--search-down", str(SEARCH_DOWN)]
    quiet = subprocess.DEVNULL  # files that end too early make the server complain
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=quiet, text=True, env=os.environ
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().removeprefix("ready ").strip()
        assert address.startswith("http://")
        yield address
        server.terminate()


@pytest.fixture(scope="module")
def portal() -> Portal:
    return Portal(SEED, SHARE)


@pytest.fixture
def connected(
    site: str, warehouse: str, var_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    monkeypatch.delenv("CCHC_LANDING", raising=False)
    connect(monkeypatch, site, "ckan")
    return monkeypatch


def connect(monkeypatch: pytest.MonkeyPatch, site: str, kind: str) -> None:
    address = f"{site}/?as_of_header=X-As-Of&portal_kind={kind}"
    monkeypatch.setenv("AIRFLOW_CONN_OPEN_DATA_PORTAL", address)


def rows(warehouse: str, sql: str) -> list[tuple[Any, ...]]:
    engine = create_engine(warehouse)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return found


def loaded(resource: str, day: dt.date) -> LoadSummary:
    (summary,) = ingest("open_data_portal", resource, day, day)
    assert (summary.state, summary.rejected_count) == ("accepted", 0), summary.message
    assert summary.is_synthetic
    return summary


def the_day(portal: Portal, kind: str) -> tuple[dt.date, str]:
    """The only day of an event, and the dataset that it happens to."""
    ((day, dataset_id),) = [
        (happening.event.day, happening.dataset_id)
        for happening in portal.happenings
        if happening.event.kind == kind
        and portal.plan_by_id[happening.dataset_id].owner.drawn < SHARE
    ]
    return day, dataset_id


def test_every_dataset_and_resource_comes_and_a_moved_file_is_followed(
    connected: pytest.MonkeyPatch, warehouse: str, portal: Portal
) -> None:
    moved_on, dataset_id = the_day(portal, "resource_moved")
    before = moved_on - dt.timedelta(days=1)
    told = daily.harvest(before, moved_on)
    assert told["lacking"] == {}
    daily.look(told["days"])
    for day in (before, moved_on):
        public = portal.on(day).public
        expected = {
            (dataset.dataset_id, resource.resource_id)
            for dataset in public
            for resource in dataset.resources
        }
        for table in ("resources", "contents"):
            found = rows(
                warehouse,
                f"select dataset_id, resource_id from raw.open_data_portal__{table} "
                f"where _period = '{day}'",
            )
            assert len(found) == len(expected)
            assert set(found) == expected
        assert rows(
            warehouse,
            f"select count(*) from raw.open_data_portal__datasets "
            f"where _period = '{day}' and state = 'active'",
        ) == [(len(public),)]
    # The ids of a file before and after it moved, by the portal's own account.
    ids = [
        {r.resource_id for r in dataset.resources}
        for day in (before, moved_on)
        for dataset in portal.on(day).public
        if dataset.dataset_id == dataset_id
    ]
    (old,), (new,) = ids[0] - ids[1], ids[1] - ids[0]
    followed = rows(
        warehouse,
        "select _period, dataset_id, resource_id, followed_from_id "
        "from raw.open_data_portal__contents where followed_from_id is not null",
    )
    assert followed == [(str(moved_on), dataset_id, new, old)]
    # Nothing that can be had was left out, and nothing was inspected in vain.
    assert rows(
        warehouse,
        "select count(*) from raw.open_data_portal__contents "
        "where problem_code is null and (content_sha256 is null or real_format is null)",
    ) == [(0,)]
    assert rows(
        warehouse,
        "select distinct looked from raw.open_data_portal__contents order by 1",
    ) == [("fetched",), ("refused",), ("unchanged",)]


def test_a_dataset_that_was_withdrawn_is_in_no_later_snapshot(
    connected: pytest.MonkeyPatch, warehouse: str, portal: Portal
) -> None:
    day, dataset_id = the_day(portal, "withdrawn")
    for some in (day - dt.timedelta(days=1), day):
        loaded("datasets", some)
    assert rows(
        warehouse,
        "select _period, state from raw.open_data_portal__datasets "
        f"where dataset_id = '{dataset_id}' and state = 'active'",
    ) == [(str(day - dt.timedelta(days=1)), "active")]


def test_with_search_down_the_snapshot_is_the_same(
    connected: pytest.MonkeyPatch, warehouse: str, portal: Portal
) -> None:
    day = SEARCH_DOWN - dt.timedelta(days=1)
    columns = "dataset_id, title, state, metadata_sha256"
    calm, down = [
        (
            loaded("datasets", some),
            rows(
                warehouse,
                f"select {columns} from raw.open_data_portal__datasets "
                f"where _period = '{some}' and state = 'active' order by 1",
            ),
        )
        for some in (day, SEARCH_DOWN)
    ]
    unchanged = {
        dataset.dataset_id
        for dataset, other in zip(portal.on(day).public, portal.on(SEARCH_DOWN).public, strict=True)
        if dataset == other
    }
    assert len(unchanged) > 10
    assert [row[0] for row in calm[1]] == [row[0] for row in down[1]]
    assert [row for row in calm[1] if row[0] in unchanged] == [
        row for row in down[1] if row[0] in unchanged
    ]
    assert rows(
        warehouse,
        "select distinct _period, way from raw.open_data_portal__datasets order by 1",
    ) == [(str(day), "search"), (str(SEARCH_DOWN), "list")]


@pytest.mark.parametrize("kind", ["dcat", "pages"])
def test_another_kind_of_portal_gives_the_same_datasets(
    connected: pytest.MonkeyPatch, site: str, warehouse: str, portal: Portal, kind: str
) -> None:
    connect(connected, site, kind)
    day = dt.date(2026, 11, 19)
    loaded("datasets", day)
    public = portal.on(day).public
    found = rows(
        warehouse, "select title from raw.open_data_portal__datasets where state = 'active'"
    )
    assert sorted(title for (title,) in found) == sorted(dataset.title for dataset in public)
    assert rows(warehouse, "select count(*) from raw.open_data_portal__resources") == [
        (sum(len(dataset.resources) for dataset in public),)
    ]
