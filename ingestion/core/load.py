"""Extracts become raw rows in one transaction that replaces their periods and never appends.

A scheduled run loads one period at a time; a back-fill loads the days of a month together, which
spares it the fixed cost of a transaction for each.

Rows are parsed in two threads while the previous slab is written. ADBC's binary COPY straight from
Arrow was the fastest of the writers measured (figures: README of source ``tthc``), so the whole
transaction runs on an ADBC connection; everything else in the project uses SQLAlchemy.
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from ingestion.core.contract import Resource
from ingestion.core.environment import libpq_url
from ingestion.core.errors import IngestionError
from ingestion.core.extract import Extract
from ingestion.core.landing import Landing
from ingestion.core.log import event, mask
from ingestion.core.parse import Lineage, Slab, parse_slab, plan_slabs
from ingestion.ledger.cells import ACCEPT, Cell

logger = logging.getLogger(__name__)

_PARSE_THREADS = 2
_SLABS_AHEAD = 3
_ROWS_A_COPY = 8_000
_ATTEMPTS = 3
_PASSING_STATES = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03")
"""Serialisation failure, deadlock, lock timeout, shutdowns: trying again may succeed."""
_NAMED = re.compile(r"(?<!:):([a-z_]+)")

_BEGIN = """
    set local role cchc_ingest;
    set local timezone = 'UTC';
    set local lock_timeout = '10min'"""
_LOAD = """
    insert into ops.load (
        load_id, source, resource, period, extract_id, is_synthetic, row_count, rejected_count,
        code_version
    ) values (
        :load_id, :source, :resource, :period, cast(cast(:extract_id as text) as uuid),
        :is_synthetic, :row_count, :rejected_count, :code_version
    )"""


@dataclass
class Loaded:
    """What a load did."""

    load_id: int = 0
    row_count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rejected_count(self) -> int:
        """Rejected records."""
        return self.reasons.total()

    def count(self, slab: Slab) -> None:
        """Add a slab's rows and rejects."""
        self.row_count += slab.row_count
        self.reasons.update(slab.reasons)


def load_extracts(
    landing: Landing,
    resource: Resource,
    due: Sequence[tuple[Cell, Extract]],
    progress: Callable[[int], None] | None = None,
) -> list[Loaded]:
    """Load extracts in one transaction; a passing database failure is tried again.

    Args:
        landing: where their files lie.
        resource: contract of the one resource that they are all of.
        due: the extracts with the ledger cells that they fill; no two of one period.
        progress: called with the number of records done so far.

    Returns:
        What was loaded, in the same order; each period has a load id of its own.

    Raises:
        LandingCorrupted: a landed file is not what it was; nothing is visible of any of them.
        IngestionError: the database refused; nothing is visible of any of them.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _load_once(landing, resource, due, progress)
        except adbc_driver_manager.Error as error:
            state = getattr(error, "sqlstate", None) or ""
            lost = not state or state.startswith("08")
            if attempt == _ATTEMPTS or not (state in _PASSING_STATES or lost):
                raise IngestionError(f"the warehouse refused the load: {_words(error)}") from None
            event(logger, "loading again", attempt=attempt, sqlstate=state, reason=_words(error))
            time.sleep(attempt)
    raise AssertionError("unreachable")


def parse_only(landing: Landing, resource: Resource, cell: Cell, extract: Extract) -> Loaded:
    """What `load_extract` would load and reject, without a warehouse."""
    loaded = Loaded()
    lineage = _lineage(cell, extract, 0, datetime.fromtimestamp(0, UTC))
    for _, slab in _slabs(landing, resource, [(extract, lineage)]):
        loaded.count(slab)
    return loaded


def _words(error: Exception) -> str:
    """The database's own words, without address and password."""
    return mask(str(error)).splitlines()[0][:300]


