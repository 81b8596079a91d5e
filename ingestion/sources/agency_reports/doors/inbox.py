"""The inbox folder: ``inbox/[<agency_code>/]<file>`` below the landing zone.

An office, or the desk that hands a memory stick over, puts a workbook there. A file that is still
being written waits. Once it is taken in it moves to ``inbox/da-nhan/<day>/<receipt no>-<name>``
with its receipt beside; nothing is deleted. The receipt is written before the file moves, so after
a kill the file is found again, is the same delivery, and gets the same receipt.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ingestion.core.errors import IngestionError
from ingestion.core.log import event
from ingestion.sources.agency_reports.doors.folders import Folder, Found
from ingestion.sources.agency_reports.doors.names import plain_name
from ingestion.sources.agency_reports.doors.settings import read_door_settings
from ingestion.sources.agency_reports.intake import Delivery, Intake, Receipt
from ingestion.sources.agency_reports.receipts.rendering import as_html
from ingestion.sources.agency_reports.settings import InboxSettings, read_inbox_settings

logger = logging.getLogger(__name__)

TAKEN = "da-nhan"
RECEIPT_ENDING = ".bien-nhan.html"


class Inbox:
    """Takes in what lies in the inbox folder."""

    def __init__(
        self,
        landing_url: str,
        intake: Intake,
        *,
        is_synthetic: bool = False,
        pause: Callable[[float], None] = time.sleep,
        settings: InboxSettings | None = None,
    ) -> None:
        """Prepare.

        Args:
            landing_url: landing zone below which the folder ``inbox`` lies.
            intake: where files go.
            is_synthetic: whether what lies there is simulated.
            pause: waits between the two looks.
            settings: others than those of ``source.yml``.
        """
        self._folder = Folder(f"{landing_url.rstrip('/')}/inbox")
        self._intake = intake
        self._is_synthetic = is_synthetic
        self._pause = pause
        self._settings = settings or read_inbox_settings()

    def collect(self) -> list[Receipt]:
        """Take in every file that has come to rest, in order of the names.

        Raises:
            IngestionError: some file could not be taken in by our own fault; it stays where it is,
                and the others are taken in.
        """
        receipts: list[Receipt] = []
        failed = 0
        for found in self._at_rest()[: self._settings.files_a_run]:
            try:
                receipts.append(self._take(found))
            except FileNotFoundError:
                continue  # another taker was quicker, or its owner took it back
            except (IngestionError, OSError) as error:
                event(logger, "a file stays in the inbox", file=plain_name(found.name), why=error)
                failed += 1
        if failed:
            raise IngestionError(f"{failed} files stay in the inbox, see the log")
        return receipts

    def _at_rest(self) -> list[Found]:
        """Files that two looks find the same."""
        before = {found.path: found.stamp for found in self._wanted()}
        if not before:
            return []
        self._pause(self._settings.settle_seconds)
        return [found for found in self._wanted() if before.get(found.path) == found.stamp]

    def _wanted(self) -> list[Found]:
        return [
            found
            for found in self._folder.files()
            if not found.name.startswith("~$")
            and not found.name.lower().endswith(tuple(self._settings.unfinished))
        ]

    def _take(self, found: Found) -> Receipt:
        bound = read_door_settings().file_bytes
        is_too_large = found.byte_count > bound
        delivery = Delivery(
            content=b"" if is_too_large else self._folder.content(found, bound),
            file_name=found.name,
            door="inbox",
            received_at=datetime.now(UTC),
            key=f"{found.place}:{found.stamp}",
            claimed_agency_code=found.agency_code,
            reply_by="file",
            is_synthetic=self._is_synthetic,
            refused_with="file_too_large" if is_too_large else None,
            stated_bytes=found.byte_count if is_too_large else None,
        )
        receipt = self._intake.take(delivery)
        day = f"{TAKEN}/{receipt.received_at:%Y-%m-%d}"
        place = f"{day}/{receipt.receipt_no}-{plain_name(found.name)}"
        self._folder.write(f"{place}{RECEIPT_ENDING}", as_html(receipt).encode())
        self._folder.move(found, place)
        self._intake.told(receipt.receipt_no)
        return receipt
