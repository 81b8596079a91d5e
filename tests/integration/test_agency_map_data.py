"""The map is data: another edge gives other marts, the old edge gives the old ones back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ingestion.embedded.postgres import Cluster
from ingestion.transform.marts_hash import hash_marts, overall
from ingestion.transform.runner import build
from tests.conftest import copy_of_template
from tests.integration.project_copy import edit, filled_copy
from tests.integration.raw_fill import RawFill, dossier, procedure

# Bản Lầm's code ended on 30 June 2025; the second dossier uses it late.
EDGE, OTHER_EDGE = "1052,1418,2025-07-01,merge,1,", "1052,1417,2025-07-01,merge,1,"
RAW = "select * from raw.tthc__dossiers order by _period"


def _fill(fill: RawFill) -> None:
    finished = {"trang_thai_ho_so": "9", "result_count": 1, "linked_result_count": 1}
    fill.load("procedures", "2025-08-30", [procedure()])
    for number, day in enumerate(("2025-03-04", "2025-08-04"), start=1):
        moment = f"{day} 09:00"
        code = f"H52.03805-{day[2:4]}{day[5:7]}{day[8:]}-0000{number}"
        rows = [dossier(code, f"{day} 08:00", moment, ngay_ket_thuc_xu_ly=moment, **finished)]
        fill.load("dossiers", day, rows)


@pytest.fixture(scope="module")
def changed(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Path]]:
    """A warehouse and a copy of the project whose seed a test may change."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    with filled_copy(url, tmp_path_factory, _fill) as (warehouse, project):
        yield warehouse, project / "seeds" / "reference" / "agency_succession.csv"


def _rows(warehouse: Engine, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _placed(warehouse: Engine) -> list[tuple[Any, ...]]:
    return _rows(
        warehouse,
        "select agencies.current_agency_key, dossiers.agency_key, dossiers.agency_mapping"
        " from marts.fct_dossier as dossiers inner join marts.dim_agency as agencies"
        " using (agency_key) order by dossiers.received_at",
    )


def _restated(warehouse: Engine) -> list[tuple[Any, ...]]:
    return _rows(
        warehouse,
        "select agency_key, cast(denominator as integer) from marts.fct_indicator_value"
        " where indicator_code = 'TTHC-04' and basis = 'current' and agency_level = 'unit'"
        " and period_type = 'year' and period_start = '2025-01-01' and denominator > 0"
        " order by 1",
    )


def test_another_edge_moves_the_figures_and_the_old_one_gives_the_old_marts(
    changed: tuple[Engine, Path],
) -> None:
    warehouse, seed = changed
    first = build(quiet=True)
    assert first.full_refresh
    before, raw = overall(hash_marts(warehouse)), _rows(warehouse, RAW)
    assert _placed(warehouse) == [(1418, 1052, "code"), (1418, 1418, "heir_of_code")]
    assert _restated(warehouse) == [(1418, 2)]

    edit(seed, EDGE, OTHER_EDGE)
    assert build(quiet=True).full_refresh  # a changed map restates history by itself
    assert _placed(warehouse) == [(1417, 1052, "code"), (1417, 1417, "heir_of_code")]
    assert _restated(warehouse) == [(1417, 2)]
    assert overall(hash_marts(warehouse)) != before

    edit(seed, OTHER_EDGE, EDGE)
    assert build(quiet=True).full_refresh
    assert overall(hash_marts(warehouse)) == before
    assert _rows(warehouse, RAW) == raw  # nothing is deleted
