"""The contract of a source: what may pass the door, and the raw tables that come out.

Read from ``contract.yml`` beside the extractor. One declaration drives the allow-list, the Arrow
schema of landed files, the parse into typed columns and the tests that hold the database to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import yaml

from ingestion.core.dates import DATE, TIMESTAMP
from ingestion.core.environment import ConfigurationError
from ingestion.core.guard import CLASSIFIERS

ColumnType = Literal[
    "text", "timestamptz", "date", "boolean", "integer", "bigint", "numeric", "decimal"
]
FieldKind = Literal[
    "key",
    "code",
    "text",
    "sentence",
    "date",
    "number",
    "decimal",
    "id",
    "digest",
    "link",
    "validator",
]
RollUp = Literal["count", "sum", "positive", "member", "join"]
_ROLL_UPS: tuple[RollUp, ...] = get_args(RollUp)

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "timestamptz": TIMESTAMP,
    "date": DATE,
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "numeric": pa.decimal128(24, 3),
    "decimal": pa.decimal128(38, 9),
}
PROBLEMS = "_problems"
"""Name of the landed field in which the door lists what is wrong with a record."""
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)


class ContractError(ConfigurationError):
    """``contract.yml`` does not hold together; the message names the place."""


@dataclass(frozen=True)
class Child:
    """A nested list at the door: which of its fields are kept, and of which only presence."""

    name: str
    keep: dict[str, FieldKind]
    presence: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the landed fields, in order."""
        return (*self.keep, *self.presence)


@dataclass(frozen=True)
class Classified:
    """A class kept in place of a personal or free value.

    Attributes:
        name: landed field and raw column.
        of: dotted paths of source fields; the first that has a value is classified.
        classifier: key of `ingestion.core.guard.CLASSIFIERS`.
    """

    name: str
    of: tuple[str, ...]
    classifier: str


@dataclass(frozen=True)
class Column:
    """One typed column of a raw table and where its value comes from.

    Attributes:
        source: landed field the value is taken from (for a roll-up: the child list).
        roll_up: how a child list becomes one value; None for a plain field.
        child_field: field of the child list that the roll-up reads.
        where, unless: values a child's field must have, or must not have, to be counted (compared
            in lower case).
        other: for ``member``: (list, field) whose values the child's field must be one of.
    """

    name: str
    type: ColumnType
    source: str
    roll_up: RollUp | None = None
    child_field: str = ""
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unless: dict[str, tuple[str, ...]] = field(default_factory=dict)
    other: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class ChildTable:
    """A raw table with one row per element of a child list."""

    table: str
    child: str
    parent_columns: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Resource:
    """Contract of one resource.

    Attributes:
        key: field that identifies a record.
        version: field that tells versions of a record apart ("" for snapshots).
        required: fields without which a record is rejected.
        version_fallback: date fields whose latest value stands in for a missing version in files
            from the manual door; they come from messages that carry no server time.
        manual_services: values of ``service`` in an envelope that mean this resource.
        date_formats_column: whether the table ends with ``_date_formats``.
    """

    name: str
    key: str
    version: str
    required: tuple[str, ...]
    version_fallback: tuple[str, ...]
    manual_services: tuple[str, ...]
    keep: dict[str, FieldKind]
    children: dict[str, Child]
    classes: tuple[Classified, ...]
    table: str
    columns: tuple[Column, ...]
    child_tables: tuple[ChildTable, ...]
    date_formats_column: bool

    @property
    def rejected_table(self) -> str:
        """Table of the records that could not be loaded."""
        return f"{self.table}__rejected"

    def landed_schema(self) -> pa.Schema:
        """Arrow schema of a landed line: every scalar is a string."""
        lists = [
            pa.field(
                child.name, pa.list_(pa.struct([(name, pa.string()) for name in child.fields]))
            )
            for child in self.children.values()
        ]
        scalars = [pa.field(name, pa.string()) for name in self.keep]
        classes = [pa.field(item.name, pa.string()) for item in self.classes]
        problem = pa.struct([("field", pa.string()), ("code", pa.string())])
        return pa.schema([*scalars, *classes, *lists, pa.field(PROBLEMS, pa.list_(problem))])


