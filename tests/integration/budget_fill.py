"""Fills the raw tables of source ``budget_publications`` with documents written by hand."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from ingestion.core.environment import engine
from tests.integration.raw_fill import at

Line = Mapping[str, Any]
MILLION = 1_000_000

STAGES = {
    "draft": "Dự toán trình HĐND",
    "decided": "Dự toán HĐND quyết định",
    "execution": "Tình hình thực hiện dự toán",
    "settlement": "Quyết toán",
}
PERIODS = {"year": "Năm", "quarter": "Quý I", "half_year": "6 tháng", "nine_months": "9 tháng"}


@dataclass(frozen=True)
class Form:
    """One form in a file.

    Attributes:
        key: its form_key.
        lines: its number cells; see `line`.
        stated: what its title states of the period, where that is not the record's.
    """

    key: str
    lines: tuple[Line, ...] = ()
    stated: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Published:
    """One version of a document as the source lists it.

    Attributes:
        publisher: name as printed.
        forms: what its file holds; empty for a file that no program can read.
        year: budget year.
        period: type of the period.
        published, approved: dates, ``2026-04-08``; None where the record has none.
        record: further columns of the record.
        reading: further columns of the reading.
    """

    publisher: str
    forms: tuple[Form, ...]
    year: int
    period: str = "year"
    published: str | None = None
    approved: str | None = None
    address: str = ""
    version: int = 1
    record: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] | None = field(default_factory=dict)

    @property
    def document_key(self) -> str:
        """The address, hashed."""
        named = self.address or f"{self.publisher} {self.forms} {self.year} {self.period}"
        return f"{self.record.get('door', 'ckns')}:{_digest(named)[:16]}"

    @property
    def sha256(self) -> str:
        """The hash of its file."""
        return _digest(f"{self.document_key} {self.version} {self.forms}")

    @property
    def version_key(self) -> str:
        """The address and the file."""
        return f"{self.document_key}@{self.sha256[:16]}"

    @property
    def period_start(self) -> date:
        """First day of its period."""
        return date(self.year, 1, 1)


def line(
    item: str, measure: str, value: float | None, row: int = 10, column: str = "C", **changes: Any
) -> Line:
    """A number cell in triệu đồng, of a row without parent."""
    return {
        "_cell": f"{column}{row}",
        "line_no": row,
        "mark": "I",
        "level": 0,
        "item_code": item,
        "item_text": item,
        "row_kind": "item",
        "is_hidden": False,
        "measure_code": measure,
        "state": "value",
        "value": value,
        "unit_code": "vnd",
        "unit_factor": MILLION,
    } | changes


def commune_forms(
    stage: str, numbers: Iterable[int], lines: Sequence[Line] = ()
) -> tuple[Form, ...]:
    """Forms of a commune, all with the same cells."""
    return tuple(Form(f"{stage}.{number}.commune", tuple(lines)) for number in numbers)


class BudgetFill:
    """Loads into one warehouse.

    Args:
        url: SQLAlchemy URL of a migrated warehouse.
    """

    def __init__(self, url: str) -> None:
        self._engine: Engine = engine("cchc_ingest", url)

    def look_at(self, first: date, last: date, *but: date) -> None:
        """Note that every day of publishing was loaded, month by month until 2025."""
        windows = []
        day = first
        while day <= last:
            if day.year < 2026:
                windows.append(f"{day:%Y-%m}")
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            else:
                windows += [] if day in but else [day.isoformat()]
                day += timedelta(days=1)
        with self._engine.begin() as connection:
            for window in windows:
                self._note(connection, "documents", window, 0)

    def load(self, *documents: Published) -> None:
        """Load documents, each into the window of its publication, and their readings."""
        with self._engine.begin() as connection:
            for document in documents:
                self._load(connection, document)

    def _load(self, connection: Connection, document: Published) -> None:
        known = document.published or document.approved or f"{document.year}-01-01"
        window = known if known >= "2026" else known[:7]
        load_id = self._note(connection, "documents", window, 1)
        lineage = {"_period": window, "_load_id": load_id}
        stage = document.forms[0].key.split(".")[0] if document.forms else "execution"
        record = {
            "version_key": document.version_key,
            "document_key": document.document_key,
            "door": "ckns",
            "publisher_name": document.publisher,
            "title": "Công khai ngân sách",
            "stage_text": STAGES[stage],
            "period_type_text": PERIODS[document.period],
            "period_text": f"{PERIODS[document.period]} năm {document.year}",
            "budget_year": document.year,
            "approved_on": document.approved,
            "published_on": document.published,
            "file_url": f"https://example.test/{document.document_key}",
            "file_sha256": document.sha256,
            "file_kind": "xlsx",
            "first_seen_at": at("2026-11-20 06:00"),
            "is_current": True,
        } | dict(document.record)
        self._insert(connection, "documents", lineage | {"_resource": "documents"}, [record])
        if document.reading is None:
            return
        reading_id = self._note(connection, "readings", window, 1)
        lineage = {"_period": window, "_load_id": reading_id, "_resource": "readings"}
        of_file = {"version_key": document.version_key, "_file_sha256": document.sha256}
        reading = of_file | {"file_kind": "xlsx", "state": "read", "reader_version": "test"}
        self._insert(connection, "readings", lineage, [reading | dict(document.reading)])
        for number, form in enumerate(document.forms, start=1):
            period = {
                "form_key": form.key,
                "table_no": number,
                "_sheet": form.key,
                "period_type": document.period,
                "period_start": document.period_start,
                "budget_year": document.year,
            } | dict(form.stated)
            self._insert(connection, "tables", lineage, [of_file | period])
            cells = [of_file | period | dict(cell) for cell in form.lines]
            self._insert(connection, "lines", lineage, cells)

    def _note(self, connection: Connection, resource: str, window: str, rows: int) -> int:
        load_id = int(connection.scalar(text("select nextval('ops.load_id_seq')")) or 0)
        connection.execute(
            text(
                "insert into ops.load (load_id, source, resource, period, extract_id,"
                " is_synthetic, row_count, rejected_count) values (:load, 'budget_publications',"
                " :resource, :period, :extract, true, :rows, 0)"
            ),
            {
                "load": load_id,
                "resource": resource,
                "period": window,
                "extract": uuid.uuid5(uuid.NAMESPACE_OID, f"{resource} {window} {load_id}"),
                "rows": rows,
            },
        )
        return load_id

    def _insert(
        self,
        connection: Connection,
        table: str,
        lineage: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]],
    ) -> None:
        for number, row in enumerate(rows, start=1):
            values = {
                "_source": "budget_publications",
                "_extract_id": uuid.uuid5(uuid.NAMESPACE_OID, str(lineage["_load_id"])),
                "_loaded_at": at("2026-11-23 06:00"),
                "_row_number": number,
                **lineage,
                **row,
            }
            names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
            connection.execute(
                text(f"insert into raw.budget_publications__{table} ({names}) values ({marks})"),
                values,
            )

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
