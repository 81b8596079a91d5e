"""A catalogue that a person dropped as a file because the portal could not be asked."""

from __future__ import annotations

from ingestion.core.door import decode
from ingestion.core.errors import DataRefused
from ingestion.core.log import quote_foreign
from ingestion.sources.open_data_portal.adapters.ckan import entry_of
from ingestion.sources.open_data_portal.adapters.ckan_api import result_of, search_result
from ingestion.sources.open_data_portal.adapters.dcat import (
    catalogue_of,
    gathered_of,
    parsed,
    reading_process,
)
from ingestion.sources.open_data_portal.adapters.entries import Maker
from ingestion.sources.open_data_portal.catalogue import Catalogue
from ingestion.sources.open_data_portal.settings import read_settings


def read_dropped(content: bytes, name: str, base_url: str = "") -> Catalogue:
    """The catalogue in a file: an answer of ``package_search`` or a DCAT catalogue.

    A file may be one page of several; whether they make up the whole is for the caller to check
    by the count that each of them states.

    Args:
        content: the file.
        name: its name, for messages; what it holds is told by the content.
        base_url: of the portal's site, for addresses that do not name theirs.

    Raises:
        DataRefused: it is none of these, or one page of a catalogue that states no count.
    """
    portal = read_settings().portal
    shown = f"manual file {quote_foreign(name, 80)}"
    if content.lstrip()[:1] == b"{":
        payload = decode(content, shown)
        if isinstance(payload, dict) and "success" in payload:
            return _ckan(payload, shown, Maker(portal, portal.ckan.moments, base_url))
    with reading_process(portal.dcat) as isolated:
        facts = parsed(isolated, content, f"{base_url}/{name}")
    gathered = gathered_of(facts)
    if facts["next"] and gathered.total is None:
        raise DataRefused(f"{shown}: is one page of a catalogue and does not say of how much")
    return catalogue_of(gathered, Maker(portal, portal.dcat.moments, base_url))


def _ckan(payload: object, shown: str, maker: Maker) -> Catalogue:
    records, stated = search_result(result_of(payload, shown))
    entries = [entry_of(record, maker, {}) for record in records]
    return maker.catalogue(entries, (), stated=stated, way="dump", is_synthetic=False)
