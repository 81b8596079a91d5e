"""What the open-data portal offers on a day: datasets, publishers, contents."""

from __future__ import annotations

from dataclasses import replace

from ingestion.core.connection import Connection
from ingestion.core.extractor import Fetcher, Progress, Workplace
from ingestion.core.source import Source
from ingestion.core.web import WebClient
from ingestion.sources.open_data_portal.bounds import Bounds, read_bounds
from ingestion.sources.open_data_portal.contents import Contents
from ingestion.sources.open_data_portal.datasets import Datasets, Publishers
from ingestion.sources.open_data_portal.settings import Settings, read_settings
from ingestion.sources.open_data_portal.snapshot import Portal, Snapshots


class PortalClient(WebClient):
    """A session with the portal, and with whatever public host its files lie on.

    Attributes:
        settings: how this portal is read.
        as_of_header: header in which it is told the day whose state is wanted; "" for none.
    """

    def __init__(
        self, source: Source, bounds: Bounds, settings: Settings, base_url: str, as_of_header: str
    ) -> None:
        """Prepare; nothing is sent before the first request."""
        file = bounds.contents.file
        files = replace(
            source.http,
            response_mib=file.mib,
            request_seconds=file.seconds,
            attempts=min(file.attempts, source.http.attempts),
        )
        super().__init__(base_url, source.http, files=files, any_public_host=True)
        self.settings = settings
        self.as_of_header = as_of_header


def make_client(source: Source, connection: Connection, base_url: str | None) -> PortalClient:
    """A session at the connection's address, or at ``base_url``.

    ``extra`` of the connection may say ``portal_kind`` and ``as_of_header``.

    Raises:
        ContractError: there is no such kind of portal.
    """
    settings = read_settings().of_kind(str(connection.extra.get("portal_kind") or "") or None)
    header = str(connection.extra.get("as_of_header") or "")
    return PortalClient(source, read_bounds(), settings, base_url or connection.base_url, header)


def make_extractor(
    source: Source,
    resource: str,
    client: PortalClient,
    progress: Progress | None = None,
    workplace: Workplace | None = None,
) -> Fetcher:
    """Brings one resource of a day."""
    portal = Portal(client, client.settings, client.as_of_header)
    return _fetcher(source, resource, portal, progress, workplace)


def make_extractor_by_hand(
    source: Source,
    resource: str,
    progress: Progress | None = None,
    workplace: Workplace | None = None,
) -> Fetcher:
    """The same, asking nobody: only catalogues dropped by hand, and what is known already."""
    return _fetcher(source, resource, None, progress, workplace)


def _fetcher(
    source: Source,
    resource: str,
    portal: Portal | None,
    progress: Progress | None,
    workplace: Workplace | None,
) -> Fetcher:
    if workplace is None:
        raise TypeError("this source looks at what it knows, so it needs a workplace")
    bounds = read_bounds()
    if resource == "contents":
        return Contents(source, bounds, workplace, portal, progress)
    snapshots = Snapshots(source, bounds, workplace, portal)
    if resource == "publishers":
        return Publishers(source, workplace, snapshots)
    return Datasets(source, bounds, workplace, snapshots, progress)
