"""What an open-data portal offers on a day, whatever engine it runs.

Every adapter gives a `Catalogue`; the rest of the pipeline does not know which adapter it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

Role = Literal["data", "dictionary", "list"]
"""What a resource is: data, the description of its columns, or the publisher's list of datasets."""
State = Literal["active", "private", "deleted", "unreadable"]
Way = Literal["search", "list", "dump", "pages"]


@dataclass(frozen=True, slots=True)
class ResourceEntry:
    """One file or service of a dataset.

    Attributes:
        resource_id: the portal's, or made of its address where it has none.
        position: from 1, in the portal's order.
        format_text: as published, such as ``CSV`` or ``.xlsx``.
        media_type: as published.
        url: address as published, made absolute; "" where there is none.
        size_bytes: as stated.
        modified_at: last change of the file as stated; aware.
        stated_hash: as published; says only that something changed.
        has_datastore: the portal also serves it row by row.
    """

    resource_id: str
    position: int
    name: str = ""
    description: str = ""
    format_text: str = ""
    media_type: str = ""
    url: str = ""
    size_bytes: int | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    stated_hash: str = ""
    has_datastore: bool = False
    role: Role = "data"


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """One dataset.

    Attributes:
        dataset_id: the portal's, or made of its address where it has none.
        name: short name in addresses.
        description: the whole text as published.
        page_url: where people look at it.
        publisher_id: of its organisation; "" where it has none.
        contacts: whatever the portal gives to reach somebody; goes no further than the door.
        frequency_text: how often it is said to be updated, as published (text, code or URI).
        modified_at: last change of the metadata as stated; aware.
        state: ``unreadable`` where the portal counts it and will not show it.
        problem: why it is not active, in the portal's words or ours; "" otherwise.
        stated_resource_count: as the portal says; None where it says nothing.
        is_described: the metadata themselves describe the columns, or name what does.
    """

    dataset_id: str
    name: str = ""
    title: str = ""
    description: str = ""
    page_url: str = ""
    publisher_id: str = ""
    publisher_name: str = ""
    licence_id: str = ""
    licence_title: str = ""
    licence_url: str = ""
    is_open_stated: bool | None = None
    contacts: tuple[str, ...] = ()
    frequency_text: str = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    state: State = "active"
    problem: str = ""
    stated_resource_count: int | None = None
    tags: tuple[str, ...] = ()
    is_described: bool = False
    resources: tuple[ResourceEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class PublisherEntry:
    """One organisation of the portal.

    Attributes:
        dataset_count: as the portal states; None where it says nothing.
    """

    publisher_id: str
    name: str = ""
    title: str = ""
    dataset_count: int | None = None
    state: str = "active"


@dataclass(frozen=True)
class Catalogue:
    """All that a portal offers, complete.

    Attributes:
        stated_dataset_count: the portal's own count; None where it says nothing.
        way: how the datasets were had: by search, one by one from the list, as one document, by
            web pages.
        remarks: what the operator should know, such as "search is down"; no personal data.
    """

    datasets: tuple[DatasetEntry, ...]
    publishers: tuple[PublisherEntry, ...]
    stated_dataset_count: int | None
    way: Way
    url: str
    is_synthetic: bool = False
    remarks: tuple[str, ...] = field(default=())


class Adapter(Protocol):
    """Reads the catalogue of one kind of portal."""

    async def read(self, day: date) -> Catalogue:
        """Everything that the portal offers.

        Args:
            day: the day whose end is asked for; only a portal that keeps its past can tell it from
                now.

        Raises:
            SourceUnavailable: the portal does not answer.
            DataRefused: what it answers is not the whole, or not what its kind of portal answers.
            PagesDrifted: its pages did not fit together; asking again may help.
        """
        ...
