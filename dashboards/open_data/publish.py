"""Publishes the open data: writes a version if the data say something new, then points to it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from dashboards.open_data import dcat, page
from dashboards.open_data.marts import Marts, Standing, opened
from dashboards.open_data.package import (
    DESCRIPTOR,
    companion_table,
    data_table,
    descriptor,
    dictionary_rows,
    list_rows,
)
from dashboards.open_data.settings import Publication, load_publication
from dashboards.open_data.store import Store
from dashboards.open_data.tables import CSV, PARQUET, WrittenTable, write_table
from ingestion.core.environment import TIMEZONE, engine, open_data_base_url, open_data_url
from ingestion.core.outcome import Outcome, recorded_step

RECORDER = "cchc_transform"
"""The role that may write ``ops.outcome``; the data themselves are read as ``bi_reader``."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did.

    Attributes:
        place: folder or bucket, without credentials.
        version: that the catalogue now offers.
        is_new: whether that version was written now; else the data say what they said.
        rows: by published table.
        written: catalogue files that were replaced.
    """

    place: str
    dataset: str
    version: str
    is_new: bool
    is_synthetic: bool
    rows: dict[str, int]
    byte_count: int
    written: tuple[str, ...]


def publish(out: str | None = None, base_url: str | None = None) -> Published:
    """Publish what the marts hold; the same marts leave everything as it is.

    Args:
        out: folder or fsspec URL; by default `open_data_url`.
        base_url: address under which the public reads it; by default `open_data_base_url`, and
            without one the catalogue's addresses are relative.

    Raises:
        ConfigurationError: the marts or the settings are not ready to publish.
        PublicationRefused: something in the marts must not be published; nothing was written.
    """
    publication = load_publication()
    store = Store(out or open_data_url())
    base = open_data_base_url() if base_url is None else base_url
    recorder = engine(RECORDER)
    try:
        with recorded_step(recorder, Outcome("publish", resource="open_data")) as outcome:
            published = _publish(publication, store, f"{base.rstrip('/')}/" if base else "")
            outcome.details |= {
                "version": published.version,
                "is_new": published.is_new,
                "rows": published.rows,
                "byte_count": published.byte_count,
            }
    finally:
        recorder.dispose()
    return published


def _publish(publication: Publication, store: Store, base: str) -> Published:
    dataset = publication.dataset_id
    with store.drafting() as draft:
        with opened(publication.small_cells) as marts:
            standing = marts.standing(publication.publisher_code)
            tables = _write(publication, marts, standing, draft)
        version, is_new = _version(publication, store, standing, tables)
        if is_new:
            description = descriptor(publication, standing, version, tables)
            (draft / DESCRIPTOR).write_bytes(description)
            store.keep(draft, dataset, version)
    store.show_latest(dataset, version)
    catalogue = dcat.json_ld(publication, standing, version, tables, base)
    shown = page.render(publication, standing, version, tables, store.versions(dataset))
    files = {
        dcat.CATALOGUE: catalogue,
        dcat.TURTLE: dcat.turtle(catalogue, base),
        dcat.PAGE: shown.encode(),
    }
    return Published(
        place=store.root,
        dataset=dataset,
        version=version,
        is_new=is_new,
        is_synthetic=standing.is_synthetic,
        rows={written.table.name: written.row_count for written in tables},
        byte_count=sum(file.byte_count for written in tables for file in written.files),
        written=tuple(name for name, content in files.items() if store.replace(name, content)),
    )


def _write(
    publication: Publication, marts: Marts, standing: Standing, draft: Path
) -> tuple[WrittenTable, ...]:
    """Write the data, the dictionary and the list into the draft."""
    described = [data_table(table) for table in publication.tables]
    written = []
    for table, description in zip(publication.tables, described, strict=True):
        with closing(marts.batches(table)) as batches:
            written.append(write_table(draft, description, batches, (CSV, PARQUET)))
    companions = (
        (
            companion_table(publication.dictionary, ("table", "column"), "dictionary"),
            dictionary_rows(described),
        ),
        (companion_table(publication.listing, ("name",), "list"), list_rows(publication, standing)),
    )
    written += [write_table(draft, table, [rows], (CSV,)) for table, rows in companions]
    return tuple(written)


def _version(
    publication: Publication, store: Store, standing: Standing, tables: Sequence[WrittenTable]
) -> tuple[str, bool]:
    """The version that says exactly this, or the next free name, and whether it is new.

    A version is called by the day that the data reach. Where that day was published before and the
    data say something else now (a correction, a new formula), it is the day's second, ``.2``.
    """
    day = standing.as_of.astimezone(TIMEZONE).date().isoformat()
    for number in count(1):
        version = day if number == 1 else f"{day}.{number}"
        there = store.get(f"{publication.dataset_id}/{version}/{DESCRIPTOR}")
        if there is None:
            return version, True
        if there == descriptor(publication, standing, version, tables):
            return version, False
    raise AssertionError("numbers end never")
