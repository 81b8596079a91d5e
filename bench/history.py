"""Years of made-up raw rows, written by the database itself: see ``history.sql``."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg

from bench.server import connect
from ingestion.core.environment import repo_root
from sandbox.province import Province

_FIRST_INCREMENT = date(2026, 11, 2)
_SEED = 20260101
_STATEMENTS = Path(__file__).with_name("history.sql")


@dataclass(frozen=True)
class History:
    """A province's past.

    Attributes:
        dossiers: how many were registered before the first increment.
        per_day: how many are registered a day, on every day.
    """

    dossiers: int
    per_day: int

    @property
    def origin(self) -> date:
        """The first day."""
        return _FIRST_INCREMENT - timedelta(days=self.dossiers // self.per_day)

    def fill(self, url: str) -> int:
        """Write the rows of all days before the first increment into an empty warehouse.

        Returns:
            Number of dossier versions.
        """
        with connect(url) as connection:
            _write_reference(connection)
            versions = self._write(connection, self.origin, _FIRST_INCREMENT - timedelta(days=1))
            connection.execute("vacuum (analyze)")
        return versions

    def add_day(self, url: str, number: int) -> int:
        """Write the rows of the ``number``-th day after the history (from 0), as daily loads.

        Returns:
            Number of dossier versions.
        """
        day = _FIRST_INCREMENT + timedelta(days=number)
        with connect(url) as connection:
            _write_reference(connection)
            return self._write(connection, day, day)

    def _write(self, connection: psycopg.Connection, first: date, last: date) -> int:
        days = {
            "origin": self.origin,
            "per_day": self.per_day,
            "first_day": first,
            "last_day": last,
        }
        count = 0
        with connection.transaction():
            for statement in _STATEMENTS.read_text(encoding="utf-8").split(";\n"):
                cursor = connection.execute(statement, days if "%(" in statement else None)
                if cursor.description:
                    row = cursor.fetchone()
                    count = int(row[0]) if row else 0
        return count


def _write_reference(connection: psycopg.Connection) -> None:
    """Desks and procedures of the simulated province as temporary tables."""
    connection.execute(
        "create temporary table bench_desks (unit_code text, valid_from date, valid_to date)"
    )
    codes = repo_root() / "dbt_project" / "seeds" / "reference" / "agency_source_codes.csv"
    with (
        codes.open(encoding="utf-8") as lines,
        connection.cursor() as cursor,
        cursor.copy("copy bench_desks from stdin") as copy,
    ):
        for row in csv.DictReader(lines):
            if row["source"] == "tthc":
                copy.write_row((row["unit_code"], row["valid_from"], row["valid_to"] or None))
    connection.execute(
        "create temporary table bench_procedures (place integer, ma_tthc text, ten_tthc text,"
        " ma_linh_vuc text, ma_don_vi text, muc_do text, du_dieu_kien text,"
        " thoi_gian_giai_quyet numeric, don_vi_tinh text, charged_fee_count integer)"
    )
    listed = Province(_SEED, 1).procedure_catalogue(_FIRST_INCREMENT)
    with (
        connection.cursor() as cursor,
        cursor.copy("copy bench_procedures from stdin") as copy,
    ):
        for place, row in enumerate(listed, start=1):
            charged = sum(fee["SOTIEN"] not in ("", "0") for fee in row["PHILEPHI"])
            copy.write_row(
                (
                    place,
                    *(row[name] for name in ("MATTHC", "TENTTHC", "MALINHVUC", "MADONVI")),
                    *(row[name] for name in ("MUCDO", "DUDIEUKIEN", "THOIGIANGIAIQUYET")),
                    row["DONVITINH"],
                    charged,
                )
            )
