"""A CKAN portal, asked through its Action API. field.md 4.3.

Datasets come from ``package_search``, page by page; where search is down they are asked for one by
one. What the portal lists and search does not give is asked for too, so that private, deleted and
unreadable datasets are accounted for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ingestion.core.at_once import asked_at_once
from ingestion.core.errors import DataRefused, PagesDrifted, SourceUnavailable
from ingestion.core.log import event
from ingestion.core.web import WebClient
from ingestion.sources.open_data_portal.adapters.ckan_api import (
    ActionApi,
    ActionRefused,
    Why,
    search_result,
)
from ingestion.sources.open_data_portal.adapters.ckan_records import (
    Licence,
    described_share,
    facts_of_dataset,
    facts_of_organisation,
    licences_of,
)
from ingestion.sources.open_data_portal.adapters.entries import (
    Maker,
    hidden,
)
from ingestion.sources.open_data_portal.catalogue import (
    Catalogue,
    DatasetEntry,
    PublisherEntry,
    State,
    Way,
)
from ingestion.sources.open_data_portal.settings import Portal

logger = logging.getLogger(__name__)

_HIDDEN: Mapping[Why, State] = {
    "not_found": "deleted",
    "not_allowed": "private",
    "failed": "unreadable",
}


class CkanAdapter:
    """Reads the catalogue of a CKAN portal."""

    def __init__(self, client: WebClient, portal: Portal) -> None:
        """Prepare; nothing is asked yet."""
        self._client = client
        self._portal = portal

    async def read(self, day: date) -> Catalogue:
        """Everything that the portal offers; see `Adapter.read`."""
        return await _Reading(self._client, self._portal).read()


class _Reading:
    """State of one reading of the portal."""

    def __init__(self, client: WebClient, portal: Portal) -> None:
        self._api = ActionApi(client, portal.ckan.api)
        self._rules = portal.ckan
        self._maker = Maker(portal, portal.ckan.moments, client.base_url)
        self._licences: Mapping[str, Licence] = {}
        self._remarks: list[str] = []
        self._failed_in_a_row = 0
        self._datastores_failed = 0

    async def read(self) -> Catalogue:
        way: Way = "search"
        try:
            datasets, stated = await self._search()
        except PagesDrifted:
            raise
        except (SourceUnavailable, DataRefused) as error:
            names = await self._names()  # a portal that is down altogether fails here
            self._remark("search is down, datasets were asked for one by one", error)
            self._licences = self._licences or await self._read_licences()
            datasets, stated, way = await self._listed(names), len(names), "list"
        else:
            others = await self._not_in_search(datasets)
            datasets, stated = datasets + others, stated + len(others)
        datasets = await self._with_datastores(datasets)
        publishers = await self._organisations()
        return self._maker.catalogue(
            self._with_publishers(datasets, publishers),
            publishers,
            stated=stated,
            way=way,
            is_synthetic=self._api.is_synthetic,
            remarks=self._remarks,
        )

    async def _search(self) -> tuple[list[DatasetEntry], int]:
        """All datasets that search knows, however few of them the portal gives in a page.

        Raises:
            PagesDrifted: the pages do not make up what the portal counts.
        """
        first, stated = await self._search_page(0, self._rules.rows)
        self._maker.check_size(stated)
        size = len(first)
        if stated and not size:
            raise PagesDrifted(f"package_search counts {stated} datasets and gives none")
        self._licences = await self._read_licences()
        entries = self._entries(first)
        starts = range(size, stated, size) if size else range(0)

        async def rest(start: int) -> list[DatasetEntry]:
            return await self._stretch(start, min(size, stated - start), stated)

        for page in await asked_at_once(rest, starts, self._rules.requests_at_once):
            entries += page
        different = len({entry.dataset_id for entry in entries})
        if not len(entries) == different == stated:
            raise PagesDrifted(
                f"package_search counts {stated} datasets, its pages hold {different} in "
                f"{len(entries)} records"
            )
        return await self._with_all_resources(entries), stated

    async def _with_all_resources(self, entries: list[DatasetEntry]) -> list[DatasetEntry]:
        """Datasets that came with other resources than they count are asked for one by one."""
        short = [entry.dataset_id for entry in entries if not _has_all_resources(entry)]
        if not short:
            return entries
        shown = {entry.dataset_id: entry for entry in await self._one_by_one(short)}
        entries = [
            found if (found := shown.get(entry.dataset_id)) and found.state == "active" else entry
            for entry in entries
        ]
        left = sum(not _has_all_resources(entry) for entry in entries)
        if left:
            self._remark(f"{left} datasets hold another number of resources than they count")
        return entries

    async def _stretch(self, start: int, wanted: int, stated: int) -> list[DatasetEntry]:
        """So many datasets from a place on; a page may again hold fewer than asked for."""
        entries: list[DatasetEntry] = []
        while len(entries) < wanted:
            records, count = await self._search_page(start + len(entries), wanted - len(entries))
            if count != stated:
                raise PagesDrifted(f"package_search counts {stated} datasets, then {count}")
            if not records or len(records) > wanted - len(entries):
                raise PagesDrifted(
                    f"package_search: {len(records)} datasets from {start + len(entries)} on, "
                    f"{wanted - len(entries)} asked for"
                )
            entries += self._entries(records)
        return entries

    async def _search_page(self, start: int, rows: int) -> tuple[list[Any], int]:
        result = await self._api.ask("package_search", rows=rows, start=start, sort="id asc")
        return search_result(result)

    def _entries(self, records: list[Any]) -> list[DatasetEntry]:
        return [entry_of(record, self._maker, self._licences) for record in records]

    async def _names(self) -> list[str]:
        """What ``package_list`` lists.

        Raises:
            DataRefused: it is no list of names, or one without end.
        """
        result = await self._api.ask("package_list")
        if not isinstance(result, list) or not all(isinstance(name, str) for name in result):
            raise DataRefused("package_list: the answer holds no list of names")
        names = list(dict.fromkeys(name for name in result if name.strip()))
        self._maker.check_size(len(names))
        return names

    async def _listed(self, names: list[str]) -> list[DatasetEntry]:
        """The datasets of a list, all by their names.

        Raises:
            SourceUnavailable: none of them can be had.
        """
        entries = await self._one_by_one(names)
        if entries and all(entry.state != "active" for entry in entries):
            raise SourceUnavailable(f"none of {len(names)} datasets that are listed can be had")
        return entries

    async def _one_by_one(self, names: list[str]) -> list[DatasetEntry]:
        """Datasets by their names.

        Raises:
            SourceUnavailable: too many in a row cannot be had.
        """
        return await asked_at_once(self._shown, names, self._rules.requests_at_once)

    async def _shown(self, name: str) -> DatasetEntry:
        """A dataset by its name, or why it is not to be had."""
        try:
            record = await self._api.ask("package_show", id=name)
            entry = entry_of(record, self._maker, self._licences)
        except (SourceUnavailable, DataRefused) as error:
            why: Why = error.why if isinstance(error, ActionRefused) else "failed"
            self._count_failure(why, error)
            return hidden("", name, _HIDDEN[why])
        self._failed_in_a_row = 0
        return entry

    def _count_failure(self, why: Why, error: Exception) -> None:
        if why != "failed":
            self._failed_in_a_row = 0
            return
        event(logger, "a dataset cannot be read", reason=error)
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= self._rules.down_after:
            raise SourceUnavailable(
                f"{self._failed_in_a_row} datasets in a row cannot be had; the last: {error}"
            )

    async def _not_in_search(self, datasets: list[DatasetEntry]) -> list[DatasetEntry]:
        """Datasets that the portal lists and search does not give."""
        try:
            names = await self._names()
        except (SourceUnavailable, DataRefused) as error:
            self._remark("package_list is down, search was not compared with it", error)
            return []
        known = {entry.name for entry in datasets} | {entry.dataset_id for entry in datasets}
        shown = await self._one_by_one([name for name in names if name not in known])
        others = [entry for entry in shown if entry.dataset_id not in known]
        if others:
            self._remark(f"{len(others)} datasets are listed that search does not give")
        return others

    async def _with_datastores(self, datasets: list[DatasetEntry]) -> list[DatasetEntry]:
        """Datasets that nothing else describes are described where their datastore does it.

        A datastore that cannot be asked counts as describing its columns: what an operator must
        mend is not told to the publisher.
        """
        asked = [entry for entry in datasets if _may_be_described_by_datastore(entry)]
        shares = await asked_at_once(self._datastore_share, asked, self._rules.requests_at_once)
        if unknown := shares.count(None):
            self._remark(f"{unknown} datastores cannot be asked and are taken for described")
        described = {
            entry.dataset_id
            for entry, share in zip(asked, shares, strict=True)
            if share is None or share >= self._rules.described_share
        }
        return [
            replace(entry, is_described=True) if entry.dataset_id in described else entry
            for entry in datasets
        ]

    async def _datastore_share(self, entry: DatasetEntry) -> float | None:
        """Share of described columns in the dataset's first datastore; None: not to be had."""
        first = next(one.resource_id for one in entry.resources if one.has_datastore)
        if self._datastores_failed >= self._rules.down_after:
            return None
        try:
            result = await self._api.ask("datastore_search", resource_id=first, limit=0)
        except (SourceUnavailable, DataRefused) as error:
            if isinstance(error, ActionRefused) and error.why != "failed":
                return 0.0
            event(logger, "a datastore cannot be asked", reason=error)
            self._datastores_failed += 1
            return None
        return described_share(result)

    async def _organisations(self) -> list[PublisherEntry]:
        """The portal's organisations; where it does not list them, those that datasets name."""
        records: dict[str, Mapping[str, Any]] = {}
        try:
            await self._organisation_pages(records)
        except (SourceUnavailable, DataRefused) as error:
            self._remark("organizations were asked for one by one", error)
        try:
            listed = await self._api.ask("organization_list")
        except (SourceUnavailable, DataRefused) as error:
            self._remark("the list of organizations is down", error)
            listed = []
        known = {str(record.get("name")) for record in records.values()} | records.keys()
        missing = [
            name
            for name in (listed if isinstance(listed, list) else [])
            if isinstance(name, str) and name.strip() and name not in known
        ]
        self._maker.check_size(len(missing))
        entries = [self._maker.publisher(facts_of_organisation(one)) for one in records.values()]
        asked = await asked_at_once(self._organisation, missing, self._rules.requests_at_once)
        return entries + asked

    async def _organisation_pages(self, records: dict[str, Mapping[str, Any]]) -> None:
        """Organisations page by page until a page brings no further one."""
        seen = 0
        while True:
            page = await self._api.ask(
                "organization_list",
                all_fields="true",
                sort="name asc",
                limit=self._rules.organisations,
                offset=seen,
            )
            if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
                raise DataRefused("organization_list: the answer holds no list of organizations")
            fresh = {str(one.get("id") or one.get("name") or ""): one for one in page}
            if not fresh.keys() - records.keys():
                return
            records |= {key: one for key, one in fresh.items() if key}
            seen += len(page)
            self._maker.check_size(len(records))

    async def _organisation(self, name: str) -> PublisherEntry:
        try:
            record = await self._api.ask("organization_show", id=name, include_datasets="false")
            if not isinstance(record, dict):
                raise DataRefused("organization_show: the answer holds no organization")
            return self._maker.publisher(facts_of_organisation(record))
        except (SourceUnavailable, DataRefused) as error:
            why: Why = error.why if isinstance(error, ActionRefused) else "failed"
            self._count_failure(why, error)
            return self._maker.publisher({"name": name, "state": _HIDDEN[why]})

    async def _read_licences(self) -> dict[str, Licence]:
        try:
            return licences_of(await self._api.ask("license_list"))
        except (SourceUnavailable, DataRefused) as error:
            self._remark("the list of licences is down", error)
            return {}

    def _with_publishers(
        self, datasets: list[DatasetEntry], publishers: list[PublisherEntry]
    ) -> list[DatasetEntry]:
        """Datasets that name their organisation by its id alone get its title."""
        titles = {entry.publisher_id: entry.title or entry.name for entry in publishers}
        return [
            replace(entry, publisher_name=titles.get(entry.publisher_id, ""))
            if entry.publisher_id and not entry.publisher_name
            else entry
            for entry in datasets
        ]

    def _remark(self, words: str, error: Exception | None = None) -> None:
        self._remarks.append(f"{words}: {error}" if error else words)
        event(logger, words, level=logging.WARNING, reason=error or "")


def _may_be_described_by_datastore(entry: DatasetEntry) -> bool:
    return (
        entry.state == "active"
        and not entry.is_described
        and not any(one.role == "dictionary" for one in entry.resources)
        and any(one.has_datastore for one in entry.resources)
    )


def _has_all_resources(entry: DatasetEntry) -> bool:
    return entry.stated_resource_count in (None, len(entry.resources))


def entry_of(record: object, maker: Maker, licences: Mapping[str, Licence]) -> DatasetEntry:
    """The entry of a dataset's record; one that cannot be taken apart is unreadable.

    Raises:
        DataRefused: it is no object, or says nothing that tells it from others.
    """
    if not isinstance(record, dict):
        raise DataRefused("a dataset is no JSON object")
    try:
        if type(record) is not dict:  # a name stands twice: which value is meant is not known
            raise DataRefused("a name stands twice in a dataset's record")
        return maker.dataset(facts_of_dataset(record, maker.portal.ckan, licences))
    except DataRefused:
        names = [record.get(key) for key in ("id", "name")]
        if not any(isinstance(name, str) and name.strip() for name in names):
            raise
        dataset_id, name = (value if isinstance(value, str) else "" for value in names)
        return hidden(dataset_id, name, "unreadable")
