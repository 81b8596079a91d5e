"""Following chains of successions: the models' SQL on PostgreSQL against a walk written apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from ingestion.core.environment import engine
from ingestion.embedded.postgres import Cluster
from ingestion.transform.environment import target_dir
from ingestion.transform.runner import render_seeds, run_dbt
from tests.conftest import copy_of_template

CUTS = [date(year, 1, 1) for year in (2020, 2021, 2022, 2023, 2024)]
CERTAINTIES = ["seen", "recalled", "inferred", "open"]
NODES = (-3, -4)
TABLES = """
create table intermediate.int_agencies__all (
    agency_key integer, name_vi text, valid_from date, valid_to date, note text
);
create table reference.agency_succession (
    predecessor_key integer, successor_key integer, share numeric, certainty text, note text
);
"""


@dataclass(frozen=True)
class Body:
    """An agency between two days."""

    key: int
    first: date
    end: date | None


@dataclass(frozen=True)
class Edge:
    """One edge of the map."""

    old: int
    new: int
    share: Decimal | None
    certainty: str


@dataclass(frozen=True)
class Forest:
    """A random map: what exists when, and who follows whom."""

    bodies: tuple[Body, ...]
    edges: tuple[Edge, ...]

    def leaving(self, key: int) -> list[Edge]:
        return [edge for edge in self.edges if edge.old == key]


@st.composite
def forests(draw: st.DrawFn) -> Forest:
    """Merges, splits, stated and unknown shares, declared nodes, ends without any successor."""
    keys = iter(draw(st.permutations(range(10, 10 + 4 * len(CUTS)))))
    bodies = [
        Body(next(keys), first, draw(st.sampled_from([*CUTS[number + 1 :], None])))
        for number, first in enumerate(CUTS)
        for _ in range(draw(st.integers(1, 4)))
    ]
    edges = []
    for body in bodies:
        heirs = [other.key for other in bodies if other.first == body.end]
        if body.end is None or not heirs:
            continue
        chosen = draw(
            st.one_of(
                st.sampled_from(heirs).map(lambda heir: [heir]),
                st.lists(st.sampled_from([*heirs, -3]), unique=True, max_size=3),
            )
        )
        for heir in chosen:
            # Whole steps often, so that chains get long.
            share = draw(st.sampled_from(["1", "1", "1", "1", "0.5", "0.25", None]))
            known = None if share is None or heir < 0 else Decimal(share)
            edges.append(Edge(body.key, heir, known, draw(st.sampled_from(CERTAINTIES))))
    return Forest(tuple(bodies), tuple(edges))


@pytest.fixture(scope="module")
def models(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, dict[str, str]]]:
    """A database with the two inputs, empty, and the models' SQL as dbt compiles it."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    names = ["int_agencies__succeeded", "int_agencies__lineage"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("var")))
        render_seeds()
        assert run_dbt(["compile", "--select", *names], quiet=True) == 0
        compiled = {
            path.stem: path.read_text(encoding="utf-8")
            for path in Path(target_dir() / "compiled").rglob("*.sql")
            if path.stem in names
        }
    assert compiled.keys() == set(names)
    warehouse = engine(None, url)
    with warehouse.begin() as connection:
        connection.exec_driver_sql("create schema if not exists reference")
        connection.exec_driver_sql("create schema if not exists intermediate")
        connection.exec_driver_sql(TABLES)
    yield warehouse, compiled
    warehouse.dispose()


def _fill(connection: Connection, forest: Forest) -> None:
    bodies = [{"key": b.key, "name": f"Số {b.key}", "first": b.first, "end": b.end}
              for b in forest.bodies]  # fmt: skip
    bodies += [{"key": key, "name": "Nút", "first": CUTS[0], "end": None} for key in NODES]
    connection.execute(
        text("insert into intermediate.int_agencies__all values (:key, :name, :first, :end, 'n')"),
        bodies,
    )
    if forest.edges:
        connection.execute(
            text("insert into reference.agency_succession values (:o, :n, :share, :sure, null)"),
            [{"o": e.old, "n": e.new, "share": e.share, "sure": e.certainty}
             for e in forest.edges],
        )  # fmt: skip


