"""Readers of catalogues, one for each kind of portal; configuration picks one."""

from __future__ import annotations

from ingestion.core.web import WebClient
from ingestion.sources.open_data_portal.adapters.ckan import CkanAdapter
from ingestion.sources.open_data_portal.adapters.dcat import DcatAdapter
from ingestion.sources.open_data_portal.adapters.dropped import read_dropped
from ingestion.sources.open_data_portal.adapters.pages import PagesAdapter
from ingestion.sources.open_data_portal.catalogue import Adapter
from ingestion.sources.open_data_portal.settings import Settings

__all__ = ["make_adapter", "read_dropped"]


def make_adapter(client: WebClient, settings: Settings) -> Adapter:
    """The adapter of the configured kind of portal.

    Args:
        client: asks the portal; its ``base_url`` is the portal's site.
        settings: `Settings.of_kind` where a connection names another kind.
    """
    portal = settings.portal
    if portal.kind == "ckan":
        return CkanAdapter(client, portal)
    if portal.kind == "dcat":
        return DcatAdapter(client, portal)
    return PagesAdapter(client, portal)
