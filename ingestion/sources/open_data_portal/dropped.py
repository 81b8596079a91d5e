"""Catalogues dropped by hand into ``manual/open_data_portal/<day>/`` below the landing zone."""

from __future__ import annotations

from dataclasses import replace

from ingestion.core.errors import DataRefused
from ingestion.core.manual import dropped_contents
from ingestion.core.period import Period
from ingestion.sources.open_data_portal.adapters import read_dropped
from ingestion.sources.open_data_portal.bounds import DroppedBounds
from ingestion.sources.open_data_portal.catalogue import Catalogue
from ingestion.sources.open_data_portal.settings import SOURCE


def dropped_catalogue(landing_url: str, bounds: DroppedBounds, period: Period) -> Catalogue | None:
    """The catalogue dropped for a day; None where there is none.

    Several files are the pages of one catalogue.

    Raises:
        DataRefused: a file is no catalogue, is too large or points out of its folder, or the files
            do not fit together; nothing is taken then.
    """
    most_bytes = int(bounds.mib * 1024 * 1024)
    found = [
        (name, read_dropped(content, name))
        for name, content in dropped_contents(
            landing_url, SOURCE, str(period), most_bytes, bounds.most
        )
    ]
    if not found:
        return None
    names = ", ".join(name for name, _ in found)
    (_, first), *others = found
    counts = {catalogue.stated_dataset_count for _, catalogue in found}
    if len(counts) > 1:
        raise DataRefused(
            f"the {len(found)} files dropped by hand for {period} state different numbers of "
            "datasets: they are no pages of one catalogue"
        )
    publishers = {
        item.publisher_id: item for _, catalogue in found for item in catalogue.publishers
    }
    return replace(
        first,
        datasets=first.datasets + tuple(item for _, part in others for item in part.datasets),
        publishers=tuple(publishers.values()),
        way="dump",
        url=f"manual:{names}",
        is_synthetic=any(part.is_synthetic for _, part in found),
        remarks=tuple(remark for _, part in found for remark in part.remarks),
    )
