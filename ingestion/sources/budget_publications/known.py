"""What raw holds of documents already: of a window, and of a document in whatever window."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from ingestion.core.landed_text import as_landed
from ingestion.core.period import Period
from ingestion.core.source import read_source
from ingestion.sources.budget_publications.settings import SOURCE

Row = Mapping[str, str]
"""A row of documents as it is landed: facts as text, absent ones left out."""


@dataclass(frozen=True)
class KnownRow:
    """A row of raw and the window that it lies in."""

    period: str
    row: Row

    @property
    def is_current(self) -> bool:
        """Whether it was what the source offered last."""
        return self.row["is_current"] == "true"


def known_rows(
    engine: Engine | None, period: Period, document_keys: Collection[str]
) -> list[KnownRow]:
    """Rows of a window, and those of documents in whatever window.

    Args:
        engine: the warehouse; None knows nothing.
        period: the window.
        document_keys: documents that may have been in another window before.
    """
    if engine is None:
        return []
    columns = as_landed(read_source(SOURCE).contract.resources["documents"].columns)
    # Column names come from the contract, which allows identifiers only.
    query = text(f"""
        select _period, {columns}
        from raw.budget_publications__documents
        where _period = :period or document_key = any(:keys)
        order by _load_id, version_key""")  # noqa: S608
    with engine.connect() as connection:
        found = connection.execute(query, {"period": str(period), "keys": list(document_keys)})
        return [
            KnownRow(
                row._mapping["_period"],
                {
                    name: value
                    for name, value in row._mapping.items()
                    if name != "_period" and value is not None
                },
            )
            for row in found
        ]


def known_count(engine: Engine | None, door: str, budget_year: int | None) -> int:
    """How many documents a door offered when it was last asked, of a budget year or of all."""
    if engine is None:
        return 0
    query = text("""
        select count(distinct document_key)
        from raw.budget_publications__documents
        where is_current and door = :door
            and (cast(:year as integer) is null or budget_year = cast(:year as integer))""")
    with engine.connect() as connection:
        return int(connection.execute(query, {"door": door, "year": budget_year}).scalar_one())


def loaded_windows(connection: Connection) -> set[str]:
    """Windows whose documents were loaded at least once."""
    query = text("""
        select distinct period
        from ops.load
        where source = :source and resource = 'documents'""")
    return set(connection.execute(query, {"source": SOURCE}).scalars())
