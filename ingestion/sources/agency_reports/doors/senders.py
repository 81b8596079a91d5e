"""Whose address is whose: the organisational contacts in ``agency_contacts.csv``, as of a day."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ingestion.catalogue.agencies import Agency
from ingestion.ledger.due import all_agencies
from ingestion.ledger.obligations import reference_folder


@dataclass(frozen=True)
class Contact:
    """One row of the contact book: an address of an agency between two dates."""

    agency_key: int
    email: str
    valid_from: date | None
    valid_to: date | None

    def is_valid_on(self, day: date) -> bool:
        """Whether the address was the agency's on that day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day < self.valid_to)


class Senders:
    """Tells which agency an address speaks for.

    Args:
        contacts: the contact book.
        agencies: the units of every era.
    """

    def __init__(self, contacts: Iterable[Contact], agencies: Iterable[Agency]) -> None:
        self._agencies = {agency.key: agency for agency in agencies}
        self._contacts: dict[str, list[Contact]] = {}
        for contact in contacts:
            self._contacts.setdefault(_folded(contact.email), []).append(contact)

    def agency(self, address: str, day: date) -> Agency | None:
        """The one agency of an address on a day; None where there is none or more than one."""
        keys = {
            contact.agency_key
            for contact in self._contacts.get(_folded(address), [])
            if contact.is_valid_on(day)
        }
        if len(keys) != 1:
            return None
        agency = self._agencies.get(keys.pop())
        return agency if agency and agency.is_valid_on(day) else None


def known_senders() -> Senders:
    """The contact book of the seeds."""
    return Senders(_read(reference_folder() / "agency_contacts.csv"), all_agencies())


@cache
def _read(path: Path) -> tuple[Contact, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Contact(
                int(row["agency_key"]),
                row["email"],
                date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            )
            for row in csv.DictReader(file)
        )


def _folded(address: str) -> str:
    """Without case; letters outside ASCII stay what they are, so that none turns into another."""
    return address.strip().lower() if address.isascii() else address
