"""Reads what is published from the marts, as role ``bi_reader``, in one consistent snapshot.

Nothing is calculated here. Counts of people that are too small are withheld (`SmallCells`), codes
may be replaced by declared ones, and a text that looks like a personal value stops everything: the
marts hold none, and a mistake there must not be published.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy import Row as SqlRow

from dashboards.open_data.contracts import Contract, contract
from dashboards.open_data.settings import PublishedTable, SmallCells, Withheld
from dashboards.wording import Words
from ingestion.core.environment import ConfigurationError, engine
from ingestion.core.errors import IngestionError
from ingestion.core.guard import mask_personal
from ingestion.transform.runner import between_builds

ROLE = "bi_reader"
BATCH_ROWS = 10_000
CELL = ("indicator_code", "agency_key", "period_type", "period_start", "basis")
"""What names one value of ``fct_indicator_value``."""

Row = tuple[Any, ...]


class PublicationRefused(IngestionError):
    """What would be published must not be; nothing was written."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the marts are.

    Attributes:
        as_of: the latest moment that any value reflects; aware.
        is_synthetic: some value comes from the simulated province.
        publisher: name of the publishing agency today.
    """

    as_of: datetime
    is_synthetic: bool
    publisher: Words


class Marts:
    """The published marts at one moment; made by `opened`."""

    def __init__(self, connection: Connection, small_cells: SmallCells) -> None:
        """Made by `opened`."""
        self._connection = connection
        self._small = small_cells

    def standing(self, publisher_code: str) -> Standing:
        """How far the data go and who publishes them.

        Raises:
            ConfigurationError: there is no value yet, or no agency of today has this code.
        """
        as_of = self._connection.scalar(text(_AS_OF))
        if as_of is None:
            raise ConfigurationError(
                "Chưa có giá trị chỉ tiêu để công bố / no value to publish yet: "
                "nạp số liệu, chạy `cchc marts build` rồi thử lại."
            )
        named = self._connection.execute(text(_PUBLISHER), {"code": publisher_code}).one_or_none()
        if named is None:
            raise ConfigurationError(
                f"publication.yml: no agency of today has the code {publisher_code!r}."
            )
        is_synthetic = bool(self._connection.scalar(text(_IS_SYNTHETIC)))
        return Standing(as_of, is_synthetic, Words(named.name_vi, named.name_en or named.name_vi))

    def batches(self, table: PublishedTable) -> Generator[list[Row]]:
        """The rows of a table in the order of its key, columns as published.

        Raises:
            PublicationRefused: a text looks personal, or a code has no published one.
        """
        described = contract(table.mart)
        edit = _editor(table)
        checked: set[str] = set()
        small = self._small
        bounds = {
            "fewer_than": small.fewer_than,
            "sources": list(small.sources),
            "spared": list(small.spared),
        }
        result = self._connection.execute(
            text(_statement(table, described)),
            bounds if table.withheld else {},
            execution_options={"stream_results": True},
        )
        for partition in result.partitions(BATCH_ROWS):
            rows = [edit(row) for row in partition]
            _refuse_personal(table, rows, checked)
            yield rows


@contextmanager
def opened(small_cells: SmallCells, url: str | None = None) -> Iterator[Marts]:
    """The marts between two builds: no build changes them while they are read.

    Args:
        small_cells: which counts must not be told.
        url: another warehouse than the configured one.

    Raises:
        ConfigurationError: there are no marts yet.
    """
    pool = engine(ROLE, url)
    try:
        with (
            between_builds(pool),
            pool.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        ):
            if connection.scalar(text("select to_regclass('marts.fct_target_progress')")) is None:
                raise ConfigurationError(
                    "Chưa có kho chỉ tiêu / no marts yet: chạy `cchc marts build` rồi thử lại."
                )
            yield Marts(connection, small_cells)
    finally:
        pool.dispose()


def _editor(table: PublishedTable) -> Callable[[SqlRow[Any]], Row]:
    """What turns a row of the statement into a published one."""
    places = {column: place for place, column in enumerate(table.columns)}
    codes = {places[column]: known for column, known in table.codes.items()}
    width, withheld = len(places), table.withheld

    def edit(row: SqlRow[Any]) -> Row:
        values: list[Any] = [None if value == "" else value for value in row[:width]]
        if withheld and row[width]:
            _withhold(values, places, withheld)
        for place, known in codes.items():
            values[place] = _recoded(values[place], known, table.columns[place])
        return tuple(values)

    return edit


def _withhold(values: list[Any], places: dict[str, int], withheld: Withheld) -> None:
    for column in withheld.columns:
        values[places[column]] = None
    for column, mark in withheld.marks.items():
        values[places[column]] = mark


def _recoded(value: str | None, known: Mapping[str, str], column: str) -> str | None:
    if value is None:
        return None
    if value not in known:
        raise PublicationRefused(
            f"publication.yml: column {column} holds {value!r}, for which no code is declared."
        )
    return str(known[value])


def _refuse_personal(table: PublishedTable, rows: list[Row], checked: set[str]) -> None:
    """Refuse texts that look like a personal value; say where, never what."""
    for place, column in enumerate(table.columns):
        texts = {row[place] for row in rows if isinstance(row[place], str)} - checked
        found = sum(mask_personal(one)[1] for one in texts)
        if found:
            raise PublicationRefused(
                f"Mart {table.mart}, column {column}: {found} text(s) look like an identity "
                "number, a phone number or an e-mail address. Nothing was published. Mend the "
                "source of the column, or take the column out of publication.yml."
            )
        checked |= texts


def _statement(table: PublishedTable, described: Contract) -> str:
    """Select the published columns in the order of the key, texts by their bytes.

    A table of which cells may be withheld has one column more: whether this row's is.
    """
    if missing := [c for c in (*table.columns, *described.key) if c not in described.columns]:
        raise ConfigurationError(
            f"publication.yml: mart {table.mart} has no column {', '.join(missing)}."
        )
    columns = [f"published.{name}" for name in table.columns]
    order = ", ".join(
        f'published.{name} collate "C"'
        if described.columns[name].data_type == "text"
        else f"published.{name}"
        for name in described.key
    )
    # Names of the package's own settings, each found in the contract above; no input of others.
    source = f"marts.{table.mart} as published"
    if not table.withheld:
        return f"select {', '.join(columns)} from {source} order by {order}"  # noqa: S608
    columns.append("small.indicator_code is not null as is_withheld")
    same = " and ".join(f"published.{name} = small.{name}" for name in CELL)
    return (
        f"with small as ({_SMALL}) select {', '.join(columns)} from {source} "  # noqa: S608
        f"left join small on {same} order by {order}"
    )


_SMALL = """
    select
        measured.indicator_code,
        measured.agency_key,
        measured.period_type,
        measured.period_start,
        measured.basis
    from marts.fct_indicator_value as measured
    inner join marts.dim_indicator
        on measured.indicator_code = dim_indicator.indicator_code
    where
        measured.value_state = 'suppressed'
        or (
            dim_indicator.source = any(:sources)
            and measured.indicator_code <> all(:spared)
            and measured.denominator > 0
            and measured.denominator < :fewer_than
        )
"""

_AS_OF = "select max(data_as_of) from marts.fct_indicator_value"

_IS_SYNTHETIC = "select bool_or(is_synthetic) from marts.fct_target_progress"

_PUBLISHER = """
select
    name_vi,
    name_en
from marts.dim_agency
where agency_code = :code and is_current
"""
