"""Fills the raw tables of source ``agency_reports`` with judged deliveries written by hand."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, text

from ingestion.core.environment import engine
from ingestion.sources.agency_reports.forms import read_forms
from tests.integration.raw_fill import at

Value = Decimal | int | float | str | date


@dataclass(frozen=True)
class Report:
    """One delivery: a whole report unless told otherwise.

    Attributes:
        receipt_no: running number of the receipt.
        received: local time of receipt, ``2026-04-10 08:00``.
        values: what was accepted, by field code: numbers, days, texts; of tasks the choice.
        nil: sections declared nil.
        said: columns of the delivery that are otherwise.
        content: what its file holds; deliveries with the same text are the same file.
    """

    receipt_no: str
    received: str
    agency_key: int
    agency_code: str
    form_code: str
    period_type: str
    period_start: date
    values: Mapping[str, Value] = field(default_factory=dict)
    nil: tuple[str, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)
    content: str = ""

    @property
    def record(self) -> dict[str, Any]:
        """The row of the delivery."""
        form = read_forms().by_code(self.form_code)
        assert form is not None
        version = form.version_on(self.period_start)
        assert version is not None
        return {
            "submission_id": self.receipt_no,
            "_file_sha256": hashlib.sha256((self.content or self.receipt_no).encode()).hexdigest(),
            "receipt_no": self.receipt_no,
            "door": "archive",
            "received_at": at(self.received),
            "agency_key": self.agency_key,
            "agency_code": self.agency_code,
            "form_code": self.form_code,
            "form_version": version.version,
            "period_type": self.period_type,
            "period_start": self.period_start,
            "value_status": "preliminary",
            "state": "accepted",
            "completeness": 1,
        } | dict(self.said)

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The rows of its fields: those of the form, and of the tasks those that are given."""
        form = read_forms().by_code(self.form_code)
        version = form.version_on(self.period_start) if form else None
        assert version is not None
        rows: list[dict[str, Any]] = []
        for section in version.sections:
            for line in section.rows:
                if line.agencies and self.agency_code not in line.agencies:
                    continue
                given = self.values.get(line.code)
                state = "nil" if section.code in self.nil else "blank"
                rows.append(
                    _cell(section.code, line.code, "value", line.code, given, state)
                    | {"submission_id": self.receipt_no, "_cell": f"E{len(rows) + 9}"}
                )
        for code, given in self.values.items():
            row, _, column = code.rpartition(".")
            if row.startswith("PL2."):
                rows.append(
                    _cell("T", row, column, code, given, "blank")
                    | {"submission_id": self.receipt_no, "_cell": f"E{len(rows) + 9}"}
                )
        return rows


def _cell(
    section: str, row: str, column: str, code: str, given: Value | None, otherwise: str
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "section_code": section,
        "row_code": row,
        "column_code": column,
        "field_code": code,
        "state": otherwise if given is None else "accepted",
        "_sheet": "Báo cáo",
        "raw_text": None if given is None else str(given),
    }
    if isinstance(given, date):
        told["date_value"] = given
    elif isinstance(given, str):
        told["choice_code" if column == "status" else "text_value"] = given
    elif given is not None:
        told["number_value"] = Decimal(str(given))
    return told


class ReportFill:
    """Loads into one warehouse.

    Args:
        url: SQLAlchemy URL of a migrated warehouse.
    """

    def __init__(self, url: str) -> None:
        self._engine: Engine = engine("cchc_ingest", url)

    def load(self, period: str, reports: Sequence[Report] = ()) -> int:
        """Replace one day or month of receipt in one transaction; gives the load id."""
        with self._engine.begin() as connection:
            load_id = int(connection.scalar(text("select nextval('ops.load_id_seq')")) or 0)
            extract = uuid.uuid5(uuid.NAMESPACE_OID, f"reports {period} {load_id}")
            lineage = {
                "_source": "agency_reports",
                "_resource": "submissions",
                "_period": period,
                "_extract_id": extract,
                "_load_id": load_id,
                "_loaded_at": at("2027-06-01 06:00"),
            }
            for table, rows in (
                ("submissions", [report.record for report in reports]),
                (
                    "values",
                    [_with_file(report, cell) for report in reports for cell in report.cells],
                ),
            ):
                connection.execute(
                    text(f"delete from raw.agency_reports__{table} where _period = :period"),
                    {"period": period},
                )
                _insert(connection, table, lineage, rows)
            connection.execute(
                text(
                    "insert into ops.load (load_id, source, resource, period, extract_id,"
                    " is_synthetic, row_count, rejected_count) values (:load, 'agency_reports',"
                    " 'submissions', :period, :extract, true, :rows, 0)"
                ),
                {"load": load_id, "period": period, "extract": extract, "rows": len(reports)},
            )
        return load_id

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _with_file(report: Report, cell: dict[str, Any]) -> dict[str, Any]:
    return cell | {"_file_sha256": report.record["_file_sha256"]}


def _insert(
    connection: Connection, table: str, lineage: dict[str, Any], rows: Sequence[dict[str, Any]]
) -> None:
    for number, row in enumerate(rows, start=1):
        values = lineage | {"_row_number": number} | row
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        connection.execute(
            text(f"insert into raw.agency_reports__{table} ({names}) values ({marks})"), values
        )