def _walk(forest: Forest, start: Body, day: date) -> tuple[int, int, str]:
    """With whom the figures stand on a day: heir, steps, weakest certainty (rules in prose)."""
    ends = {body.key: body.end for body in forest.bodies}
    at, steps, weakest = start.key, 0, 0
    while True:
        end = ends[at]
        if end is None or day < end:
            return at, steps, CERTAINTIES[weakest]
        onward = forest.leaving(at)
        ranks = [CERTAINTIES.index(edge.certainty) for edge in onward] or [3]
        weakest, steps = max(weakest, *ranks), steps + 1
        if len(onward) != 1:
            return -4, steps, CERTAINTIES[weakest]
        if onward[0].new < 0:
            return onward[0].new, steps, CERTAINTIES[weakest]
        if onward[0].share != 1:
            return -4, steps, CERTAINTIES[weakest]
        at = onward[0].new


def _shares(forest: Forest, key: int, part: Decimal | None) -> list[tuple[int, Decimal | None]]:
    """Each way from an agency to each heir, with its product of shares."""
    ways = []
    for edge in forest.leaving(key):
        if edge.new > 0:
            share = None if part is None or edge.share is None else part * edge.share
            ways += [(edge.new, share), *_shares(forest, edge.new, share)]
    return ways


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(forest=forests())
def test_figures_stand_with_one_heir_on_every_day(
    models: tuple[Engine, dict[str, str]], forest: Forest
) -> None:
    warehouse, compiled = models
    with warehouse.connect() as connection:
        _fill(connection, forest)
        rows = connection.execute(text(compiled["int_agencies__succeeded"])).all()
        connection.rollback()
    for body in forest.bodies:
        days = {body.first, *(cut for cut in CUTS if cut >= body.first), date(2030, 1, 1)}
        days |= {cut - timedelta(days=1) for cut in CUTS if cut > body.first}
        for day in days:
            [row] = [
                r for r in rows
                if r.agency_key == body.key
                and r.heir_from <= day and (r.heir_to is None or day < r.heir_to)
            ]  # fmt: skip
            heir, steps, certainty = _walk(forest, body, day)
            assert (row.heir_key, row.steps, row.certainty) == (heir, steps, certainty)
            assert row.is_exact == (heir > 0) == (row.reason_vi is None)
            assert row.share == (1 if heir > 0 else None)  # no share is invented
        assert not [r for r in rows if r.agency_key == body.key and r.heir_from < body.first]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(forest=forests())
def test_parts_are_told_with_the_share_of_all_ways(
    models: tuple[Engine, dict[str, str]], forest: Forest
) -> None:
    warehouse, compiled = models
    with warehouse.connect() as connection:
        _fill(connection, forest)
        rows = connection.execute(text(compiled["int_agencies__lineage"])).all()
        connection.rollback()
    expected: dict[tuple[int, int], Decimal | None] = {}
    for body in forest.bodies:
        for heir, share in _shares(forest, body.key, Decimal(1)):
            held = expected.get((body.key, heir), Decimal(0))
            expected[body.key, heir] = None if held is None or share is None else held + share
    assert {(r.agency_key, r.heir_key): r.share for r in rows} == expected
    assert len(rows) == len(expected)


def test_a_chain_longer_than_the_bound_is_visibly_unallocated(
    models: tuple[Engine, dict[str, str]],
) -> None:
    years = [date(1990 + number, 1, 1) for number in range(26)]
    bodies = tuple(
        Body(100 + number, first, years[number + 1] if number < 25 else None)
        for number, first in enumerate(years)
    )
    edges = tuple(Edge(body.key, body.key + 1, Decimal(1), "seen") for body in bodies[:-1])
    warehouse, compiled = models
    with warehouse.connect() as connection:
        _fill(connection, Forest(bodies, edges))
        rows = connection.execute(text(compiled["int_agencies__succeeded"])).all()
        connection.rollback()
    last = {r.agency_key: r for r in rows if r.heir_to is None}
    assert (last[100].heir_key, last[100].is_exact, last[100].steps) == (-4, False, 21)
    assert last[100].reason_vi == "Qua Số 120: Chuỗi kế thừa quá dài hoặc quay vòng"
    assert (last[110].heir_key, last[110].is_exact, last[110].steps) == (125, True, 15)
