"""Increments in any order leave the marts that one full build of the same raw rows gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ingestion.core.environment import engine
from ingestion.embedded.postgres import Cluster
from ingestion.transform.environment import dbt_environment
from ingestion.transform.marts_hash import MartHash, hash_marts
from ingestion.transform.runner import render_seeds, run_dbt
from tests.conftest import copy_of_template
from tests.integration.raw_fill import RawFill, Row, dossier, procedure, rating, supplement

Load = tuple[str, str, list[Row], list[Row]]

DONE = {"trang_thai_ho_so": "9", "result_count": 1, "linked_result_count": 1}


def _versions(number: int, *updates: str, **last: Any) -> list[Row]:
    """Versions of one dossier of Sở Tư pháp received on 5 October; the last one differs."""
    code, received = f"H52.D03-261005-{number:05d}", "2026-10-05 08:00"
    rows = [dossier(code, received, update) for update in updates[:-1]]
    return [*rows, dossier(code, received, updates[-1], **last)]


FIRST, FIRST_DONE = _versions(1, "2026-10-05 09:00", "2026-11-10 09:00", **DONE)
VANISHING = _versions(2, "2026-11-10 10:00", **DONE)[0]
FALLING, FALLING_DONE = _versions(
    3, "2026-10-05 10:00", "2026-11-10 11:00", ngay_ket_thuc_xu_ly="2026-11-10 11:00", **DONE
)
UNTOUCHED = dossier("H52.D08-250203-00001", "2025-02-03 08:00", "2025-02-04 08:00", **DONE)
WANDERING, WANDERED = (
    dossier("77", "2026-10-06 08:00", "2026-10-06 08:00", don_vi_xu_ly="Sở Nội vụ"),
    dossier(
        "77",
        "2026-09-30 08:00",
        "2026-11-12 08:00",
        don_vi_xu_ly="Sở Tư pháp",
        supplement_count=1,
        kenh_thuc_hien="2",
        **DONE,
    ),
)
UNKNOWN = dossier(
    "H52.D03-261006-00004", "2026-10-06 08:00", "2026-10-06 09:00", ma_tthc="1.004009", **DONE
)
OLD_LIST = [procedure("1.004001")]
NEW_LIST = [
    procedure("1.004001", thoi_gian_giai_quyet=1, result_kind_count=0),
    procedure("1.004009"),
]

# In the order of arrival: the newest day first, October late, two periods loaded a second time.
STEPS: list[list[Load]] = [
    [
        ("procedures", "2026-10-30", OLD_LIST, []),
        ("dossiers", "2025-02-04", [UNTOUCHED], []),
        ("dossiers", "2026-11-10", [FIRST_DONE, VANISHING, FALLING_DONE], []),
        ("ratings", "2026-11-11", [rating("R1", "77", "2026-11-11 08:00")], []),
    ],
    [
        ("dossiers", "2026-10-06", [FIRST, WANDERING, UNKNOWN], []),
        ("dossiers", "2026-10-05", [FIRST, FALLING], []),
        ("ratings", "2026-10-07", [rating("R2", FIRST["ma_ho_so"], "2026-10-07 08:00")], []),
    ],
    [("dossiers", "2026-11-10", [FIRST_DONE], [])],
    [
        (
            "dossiers",
            "2026-11-12",
            [WANDERED],
            [supplement("77", "2026-11-12 08:00", "2026-10-02 08:00", "2026-10-05 08:00")],
        ),
        ("ratings", "2026-10-07", [], []),
    ],
    [("procedures", "2026-11-30", NEW_LIST, [])],
]


class Warehouse:
    """A warehouse of its own that loads and builds."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = engine(None, url)
        self._fill = RawFill(url)

    def load(self, loads: list[Load]) -> None:
        for resource, period, rows, supplements in loads:
            self._fill.load(resource, period, rows, supplements)

    def run(self, *arguments: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("WAREHOUSE_URL", self.url)
            assert dbt_environment()["CCHC_DBT_DATABASE"] in self.url
            assert run_dbt(["run", *arguments], quiet=True) == 0

    def marts(self) -> dict[str, MartHash]:
        return {mart.name: mart for mart in hash_marts(self.engine)}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def close(self) -> None:
        self._fill.close()
        self.engine.dispose()


@pytest.fixture(scope="module")
def new_warehouse(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Warehouse]]:
    """Makes warehouses with the seeds already in them, closed at the end."""
    made: list[Warehouse] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("var")))
        render_seeds()
        seeded = copy_of_template(postgres_cluster, migrated_template)
        patch.setenv("WAREHOUSE_URL", postgres_cluster.url(seeded))
        assert run_dbt(["seed"], quiet=True) == 0

        def make() -> Warehouse:
            name = copy_of_template(postgres_cluster, seeded)
            made.append(Warehouse(postgres_cluster.url(name)))
            return made[-1]

        yield make
        for warehouse in made:
            warehouse.close()


def _dossiers(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    query = (
        "select dossier_code, agency_key, received_month, finished_month, status_code"
        " from marts.fct_dossier"
    )
    return {row[0]: row[1:] for row in warehouse.rows(query)}


def _batch(warehouse: Warehouse, month: date) -> int:
    query = (
        "select max(_batch_no) from intermediate.int_dossier_parts__monthly"
        f" where month_start = '{month}'"
    )
    return int(warehouse.rows(query)[0][0])


def test_increments_in_any_order_equal_one_full_build(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    february, october, november = date(2025, 2, 1), date(2026, 10, 1), date(2026, 11, 1)
    warehouse = new_warehouse()
    warehouse.load(STEPS[0])
    warehouse.run()
    assert len(_dossiers(warehouse)) == 4

    # Late October: older versions lose, whichever load brought them.
    warehouse.load(STEPS[1])
    warehouse.run()
    found = _dossiers(warehouse)
    assert found[FIRST["ma_ho_so"]] == (103, october, november, "finished")
    assert found["77"] == (119, october, None, "in_progress")
    # Only the months of what came are computed again.
    assert (_batch(warehouse, february), _batch(warehouse, october)) == (1, 2)

    # The day comes again without two dossiers: one is gone, one falls back to its October version.
    warehouse.load(STEPS[2])
    warehouse.run()
    found = _dossiers(warehouse)
    assert VANISHING["ma_ho_so"] not in found
    assert found[FALLING["ma_ho_so"]] == (103, october, None, "in_progress")

    # A late version moves a dossier to another agency and month, and its rating with it.
    warehouse.load(STEPS[3])
    warehouse.run()
    assert _dossiers(warehouse)["77"] == (103, date(2026, 9, 1), november, "finished")
    rated = (
        "select agency_key, tthc_03_rating_online_denominator"
        " from intermediate.int_rating_parts__monthly"
    )
    assert warehouse.rows(rated) == [(103, 1)]

    # A changed list: the dossiers of a changed or newly known procedure follow it.
    warehouse.load(STEPS[4])
    warehouse.run()
    yields = dict(warehouse.rows("select dossier_code, yields_result from marts.fct_dossier"))
    assert yields[UNKNOWN["ma_ho_so"]] is True
    assert yields[FIRST["ma_ho_so"]] is False

    # Nothing new came: nothing is computed again, although a dossier is gone for good.
    before = _batch(warehouse, october)
    warehouse.run()
    assert _batch(warehouse, october) == before

    in_order = new_warehouse()
    final = {(load[0], load[1]): load for step in STEPS for load in step}
    in_order.load([final[key] for key in sorted(final)])
    in_order.run("--full-refresh")
    assert warehouse.marts() == in_order.marts()
