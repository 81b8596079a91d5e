"""What raw holds of the portal: the resources of a day, and what is known of their contents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from ingestion.core.landed_text import as_landed
from ingestion.core.period import Period
from ingestion.core.source import read_source
from ingestion.sources.open_data_portal.settings import SOURCE

Row = Mapping[str, str]
"""Facts of a content as they are landed: as text, absent ones left out."""
Key = tuple[str, str]
"""Dataset and resource."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the portal says of a file: if any of it differs, the file may be another.

    Attributes:
        modified_at: of the resource, else of its dataset.
    """

    url: str
    modified_at: datetime | None
    stated_hash: str
    size_bytes: int | None

    @property
    def says_when(self) -> bool:
        """Whether the portal would say if the file changed."""
        return self.modified_at is not None or self.stated_hash != ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource of the snapshot of a day.

    Attributes:
        is_open_to_all: its dataset is neither private nor deleted nor unreadable.
        url_problem_code: why there is no address to ask.
    """

    key: Key
    name: str
    role: str
    format_text: str
    media_type: str
    is_open_to_all: bool
    url_problem_code: str
    stated: Stated


@dataclass(frozen=True, slots=True)
class Known:
    """What a day's load says of a resource's content.

    Attributes:
        entries: rows of a publisher's list of datasets.
        listed: the resource as it stood on that day; None where the snapshot lacks it.
    """

    row: Row
    entries: tuple[Row, ...] = ()
    listed: Listed | None = None


@dataclass(frozen=True)
class Day:
    """What raw holds of a day.

    Attributes:
        resources: of its snapshot, in the portal's order.
        loaded_at: when the snapshot was loaded; None for an empty one.
        own: contents of the same day, loaded before.
        before: contents of the last earlier day that has any.
        is_synthetic: the snapshot is simulated.
    """

    resources: list[Listed]
    loaded_at: datetime | None
    own: dict[Key, Known]
    before: dict[Key, Known]
    is_synthetic: bool = False


_LAST = text("""
    select max(period)
    from ops.load
    where source = :source and resource = :resource and period < :period""")
_LOAD = text("""
    select is_synthetic
    from ops.load
    where source = :source and resource = 'datasets' and period = :period
    order by load_id desc
    limit 1""")
_RESOURCES = text("""
    select
        r.dataset_id,
        r.resource_id,
        r.name,
        r.role,
        r.format_text,
        r.media_type,
        d.state = 'active' as is_open_to_all,
        r.url_problem_code,
        r.url,
        coalesce(r.modified_at, d.modified_at) as modified_at,
        r.stated_hash,
        r.size_bytes,
        d._loaded_at as loaded_at
    from raw.open_data_portal__datasets as d
    inner join raw.open_data_portal__resources as r
        on d.dataset_id = r.dataset_id and r._period = :period
    where d._period = :period
    order by d._row_number, r.position, r.resource_id""")
_ENTRIES = text("""
    select content_key, cast(position as text) as position, title, name, publisher_name
    from raw.open_data_portal__list_entries
    where _period = :period
    order by content_key, open_data_portal__list_entries.position""")


def known_datasets(engine: Engine | None, period: Period) -> dict[str, str]:
    """The datasets of the last snapshot before a day: short name by id."""
    if engine is None:
        return {}
    query = text("""
        select dataset_id, coalesce(name, '') as name
        from raw.open_data_portal__datasets
        where _period = :period""")
    with engine.connect() as connection:
        last = _last_before(connection, "datasets", period)
        found = connection.execute(query, {"period": last}).all() if last else []
    return {row.dataset_id: row.name for row in found}


def read_day(engine: Engine, period: Period) -> Day | None:
    """All that is known about a day; None where its snapshot was not loaded."""
    here = str(period)
    with engine.connect() as connection:
        about = {"source": SOURCE, "period": here}
        load = connection.execute(_LOAD, about).one_or_none()
        if load is None:
            return None
        resources, loaded_at = _resources(connection, here)
        own = _contents(connection, here, {item.key: item for item in resources})
        last = _last_before(connection, "contents", period)
        before: dict[Key, Known] = {}
        if last:
            then = {item.key: item for item in _resources(connection, last)[0]}
            before = _contents(connection, last, then)
    return Day(resources, loaded_at, own, before, load.is_synthetic)


def _last_before(connection: Connection, resource: str, period: Period) -> str | None:
    """The last day before another that was loaded; days as text are in the order of time."""
    found: str | None = connection.execute(
        _LAST, {"source": SOURCE, "resource": resource, "period": str(period)}
    ).scalar()
    return found


def _resources(connection: Connection, period: str) -> tuple[list[Listed], datetime | None]:
    rows = connection.execute(_RESOURCES, {"period": period}).all()
    found = [
        Listed(
            key=(row.dataset_id, row.resource_id),
            name=row.name or "",
            role=row.role or "data",
            format_text=row.format_text or "",
            media_type=row.media_type or "",
            is_open_to_all=row.is_open_to_all,
            url_problem_code=row.url_problem_code or "",
            stated=Stated(row.url or "", row.modified_at, row.stated_hash or "", row.size_bytes),
        )
        for row in rows
    ]
    return found, max((row.loaded_at for row in rows), default=None)


def _contents(
    connection: Connection, period: str, listed: Mapping[Key, Listed]
) -> dict[Key, Known]:
    entries: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(_ENTRIES, {"period": period}).mappings():
        told = {name: value for name, value in row.items() if value is not None}
        entries[told.pop("content_key")].append(told)
    columns = as_landed(read_source(SOURCE).contract.resources["contents"].columns)
    # Column names come from the contract, which allows identifiers only.
    query = text(f"select {columns} from raw.open_data_portal__contents where _period = :period")  # noqa: S608
    found: dict[Key, Known] = {}
    for row in connection.execute(query, {"period": period}).mappings():
        told = {name: value for name, value in row.items() if value is not None}
        key = (told["dataset_id"], told["resource_id"])
        found[key] = Known(told, tuple(entries.get(told["content_key"], ())), listed.get(key))
    return found
