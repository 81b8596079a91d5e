"""Declared corrections in the marts, and what happens once the source is mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ingestion.core.environment import engine
from ingestion.embedded.postgres import Cluster
from ingestion.transform.environment import target_dir
from ingestion.transform.runner import BuildFailed, build
from tests.conftest import copy_of_template
from tests.integration.project_copy import copy_of_project, edit
from tests.integration.raw_fill import RawFill, Row, dossier, procedure

CODE = "H52.D03-261005-00001"
OTHER = "H52.D03-261005-00002"
ACCOUNT = "Tiếp nhận nhầm đơn vị,Biên bản thử nghiệm,Sở Nội vụ,2026-11-20\n"
MOVE = f"HC-1,{CODE},unit_code,H52.D03,H52.D01," + ACCOUNT
RAISE = "HC-2,TTHC-04,dossiers,,STP,,2026-10-01,1,1,2,3," + ACCOUNT


def _done(code: str, updated: str, **changes: Any) -> Row:
    finished = {"ngay_ket_thuc_xu_ly": "2026-10-12 09:00", "trang_thai_ho_so": "9"}
    row = finished | {"digitised_document_count": 1} | changes
    return dossier(code, "2026-10-05 08:00", updated, **row)


class History:
    """A warehouse, its raw tables and the copy of the project that it is built by."""

    def __init__(self, url: str, project: Path) -> None:
        self.corrections = project / "seeds" / "corrections"
        self.fill = RawFill(url)
        self.warehouse: Engine = engine(None, url)

    def declare(self, name: str, line: str) -> None:
        with (self.corrections / f"{name}.csv").open("a", encoding="utf-8") as stream:
            stream.write(line)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def readings(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "select agency_key, cast(numerator as integer), cast(denominator as integer),"
            " cast(counted_numerator as integer), is_corrected"
            " from intermediate.int_readings__monthly where reading_code = 'dossiers'"
            " and month_start = '2026-10-01' order by 1"
        )

    def failure(self) -> str:
        """What dbt said of the node that failed."""
        results = json.loads((target_dir() / "run_results.json").read_text(encoding="utf-8"))
        (message,) = [
            each["message"] for each in results["results"] if each["status"] in ("error", "fail")
        ]
        return str(message)


@pytest.fixture(scope="module")
def history(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[History]:
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    root = tmp_path_factory.mktemp("root")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_ROOT", str(root))
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("var")))
        made = History(url, copy_of_project(root))
        made.fill.load("procedures", "2026-10-30", [procedure()])
        made.fill.load(
            "dossiers",
            "2026-10-12",
            [_done(CODE, "2026-10-12 09:00"), _done(OTHER, "2026-10-12 09:00")],
        )
        yield made
        made.fill.close()
        made.warehouse.dispose()


def test_corrections_stand_until_the_source_is_mended(history: History) -> None:
    history.declare("dossiers", MOVE)
    history.declare("readings", RAISE)
    build(quiet=True)

    # One dossier moved from Sở Tư pháp (103) to Văn phòng (101); the other's cell was raised.
    assert history.rows(
        "select dossier_code, agency_key, unit_code, correction_id"
        " from marts.fct_dossier order by 1"
    ) == [(CODE, 101, "H52.D01", "HC-1"), (OTHER, 103, "H52.D03", None)]
    corrected = [(101, 1, 1, 1, True), (103, 2, 3, 1, True)]
    assert history.readings() == corrected
    raw = "select count(*) from raw.tthc__dossiers where ma_ho_so like 'H52.D03-%'"
    assert history.rows(raw) == [(2,)]
    assert history.rows(
        "select column_name from information_schema.columns"
        " where table_name = 'int_dossiers__corrected'"
        " except select column_name from information_schema.columns"
        " where table_name = 'stg_tthc__dossiers'"
    ) == [("correction_id",)]

    # The source is mended: two digitised dossiers of Sở Tư pháp, where one was expected.
    third = _done("H52.D03-261005-00003", "2026-10-13 09:00")
    history.fill.load("dossiers", "2026-10-13", [third])
    with pytest.raises(BuildFailed, match="reading_corrections_expected"):
        build(quiet=True)
    said = history.failure()
    assert "Hiệu chỉnh HC-2 (TTHC-04 dossiers, cơ quan 103, tháng 2026-10-01)" in said
    assert "chờ đợi 1/1, nguồn cho 2/2. Xóa dòng HC-2" in said
    edit(history.corrections / "readings.csv", RAISE, "")

    # A newer version of the dossier names another unit: nothing is computed from the old wish.
    moved = _done(CODE, "2026-10-14 09:00", ngay_hen_tra="2026-10-30 17:00")
    history.fill.load("dossiers", "2026-10-14", [moved])
    edit(history.corrections / "dossiers.csv", MOVE, MOVE.replace("H52.D03,H52", "H52.D02,H52"))
    with pytest.raises(BuildFailed, match="dossier_corrections_expected"):
        build(quiet=True)
    assert f"Hiệu chỉnh HC-1 (hồ sơ {CODE}, unit_code): chờ đợi “H52.D02”, nguồn ghi “H52.D03”" in (
        history.failure()
    )
    assert history.rows(
        f"select agency_key from marts.fct_dossier where dossier_code = '{CODE}'"
    ) == [(101,)]

    # Without the line the source speaks again, in the whole history.
    edit(history.corrections / "dossiers.csv", MOVE.replace("H52.D03,H52", "H52.D02,H52"), "")
    assert build(quiet=True).full_refresh
    assert history.readings() == [(103, 3, 3, 3, False)]
    assert history.rows("select count(correction_id) from marts.fct_dossier") == [(0,)]
