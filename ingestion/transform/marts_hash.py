"""A content hash of the marts that does not depend on the order of rows or of loading."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

LEFT_OUT = (
    "_load_id",
    "_extract_id",
    "_loaded_at",
    "_batch_no",
    "first_seen_at",
    "last_seen_at",
    "cleared_at",
    "decided_at",
    "published_at",
    "known_from",
    "known_to",
)
"""Columns that say when or how something came, not what it is."""

HISTORIES = ("fct_indicator_revision", "rpt_revision")
"""Marts of what was published when: two ways to the same figures have different histories."""

_COLUMNS = text("""
    select c.table_name, c.column_name, c.data_type
    from information_schema.columns as c
    where c.table_schema = 'marts' and not (c.column_name = any(:left_out))
        and not (c.table_name = any(:histories))
    order by c.table_name, c.column_name""")


@dataclass(frozen=True)
class MartHash:
    """The content of one mart.

    Attributes:
        name: table or view in schema ``marts``.
        row_count: number of rows.
        digest: sum of the rows' hashes, as text; equal for equal rows in any order.
    """

    name: str
    row_count: int
    digest: str


def hash_marts(warehouse: Engine) -> list[MartHash]:
    """The hash of every mart, in name order, as of one moment.

    Columns are taken in name order, numbers without trailing zeros, so that neither the order of
    columns nor a declared scale matters. Left out are the times of loading, deciding and publishing
    (`LEFT_OUT`) and the history of publications (`HISTORIES`): they say when something came to be
    known, not what is, so that data loaded in any order hashes alike.
    """
    with warehouse.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        marts: dict[str, list[str]] = {}
        names = {"left_out": list(LEFT_OUT), "histories": list(HISTORIES)}
        for column in connection.execute(_COLUMNS, names):
            text_of = _as_text(str(column.column_name), str(column.data_type))
            marts.setdefault(str(column.table_name), []).append(text_of)
        return [_hash(connection, name, columns) for name, columns in marts.items()]


def overall(hashes: list[MartHash]) -> str:
    """One digest (hexadecimal, 64 characters) over all marts."""
    lines = "\n".join(f"{mart.name} {mart.row_count} {mart.digest}" for mart in hashes)
    return hashlib.sha256(lines.encode()).hexdigest()


def _as_text(column: str, data_type: str) -> str:
    # Names come from the catalogue of the database and are quoted.
    quoted = '"' + column.replace('"', '""') + '"'
    value = f"trim_scale({quoted})" if data_type == "numeric" else quoted
    return f"coalesce(cast({value} as text), chr(30))"


def _hash(connection: Connection, name: str, columns: list[str]) -> MartHash:
    row = " || chr(31) || ".join(columns)
    statement = (
        "select count(*), coalesce(sum(cast(cast('x' || left(md5(content), 15) as bit(60))"  # noqa: S608
        f' as bigint)), 0) from (select {row} as content from marts."{name}") as rows'
    )
    found = connection.exec_driver_sql(statement).one()
    return MartHash(name, int(found[0]), str(found[1]))