def _load_once(
    landing: Landing,
    resource: Resource,
    due: Sequence[tuple[Cell, Extract]],
    progress: Callable[[int], None] | None,
) -> list[Loaded]:
    tables = [resource.table, *(child.table for child in resource.child_tables)]
    with adbc.connect(libpq_url()) as connection, connection.cursor() as cursor:
        for statement in _BEGIN.split(";"):
            cursor.execute(statement)
        # Load ids of a resource commit in the order in which they were drawn: whoever reads
        # "everything after load n" misses nothing.
        _execute(
            cursor,
            "select pg_advisory_xact_lock(hashtextextended(:name, 0))",
            {"name": f"raw.{resource.table}"},
        )
        cursor.fetchall()
        _execute(
            cursor,
            "select nextval('ops.load_id_seq') from generate_series(1, cast(:count as integer))",
            {"count": len(due)},
        )
        loads = [Loaded(load_id=int(row[0])) for row in cursor.fetchall()]
        periods = {"periods": ",".join(str(cell.period) for cell, _ in due)}
        for table in (*tables, resource.rejected_table):
            # Table names come from the contract, which allows identifiers only.
            statement = (
                f"delete from raw.{table} where _period = any(string_to_array(:periods, ','))"  # noqa: S608
            )
            _execute(cursor, statement, periods)
        now = datetime.now(UTC)
        lineages = [
            _lineage(cell, extract, loaded.load_id, now)
            for (cell, extract), loaded in zip(due, loads, strict=True)
        ]
        extracts = [extract for _, extract in due]
        done = 0
        writer = _Writer(cursor)
        for place, slab in _slabs(landing, resource, list(zip(extracts, lineages, strict=True))):
            for table in tables:
                writer.add(table, slab.tables[table])
            writer.add(resource.rejected_table, slab.rejected)
            loads[place].count(slab)
            done += slab.row_count + sum(slab.reasons.values())
            if progress:
                progress(done)
        writer.flush()
        for (cell, extract), loaded in zip(due, loads, strict=True):
            _register(cursor, cell, extract, loaded)
        connection.commit()
    return loads


def _register(cursor: adbc.Cursor, cell: Cell, extract: Extract, loaded: Loaded) -> None:
    """Note a load, and in the ledger that its period is accepted."""
    counts = {
        "load_id": loaded.load_id,
        "row_count": loaded.row_count,
        "rejected_count": loaded.rejected_count,
    }
    _execute(
        cursor,
        _LOAD,
        {
            **counts,
            "source": cell.source,
            "resource": cell.resource,
            "period": str(cell.period),
            "extract_id": str(extract.extract_id),
            "is_synthetic": extract.is_synthetic,
            "code_version": version("cchc"),
        },
    )
    _execute(cursor, ACCEPT, {**cell.parameters(), **counts})


def _lineage(cell: Cell, extract: Extract, load_id: int, loaded_at: datetime) -> Lineage:
    return Lineage(
        cell.source, cell.resource, str(cell.period), extract.extract_id, load_id, loaded_at
    )


def _slabs(
    landing: Landing, resource: Resource, extracts: Sequence[tuple[Extract, Lineage]]
) -> Iterator[tuple[int, Slab]]:
    """Parsed slabs with the places of their extracts, in order, a few ahead of the writer."""
    ahead: deque[tuple[int, Future[Slab]]] = deque()
    with ThreadPoolExecutor(_PARSE_THREADS, thread_name_prefix="parse") as pool:
        try:
            for place, (extract, lineage) in enumerate(extracts):
                for plan in plan_slabs([(item.file, item.origin) for item in extract.files]):
                    ahead.append((place, pool.submit(parse_slab, landing, plan, resource, lineage)))
                    if len(ahead) >= _SLABS_AHEAD:
                        number, future = ahead.popleft()
                        yield number, future.result()
            while ahead:
                number, future = ahead.popleft()
                yield number, future.result()
        finally:
            for _, future in ahead:
                future.cancel()


class _Writer:
    """Collects small batches, so that each ``COPY`` is worth its start."""

    def __init__(self, cursor: adbc.Cursor) -> None:
        self._cursor = cursor
        self._waiting: dict[str, list[pa.RecordBatch]] = {}

    def add(self, table: str, rows: pa.RecordBatch) -> None:
        """Write rows now or with later ones."""
        if not rows.num_rows:
            return
        waiting = self._waiting.setdefault(table, [])
        waiting.append(rows)
        if sum(batch.num_rows for batch in waiting) >= _ROWS_A_COPY:
            self._write(table)

    def flush(self) -> None:
        """Write what waits."""
        for table in list(self._waiting):
            self._write(table)

    def _write(self, table: str) -> None:
        rows = pa.Table.from_batches(self._waiting.pop(table))
        self._cursor.adbc_ingest(table, rows, mode="append", db_schema_name="raw")


def _execute(cursor: adbc.Cursor, statement: str, parameters: dict[str, Any]) -> None:
    """Run a statement with ``:name`` parameters; ADBC itself knows ``$1`` only."""
    order: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found[1] not in order:
            order.append(found[1])
        return f"${order.index(found[1]) + 1}"

    numbered = _NAMED.sub(place, statement)
    cursor.execute(numbered, tuple(parameters[name] for name in order))
