"""The archive: reports of earlier days, put by hand below ``manual/agency_reports/<day>/``.

The folder says the day of receipt; files may lie in a folder named by the code of the agency that
sent them. They stay where they are: looking again finds the same deliveries. Nobody is answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

from ingestion.core.environment import TIMEZONE
from ingestion.core.errors import DataRefused
from ingestion.sources.agency_reports.doors.folders import Folder
from ingestion.sources.agency_reports.doors.settings import read_door_settings
from ingestion.sources.agency_reports.forms import SOURCE
from ingestion.sources.agency_reports.intake import Delivery, Intake
from ingestion.sources.agency_reports.settings import read_intake_settings

_NOON = time(12, tzinfo=TIMEZONE)
"""Nobody knows the hour: files of one day count in order of their names."""


def collect_archive(
    landing_url: str, day: date, intake: Intake, *, is_synthetic: bool = False
) -> int:
    """Register the files of one day, in order of their places; `Intake.finish_pending` reads them.

    Args:
        landing_url: landing zone below which the archive lies.
        day: local day of receipt.
        intake: where files go.
        is_synthetic: whether they are simulated.

    Returns:
        How many files lie there.

    Raises:
        DataRefused: there are more than a day can have; none is taken.
        IngestionError: our own fault.
    """
    count = 0
    for delivery in archived(landing_url, day, is_synthetic=is_synthetic):
        intake.register(delivery)
        count += 1
    return count


def archived(landing_url: str, day: date, *, is_synthetic: bool = False) -> Iterator[Delivery]:
    """The deliveries of one day.

    Raises:
        DataRefused: there are more than a day can have.
    """
    folder = Folder(f"{landing_url.rstrip('/')}/manual/{SOURCE}/{day}")
    found = folder.files()
    most = read_intake_settings().archive_files_a_day
    if len(found) > most:
        raise DataRefused(f"more than {most} files lie in the archive for {day}")
    bound = read_door_settings().file_bytes
    for item in found:
        is_too_large = item.byte_count > bound
        yield Delivery(
            content=b"" if is_too_large else folder.content(item, bound),
            file_name=item.name,
            door="archive",
            received_at=datetime.combine(day, _NOON),
            key=f"{day}/{item.place}",
            claimed_agency_code=item.agency_code,
            is_synthetic=is_synthetic,
            refused_with="file_too_large" if is_too_large else None,
            stated_bytes=item.byte_count if is_too_large else None,
        )
