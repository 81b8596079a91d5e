"""The raw tables of the migrations are those that the contracts of the sources describe."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from ingestion.core.contract import Column, Resource
from ingestion.core.source import read_source, source_names

LINEAGE = {
    "_source": "text",
    "_resource": "text",
    "_period": "text",
    "_extract_id": "uuid",
    "_load_id": "bigint",
    "_loaded_at": "timestamp with time zone",
    "_row_number": "integer",
}
REJECTED = dict.fromkeys(("record_id", "field", "reason_code", "reason_vi", "record"), "text")
TYPES = {"timestamptz": "timestamp with time zone", "decimal": "numeric"}


def described(columns: tuple[Column, ...]) -> dict[str, str]:
    return {column.name: TYPES.get(column.type, column.type) for column in columns}


def tables_of(resource: Resource) -> dict[str, dict[str, str]]:
    """Raw table → its columns with types, in order, as the contract says."""
    main = {**LINEAGE, **described(resource.columns)}
    if resource.date_formats_column:
        main["_date_formats"] = "text"
    tables = {resource.table: main, resource.rejected_table: {**LINEAGE, **REJECTED}}
    for child in resource.child_tables:
        parents = {name: main[name] for name in child.parent_columns}
        tables[child.table] = {**LINEAGE, **parents, **described(child.columns)}
    return tables


@pytest.mark.parametrize("source", source_names())
def test_every_raw_table_has_exactly_the_columns_of_its_contract(
    warehouse: str, source: str
) -> None:
    expected = {
        table: list(columns.items())
        for resource in read_source(source).contract.resources.values()
        for table, columns in tables_of(resource).items()
    }
    engine = create_engine(warehouse)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select table_name, column_name, data_type from information_schema.columns "
                "where table_schema = 'raw' and starts_with(table_name, :source || '__') "
                "order by table_name, ordinal_position"
            ),
            {"source": source},
        ).all()
    engine.dispose()
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, data_type in rows:
        found.setdefault(table, []).append((column, data_type))
    assert found == expected


@pytest.mark.parametrize(
    ("source", "resource"),
    [(source, resource) for source in source_names() for resource in read_source(source).resources],
)
def test_required_fields_are_columns_that_may_not_be_null(
    warehouse: str, source: str, resource: str
) -> None:
    contract = read_source(source).contract.resources[resource]
    required = {column.name for column in contract.columns if column.source in contract.required}
    engine = create_engine(warehouse)
    with engine.connect() as connection:
        not_null = set(
            connection.execute(
                text(
                    "select column_name from information_schema.columns where table_schema = 'raw' "
                    "and table_name = :table and is_nullable = 'NO'"
                ),
                {"table": contract.table},
            ).scalars()
        )
    engine.dispose()
    assert required <= not_null
