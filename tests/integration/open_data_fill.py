"""Fills the raw tables of source ``open_data_portal`` with snapshots written by hand."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Engine, text

from ingestion.core.environment import engine
from ingestion.transform.runner import run_dbt
from tests.integration.raw_fill import at

MODIFIED = at("2026-11-01 08:00")


@dataclass(frozen=True)
class File:
    """One file of a dataset: a good CSV unless told otherwise.

    Attributes:
        said: columns of the portal's record.
        found: columns of what came of looking at it.
        entries: rows of a publisher's list, each (title, name, publisher_name).
    """

    resource_id: str
    said: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)
    entries: tuple[tuple[str | None, str | None, str | None], ...] = ()


@dataclass(frozen=True)
class Dataset:
    """One dataset: a good one of Sở Y tế with one good file unless told otherwise."""

    dataset_id: str
    said: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[File, ...] | None = None

    def but(self, **said: Any) -> Dataset:
        """The same with other columns."""
        return replace(self, said=dict(self.said) | said)

    def having(self, *files: File) -> Dataset:
        """The same with these files."""
        return replace(self, files=files)

    @property
    def resources(self) -> tuple[File, ...]:
        """Its files."""
        return (File(f"{self.dataset_id}-r1"),) if self.files is None else self.files


PUBLISHERS: dict[str, str] = {
    "org-syt": "Sở Y tế tỉnh Sơn La",
    "org-tohieu": "UBND phường Tô Hiệu",
    "org-former": "Sở Kế hoạch và Đầu tư",
    "org-nobody": "Công ty Dữ liệu",
    "org-skhcn": "SỞ KHOA HỌC VÀ CÔNG NGHỆ",
}


def build_open_data() -> None:
    """Build the marts of open data without those of the plan, and without the tests of data."""
    marts = "+fct_open_data_publisher +fct_open_data_change +dim_open_dataset +dim_open_resource"
    without = ["--exclude-resource-types", "test", "unit_test"]
    assert run_dbt(["build", "--select", *marts.split(), *without], quiet=True) == 0


class OpenDataFill:
    """Loads snapshots into one warehouse.

    Args:
        url: SQLAlchemy URL of a migrated warehouse.
    """

    def __init__(self, url: str) -> None:
        self._engine: Engine = engine("cchc_ingest", url)

    def load(
        self, day: str, datasets: Sequence[Dataset], publishers: Mapping[str, str] | None = None
    ) -> None:
        """Load the whole snapshot of a day in place of what was loaded of it before."""
        named = PUBLISHERS if publishers is None else publishers
        records, resources, contents, entries = [], [], [], []
        for dataset in datasets:
            record = _dataset(dataset)
            records.append(record)
            for position, file in enumerate(dataset.resources, start=1):
                resources.append(_resource(dataset, file, position))
                contents.append(_content(dataset, file, day))
                entries += [
                    {
                        "content_key": f"{dataset.dataset_id}:{file.resource_id}",
                        "dataset_id": dataset.dataset_id,
                        "resource_id": file.resource_id,
                        "position": number,
                        "title": title,
                        "name": name,
                        "publisher_name": publisher,
                    }
                    for number, (title, name, publisher) in enumerate(file.entries, start=1)
                ]
        organisations = [
            {"publisher_id": key, "name": None, "title": title, "state": "active"}
            for key, title in named.items()
        ]
        with self._engine.begin() as connection:
            self._replace(
                connection, "datasets", day, {"datasets": records, "resources": resources}
            )
            self._replace(connection, "publishers", day, {"publishers": organisations})
            self._replace(
                connection, "contents", day, {"contents": contents, "list_entries": entries}
            )

    def load_datasets_only(self, day: str, datasets: Sequence[Dataset]) -> None:
        """Load no more than the datasets of a day: its snapshot is not complete."""
        records = [_dataset(dataset) for dataset in datasets]
        with self._engine.begin() as connection:
            self._replace(connection, "datasets", day, {"datasets": records, "resources": []})

    def _replace(
        self,
        connection: Connection,
        resource: str,
        day: str,
        tables: Mapping[str, Sequence[Mapping[str, Any]]],
    ) -> None:
        load_id = int(connection.scalar(text("select nextval('ops.load_id_seq')")) or 0)
        extract = uuid.uuid5(uuid.NAMESPACE_OID, f"{resource} {day} {load_id}")
        connection.execute(
            text(
                "insert into ops.load (load_id, source, resource, period, extract_id,"
                " is_synthetic, row_count, rejected_count) values (:load, 'open_data_portal',"
                " :resource, :period, :extract, true, :rows, 0)"
            ),
            {
                "load": load_id,
                "resource": resource,
                "period": day,
                "extract": extract,
                "rows": len(tables[resource]),
            },
        )
        lineage = {
            "_source": "open_data_portal",
            "_resource": resource,
            "_period": day,
            "_extract_id": extract,
            "_load_id": load_id,
            "_loaded_at": at("2026-11-23 06:00"),
        }
        for table, rows in tables.items():
            name = f"raw.open_data_portal__{table}"
            connection.execute(text(f"delete from {name} where _period = :day"), {"day": day})
            if not rows:
                continue
            columns = list(lineage | {"_row_number": 0} | dict(rows[0]))
            marks = ", ".join(f":{column}" for column in columns)
            connection.execute(
                text(f"insert into {name} ({', '.join(columns)}) values ({marks})"),
                [
                    lineage | {"_row_number": number} | dict(row)
                    for number, row in enumerate(rows, start=1)
                ],
            )

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _dataset(dataset: Dataset) -> dict[str, Any]:
    title = f"Danh sách cơ sở y tế {dataset.dataset_id}"
    record = {
        "dataset_id": dataset.dataset_id,
        "name": f"co-so-y-te-{dataset.dataset_id}",
        "title": title,
        "description": "Tên, địa chỉ và số giường của từng cơ sở y tế trên địa bàn tỉnh.",
        "description_length": None,
        "page_url": f"https://portal.test/dataset/{dataset.dataset_id}",
        "publisher_id": "org-syt",
        "publisher_name": None,
        "licence_id": "cc-by",
        "licence_title": "Creative Commons Attribution",
        "licence_url": None,
        "is_open_stated": True,
        "contact_class": "reachable",
        "frequency_text": "Hằng quý",
        "created_at": MODIFIED,
        "modified_at": MODIFIED,
        "state": "active",
        "is_described": True,
        "way": "search",
        "metadata_sha256": f"{dataset.said}{dataset.resources}",
    }
    return record | dict(dataset.said)


def _resource(dataset: Dataset, file: File, position: int) -> dict[str, Any]:
    record = {
        "dataset_id": dataset.dataset_id,
        "resource_id": file.resource_id,
        "position": position,
        "role": "data",
        "name": f"Tệp {file.resource_id}",
        "format_text": "CSV",
        "media_type": "text/csv",
        "url": f"https://portal.test/files/{file.resource_id}.csv",
        "url_problem_code": None,
        "stated_hash": None,
        "has_datastore": False,
        "created_at": MODIFIED,
        "modified_at": MODIFIED,
    }
    return record | dict(file.said)


def _content(dataset: Dataset, file: File, day: str) -> dict[str, Any]:
    record = {
        "content_key": f"{dataset.dataset_id}:{file.resource_id}",
        "dataset_id": dataset.dataset_id,
        "resource_id": file.resource_id,
        "followed_from_id": None,
        "looked": "fetched",
        "looked_at": at(f"{day} 23:50"),
        "looked_on": day,
        "problem_code": None,
        "problem_vi": None,
        "problem_first_on": None,
        "failed_looks": 0,
        "content_sha256": f"sha of {file.resource_id}",
        "byte_count": 1000,
        "is_sample": False,
        "real_format": "csv",
        "encoding": "utf-8",
        "table_state": "parsed",
        "table_problem_vi": None,
        "header_state": None,
        "row_count": 12,
        "column_count": 4,
        "personal_kinds": None,
        "personal_columns": None,
        "personal_count": 0,
    }
    return record | dict(file.found)
