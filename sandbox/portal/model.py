"""What the portal holds on a day."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from sandbox.randomness import key_of

Role = Literal["data", "dictionary", "list"]
DatasetState = Literal["active", "private", "deleted"]


@dataclass(frozen=True, slots=True)
class Publisher:
    """An organisation of the portal.

    Attributes:
        publisher_id: its id.
        name: short name in addresses.
        title: as printed.
        agency_code: of the agency it is in the reference seed; "" for a stranger.
        kind: ``department`` | ``commune`` | ``stranger``.
        created_at: when it was entered; aware.
    """

    publisher_id: str
    name: str
    title: str
    agency_code: str
    kind: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a file as the datastore describes it.

    Attributes:
        name: heading of the column.
        type: PostgreSQL's name, as CKAN says it.
        label: what it means; "" where nobody has said.
    """

    name: str
    type: str
    label: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A file or link of a dataset.

    Attributes:
        position: from 0, as CKAN counts.
        path: of the file on the portal, such as ``/files/…/bieu.csv``; "" for a link elsewhere.
        link: address elsewhere; "" for a file of the portal.
        modified_at: last change of the file as stated; None where CKAN says nothing.
        fields: what the datastore says of its columns; none without a datastore.
    """

    resource_id: str
    position: int
    name: str
    description: str
    format_text: str
    media_type: str
    path: str
    link: str
    created_at: dt.datetime
    modified_at: dt.datetime | None
    role: Role
    fields: tuple[Field, ...] = ()

    @property
    def has_datastore(self) -> bool:
        """Whether rows are served too."""
        return bool(self.fields)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset as its page shows it.

    Attributes:
        publisher_id: "" where it has none.
        frequency_text: as published; "" where it is not said.
        modified_at: as stated.
        tags: free words.
    """

    dataset_id: str
    name: str
    title: str
    description: str
    publisher_id: str
    licence_id: str
    licence_title: str
    licence_url: str
    is_open: bool
    author: str
    author_email: str
    maintainer: str
    maintainer_email: str
    frequency_text: str
    created_at: dt.datetime
    modified_at: dt.datetime
    state: DatasetState
    tags: tuple[str, ...]
    resources: tuple[Resource, ...]


class Content(Protocol):
    """Something that can be written as bytes, the same every time."""

    def written(self) -> bytes:
        """Return the bytes."""
        ...

    def __hash__(self) -> int:
        """Equal ones have equal bytes."""
        ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What an address of the portal answers.

    Attributes:
        path: the address.
        content: what lies there.
        version: changes whenever the content does.
        media_type: as the server says.
        modified_at: when the content changed as the server says; aware.
        status: 200, or the error that it answers.
        location: where it redirects to; "" for nowhere.
        is_cut: the connection ends in the middle.
    """

    path: str
    content: Content
    version: str
    media_type: str
    modified_at: dt.datetime
    status: int = 200
    location: str = ""
    is_cut: bool = False

    @property
    def etag(self) -> str:
        """Entity tag; another content has another one."""
        return f'"{key_of("etag", self.path, self.version):016x}"'


@dataclass(frozen=True)
class State:
    """The portal at the end of a day.

    Attributes:
        datasets: all that there ever were up to the day, in order of creation; private and
            deleted ones too.
        publishers: organisations, by name.
        files: by path.
    """

    day: dt.date
    datasets: tuple[Dataset, ...]
    publishers: tuple[Publisher, ...]
    files: Mapping[str, StoredFile]

    @functools.cached_property
    def public(self) -> tuple[Dataset, ...]:
        """The datasets that anybody may see."""
        return tuple(dataset for dataset in self.datasets if dataset.state == "active")

    @functools.cached_property
    def publisher_by_id(self) -> Mapping[str, Publisher]:
        """Organisations by id."""
        return {publisher.publisher_id: publisher for publisher in self.publishers}

    def content(self, path: str) -> bytes:
        """Return the bytes at a path.

        Raises:
            KeyError: there is no file.
        """
        return self.files[path].content.written()


def identity(*parts: int | str) -> str:
    """Return an id as CKAN makes them, the same for the same names and numbers."""
    high, low = key_of("id", *parts), key_of("id, second half", *parts)
    return str(uuid.UUID(int=(high << 64) | low, version=4))
