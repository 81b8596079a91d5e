"""What a writer hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.budget.paper import Paper, Place, cell_name

Address = tuple[str, str]
"""Name of a sheet and address in it, as `ingestion.reading.grid` gives them."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file.

    Attributes:
        content: bytes.
        addresses: for each paper, where a reader finds what stood at a place of it.
    """

    content: bytes
    addresses: tuple[Mapping[Place, Address], ...]


def plain_addresses(papers: list[Paper]) -> tuple[Mapping[Place, Address], ...]:
    """Addresses where a file keeps sheets and cells as they are."""
    return tuple(
        {place: (paper.name, cell_name(*place)) for place in paper.slots} for paper in papers
    )
