"""A second formula that begins in a later month, on a copy of the project."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ingestion.catalogue.problem import CatalogueError
from ingestion.embedded.postgres import Cluster
from ingestion.transform.runner import build
from tests.conftest import copy_of_template
from tests.integration.project_copy import PROJECT, edit, filled_copy
from tests.integration.raw_fill import RawFill, dossier, procedure

SECOND = """  - version: 2
    valid_from: '2026-10-01'
    document: Quyết định thử nghiệm
name:
"""
OLD_BOTH = "'reading': 'both', 'month': 'finished_month',"
NEW_BOTH = """'reading': 'both', 'month': 'finished_month', 'versions': [2],
            'denominator': 'is_finished',
            'numerator': 'has_digitised_document',
        },
        {
            'indicator': 'TTHC-04', 'reading': 'both', 'month': 'finished_month',"""


def _add_second_version(project: Path) -> None:
    """From October 2026 on, `both` needs the digitised documents only."""
    edit(project / "indicators" / "TTHC-04.yml", "\nname:\n", "\n" + SECOND)
    formulas = project / "macros" / "readings.sql"
    edit(formulas, OLD_BOTH, NEW_BOTH)
    for reading in ("dossiers", "results"):
        mark = f"'indicator': 'TTHC-04', 'reading': '{reading}',"
        edit(formulas, mark, mark + " 'versions': [1, 2],")


def _fill(fill: RawFill) -> None:
    fill.load("procedures", "2026-10-30", [procedure()])
    for number, day in enumerate(("2026-09-10", "2026-10-10"), start=1):
        fill.load(
            "dossiers",
            day,
            [
                dossier(
                    f"H52.D03-26{day[5:7]}10-0000{number}",
                    f"{day} 08:00",
                    f"{day} 09:00",
                    ngay_ket_thuc_xu_ly=f"{day} 09:00",
                    trang_thai_ho_so="9",
                    digitised_document_count=1,
                )
            ],
        )


@pytest.fixture(scope="module")
def warehouse_and_project(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Path]]:
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    with filled_copy(url, tmp_path_factory, _fill) as (warehouse, project):
        yield warehouse, project


def _rows(warehouse: Engine, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


READINGS = (
    "select cast(month_start as text), reading_code, cast(numerator as integer), formula_version"
    " from intermediate.int_readings__monthly"
    " where indicator_code = 'TTHC-04' and agency_key = 103 order by 1, 2"
)


def test_old_months_keep_the_old_formula(warehouse_and_project: tuple[Engine, Path]) -> None:
    warehouse, project = warehouse_and_project
    edit(project / "indicators" / "TTHC-04.yml", "\nname:\n", "\n" + SECOND)
    with pytest.raises(CatalogueError) as refused:
        build(quiet=True)
    assert {problem.rule for problem in refused.value.problems} == {"missing_version_formula"}
    assert "phiên bản 2 của TTHC-04.both chưa có công thức" in str(refused.value.problems[0])
    shutil.copy(PROJECT / "indicators" / "TTHC-04.yml", project / "indicators" / "TTHC-04.yml")

    _add_second_version(project)
    build(quiet=True)
    assert _rows(warehouse, READINGS) == [
        ("2026-09-01", "both", 0, 1),
        ("2026-09-01", "dossiers", 1, 1),
        ("2026-09-01", "results", 0, 1),
        ("2026-10-01", "both", 1, 2),
        ("2026-10-01", "dossiers", 1, 2),
        ("2026-10-01", "results", 0, 2),
    ]
    assert _rows(
        warehouse,
        "select indicators.formula_version, cast(versions.valid_from as text)"
        " from marts.dim_indicator as indicators"
        " inner join marts.dim_indicator_version as versions using (indicator_code)"
        " where indicator_code = 'TTHC-04' and versions.is_current",
    ) == [(2, "2026-10-01")]

    # The SQL behind a year counts each month by its own formula.
    [(sql, numerator)] = _rows(
        warehouse,
        "select drill_sql, both_numerator from marts.ind_tthc_04 where agency_key = 103"
        " and period_type = 'year' and basis = 'as_was'",
    )
    listed = _rows(warehouse, sql.replace(":", r"\:"))
    assert sorted(listed) == [("H52.D03-260910-00001", False), ("H52.D03-261010-00002", True)]
    assert numerator == 1


def test_a_version_that_begins_earlier_restates_the_past(
    warehouse_and_project: tuple[Engine, Path],
) -> None:
    warehouse, project = warehouse_and_project
    indicator = project / "indicators" / "TTHC-04.yml"
    edit(indicator, "valid_from: '2026-10-01'", "valid_from: '2021-01-01'")
    # Only the dates changed: the sums of both formulas are there already.
    assert not build(quiet=True).full_refresh
    found = {(row[0], row[3]) for row in _rows(warehouse, READINGS)}
    assert found == {("2026-09-01", 2), ("2026-10-01", 2)}
