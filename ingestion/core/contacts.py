"""Who is told: the contact book ``reference.agency_contacts``, as of a day."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date

from sqlalchemy import Connection, text

# One plain address: no display name, no list, no control character that could start a header.
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

_CONTACTS = text("""
    select contacts.agency_key, contacts.email, dim_agency.kind = 'province' as is_province,
        contacts.role = 'fallback' as is_fallback
    from reference.agency_contacts as contacts
    left join marts.dim_agency using (agency_key)
    where
        coalesce(contacts.valid_from, :on) <= :on
        and (contacts.valid_to is null or contacts.valid_to > :on)
    order by
        array_position(array['officer', 'head', 'fallback'], contacts.role), contacts.email
""")


class ContactBook:
    """Addresses by agency on one day: officer, then head, then fall-back."""

    def __init__(self, connection: Connection, on: date) -> None:
        self._addresses: dict[int, list[str]] = defaultdict(list)
        self._province_fallback: list[str] = []
        for row in connection.execute(_CONTACTS, {"on": on}):
            if not _ADDRESS.fullmatch(row.email or ""):
                continue
            self._addresses[row.agency_key].append(row.email)
            if row.is_province and row.is_fallback:
                self._province_fallback.append(row.email)

    def addresses(self, agency_key: int) -> list[str]:
        """Where to send, first choice first; the province's fall-back last; empty: nowhere."""
        return list(dict.fromkeys([*self._addresses.get(agency_key, []), *self._province_fallback]))
