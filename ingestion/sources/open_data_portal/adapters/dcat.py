"""A dcat portal."""

from __future__ import annotations

from datetime import date

from ingestion.core.web import WebClient
from ingestion.sources.open_data_portal.catalogue import Catalogue
from ingestion.sources.open_data_portal.settings import Portal


class DcatAdapter:
    """Reads the catalogue of a dcat portal."""

    def __init__(self, client: WebClient, portal: Portal) -> None:
        self._client = client
        self._portal = portal

    async def read(self, day: date) -> Catalogue:
        """Everything that the portal offers; see `Adapter.read`."""
        raise NotImplementedError
