"""What was published when: every cause of a change, locks, the look back, and what is refused.

One warehouse is filled and built once; each test changes a copy of it and builds on. A change of
code is played by changing what a model left behind, and building on from the model after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ingestion.core.environment import engine
from ingestion.embedded.postgres import Cluster
from ingestion.transform.marts_hash import hash_marts
from ingestion.transform.revisions import last_publication_id, publications, report
from ingestion.transform.runner import BuildFailed, build
from tests.conftest import copy_of_template
from tests.integration.raw_fill import RawFill, Row, dossier, procedure

DONE = {"trang_thai_ho_so": "9", "result_count": 1, "linked_result_count": 1}
FROM_READINGS = "int_readings__monthly+"
"""What is built when a model before the readings gave something else."""

AS_KNOWN = "select * from marts.indicator_as_known_at(cast('{}' as timestamptz))"
PUBLISHED = "select * from marts.fct_indicator_value"
EVERYWHERE = {
    "ops.publication": "published_at",
    "ops.publication_source": "data_as_of",
    "ops.publication_evidence": "evidence",
    "ops.publication_change": "cause",
    "ops.indicator_vintage": "value",
    "ops.indicator_doubt": "quality_state",
}


def _finished(unit: str, day: str, number: int, **changes: Any) -> Row:
    """A dossier received and finished on one day."""
    short = day[2:].replace("-", "")
    return dossier(
        f"{unit}-{short}-{number:05d}",
        f"{day} 08:00",
        f"{day} 16:00",
        ngay_ket_thuc_xu_ly=f"{day} 16:00",
        **(DONE | changes),
    )


class Published:
    """A warehouse that builds and remembers what each publication showed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = engine(None, url)
        self._fill = RawFill(url)
        self.shown: list[tuple[datetime, set[tuple[Any, ...]]]] = []
        self.keep()

    def load(self, resource: str, period: str, rows: list[Row]) -> None:
        self._fill.load(resource, period, rows)

    def build(self, select: str | None = None, restate: str | None = None) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("WAREHOUSE_URL", self.url)
            build(select, quiet=True, restate=restate)
        self.keep()

    def keep(self) -> None:
        """Store what readers see now, and when they saw it."""
        [(moment,)] = self.rows("select clock_timestamp()")
        self.shown.append((moment, set(self.rows(PUBLISHED))))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def run(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    def causes(self) -> set[tuple[str, bool]]:
        """Causes of the last publication, and whether they were held."""
        return set(
            self.rows(
                "select cause, is_held from marts.rpt_revision where publication_id ="
                " (select max(publication_id) from ops.publication)"
            )
        )

    def value(self, period_type: str = "month", start: str = "2026-09-01") -> tuple[Any, ...]:
        """Numerator, denominator and status of TTHC-02 for the province."""
        [row] = self.rows(
            "select cast(numerator as integer), cast(denominator as integer), value_status"
            " from marts.fct_indicator_value where indicator_code = 'TTHC-02' and agency_key = 1"
            f" and period_type = '{period_type}' and period_start = '{start}'"
            " and basis = 'as_was'"
        )
        return row

    def holds_what_was_shown(self) -> None:
        """The look back gives exactly what was shown, for every moment kept."""
        for moment, rows in self.shown:
            assert set(self.rows(AS_KNOWN.format(moment.isoformat()))) == rows, moment

    def close(self) -> None:
        self._fill.close()
        self.engine.dispose()


@pytest.fixture(scope="module")
def built(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A database built once: September and October 2026, and May 2025 on the old map."""
    name = copy_of_template(postgres_cluster, migrated_template)
    url = postgres_cluster.url(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("var")))
        fill = RawFill(url)
        fill.load("procedures", "2026-10-30", [procedure()])
        fill.load("dossiers", "2025-02-03", [_finished("H52.D08", "2025-02-03", 1)])
        fill.load(
            "dossiers",
            "2026-09-10",
            [_finished("H52.D03", "2026-09-10", 1), _finished("H52.D03", "2026-09-10", 2)],
        )
        fill.load("dossiers", "2026-10-20", [_finished("H52.D03", "2026-10-20", 3)])
        fill.close()
        build(quiet=True)
        yield name


@pytest.fixture
def new_published(built: str, postgres_cluster: Cluster) -> Iterator[Callable[[], Published]]:
    """Makes copies of the built warehouse."""
    made: list[Published] = []

    def make() -> Published:
        made.append(Published(postgres_cluster.url(copy_of_template(postgres_cluster, built))))
        return made[-1]

    yield make
    for warehouse in made:
        warehouse.close()


def test_first_late_and_unchanged(new_published: Callable[[], Published]) -> None:
    warehouse = new_published()
    assert warehouse.causes() == {("first", False)}
    assert warehouse.rows("select count(*) from marts.indicator_as_known_at('2020-01-01')") == [
        (0,)
    ]
    before = {mart.name: mart for mart in hash_marts(warehouse.engine)}
    vintages = warehouse.rows("select count(*) from ops.indicator_vintage")

    # The same again: no publication, no vintage.
    warehouse.build()
    assert last_publication_id(warehouse.engine) == 1
    assert warehouse.rows("select count(*) from ops.indicator_vintage") == vintages
    assert {mart.name: mart for mart in hash_marts(warehouse.engine)} == before

    # A day comes again with one dossier more, an old month gets one, the newest day closes October.
    assert warehouse.value(start="2026-10-01")[2] == "estimate"
    rows = [_finished("H52.D03", "2026-09-10", number) for number in (1, 2, 4)]
    warehouse.load("dossiers", "2026-09-10", rows)
    warehouse.load("dossiers", "2026-11-02", [_finished("H52.D03", "2026-11-02", 5)])
    warehouse.build()
    assert warehouse.causes() == {("late_data", False), ("first", False)}
    assert warehouse.value() == (3, 3, "preliminary")
    assert warehouse.value(start="2026-10-01")[2] == "preliminary"
    [publication] = publications(warehouse.engine)
    lines = report(publication)
    assert any("số liệu về sau" in line for line in lines)

    # The day comes a third time without two of them: what vanishes is late data as well.
    warehouse.load("dossiers", "2026-09-10", rows[:1])
    warehouse.build()
    assert warehouse.causes() == {("late_data", False)}
    assert warehouse.value() == (1, 1, "preliminary")
    warehouse.holds_what_was_shown()
    revisions = warehouse.rows(
        "select cast(numerator as integer), cause, known_to is null"
        " from marts.fct_indicator_revision"
        " where indicator_code = 'TTHC-02' and agency_key = 1 and period_type = 'month'"
        " and period_start = '2026-09-01' and basis = 'current' order by known_from"
    )
    assert revisions == [(2, "first", False), (3, "late_data", False), (1, "late_data", True)]


def _sums(warehouse: Published) -> str:
    """The column with the numerator of TTHC-02's headline."""
    [(column,)] = warehouse.rows(
        "select column_name from information_schema.columns where table_schema = 'intermediate'"
        " and table_name = 'int_dossier_parts__monthly'"
        " and column_name like 'tthc\\_02\\_valid\\_e\\_result%\\_numerator'"
    )
    return str(column)


def _count_otherwise(warehouse: Published, count: int) -> None:
    """As if the code had counted otherwise in September."""
    warehouse.run(
        f"update intermediate.int_dossier_parts__monthly set {_sums(warehouse)} = {count}"
        " where month_start = '2026-09-01'"
    )


def test_a_silent_change_is_stopped_and_restated_on_purpose(
    new_published: Callable[[], Published],
) -> None:
    warehouse = new_published()
    _count_otherwise(warehouse, 1)
    with pytest.raises(BuildFailed, match="Dừng công bố") as stopped:
        warehouse.build(FROM_READINGS)
    message = str(stopped.value)
    assert (
        "TTHC-02 (valid_e_result), Sở Tư pháp [103], month 2026-09-01, as_was: 2/2 → 1/2" in message
    )
    assert "--restate" in message
    # Readers still have the whole set of before, and nothing was recorded.
    assert last_publication_id(warehouse.engine) == 1
    assert warehouse.value() == (2, 2, "preliminary")
    assert set(warehouse.rows(PUBLISHED)) == warehouse.shown[0][1]

    warehouse.build(FROM_READINGS, restate="Sửa lỗi đếm kết quả 'trùng'")
    assert warehouse.value() == (1, 2, "preliminary")
    assert warehouse.causes() == {("correction", False)}
    assert warehouse.rows(
        "select restated_reason from ops.publication order by publication_id"
    ) == [
        (None,),
        ("Sửa lỗi đếm kết quả 'trùng'",),
    ]


def test_vintages_are_append_only_for_everybody(new_published: Callable[[], Published]) -> None:
    warehouse = new_published()
    for role in (None, "cchc_owner", "cchc_transform", "cchc_ingest", "bi_reader", "auditor"):
        for table, column in EVERYWHERE.items():
            for statement in (
                f"update {table} set {column} = {column}",
                f"delete from {table}",
                f"truncate {table} cascade",
            ):
                with warehouse.engine.connect() as connection:
                    if role:
                        connection.execute(text(f"set role {role}"))
                    with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
                        connection.execute(text(statement))
    with warehouse.engine.connect() as connection:
        connection.execute(text("set role bi_reader"))
        known = connection.scalar(text("select count(*) from marts.indicator_as_known_at(now())"))
        assert known == connection.scalar(text("select count(*) from marts.fct_indicator_value"))
        assert connection.scalar(text("select count(*) from marts.fct_indicator_revision")) == known


def test_mart_and_vintages_come_together_or_not_at_all(
    new_published: Callable[[], Published],
) -> None:
    warehouse = new_published()
    warehouse.load("dossiers", "2026-09-11", [_finished("H52.D03", "2026-09-11", 6)])
    warehouse.run("revoke insert on ops.indicator_doubt from cchc_transform")
    with pytest.raises(BuildFailed, match="fct_indicator_reading"):
        warehouse.build()
    assert set(warehouse.rows(PUBLISHED)) == warehouse.shown[0][1]
    assert last_publication_id(warehouse.engine) == 1
    assert warehouse.rows("select max(publication_id) from ops.publication_evidence") == [(1,)]

    # Nothing new is loaded meanwhile, and still the change is known for what it is.
    warehouse.run("grant insert on ops.indicator_doubt to cchc_transform")
    warehouse.build(FROM_READINGS)
    assert warehouse.value() == (3, 3, "preliminary")
    assert warehouse.causes() == {("late_data", False)}


def test_a_locked_period_keeps_its_values_until_it_is_opened(
    new_published: Callable[[], Published],
) -> None:
    warehouse = new_published()
    action = (
        "insert into reference.period_locks values ({}, '{}', 'TTHC-02', '2026-09-01',"
        " '2026-09-01', '2026-10-05', 'UBND tỉnh', 'QĐ 1/QĐ-UBND', 'Chốt số liệu quý')"
    )
    warehouse.run(action.format(1, "lock"))
    warehouse.load("dossiers", "2026-09-11", [_finished("H52.D03", "2026-09-11", 6)])
    locked = "int_dossiers__versioned+"
    warehouse.build(locked)
    assert warehouse.value() == (2, 2, "official")
    # The quarter is not locked and takes the late dossier in; other indicators do as well.
    assert warehouse.value("quarter", "2026-07-01") == (3, 3, "preliminary")
    assert ("late_data", True) in warehouse.causes()
    assert any("bị giữ" in line for line in report(publications(warehouse.engine)[0]))
    [(reading,)] = warehouse.rows(
        "select cast(valid_e_result_numerator as integer) from marts.ind_tthc_02"
        " where agency_key = 103 and period_type = 'month' and period_start = '2026-09-01'"
        " and basis = 'current'"
    )
    assert reading == 2

    warehouse.run(action.format(2, "reopen"))
    warehouse.build(FROM_READINGS)
    assert warehouse.value() == (3, 3, "preliminary")
    assert warehouse.causes() == {("correction", False)}
    warehouse.holds_what_was_shown()


def test_a_changed_map_and_back(new_published: Callable[[], Published]) -> None:
    warehouse = new_published()
    before = {mart.name: mart for mart in hash_marts(warehouse.engine)}
    moved = "update reference.agency_succession set successor_key = {} where predecessor_key = 108"
    [(heir,)] = warehouse.rows(
        "select successor_key from reference.agency_succession where predecessor_key = 108"
    )
    from_map = "int_agencies__all+"
    warehouse.run(moved.format(121))
    warehouse.build(from_map)
    assert warehouse.causes() == {("agency_map", False)}
    # The province's values did not move.
    assert warehouse.rows(
        "select count(*) from ops.indicator_vintage where agency_key = 1 and cause = 'agency_map'"
    ) == [(0,)]

    warehouse.run(moved.format(heir))
    warehouse.build(from_map)
    assert {mart.name: mart for mart in hash_marts(warehouse.engine)} == before
    assert last_publication_id(warehouse.engine) == 3
    warehouse.holds_what_was_shown()


def test_a_declared_correction_is_the_cause(new_published: Callable[[], Published]) -> None:
    warehouse = new_published()
    warehouse.run(
        "insert into reference.reading_corrections (correction_id, indicator_code, reading_code,"
        " agency_key, month_start, expect_numerator, expect_denominator, numerator, denominator)"
        " values ('HC-1', 'TTHC-02', 'valid_e_result', 103, '2026-09-01', 2, 2, 1, 2)"
    )
    warehouse.build("int_reading_corrections__resolved+")
    assert warehouse.value() == (1, 2, "preliminary")
    assert warehouse.causes() == {("correction", False)}
    warehouse.holds_what_was_shown()
