"""A catalogue that a person dropped as a file because the portal could not be asked."""

from __future__ import annotations

from ingestion.sources.open_data_portal.catalogue import Catalogue


def read_dropped(content: bytes, name: str) -> Catalogue:
    """The catalogue in a file: an answer of ``package_search`` or a DCAT catalogue.

    Raises:
        DataRefused: it is none of these, or not whole.
    """
    raise NotImplementedError