@dataclass(frozen=True)
class Contract:
    """All resources of a source."""

    source: str
    resources: dict[str, Resource]


def read_contract(path: Path, source: str) -> Contract:
    """Read and check a ``contract.yml``.

    Raises:
        ContractError: a name, type or reference in it does not hold.
    """
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        resources = {name: _resource(name, body) for name, body in given["resources"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ContractError(f"{path.name}: missing or misplaced {error}") from error
    return Contract(source=source, resources=resources)


def _resource(name: str, body: dict[str, Any]) -> Resource:
    door = body["door"]
    children = {
        child: Child(child, _kinds(spec.get("keep", {})), tuple(spec.get("presence", ())))
        for child, spec in door.get("children", {}).items()
    }
    classes = tuple(
        Classified(column, tuple(spec["of"]), spec["classifier"])
        for column, spec in door.get("classes", {}).items()
    )
    resource = Resource(
        name=name,
        key=body["key"],
        version=body.get("version", ""),
        required=tuple(body["required"]),
        version_fallback=tuple(body.get("version_fallback", ())),
        manual_services=tuple(body.get("manual_services", ())),
        keep=_kinds(door["keep"]),
        children=children,
        classes=classes,
        table=body["table"],
        columns=_columns(body["columns"]),
        child_tables=tuple(
            ChildTable(
                table, spec["child"], tuple(spec["parent_columns"]), _columns(spec["columns"])
            )
            for table, spec in body.get("child_tables", {}).items()
        ),
        date_formats_column=bool(body.get("date_formats_column", False)),
    )
    _check(resource)
    return resource


def _kinds(groups: dict[str, list[str]]) -> dict[str, FieldKind]:
    """``{kind: [field, …]}`` turned round to ``{field: kind}``, order kept."""
    kinds: dict[str, FieldKind] = {}
    for kind, names in groups.items():
        if kind not in get_args(FieldKind):
            raise ContractError(f"unknown kind of field {kind!r}")
        kinds.update(dict.fromkeys(names, kind))  # type: ignore[arg-type]
    return kinds


def _columns(specs: dict[str, dict[str, Any]]) -> tuple[Column, ...]:
    return tuple(_column(name, dict(spec)) for name, spec in specs.items())


def _column(name: str, spec: dict[str, Any]) -> Column:
    if not _IDENTIFIER.fullmatch(name) or spec["type"] not in ARROW_TYPES:
        raise ContractError(f"column {name!r}: bad name or type")
    filters = {
        key: {field: tuple(map(str, values)) for field, values in spec.get(key, {}).items()}
        for key in ("where", "unless")
    }
    if "from" in spec:
        return Column(name, spec["type"], spec["from"])
    roll_up, target = next((key, spec[key]) for key in _ROLL_UPS if key in spec)
    child, _, child_field = target.partition(".")
    other, _, other_field = spec.get("of", "").partition(".")
    return Column(
        name, spec["type"], child, roll_up, child_field, other=(other, other_field), **filters
    )


def _check(resource: Resource) -> None:
    """Every reference must point to something that passes the door."""
    landed = {*resource.keep, *(item.name for item in resource.classes)}
    wanted = {resource.key, *resource.required, *resource.version_fallback}
    for column in resource.columns:
        known = resource.children if column.roll_up else landed
        if column.source not in known:
            raise ContractError(f"{resource.name}.{column.name}: {column.source!r} is not kept")
        if column.roll_up:
            fields = {column.child_field, *column.where, *column.unless} - {""}
            if not fields <= set(resource.children[column.source].fields):
                raise ContractError(f"{resource.name}.{column.name}: reads a field not kept")
    if not wanted <= set(resource.keep):
        raise ContractError(f"{resource.name}: {wanted - set(resource.keep)} not kept")
    for item in resource.classes:
        if item.classifier not in CLASSIFIERS:
            raise ContractError(f"{resource.name}.{item.name}: no classifier {item.classifier!r}")
    for table in resource.child_tables:
        if table.child not in resource.children:
            raise ContractError(f"{table.table}: {table.child!r} is not kept")
