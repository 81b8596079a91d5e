"""What the site holds on its day: entries of each door by address, and their files."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.budget.calendar import Calendar, Publication, Version
from sandbox.budget.habits import print_file
from sandbox.budget.publishers import Publisher
from sandbox.clock import ZONE
from sandbox.kept import Kept

HOME_ID: Final = 14
HOME: Final = "Sơn La"
NEIGHBOUR_ID: Final = 11
NEIGHBOUR: Final = "Điện Biên"
# Of so many of our records the portal has one alike of the neighbouring province.
_NEIGHBOUR_EVERY: Final = 9
_CACHE_BYTES: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file as it lies at an address.

    Attributes:
        publication: the entry it belongs to.
        version: which of its files.
    """

    publication: Publication
    version: Version

    @property
    def etag(self) -> str:
        """Entity tag; another version has another one."""
        text = f"{self.publication.address}\x1f{self.version.number}"
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'

    @property
    def modified_at(self) -> dt.datetime:
        """The moment it was put there."""
        return dt.datetime.combine(self.version.published_on, dt.time(8), ZONE)


class Holdings:
    """Entries and files of the doors of the site.

    Args:
        calendar: what was published by the day of the site.
    """

    def __init__(self, calendar: Calendar) -> None:
        self.until, self.seed = calendar.until, calendar.seed
        newest_first = calendar.publications[::-1]
        ours = [entry for entry in newest_first if entry.door == "ckns"]
        theirs = [_of_neighbour(entry) for entry in ours[::_NEIGHBOUR_EVERY]]
        self.portal = tuple([(HOME_ID, e) for e in ours] + [(NEIGHBOUR_ID, e) for e in theirs])
        self.page = tuple(entry for entry in newest_first if entry.door == "web")
        by_publisher: dict[int, list[Publication]] = defaultdict(list)
        for entry in self.page:
            by_publisher[entry.obligation.publisher.agency_key].append(entry)
        self._by_publisher = dict(by_publisher)
        self._by_address = {entry.address: entry for entry in (*ours, *theirs, *self.page)}
        self._contents: Kept[tuple[str, int], bytes] = Kept(_CACHE_BYTES, len)

    @property
    def publishers(self) -> list[Publisher]:
        """Those with an entry on the page, by name."""
        found = [entries[0].obligation.publisher for entries in self._by_publisher.values()]
        return sorted(found, key=lambda publisher: (publisher.name, publisher.agency_key))

    def of_publisher(self, agency_key: int) -> Sequence[Publication] | None:
        """Return a publisher's entries on the page, newest first, or none if it has no page."""
        return self._by_publisher.get(agency_key)

    def file_at(self, address: str) -> HeldFile | None:
        """Return the file that lies at an address on the day of the site."""
        entry = self._by_address.get(address)
        version = entry.version_on(self.until) if entry else None
        return HeldFile(entry, version) if entry and version else None

    def content(self, held: HeldFile) -> bytes:
        """Return a file's bytes, rendered when they are not at hand."""
        key = held.publication.address, held.version.number
        return self._contents.get(key, lambda: print_file(held.version.order).content)


def _of_neighbour(entry: Publication) -> Publication:
    """Return the like of a record from the neighbouring province."""
    name = f"UBND tỉnh {NEIGHBOUR}"
    versions = tuple(
        dataclasses.replace(
            version,
            order=dataclasses.replace(
                version.order, publisher=name, publisher_code=str(NEIGHBOUR_ID)
            ),
        )
        for version in entry.versions
    )
    return dataclasses.replace(
        entry,
        key=f"{NEIGHBOUR_ID}:{entry.key}",
        title=entry.title.replace(entry.publisher_name, name),
        address=entry.address.replace("/Attachments/", "/Attachments/9"),
        versions=versions,
    )
